import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Faults } from '../../private/faults';

/** How API Gateway speaks to a load balancer. */
export interface RestApiBackendOptions {
  /**
   * Name in the load balancer's certificate. With it API Gateway speaks HTTPS and checks that name; the name needs no DNS record.
   *
   * @default - HTTP inside the VPC
   */
  readonly serverName?: string;

  /**
   * TCP port of the listener.
   *
   * @default - 443 with `serverName`, 80 without
   */
  readonly port?: number;
}

/** The load balancer behind a REST API, reached through a VPC link. */
export class RestApiBackend implements ec2.IConnectable {
  /**
   * An Application Load Balancer, usually an internal one.
   *
   * @throws Error when the port is not one or the server name is not a host name
   */
  public static applicationLoadBalancer(loadBalancer: elbv2.IApplicationLoadBalancer, options: RestApiBackendOptions = {}): RestApiBackend {
    return new RestApiBackend(loadBalancer.loadBalancerArn, loadBalancer.connections, options);
  }

  /**
   * A Network Load Balancer; give it `connections` when it has security groups, so that they let the VPC link in.
   *
   * @throws Error when the port is not one or the server name is not a host name
   */
  public static networkLoadBalancer(loadBalancer: elbv2.INetworkLoadBalancer, options: RestApiBackendOptions = {}): RestApiBackend {
    return new RestApiBackend(loadBalancer.loadBalancerArn, loadBalancer.connections, options);
  }

  /** ARN of the load balancer. */
  public readonly loadBalancerArn: string;
  /** Network connections of the load balancer. */
  public readonly connections: ec2.Connections;
  /** TCP port of the listener. */
  public readonly port: number;
  /** Scheme, host and port that requests are sent to. */
  public readonly origin: string;

  private constructor(loadBalancerArn: string, connections: ec2.Connections, options: RestApiBackendOptions) {
    const { serverName } = options;
    this.loadBalancerArn = loadBalancerArn;
    this.connections = connections;
    this.port = options.port ?? (serverName === undefined ? 80 : 443);
    const faults = new Faults('RestApiBackend');
    faults.check(Token.isUnresolved(this.port) || (Number.isInteger(this.port) && this.port >= 1 && this.port <= 65_535),
      `\`port\` must be a whole number from 1 to 65535, got: ${this.port}`);
    faults.check(serverName === undefined || Token.isUnresolved(serverName) || /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(serverName),
      `\`serverName\` must be a host name in lower case such as 'api.internal.example.com', got: '${serverName}'`);
    faults.throwIfAny();
    // Over HTTP the name is only the Host header: the VPC link finds the load balancer by its ARN.
    this.origin = serverName === undefined ? `http://backend.internal:${this.port}` : `https://${serverName}:${this.port}`;
  }
}
