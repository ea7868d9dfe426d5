import { Duration, Names, RemovalPolicy } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { Faults } from '../../private/faults';
import { retentionDays } from '../../private/retention';

/** Properties of `TradingWebAcl`. */
export interface TradingWebAclProps {
  /**
   * Requests of one address within five minutes, of any kind, above which it is blocked. Frames of an open WebSocket do not count.
   *
   * @default 20000
   */
  readonly requestsPerAddress?: number;

  /**
   * Sign-ins of one address within five minutes above which it is blocked.
   *
   * @default 100
   */
  readonly signInsPerAddress?: number;

  /**
   * How long logs are kept.
   *
   * @default Duration.days(90)
   */
  readonly logRetention?: Duration;
}

const SIGN_IN_PATH = '/v1/sessions';

/** AWS's own groups of rules, in the order in which they are asked: cheap and certain ones first. */
const MANAGED = ['AWSManagedRulesAmazonIpReputationList', 'AWSManagedRulesCommonRuleSet', 'AWSManagedRulesKnownBadInputsRuleSet', 'AWSManagedRulesSQLiRuleSet'];

/**
 * Web ACL for a CloudFront distribution; its stack must be in us-east-1. Addresses of ill repute, floods, guessing of passwords and
 * the well-known attacks are stopped at the edge. Logs leave out tokens and cookies.
 */
export class TradingWebAcl extends Construct {
  /** The web ACL. */
  public readonly webAcl: wafv2.CfnWebACL;
  /** Its logs. */
  public readonly logGroup: logs.LogGroup;

  public constructor(scope: Construct, id: string, props: TradingWebAclProps = {}) {
    super(scope, id);
    const perAddress = props.requestsPerAddress ?? 20_000;
    const signIns = props.signInsPerAddress ?? 100;
    const faults = new Faults(this.node.path);
    for (const [name, value] of [['requestsPerAddress', perAddress], ['signInsPerAddress', signIns]] as const) {
      faults.check(value >= 10 && value <= 2_000_000_000, `\`${name}\` must be from 10 to 2,000,000,000, as WAF counts, got: ${value}`);
    }
    faults.throwIfAny();
    const rules: Array<Omit<wafv2.CfnWebACL.RuleProperty, 'priority'>> = [
      managed(MANAGED[0]),
      limit('RequestsPerAddress', perAddress),
      limit('SignInsPerAddress', signIns, SIGN_IN_PATH),
      ...MANAGED.slice(1).map(managed),
    ];
    this.webAcl = new wafv2.CfnWebACL(this, 'Resource', {
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: visibility('WebAcl'),
      rules: rules.map((rule, priority) => ({ ...rule, priority })),
    });
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      // WAF only delivers to groups whose name begins so.
      logGroupName: `aws-waf-logs-${Names.uniqueResourceName(this, { maxLength: 200, separator: '-' })}`,
      retention: retentionDays(props.logRetention ?? Duration.days(90), 'logRetention'),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    new wafv2.CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: this.webAcl.attrArn,
      logDestinationConfigs: [this.logGroup.logGroupArn],
      redactedFields: ['authorization', 'cookie'].map((name) => ({ singleHeader: { Name: name } })),
    });
  }
}

function visibility(metricName: string): wafv2.CfnWebACL.VisibilityConfigProperty {
  return { cloudWatchMetricsEnabled: true, metricName, sampledRequestsEnabled: true };
}

function managed(name: string): Omit<wafv2.CfnWebACL.RuleProperty, 'priority'> {
  return {
    name,
    statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
    overrideAction: { none: {} },
    visibilityConfig: visibility(name),
  };
}

function limit(name: string, requests: number, path?: string): Omit<wafv2.CfnWebACL.RuleProperty, 'priority'> {
  return {
    name,
    statement: {
      rateBasedStatement: {
        limit: requests,
        evaluationWindowSec: 300,
        aggregateKeyType: 'IP',
        ...(path === undefined ? {} : {
          scopeDownStatement: {
            byteMatchStatement: {
              searchString: path,
              fieldToMatch: { uriPath: {} },
              positionalConstraint: 'STARTS_WITH',
              textTransformations: [{ priority: 0, type: 'NONE' }],
            },
          },
        }),
      },
    },
    action: { block: {} },
    visibilityConfig: visibility(name),
  };
}
