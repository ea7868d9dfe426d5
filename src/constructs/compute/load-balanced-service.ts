import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';

/** What a container speaks on its port. */
export enum ServiceProtocol {
  /** Plain HTTP, inside the VPC. */
  HTTP = 'HTTP',
  /** HTTP over TLS, with a certificate that the container brings; load balancers take any. */
  HTTPS = 'HTTPS',
}

/** What a load balancer must know of a service: `TradingService`, or a service of your own. */
export interface ILoadBalancedService {
  /** The tasks, for example an `ecs.FargateService`. */
  readonly loadBalancerTarget: elbv2.IApplicationLoadBalancerTarget;

  /** TCP port that the tasks listen on. */
  readonly port: number;

  /** Path on that port that answers 200 while a task is well. */
  readonly healthPath: string;

  /** What the tasks speak on that port. */
  readonly protocol: ServiceProtocol;
}
