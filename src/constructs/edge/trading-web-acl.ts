import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { EdgeRegion } from './edge-region';
import { RateLimit } from './rate-limit';
import { WebAclOptions } from './web-acl-options';
import { Faults } from '../../private/faults';
import { capacityOf, checkWebAcl, createWebAcl, warnOfCosts } from '../../private/web-acl';
import { webAclRules } from '../../private/web-acl-rules';

/** Properties of `TradingWebAcl`. */
export interface TradingWebAclProps extends WebAclOptions {}

/**
 * Web ACL for a CloudFront distribution. Addresses of ill repute, floods, guessing of passwords and the well-known attacks are stopped
 * at the edge. Logs leave out tokens and cookies. AWS has it in us-east-1 only: in a stack of another region it is made in a stack
 * beside that one, and reached by a reference across regions.
 */
export class TradingWebAcl extends Construct {
  /** The web ACL. */
  public readonly webAcl: wafv2.CfnWebACL;
  /** Its logs. */
  public readonly logGroup: logs.LogGroup;
  /** What is logged, and what is left out. */
  public readonly logging: wafv2.CfnLoggingConfiguration;
  /** Fires when unusually many requests are blocked. */
  public readonly blockedAlarm: cloudwatch.Alarm;
  /** Web ACL capacity units that the rules take, at most; AWS may find that some share work. */
  public readonly capacity: number;
  private readonly metric: (name: string, options?: cloudwatch.MetricOptions) => cloudwatch.Metric;

  public constructor(scope: Construct, id: string, props: TradingWebAclProps = {}) {
    super(scope, id);
    const rules = webAclRules(props, props.rateLimits ?? RateLimit.defaults());
    const home = EdgeRegion.scopeFor(this);
    const faults = new Faults(this.node.path);
    checkWebAcl(faults, rules);
    if (home !== this) {
      const { region } = Stack.of(this);
      faults.check(props.alarmActions === undefined, `\`alarmActions\` of ${region} cannot be told by the alarm, which stands in us-east-1 with the web ACL; put the web ACL into a stack in us-east-1 with a topic there`);
      faults.check(props.encryptionKey === undefined, `\`encryptionKey\` of ${region} cannot encrypt the logs, which stand in us-east-1 with the web ACL; leave it out, or put the web ACL into a stack in us-east-1`);
    }
    faults.throwIfAny();
    this.capacity = capacityOf(rules);
    warnOfCosts(this, props, this.capacity);
    const made = createWebAcl(home, { scope: 'CLOUDFRONT', rules, options: props });
    this.webAcl = made.webAcl;
    this.logGroup = made.logGroup;
    this.logging = made.logging;
    this.blockedAlarm = made.blockedAlarm;
    this.metric = made.metric;
  }

  /** Requests that any rule blocked. Sum over five minutes unless said otherwise. Published in us-east-1. */
  public metricBlockedRequests(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('BlockedRequests', options);
  }

  /** Requests that were let through. Sum over five minutes unless said otherwise. Published in us-east-1. */
  public metricAllowedRequests(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('AllowedRequests', options);
  }
}
