import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

/** Properties of `RegionHealth`. */
export interface RegionHealthProps {
  /** Fires while no task of the API answers. */
  readonly api: cloudwatch.IAlarm;

  /** Each fires while one of the matchers does not run. */
  readonly matchers: cloudwatch.IAlarm[];
}

/**
 * Whether a region can serve, as Route 53 sees it: its API answers and one of its matchers runs. A region that waits has no matcher and is
 * therefore not healthy, so that nobody is led to it before it has taken over. A region that says nothing is not healthy either.
 */
export class RegionHealth extends Construct {
  /** The sum of the others. */
  public readonly healthCheck: route53.HealthCheck;

  public constructor(scope: Construct, id: string, props: RegionHealthProps) {
    super(scope, id);
    const ofAlarm = (name: string, alarm: cloudwatch.IAlarm) => new route53.HealthCheck(this, name, {
      type: route53.HealthCheckType.CLOUDWATCH_METRIC,
      alarmIdentifier: { name: alarm.alarmName, region: Stack.of(alarm).region },
      insufficientDataHealthStatus: route53.InsufficientDataHealthStatusEnum.UNHEALTHY,
    });
    const matchers = new route53.HealthCheck(this, 'Matchers', {
      type: route53.HealthCheckType.CALCULATED, childHealthChecks: props.matchers.map((alarm, index) => ofAlarm(`Matcher${index + 1}`, alarm)), healthThreshold: 1,
    });
    this.healthCheck = new route53.HealthCheck(this, 'Resource', {
      type: route53.HealthCheckType.CALCULATED, childHealthChecks: [ofAlarm('Api', props.api), matchers], healthThreshold: 2,
    });
  }
}
