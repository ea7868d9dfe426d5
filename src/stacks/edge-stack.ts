import { RemovalPolicy } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { TradingStack, TradingStackProps } from './trading-stack';
import { CachedRoute } from '../constructs/edge/cached-route';
import { EdgeOrigin } from '../constructs/edge/edge-origin';
import { PublicEndpoint } from '../constructs/edge/public-endpoint';
import { TradingDistribution } from '../constructs/edge/trading-distribution';
import { TradingWebAcl } from '../constructs/edge/trading-web-acl';
import { RestApiRoute } from '../constructs/ingress/rest-api-route';
import { AccessLogBucket } from '../constructs/observability/access-log-bucket';

/** Properties of `EdgeStack`. */
export interface EdgeStackProps extends TradingStackProps {
  /**
   * Internal load balancer of the system.
   *
   * @default - `origin`; one of the two must be given
   */
  readonly loadBalancer?: elbv2.IApplicationLoadBalancer;

  /**
   * Where requests go instead.
   *
   * @default - `loadBalancer`; one of the two must be given
   */
  readonly origin?: EdgeOrigin;

  /**
   * Countries that are served or not, as ISO 3166-1 alpha-2 codes.
   *
   * @default - all are served
   */
  readonly geoRestriction?: cloudfront.GeoRestriction;

  /**
   * How users reach the system.
   *
   * @default PublicEndpoint.cloudFrontDomain()
   */
  readonly endpoint?: PublicEndpoint;

  /**
   * Who is told when an alarm of the edge changes its state; they must be in us-east-1.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * Answers that are kept at the edge, because they are the same for everybody. Needs `routes`.
   *
   * @default - none
   */
  readonly cachedRoutes?: CachedRoute[];

  /**
   * Routes of the API behind the edge, against which `cachedRoutes` are checked.
   *
   * @default - not known
   */
  readonly routes?: RestApiRoute[];

  /**
   * What happens to the access logs when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The public side of a system; always in us-east-1, where CloudFront's certificates and web ACLs live. */
export class EdgeStack extends TradingStack {
  /** Web ACL of the distribution. */
  public readonly webAcl: TradingWebAcl;
  /** Access logs of the distribution. */
  public readonly accessLogs: AccessLogBucket;
  /** The distribution. */
  public readonly edge: TradingDistribution;

  public constructor(scope: Construct, id: string, props: EdgeStackProps) {
    super(scope, id, { description: 'CloudFront and its web ACL', ...props, env: { ...props.env, region: 'us-east-1' } });
    this.accessLogs = new AccessLogBucket(this, 'AccessLogs', { acceptsCloudFrontLogs: true, removalPolicy: props.removalPolicy });
    this.webAcl = new TradingWebAcl(this, 'WebAcl', { alarmActions: props.alarmActions, removalPolicy: props.removalPolicy });
    this.edge = new TradingDistribution(this, 'Edge', {
      loadBalancer: props.loadBalancer,
      origin: props.origin,
      geoRestriction: props.geoRestriction,
      endpoint: props.endpoint,
      cachedRoutes: props.cachedRoutes,
      routes: props.routes,
      webAcl: this.webAcl.webAcl,
      accessLogs: this.accessLogs.bucket,
      alarmActions: props.alarmActions,
    });
  }
}
