import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as targets from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import { ServiceProtocol } from '../compute/load-balanced-service';
import { TradingService } from '../compute/trading-service';

/** What stands behind a Network Load Balancer. */
export class NetworkTarget {
  /** The tasks of a service, on its port. */
  public static service(service: TradingService): NetworkTarget {
    const isHttps = service.protocol === ServiceProtocol.HTTPS;
    return new NetworkTarget(elbv2.TargetType.IP, service.port, service.healthPath, isHttps, service, service.service);
  }

  /**
   * Tasks of a service of your own.
   *
   * @param target the tasks, for example an `ecs.FargateService`
   * @param port their TCP port
   * @param healthPath path on that port that answers 200 while a task is well
   * @param connectable their security group
   */
  public static tasks(target: elbv2.INetworkLoadBalancerTarget, port: number, healthPath: string, connectable: ec2.IConnectable): NetworkTarget {
    return new NetworkTarget(elbv2.TargetType.IP, port, healthPath, false, connectable, target);
  }

  /**
   * An Application Load Balancer, to put fixed addresses or a PrivateLink in front of it.
   *
   * @param listener the listener that takes the connections
   * @param port its TCP port
   * @param healthPath path that answers 200 while the load balancer has a healthy target
   */
  public static applicationLoadBalancer(listener: elbv2.ApplicationListener, port: number, healthPath: string): NetworkTarget {
    return new NetworkTarget(elbv2.TargetType.ALB, port, healthPath, port === 443, listener, new targets.AlbListenerTarget(listener));
  }

  private constructor(
    /** Kind of the target. */
    public readonly targetType: elbv2.TargetType,
    /** TCP port of the target. */
    public readonly port: number,
    /** Path of its health check. */
    public readonly healthPath: string,
    /** Whether the health check speaks HTTPS. */
    public readonly isHttps: boolean,
    /** Network connections of the target. */
    public readonly connectable: ec2.IConnectable,
    /** The target as the load balancer takes it. */
    public readonly target: elbv2.INetworkLoadBalancerTarget,
  ) {}
}
