import { Duration, Token } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { between } from './durations';
import type { Faults } from './faults';
import { checkPlain } from './plain';
import { ILoadBalancedService, ServiceProtocol } from '../constructs/compute/load-balanced-service';
import type { LoadBalancerTargetOptions } from '../constructs/ingress/load-balancer-targets';

/** What a target group is made of. */
export interface TargetGroupSpec {
  readonly vpc: ec2.IVpc;
  readonly service: ILoadBalancedService;
  readonly options: LoadBalancerTargetOptions;
}

/** Stickiness when nothing is said about it. */
const A_DAY = Duration.days(1);

/** A group of tasks for WebSockets. Two of them with the same spec are alike, as blue/green deployments need them. */
export function targetGroup(scope: Construct, id: string, spec: TargetGroupSpec, isAttached: boolean): elbv2.ApplicationTargetGroup {
  const { vpc, service, options } = spec;
  const { healthCheck = {}, slowStart } = options;
  const protocol = service.protocol === ServiceProtocol.HTTPS ? elbv2.ApplicationProtocol.HTTPS : elbv2.ApplicationProtocol.HTTP;
  const { LEAST_OUTSTANDING_REQUESTS, ROUND_ROBIN } = elbv2.TargetGroupLoadBalancingAlgorithmType;
  return new elbv2.ApplicationTargetGroup(scope, id, {
    vpc,
    targetType: elbv2.TargetType.IP,
    protocol,
    port: service.port,
    ...(isAttached ? { targets: [service.loadBalancerTarget] } : {}),
    stickinessCookieDuration: options.stickiness ?? A_DAY,
    deregistrationDelay: options.deregistrationDelay ?? Duration.seconds(60),
    slowStart,
    loadBalancingAlgorithmType: slowStart === undefined ? LEAST_OUTSTANDING_REQUESTS : ROUND_ROBIN,
    healthCheck: {
      path: healthCheck.path ?? service.healthPath,
      ...(protocol === elbv2.ApplicationProtocol.HTTPS ? { protocol: elbv2.Protocol.HTTPS } : {}),
      interval: healthCheck.interval ?? Duration.seconds(10),
      timeout: healthCheck.timeout ?? Duration.seconds(5),
      healthyThresholdCount: healthCheck.healthyThreshold ?? 2,
      unhealthyThresholdCount: healthCheck.unhealthyThreshold ?? 2,
    },
  });
}

/** Adds what AWS would refuse, and stickiness that ends before a session does. */
export function checkTargetOptions(faults: Faults, options: LoadBalancerTargetOptions): void {
  const { stickiness = A_DAY, sessionLifetime, deregistrationDelay, slowStart, healthCheck = {} } = options;
  // Compared below, or by the CDK.
  checkPlain(faults, { stickiness, sessionLifetime, slowStart });
  between(faults, 'stickiness', stickiness, 1, 604_800, 'one second to a week');
  between(faults, 'deregistrationDelay', deregistrationDelay, 0, 3600, 'nothing to an hour');
  between(faults, 'slowStart', slowStart, 30, 900, '30 seconds to 15 minutes');
  if (sessionLifetime !== undefined && !sessionLifetime.isUnresolved() && !stickiness.isUnresolved()) {
    faults.check(stickiness.toSeconds() >= sessionLifetime.toSeconds(),
      `\`stickiness\` must not end before \`sessionLifetime\`, which would move clients to a task that does not know them, got: ${stickiness.toHumanString()} and ${sessionLifetime.toHumanString()}`);
  }
  const { interval = Duration.seconds(10), timeout = Duration.seconds(5), path } = healthCheck;
  between(faults, 'healthCheck.interval', interval, 5, 300, '5 to 300 seconds');
  between(faults, 'healthCheck.timeout', timeout, 2, 120, '2 to 120 seconds');
  if (!interval.isUnresolved() && !timeout.isUnresolved()) {
    faults.check(timeout.toMilliseconds() < interval.toMilliseconds(), `\`healthCheck.timeout\` must be less than \`healthCheck.interval\`, got: ${timeout.toHumanString()} and ${interval.toHumanString()}`);
  }
  const { healthyThreshold, unhealthyThreshold } = healthCheck;
  for (const [name, value] of Object.entries({ healthyThreshold, unhealthyThreshold })) {
    faults.check(value === undefined || Token.isUnresolved(value) || (Number.isInteger(value) && value >= 2 && value <= 10), `\`healthCheck.${name}\` must be a whole number from 2 to 10, got: ${value}`);
  }
  faults.check(path === undefined || Token.isUnresolved(path) || path.startsWith('/'), `\`healthCheck.path\` must begin with '/', got: '${path}'`);
}
