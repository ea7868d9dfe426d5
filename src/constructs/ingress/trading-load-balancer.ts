import { Annotations, Duration } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { LoadBalancerExposure } from './load-balancer-exposure';
import { LoadBalancerTargetOptions } from './load-balancer-targets';
import { alarm } from '../../private/alarms';
import { between } from '../../private/durations';
import { Faults } from '../../private/faults';
import { checkTargetOptions, targetGroup, TargetGroupSpec } from '../../private/target-group';
import { ILoadBalancedService } from '../compute/load-balanced-service';
import { AccessLogBucket } from '../observability/access-log-bucket';

/** Properties of `TradingLoadBalancer`. */
export interface TradingLoadBalancerProps extends LoadBalancerTargetOptions {
  /** VPC of the load balancer. */
  readonly vpc: ec2.IVpc;

  /** Service that requests and WebSockets go to. Whether they do so over TLS follows from its `protocol`. */
  readonly service: ILoadBalancedService;

  /**
   * Who can reach the load balancer at all.
   *
   * @default LoadBalancerExposure.internal()
   */
  readonly exposure?: LoadBalancerExposure;

  /**
   * Who may connect besides those that `exposure` lets in: CloudFront's addresses, a security group. Nobody else can.
   *
   * @default - nobody
   */
  readonly allowFrom?: ec2.IConnectable[];

  /**
   * Certificate of the HTTPS listener; HTTP is then redirected to it. Without one the load balancer answers on HTTP, which is
   * for an internal one that only CloudFront reaches, through a VPC origin.
   *
   * @default - HTTP
   */
  readonly certificate?: acm.ICertificate;

  /**
   * Bucket for the access logs, encrypted with S3's own keys.
   *
   * @default - a bucket is defined
   */
  readonly accessLogs?: s3.IBucket;

  /**
   * Web ACL of scope REGIONAL in front of the load balancer.
   *
   * @default - none; a warning when the load balancer is open to everyone
   */
  readonly webAcl?: wafv2.IWebACLRef;

  /**
   * Subnets of the load balancer.
   *
   * @default - the public subnets for a public one; otherwise the isolated subnets, or the private ones of a VPC without isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * How long a connection may stay silent, at most 4,000 seconds. A WebSocket that is pinged more often than that stays open.
   *
   * @default Duration.minutes(5)
   */
  readonly idleTimeout?: Duration;

  /**
   * Whether the load balancer must first be unprotected before it can be deleted.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/** Place of the rule that lets requests with the secret pass. The last one, so that other rules can come before it. */
const LAST_RULE = 50_000;

/**
 * Load balancer in front of a service, made for WebSockets: a cookie keeps a client with its task, silent connections stay open for
 * minutes, and a task that goes away gives its clients time. It has no public address unless `exposure` says so.
 */
export class TradingLoadBalancer extends Construct implements ec2.IConnectable {
  /** The load balancer. */
  public readonly loadBalancer: elbv2.ApplicationLoadBalancer;
  /** The listener that forwards to the service: HTTPS with a certificate, HTTP without. */
  public readonly listener: elbv2.ApplicationListener;
  /** The listener that redirects HTTP to HTTPS; undefined without a certificate. */
  public readonly redirectListener?: elbv2.ApplicationListener;
  /** The rule that lets requests with the origin secret pass; undefined when none is asked for. */
  public readonly originRule?: elbv2.ApplicationListenerRule;
  /** What a request must fulfil to be forwarded: rules that you add to the listener must repeat it. */
  public readonly forwardConditions: elbv2.ListenerCondition[];
  /** The tasks of the service. */
  public readonly targetGroup: elbv2.ApplicationTargetGroup;
  /** Certificate of the HTTPS listener; undefined without one. */
  public readonly certificate?: acm.ICertificate;
  /** Bucket of the access logs. */
  public readonly accessLogs: s3.IBucket;
  /** Who can reach the load balancer at all. */
  public readonly exposure: LoadBalancerExposure;
  /** Security group of the load balancer. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Network connections of the load balancer. */
  public readonly connections: ec2.Connections;
  /** Fires when a task has not answered its health check for three minutes. */
  public readonly unhealthyAlarm: cloudwatch.Alarm;
  private readonly targets: TargetGroupSpec;

