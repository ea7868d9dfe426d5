import { Names, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct, IConstruct } from 'constructs';
import { OriginSecret } from './origin-secret';
import { RateLimit } from './rate-limit';
import { WebAclOptions } from './web-acl-options';
import { Faults } from '../../private/faults';
import { capacityOf, checkWebAcl, createWebAcl, warnOfCosts } from '../../private/web-acl';
import { webAclRules } from '../../private/web-acl-rules';

/** Properties of `RegionalWebAcl`. */
export interface RegionalWebAclProps extends WebAclOptions {
  /**
   * Whether CloudFront stands before what is protected. All requests then come from CloudFront's few addresses, so limits per address
   * are left to the web ACL at CloudFront.
   *
   * @default - true with `originSecrets`, otherwise false
   */
  readonly behindCloudFront?: boolean;

  /**
   * Secrets of which our distribution adds one to each request. Requests without one are blocked, so that nobody comes past CloudFront,
   * nor through a distribution of his own. One, or two while one replaces the other.
   *
   * @default - requests are not asked for one
   */
  readonly originSecrets?: OriginSecret[];
}

/**
 * Web ACL for what is not CloudFront: load balancers, stages of REST APIs and user pools of one region. The same groups in the
 * same order as at CloudFront; logs leave out tokens, cookies and the distribution's secret.
 */
export class RegionalWebAcl extends Construct {
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

  public constructor(scope: Construct, id: string, props: RegionalWebAclProps = {}) {
    super(scope, id);
    const secrets = props.originSecrets ?? [];
    const behindCloudFront = props.behindCloudFront ?? secrets.length > 0;
    const faults = new Faults(this.node.path);
    faults.check(!(behindCloudFront && props.rateLimits !== undefined),
      '`behindCloudFront` and `originSecrets` leave limits per address to the web ACL at CloudFront, so `rateLimits` must not be given; set them there');
    faults.check(props.behindCloudFront !== false || secrets.length === 0, '`originSecrets` are added by CloudFront, so `behindCloudFront` must not be false; leave one of them out');
    faults.check(props.originSecrets === undefined || secrets.length === 1 || secrets.length === 2, `\`originSecrets\` must be one secret, or two while one replaces the other, got: ${secrets.length}`);
    const headers = secrets.map((secret) => ({ name: secret.headerName, value: secret._textIn(this) }));
    const rules = webAclRules(props, props.rateLimits ?? (behindCloudFront ? [] : RateLimit.defaults()), headers);
    checkWebAcl(faults, rules);
    faults.throwIfAny();
    this.capacity = capacityOf(rules);
    warnOfCosts(this, props, this.capacity);
    const made = createWebAcl(this, { scope: 'REGIONAL', rules, options: props, redacted: headers.map(({ name }) => name.toLowerCase()) });
    this.webAcl = made.webAcl;
    this.logGroup = made.logGroup;
    this.logging = made.logging;
    this.blockedAlarm = made.blockedAlarm;
    this.metric = made.metric;
  }

  /** Puts the web ACL before a load balancer of the same region. */
  public protectLoadBalancer(loadBalancer: elbv2.IApplicationLoadBalancer): wafv2.CfnWebACLAssociation {
    return this.associate(loadBalancer, loadBalancer.loadBalancerArn);
  }

  /** Puts the web ACL before a stage of a REST API of the same region. `TradingRestApi` does it by its prop `webAcl`. */
  public protectStage(stage: apigateway.IStage): wafv2.CfnWebACLAssociation {
    return this.associate(stage, Stack.of(stage).formatArn({
      service: 'apigateway', account: '', resource: '/restapis', resourceName: `${stage.restApi.restApiId}/stages/${stage.stageName}`,
    }));
  }

  /** Puts the web ACL before the sign-in of a user pool of the same region. */
  public protectUserPool(userPool: cognito.IUserPool): wafv2.CfnWebACLAssociation {
    return this.associate(userPool, userPool.userPoolArn);
  }

  /** Requests that any rule blocked. Sum over five minutes unless said otherwise. */
  public metricBlockedRequests(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('BlockedRequests', options);
  }

  /** Requests that were let through. Sum over five minutes unless said otherwise. */
  public metricAllowedRequests(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('AllowedRequests', options);
  }

  private associate(to: IConstruct, resourceArn: string): wafv2.CfnWebACLAssociation {
    return new wafv2.CfnWebACLAssociation(this, `Association${Names.nodeUniqueId(to.node)}`, { resourceArn, webAclArn: this.webAcl.attrArn });
  }
}
