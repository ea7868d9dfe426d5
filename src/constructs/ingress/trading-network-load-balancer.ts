import { Duration, Token } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { NetworkTarget } from './network-target';
import { alarm } from '../../private/alarms';
import { Faults } from '../../private/faults';
import { AccessLogBucket } from '../observability/access-log-bucket';

/** Properties of `TradingNetworkLoadBalancer`. */
export interface TradingNetworkLoadBalancerProps {
  /** VPC of the load balancer. */
  readonly vpc: ec2.IVpc;

  /** What connections go to. */
  readonly target: NetworkTarget;

  /** Who may connect: a security group, a prefix list. Nobody else can. */
  readonly allowFrom: ec2.IConnectable[];

  /**
   * Certificate with which the load balancer ends TLS.
   *
   * @default - TCP is passed through
   */
  readonly certificate?: acm.ICertificate;

  /**
   * TCP port that clients connect to.
   *
   * @default - 443 with a certificate, the target's port without
   */
  readonly port?: number;

  /**
   * Whether connections that come through PrivateLink need leave from `allowFrom` too. Say false for an endpoint service whose
   * clients are known by their endpoint and not by their address.
   *
   * @default true
   */
  readonly checkPrivateLink?: boolean;

  /**
   * Bucket for the access logs, encrypted with S3's own keys. AWS writes them for TLS connections only.
   *
   * @default - a bucket is defined
   */
  readonly accessLogs?: s3.IBucket;

  /**
   * Subnets of the load balancer.
   *
   * @default - the isolated subnets, or the private ones of a VPC without isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * How long a target that is going away keeps its open connections.
   *
   * @default Duration.seconds(60)
   */
  readonly deregistrationDelay?: Duration;

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

/**
 * Internal load balancer for connections rather than requests: one fixed address per zone, for order gateways that speak their own
 * protocol, for PrivateLink, or in front of an Application Load Balancer.
 */
export class TradingNetworkLoadBalancer extends Construct implements ec2.IConnectable {
  /** The load balancer. */
  public readonly loadBalancer: elbv2.NetworkLoadBalancer;
  /** Its listener. */
  public readonly listener: elbv2.NetworkListener;
  /** What stands behind it. */
  public readonly targetGroup: elbv2.NetworkTargetGroup;
  /** Bucket of the access logs. */
  public readonly accessLogs: s3.IBucket;
  /** Security group of the load balancer. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Network connections of the load balancer. */
  public readonly connections: ec2.Connections;
  /** TCP port that clients connect to. */
  public readonly port: number;
  /** Fires when a target is unhealthy for three minutes. */
  public readonly unhealthyAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: TradingNetworkLoadBalancerProps) {
    super(scope, id);
    const { vpc, target, certificate } = props;
    this.port = props.port ?? (certificate === undefined ? target.port : 443);
    const delay = props.deregistrationDelay ?? Duration.seconds(60);
    const faults = new Faults(this.node.path);
    faults.check(Token.isUnresolved(this.port) || (Number.isInteger(this.port) && this.port >= 1 && this.port <= 65_535),
      `\`port\` must be a whole number from 1 to 65535, got: ${this.port}`);
    faults.check(delay.isUnresolved() || delay.toSeconds() <= 3600, `\`deregistrationDelay\` must be at most an hour, got: ${delay.toHumanString()}`);
    faults.check(!(certificate !== undefined && target.targetType === elbv2.TargetType.ALB),
      '`certificate` must be left out in front of an Application Load Balancer, which takes TCP only and ends TLS itself');
    faults.throwIfAny();

    const subnetType = vpc.isolatedSubnets.length > 0 ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, description: 'Network load balancer', allowAllOutbound: false });
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(this.port) });
    this.connections.allowTo(target.connectable, ec2.Port.tcp(target.port), 'Network load balancer forwards');
    for (const peer of props.allowFrom) this.connections.allowDefaultPortFrom(peer, 'Clients of the load balancer');
    this.loadBalancer = new elbv2.NetworkLoadBalancer(this, 'Resource', {
      vpc,
      internetFacing: false,
      vpcSubnets: props.vpcSubnets ?? { subnetType },
      securityGroups: [this.securityGroup],
      enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: props.checkPrivateLink ?? true,
      // A zone without a healthy target still answers on its address.
      crossZoneEnabled: true,
      deletionProtection: props.deletionProtection ?? true,
    });
    this.accessLogs = props.accessLogs ?? new AccessLogBucket(this, 'AccessLogs').bucket;
    this.loadBalancer.logAccessLogs(this.accessLogs, 'network-load-balancer');
    this.targetGroup = new elbv2.NetworkTargetGroup(this, 'Targets', {
      vpc,
      targetType: target.targetType,
      protocol: elbv2.Protocol.TCP,
      port: target.port,
      targets: [target.target],
      deregistrationDelay: delay,
      // What is still open after the delay is closed, so that its client connects anew instead of waiting.
      ...(target.targetType === elbv2.TargetType.IP ? { connectionTermination: true } : {}),
      healthCheck: {
        protocol: target.isHttps ? elbv2.Protocol.HTTPS : elbv2.Protocol.HTTP,
        path: target.healthPath,
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 2,
      },
    });
    this.listener = this.loadBalancer.addListener('Listener', {
      port: this.port,
      protocol: certificate === undefined ? elbv2.Protocol.TCP : elbv2.Protocol.TLS,
      ...(certificate === undefined ? {} : { certificates: [certificate], sslPolicy: elbv2.SslPolicy.RECOMMENDED_TLS }),
      defaultTargetGroups: [this.targetGroup],
    });
    this.unhealthyAlarm = alarm(this, 'UnhealthyAlarm', {
      metric: this.metricUnhealthyTargets(),
      description: 'A target behind the network load balancer does not answer its health check.',
      threshold: 0,
      periods: 3,
      actions: props.alarmActions,
    });
  }

  /** Targets that fail their health check. Maximum of one minute unless said otherwise. */
  public metricUnhealthyTargets(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.targetGroup.metrics.unHealthyHostCount({ period: Duration.minutes(1), statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /** Open connections. Average of one minute unless said otherwise. */
  public metricActiveConnections(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.loadBalancer.metrics.activeFlowCount({ period: Duration.minutes(1), ...options });
  }
}