  public constructor(scope: Construct, id: string, props: TradingLoadBalancerProps) {
    super(scope, id);
    const { vpc, service, certificate } = props;
    this.exposure = props.exposure ?? LoadBalancerExposure.internal();
    this.certificate = certificate;
    this.targets = { vpc, service, options: props };
    const { isPublic, isOpenToEveryone, originHeader, originSecrets } = this.exposure;
    const faults = new Faults(this.node.path);
    checkTargetOptions(faults, props);
    between(faults, 'idleTimeout', props.idleTimeout, 1, 4000, '1 to 4000 seconds');
    faults.check(!isPublic || certificate !== undefined, '`certificate` must be given for a public load balancer: requests with tokens would cross the internet in plain text');
    faults.check(!isPublic || props.vpcSubnets !== undefined || vpc.publicSubnets.length > 0, '`exposure` is public but the VPC has no public subnets; keep it internal behind a VPC origin of CloudFront, or pass `vpcSubnets`');
    faults.throwIfAny();
    this.warn(props);

    const internalSubnets = vpc.isolatedSubnets.length > 0 ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS;
    const port = certificate === undefined ? 80 : 443;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, description: 'Load balancer', allowAllOutbound: false });
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(port) });
    this.loadBalancer = new elbv2.ApplicationLoadBalancer(this, 'Resource', {
      vpc,
      internetFacing: isPublic,
      vpcSubnets: props.vpcSubnets ?? { subnetType: isPublic ? ec2.SubnetType.PUBLIC : internalSubnets },
      securityGroup: this.securityGroup,
      idleTimeout: props.idleTimeout ?? Duration.minutes(5),
      dropInvalidHeaderFields: true,
      desyncMitigationMode: elbv2.DesyncMitigationMode.STRICTEST,
      deletionProtection: props.deletionProtection ?? true,
    });
    this.accessLogs = props.accessLogs ?? new AccessLogBucket(this, 'AccessLogs').bucket;
    this.loadBalancer.logAccessLogs(this.accessLogs, 'load-balancer');
    this.targetGroup = targetGroup(this, 'Targets', this.targets, true);
    this.listener = this.loadBalancer.addListener('Listener', {
      port,
      protocol: certificate === undefined ? elbv2.ApplicationProtocol.HTTP : elbv2.ApplicationProtocol.HTTPS,
      ...(certificate === undefined ? {} : { certificates: [certificate], sslPolicy: elbv2.SslPolicy.RECOMMENDED_TLS }),
      // Who may connect is said below, by reference.
      open: false,
      ...(originHeader === undefined
        ? { defaultTargetGroups: [this.targetGroup] }
        : { defaultAction: elbv2.ListenerAction.fixedResponse(403, { contentType: 'text/plain', messageBody: 'Forbidden' }) }),
    });
    this.forwardConditions = originHeader === undefined
      ? [elbv2.ListenerCondition.pathPatterns(['/*'])]
      // CloudFormation puts the secret in; the template only names it.
      : [elbv2.ListenerCondition.httpHeader(originHeader, originSecrets.map((secret) => secret.unsafeUnwrap()))];
    if (originHeader !== undefined) {
      this.originRule = new elbv2.ApplicationListenerRule(this, 'OriginRule', {
        listener: this.listener, priority: LAST_RULE, conditions: this.forwardConditions, action: elbv2.ListenerAction.forward([this.targetGroup]),
      });
    }
    if (certificate !== undefined) {
      this.redirectListener = this.loadBalancer.addListener('Redirect', {
        port: 80,
        protocol: elbv2.ApplicationProtocol.HTTP,
        open: false,
        defaultAction: elbv2.ListenerAction.redirect({ port: '443', protocol: 'HTTPS', permanent: true }),
      });
    }
    for (const peer of this.exposure._peers(this)) this.connections.allowDefaultPortFrom(peer, 'Clients of the load balancer');
    if (isOpenToEveryone) this.connections.allowFrom(ec2.Peer.anyIpv4(), ec2.Port.tcp(80), 'Clients that are redirected to HTTPS');
    for (const peer of props.allowFrom ?? []) this.connections.allowDefaultPortFrom(peer, 'Clients of the load balancer');
    if (props.webAcl !== undefined) {
      new wafv2.CfnWebACLAssociation(this, 'WebAcl', { resourceArn: this.loadBalancer.loadBalancerArn, webAclArn: props.webAcl.webAclRef.webAclArn });
    }
    this.unhealthyAlarm = alarm(this, 'UnhealthyAlarm', {
      metric: this.metricUnhealthyTargets(),
      description: 'A task behind the load balancer does not answer its health check.',
      threshold: 0,
      periods: 3,
      actions: props.alarmActions,
    });
  }

  /** Tasks that fail their health check. Maximum of one minute unless said otherwise. */
  public metricUnhealthyTargets(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.targetGroup.metrics.unhealthyHostCount({ period: Duration.minutes(1), statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /**
   * Open connections. The load balancer counts a WebSocket twice: from its client and to its task. Sum of one minute unless said
   * otherwise.
   */
  public metricActiveConnections(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.loadBalancer.metrics.activeConnectionCount({ period: Duration.minutes(1), statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Requests, WebSockets by their first one. Sum of one minute unless said otherwise. */
  public metricRequests(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.loadBalancer.metrics.requestCount({ period: Duration.minutes(1), statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Responses of the tasks of the 5xx class. Sum of one minute unless said otherwise. */
  public metricServerErrors(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const { TARGET_5XX_COUNT } = elbv2.HttpCodeTarget;
    return this.loadBalancer.metrics.httpCodeTarget(TARGET_5XX_COUNT, { period: Duration.minutes(1), statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Time that tasks take to answer, in seconds. p99 of one minute unless said otherwise. */
  public metricResponseTime(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.loadBalancer.metrics.targetResponseTime({ period: Duration.minutes(1), statistic: 'p99', ...options });
  }

  /**
   * A second group of tasks like the first, for deployments that have both at once.
   *
   * @internal
   */
  public _alternateTargets(scope: Construct, id: string, deregistrationDelay: Duration): elbv2.ApplicationTargetGroup {
    return targetGroup(scope, id, { ...this.targets, options: { ...this.targets.options, deregistrationDelay } }, false);
  }

  private warn({ webAcl }: TradingLoadBalancerProps): void {
    const { isPublic, isOpenToEveryone, originHeader } = this.exposure;
    const warn = (id: string, message: string) => Annotations.of(this).addWarningV2(`cdk-trading-platform:${id}`, message);
    if (isOpenToEveryone) warn('loadBalancerOpenToEveryone', 'the load balancer is public without CloudFront before it; prefer LoadBalancerExposure.internal() behind a VPC origin');
    if (isOpenToEveryone && webAcl === undefined) warn('loadBalancerWithoutWebAcl', 'the load balancer is public and has no web ACL; pass `webAcl`, for example that of RegionalWebAcl');
    if (isPublic && !isOpenToEveryone && originHeader === undefined) {
      warn('loadBalancerWithoutOriginSecret', 'every CloudFront distribution of every account can reach the load balancer; pass `originSecrets` to LoadBalancerExposure.cloudFrontOnly');
    }
  }
}
