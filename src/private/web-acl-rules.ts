import type * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import type { RateLimit } from '../constructs/edge/rate-limit';
import type { WebAclOptions } from '../constructs/edge/web-acl-options';
import type { WebAclRuleGroup } from '../constructs/edge/web-acl-rule-group';

/** A rule that has no place in the order yet, with the web ACL capacity units that it takes. */
export interface WebAclRule {
  readonly rule: Omit<wafv2.CfnWebACL.RuleProperty, 'priority'>;
  readonly capacity: number;
}

/** What a request must carry to be looked at further. */
export interface RequiredHeader {
  readonly name: string;
  readonly value: string;
}

/** Capacity of each transformation of a text before it is compared, and of comparing a text exactly or its beginning. */
const TRANSFORMATION = 10;
const COMPARISON = 2;
const RATE = 2;

/**
 * The rules of a web ACL in their order: what does not come from where it must, floods, addresses of ill repute, limits per address,
 * the well-known attacks, the user's own groups, bots. Cheap and certain ones stand first; whoever is blocked is not asked further.
 */
export function webAclRules(options: WebAclOptions, rateLimits: RateLimit[], headers: RequiredHeader[] = []): WebAclRule[] {
  return [
    ...(headers.length === 0 ? [] : [requiredHeaders(headers)]),
    ...(options.antiDdos === true ? [antiDdos()] : []),
    managedGroup('AWSManagedRulesAmazonIpReputationList', 25),
    ...(options.anonymousIps === true ? [managedGroup('AWSManagedRulesAnonymousIpList', 50)] : []),
    ...rateLimits.map(rateLimit),
    coreRules(options.countedRules ?? []),
    managedGroup('AWSManagedRulesKnownBadInputsRuleSet', 200),
    managedGroup('AWSManagedRulesSQLiRuleSet', 200),
    ...(options.ruleGroups ?? []).map(furtherGroup),
    ...(options.botControl === true ? [botControl()] : []),
  ];
}

/** What WAF measures. */
export function visibility(metricName: string): wafv2.CfnWebACL.VisibilityConfigProperty {
  return { cloudWatchMetricsEnabled: true, metricName, sampledRequestsEnabled: true };
}

function managedGroup(
  name: string, capacity: number, statement: Partial<wafv2.CfnWebACL.ManagedRuleGroupStatementProperty> = {}, count = false,
): WebAclRule {
  return {
    rule: {
      name,
      statement: { managedRuleGroupStatement: { vendorName: 'AWS', name, ...statement } },
      overrideAction: count ? { count: {} } : { none: {} },
      visibilityConfig: visibility(name),
    },
    capacity,
  };
}

function furtherGroup({ name, arn, capacity }: WebAclRuleGroup): WebAclRule {
  if (arn === undefined) return managedGroup(name, capacity);
  const rule = { name, statement: { ruleGroupReferenceStatement: { arn } }, overrideAction: { none: {} }, visibilityConfig: visibility(name) };
  return { rule, capacity };
}

/** Blocks an address above so many requests, of all or of those whose path begins so, however it is written. */
function rateLimit({ name, requests, window, pathPrefix }: RateLimit): WebAclRule {
  const textTransformations = [{ priority: 0, type: 'NORMALIZE_PATH' }, { priority: 1, type: 'LOWERCASE' }];
  const scopeDownStatement = pathPrefix === undefined ? undefined : {
    byteMatchStatement: { searchString: pathPrefix, fieldToMatch: { uriPath: {} }, positionalConstraint: 'STARTS_WITH', textTransformations },
  };
  return {
    rule: {
      name,
      statement: { rateBasedStatement: { limit: requests, evaluationWindowSec: window.toSeconds(), aggregateKeyType: 'IP', scopeDownStatement } },
      action: { block: {} },
      visibilityConfig: visibility(name),
    },
    capacity: RATE + (pathPrefix === undefined ? 0 : COMPARISON + textTransformations.length * TRANSFORMATION),
  };
}

/** Blocks what carries none of the headers that only our distribution adds. */
function requiredHeaders(headers: RequiredHeader[]): WebAclRule {
  const statements = headers.map(({ name, value }) => ({
    byteMatchStatement: {
      searchString: value, fieldToMatch: { singleHeader: { Name: name } }, positionalConstraint: 'EXACTLY', textTransformations: [{ priority: 0, type: 'NONE' }],
    },
  }));
  const statement = statements.length === 1 ? statements[0] : { orStatement: { statements } };
  return {
    rule: { name: 'FromOurDistribution', statement: { notStatement: { statement } }, action: { block: {} }, visibilityConfig: visibility('FromOurDistribution') },
    capacity: COMPARISON * headers.length,
  };
}

function coreRules(counted: string[]): WebAclRule {
  const overrides = counted.map((name) => ({ name, actionToUse: { count: {} } }));
  return managedGroup('AWSManagedRulesCommonRuleSet', 700, overrides.length === 0 ? {} : { ruleActionOverrides: overrides });
}

function antiDdos(): WebAclRule {
  return managedGroup('AWSManagedRulesAntiDDoSRuleSet', 50, {
    managedRuleGroupConfigs: [{
      awsManagedRulesAntiDDoSRuleSet: {
        // An API's clients cannot solve a challenge, so suspicious requests are blocked or let through.
        clientSideActionConfig: { challenge: { usageOfAction: 'DISABLED' } },
        sensitivityToBlock: 'LOW',
      },
    }],
  });
}

function botControl(): WebAclRule {
  return managedGroup('AWSManagedRulesBotControlRuleSet', 50, { managedRuleGroupConfigs: [{ awsManagedRulesBotControlRuleSet: { inspectionLevel: 'COMMON' } }] }, true);
}
