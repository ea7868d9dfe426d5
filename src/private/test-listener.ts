import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Faults } from './faults';
import type { TradingLoadBalancer } from '../constructs/ingress/trading-load-balancer';

/** A port on which new tasks can be tried before clients come. */
export interface TestAccess {
  readonly testPort?: number;
  readonly testFrom?: ec2.IConnectable[];
}

/** Adds what makes no sense. */
export function checkTestAccess(faults: Faults, { testPort, testFrom }: TestAccess): void {
  faults.check(testFrom === undefined || testPort !== undefined, '`testFrom` needs `testPort`; give a port such as 8443');
  faults.check(testPort === undefined || ![80, 443].includes(testPort), `\`testPort\` must not be a port of the load balancer, got: ${testPort}`);
}

/** The listener of that port, with the protocol and the certificate of the production one. */
export function testListener(
  id: string, ingress: TradingLoadBalancer, port: number, testFrom: ec2.IConnectable[], action: elbv2.ListenerAction,
): elbv2.ApplicationListener {
  const { certificate } = ingress;
  const listener = ingress.loadBalancer.addListener(id, {
    port,
    protocol: certificate === undefined ? elbv2.ApplicationProtocol.HTTP : elbv2.ApplicationProtocol.HTTPS,
    ...(certificate === undefined ? {} : { certificates: [certificate], sslPolicy: elbv2.SslPolicy.RECOMMENDED_TLS }),
    open: false,
    defaultAction: action,
  });
  for (const peer of testFrom) ingress.connections.allowFrom(peer, ec2.Port.tcp(port), 'Tries new tasks before clients come');
  return listener;
}
