import type * as wafv2 from 'aws-cdk-lib/aws-wafv2';

/** A rule that has no place in the order yet. */
export type WebAclRule = Omit<wafv2.CfnWebACL.RuleProperty, 'priority'>;

/** What one of AWS's own groups may vary in. */
export interface ManagedGroupOptions {
  readonly count?: boolean;
  readonly configs?: wafv2.CfnWebACL.ManagedRuleGroupConfigProperty[];
}

/** One of AWS's own groups of rules. `count` only counts what it finds. */
export function managedGroup(name: string, options: ManagedGroupOptions = {}): WebAclRule {
  return {
    name,
    statement: { managedRuleGroupStatement: { vendorName: 'AWS', name, managedRuleGroupConfigs: options.configs } },
    overrideAction: options.count === true ? { count: {} } : { none: {} },
    visibilityConfig: visibility(name),
  };
}

/** Blocks an address above so many requests in five minutes, of all or of those whose path begins so. */
export function rateLimit(name: string, requests: number, path?: string): WebAclRule {
  const scopeDownStatement = path === undefined ? undefined : {
    byteMatchStatement: {
      searchString: path,
      fieldToMatch: { uriPath: {} },
      positionalConstraint: 'STARTS_WITH',
      textTransformations: [{ priority: 0, type: 'NORMALIZE_PATH' }, { priority: 1, type: 'LOWERCASE' }],
    },
  };
  return {
    name,
    statement: { rateBasedStatement: { limit: requests, evaluationWindowSec: 300, aggregateKeyType: 'IP', scopeDownStatement } },
    action: { block: {} },
    visibilityConfig: visibility(name),
  };
}

/** What WAF measures. */
export function visibility(metricName: string): wafv2.CfnWebACL.VisibilityConfigProperty {
  return { cloudWatchMetricsEnabled: true, metricName, sampledRequestsEnabled: true };
}
