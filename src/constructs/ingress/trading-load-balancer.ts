import { Duration } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { TradingService } from '../compute/trading-service';

/** Properties of `TradingLoadBalancer`. */
export interface TradingLoadBalancerProps {
  /** VPC of the load balancer. */
  readonly vpc: ec2.IVpc;

  /** Service that requests and WebSockets go to. */
  readonly service: TradingService;

  /** Who may connect: CloudFront's addresses, a security group. Nobody else can. */
  readonly allowFrom: ec2.IConnectable[];

  /**
   * Certificate of the HTTPS listener; HTTP is then redirected to it. Without one the load balancer answers on HTTP, which is
   * for a load balancer that only CloudFront reaches, through a VPC origin.
   *
   * @default - HTTP
   */
  readonly certificate?: acm.ICertificate;

  /**
   * Bucket for the access logs, encrypted with S3's own keys.
   *
   * @default - access is not logged
   */
  readonly accessLogs?: s3.IBucket;

  /**
   * Subnets of the load balancer.
   *
   * @default - the isolated subnets, or the private ones of a VPC without isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * How long a connection may stay silent. A WebSocket that is pinged more often than that stays open.
   *
   * @default Duration.minutes(5)
   */
  readonly idleTimeout?: Duration;

  /**
   * How long a task that is going away keeps its open connections.
   *
   * @default Duration.seconds(60)
   */
  readonly deregistrationDelay?: Duration;

  /**
   * How long a client stays with the task that answered it first.
   *
   * @default Duration.days(1)
   */
  readonly stickiness?: Duration;

  /**
   * Whether the load balancer must first be unprotected before it can be deleted.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
}

/**
 * Internal load balancer in front of a service, made for WebSockets: a cookie keeps a client with its task, silent connections stay
 * open for minutes, and a task that goes away gives its clients time. It has no public address.
 */
export class TradingLoadBalancer extends Construct implements ec2.IConnectable {
  /** The load balancer. */
  public readonly loadBalancer: elbv2.ApplicationLoadBalancer;
  /** The listener that forwards to the service: HTTPS with a certificate, HTTP without. */
  public readonly listener: elbv2.ApplicationListener;
  /** The listener that redirects HTTP to HTTPS; undefined without a certificate. */
  public readonly redirectListener?: elbv2.ApplicationListener;
  /** The tasks of the service. */
  public readonly targetGroup: elbv2.ApplicationTargetGroup;
  /** Security group of the load balancer. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Network connections of the load balancer. */
  public readonly connections: ec2.Connections;

  public constructor(scope: Construct, id: string, props: TradingLoadBalancerProps) {
    super(scope, id);
    const { vpc, service } = props;
    const subnetType = vpc.isolatedSubnets.length > 0 ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS;
    const port = props.certificate === undefined ? 80 : 443;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, description: 'Load balancer', allowAllOutbound: false });
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(port) });
    this.loadBalancer = new elbv2.ApplicationLoadBalancer(this, 'Resource', {
      vpc,
      internetFacing: false,
      vpcSubnets: props.vpcSubnets ?? { subnetType },
      securityGroup: this.securityGroup,
      idleTimeout: props.idleTimeout ?? Duration.minutes(5),
      dropInvalidHeaderFields: true,
      desyncMitigationMode: elbv2.DesyncMitigationMode.STRICTEST,
      deletionProtection: props.deletionProtection ?? true,
    });
    if (props.accessLogs !== undefined) this.loadBalancer.logAccessLogs(props.accessLogs, 'load-balancer');
    this.targetGroup = new elbv2.ApplicationTargetGroup(this, 'Targets', {
      vpc,
      targetType: elbv2.TargetType.IP,
      protocol: elbv2.ApplicationProtocol.HTTP,
      port: service.port,
      targets: [service.service],
      stickinessCookieDuration: props.stickiness ?? Duration.days(1),
      deregistrationDelay: props.deregistrationDelay ?? Duration.seconds(60),
      loadBalancingAlgorithmType: elbv2.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      healthCheck: {
        path: service.healthPath,
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 2,
      },
    });
    this.listener = this.loadBalancer.addListener('Listener', {
      port,
      protocol: props.certificate === undefined ? elbv2.ApplicationProtocol.HTTP : elbv2.ApplicationProtocol.HTTPS,
      ...(props.certificate === undefined ? {} : { certificates: [props.certificate], sslPolicy: elbv2.SslPolicy.RECOMMENDED_TLS }),
      // Who may connect is said below, by reference.
      open: false,
      defaultTargetGroups: [this.targetGroup],
    });
    if (props.certificate !== undefined) {
      this.redirectListener = this.loadBalancer.addListener('Redirect', {
        port: 80,
        protocol: elbv2.ApplicationProtocol.HTTP,
        open: false,
        defaultAction: elbv2.ListenerAction.redirect({ port: '443', protocol: 'HTTPS', permanent: true }),
      });
    }
    for (const peer of props.allowFrom) this.connections.allowDefaultPortFrom(peer, 'Clients of the load balancer');
  }
}
