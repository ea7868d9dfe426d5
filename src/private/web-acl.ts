import { Annotations, ArnFormat, Duration, Names, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { alarm } from './alarms';
import { encryptedLogs } from './encrypted-logs';
import type { Faults } from './faults';
import { visibility, WebAclRule } from './web-acl-rules';
import type { WebAclOptions } from '../constructs/edge/web-acl-options';

/** AWS accepts no more in one web ACL, and asks more per request above the second number. */
const MOST_CAPACITY = 5000;
const INCLUDED_CAPACITY = 1500;

/** Headers that never reach a log. */
const SECRET_HEADERS = ['authorization', 'cookie'];

/** Sum of the capacity of rules. */
export function capacityOf(rules: WebAclRule[]): number {
  return rules.reduce((sum, { capacity }) => sum + capacity, 0);
}

/** Adds what is wrong with the rules of a web ACL. */
export function checkWebAcl(faults: Faults, rules: WebAclRule[]): void {
  const capacity = capacityOf(rules);
  faults.check(capacity <= MOST_CAPACITY, `the rules take ${capacity} web ACL capacity units, above the ${MOST_CAPACITY} that AWS accepts; leave out some of \`ruleGroups\` or \`rateLimits\``);
  const names = rules.map(({ rule }) => rule.name);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  faults.check(twice.length === 0, `every rule must have a name of its own, got twice: ${twice.join(', ')}; name limits with RateLimit.path`);
}

/** Warns of rules that cost more than others. */
export function warnOfCosts(scope: Construct, options: WebAclOptions, capacity: number): void {
  const paid = [...(options.antiDdos === true ? ['antiDdos'] : []), ...(options.botControl === true ? ['botControl'] : [])];
  if (paid.length > 0) {
    warn(scope, 'webAclPaidGroup', `AWS asks a price of its own, per month and per request, for ${paid.map((prop) => `\`${prop}\``).join(' and ')}; `
      + 'see https://aws.amazon.com/waf/pricing and acknowledge this warning if it is wanted');
  }
  if (capacity > INCLUDED_CAPACITY) {
    warn(scope, 'webAclExtraCapacity', `the rules take ${capacity} web ACL capacity units; above ${INCLUDED_CAPACITY} AWS asks more for each request`);
  }
}

/** What a web ACL is made of. */
export interface WebAclParts {
  readonly scope: 'CLOUDFRONT' | 'REGIONAL';
  readonly rules: WebAclRule[];
  readonly options: WebAclOptions;
  /** Headers besides tokens and cookies that logs leave out. */
  readonly redacted?: string[];
}

/** A web ACL with its logs and its alarm, in the construct that `scope` is. */
export function createWebAcl(scope: Construct, { scope: webAclScope, rules, options, redacted = [] }: WebAclParts) {
  const metricName = Names.uniqueResourceName(scope, { maxLength: 100, separator: '-' });
  const webAcl = new wafv2.CfnWebACL(scope, 'Resource', {
    scope: webAclScope,
    defaultAction: { allow: {} },
    visibilityConfig: visibility(metricName),
    rules: rules.map(({ rule }, priority) => ({ ...rule, priority })),
  });
  // WAF only delivers to groups whose name begins so.
  const logGroupName = `aws-waf-logs-${Names.uniqueResourceName(scope, { maxLength: 200, separator: '-' })}`;
  const logGroup = encryptedLogs(scope, 'Logs', { logGroupName, encryptionKey: options.encryptionKey, retention: options.logRetention, removalPolicy: options.removalPolicy });
  const logging = new wafv2.CfnLoggingConfiguration(scope, 'Logging', {
    resourceArn: webAcl.attrArn,
    // Without the `:*` that the attribute of a log group ends in.
    logDestinationConfigs: [Stack.of(scope).formatArn({ service: 'logs', resource: 'log-group', resourceName: logGroupName, arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
    redactedFields: [...new Set([...SECRET_HEADERS, ...redacted])].map((name) => ({ singleHeader: { Name: name } })),
  });
  logging.node.addDependency(logGroup);
  const metric = (name: string, metricOptions: cloudwatch.MetricOptions = {}) => webAclMetric(scope, webAclScope, metricName, name, metricOptions);
  const blockedAlarm = alarm(scope, 'BlockedAlarm', {
    metric: metric('BlockedRequests'),
    description: 'The web ACL blocks unusually many requests: an attack, or a rule that meets honest clients.',
    threshold: options.blockedRequestsThreshold ?? 1000,
    actions: options.alarmActions,
  });
  return { webAcl, logGroup, logging, blockedAlarm, metric };
}

function webAclMetric(
  scope: Construct, webAclScope: string, webAcl: string, metricName: string, options: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/WAFV2',
    metricName,
    // CloudFront's have no region.
    dimensionsMap: { WebACL: webAcl, Rule: 'ALL', ...(webAclScope === 'REGIONAL' ? { Region: Stack.of(scope).region } : {}) },
    period: Duration.minutes(5),
    statistic: cloudwatch.Stats.SUM,
    ...options,
  }).attachTo(scope);
}

function warn(scope: Construct, id: string, message: string): void {
  Annotations.of(scope).addWarningV2(`cdk-trading-platform:${id}`, message);
}
