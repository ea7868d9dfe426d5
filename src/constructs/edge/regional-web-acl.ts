import { ArnFormat, Duration, Names, Stack, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct, IConstruct } from 'constructs';
import { alarm } from '../../private/alarms';
import { encryptedLogs } from '../../private/encrypted-logs';
import { Faults } from '../../private/faults';
import { managedGroup, rateLimit, visibility, WebAclRule } from '../../private/web-acl-rules';

/** Properties of `RegionalWebAcl`. */
export interface RegionalWebAclProps {
  /**
   * Whether CloudFront stands before what is protected. All requests then come from CloudFront's few addresses, so limits per address
   * are left to the web ACL at CloudFront.
   *
   * @default false
   */
  readonly behindCloudFront?: boolean;

  /**
   * Requests of one address within five minutes, of any kind, above which it is blocked.
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
   * Orders of one address within five minutes above which it is blocked.
   *
   * @default 10000
   */
  readonly ordersPerAddress?: number;

  /**
   * Where the path of a sign-in begins.
   *
   * @default '/v1/sessions'
   */
  readonly signInPath?: string;

  /**
   * Where the path of an order begins.
   *
   * @default '/v1/orders'
   */
  readonly orderPath?: string;

  /**
   * Whether AWS's group against floods of requests is asked first. It has a price of its own per month and request.
   *
   * @default false
   */
  readonly antiDdos?: boolean;

  /**
   * Whether AWS's group for bots is asked last; it only counts, since most traders are programs. It has a price of its own.
   *
   * @default false
   */
  readonly botControl?: boolean;

  /**
   * Blocked requests within five minutes above which the alarm fires.
   *
   * @default 1000
   */
  readonly blockedRequestsThreshold?: number;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * Key that encrypts the logs.
   *
   * @default - a key is defined
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long logs are kept.
   *
   * @default Duration.days(90)
   */
  readonly logRetention?: Duration;
}

/**
 * Web ACL for what is not CloudFront: load balancers, stages of REST APIs and user pools of one region. The same groups in the
 * same order as at CloudFront; logs leave out tokens and cookies.
 */
export class RegionalWebAcl extends Construct {
  /** The web ACL. */
  public readonly webAcl: wafv2.CfnWebACL;
  /** Its logs. */
  public readonly logGroup: logs.LogGroup;
  /** Fires when unusually many requests are blocked. */
  public readonly blockedAlarm: cloudwatch.Alarm;
  private readonly metricName: string;

  public constructor(scope: Construct, id: string, props: RegionalWebAclProps = {}) {
    super(scope, id);
    const limits = {
      requestsPerAddress: props.requestsPerAddress ?? 20_000,
      signInsPerAddress: props.signInsPerAddress ?? 100,
      ordersPerAddress: props.ordersPerAddress ?? 10_000,
    };
    const paths = { signInPath: props.signInPath ?? '/v1/sessions', orderPath: props.orderPath ?? '/v1/orders' };
    const faults = new Faults(this.node.path);
    for (const [name, value] of Object.entries(limits)) {
      faults.check(Token.isUnresolved(value) || (value >= 10 && value <= 2_000_000_000), `\`${name}\` must be from 10 to 2,000,000,000, as WAF counts, got: ${value}`);
    }
    for (const [name, value] of Object.entries(paths)) {
      faults.check(Token.isUnresolved(value) || (value.startsWith('/') && value === value.toLowerCase()), `\`${name}\` must begin with '/' and be in lower case, got: '${value}'`);
    }
    const given = [props.requestsPerAddress, props.signInsPerAddress, props.ordersPerAddress].some((value) => value !== undefined);
    faults.check(!(props.behindCloudFront === true && given),
      '`behindCloudFront` leaves limits per address to the web ACL at CloudFront, so none of `requestsPerAddress`, `signInsPerAddress`, `ordersPerAddress` may be given; set them there');
    faults.throwIfAny();

    const perAddress = props.behindCloudFront === true ? [] : [
      rateLimit('RequestsPerAddress', limits.requestsPerAddress),
      rateLimit('SignInsPerAddress', limits.signInsPerAddress, paths.signInPath),
      rateLimit('OrdersPerAddress', limits.ordersPerAddress, paths.orderPath),
    ];
    const rules: WebAclRule[] = [
      ...(props.antiDdos === true ? [antiDdos()] : []),
      managedGroup('AWSManagedRulesAmazonIpReputationList'),
      ...perAddress,
      managedGroup('AWSManagedRulesCommonRuleSet'),
      managedGroup('AWSManagedRulesKnownBadInputsRuleSet'),
      managedGroup('AWSManagedRulesSQLiRuleSet'),
      ...(props.botControl === true ? [botControl()] : []),
    ];
    this.metricName = Names.uniqueResourceName(this, { maxLength: 100, separator: '-' });
    this.webAcl = new wafv2.CfnWebACL(this, 'Resource', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visibility(this.metricName),
      rules: rules.map((rule, priority) => ({ ...rule, priority })),
    });
    // WAF only delivers to groups whose name begins so.
    const logGroupName = `aws-waf-logs-${Names.uniqueResourceName(this, { maxLength: 200, separator: '-' })}`;
    this.logGroup = encryptedLogs(this, 'Logs', { logGroupName, encryptionKey: props.encryptionKey, retention: props.logRetention });
    const logging = new wafv2.CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: this.webAcl.attrArn,
      // Without the `:*` that the attribute of a log group ends in.
      logDestinationConfigs: [Stack.of(this).formatArn({ service: 'logs', resource: 'log-group', resourceName: logGroupName, arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
      redactedFields: ['authorization', 'cookie'].map((name) => ({ singleHeader: { Name: name } })),
    });
    logging.node.addDependency(this.logGroup);
    this.blockedAlarm = alarm(this, 'BlockedAlarm', {
      metric: this.metricBlockedRequests(),
      description: 'The web ACL blocks unusually many requests: an attack, or a rule that meets honest clients.',
      threshold: props.blockedRequestsThreshold ?? 1000,
      actions: props.alarmActions,
    });
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

  private metric(metricName: string, options: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/WAFV2',
      metricName,
      dimensionsMap: { WebACL: this.metricName, Region: Stack.of(this).region, Rule: 'ALL' },
      period: Duration.minutes(5),
      statistic: cloudwatch.Stats.SUM,
      ...options,
    }).attachTo(this);
  }

  private associate(to: IConstruct, resourceArn: string): wafv2.CfnWebACLAssociation {
    return new wafv2.CfnWebACLAssociation(this, `Association${Names.nodeUniqueId(to.node)}`, { resourceArn, webAclArn: this.webAcl.attrArn });
  }
}

function antiDdos(): WebAclRule {
  return managedGroup('AWSManagedRulesAntiDDoSRuleSet', {
    configs: [{
      awsManagedRulesAntiDDoSRuleSet: {
        // An API's clients cannot solve a challenge, so suspicious requests are blocked or let through.
        clientSideActionConfig: { challenge: { usageOfAction: 'DISABLED' } },
        sensitivityToBlock: 'LOW',
      },
    }],
  });
}

function botControl(): WebAclRule {
  return managedGroup('AWSManagedRulesBotControlRuleSet', { count: true, configs: [{ awsManagedRulesBotControlRuleSet: { inspectionLevel: 'COMMON' } }] });
}
