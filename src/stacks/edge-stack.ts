import { RemovalPolicy } from 'aws-cdk-lib';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { acceptDistribution, acceptLogBucket } from './acknowledgements';
import { TradingStack, TradingStackProps } from './trading-stack';
import { PublicEndpoint } from '../constructs/edge/public-endpoint';
import { TradingDistribution } from '../constructs/edge/trading-distribution';
import { TradingWebAcl } from '../constructs/edge/trading-web-acl';
import { AccessLogBucket } from '../constructs/observability/access-log-bucket';

/** Properties of `EdgeStack`. */
export interface EdgeStackProps extends TradingStackProps {
  /** Internal load balancer of the system. */
  readonly loadBalancer: elbv2.IApplicationLoadBalancer;

  /**
   * How users reach the system.
   *
   * @default PublicEndpoint.cloudFrontDomain()
   */
  readonly endpoint?: PublicEndpoint;

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
    this.webAcl = new TradingWebAcl(this, 'WebAcl');
    this.edge = new TradingDistribution(this, 'Edge', {
      loadBalancer: props.loadBalancer,
      endpoint: props.endpoint,
      webAcl: this.webAcl.webAcl,
      accessLogs: this.accessLogs.bucket,
    });
    acceptLogBucket(this.accessLogs);
    acceptDistribution(this.edge, props.endpoint);
  }
}
