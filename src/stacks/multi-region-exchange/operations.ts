import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { ExchangeRegion } from './exchange-region';
import { DashboardSection } from '../../constructs/observability/dashboard-section';
import { ServiceLevelObjective } from '../../constructs/observability/service-level-objective';
import type { ServiceLevelIndicators } from '../operations-stack';

/** What of the exchange is watched beside its promise. */
export interface ExchangeOperations {
  readonly indicators: ServiceLevelIndicators;
  readonly sections: DashboardSection[];
  readonly alarms: cloudwatch.IAlarm[];
}

/** The promise is counted at the load balancer of the region that serves: what it answers, and what it could not hand on. */
export function operationsOf({ application, data }: ExchangeRegion, objective: ServiceLevelObjective): ExchangeOperations {
  const { ingress } = application;
  const { loadBalancer } = ingress;
  const period = Duration.minutes(1);
  const sum = { period, statistic: cloudwatch.Stats.SUM };
  const errors = new cloudwatch.MathExpression({
    expression: 'FILL(target, 0) + FILL(balancer, 0)',
    label: 'Failed requests',
    period,
    usingMetrics: { target: ingress.metricServerErrors(), balancer: loadBalancer.metrics.httpCodeElb(elbv2.HttpCodeElb.ELB_5XX_COUNT, sum) },
  });
  const latency = (statistic: string) => new cloudwatch.MathExpression({
    expression: `1000 * ${statistic}`, label: `Latency ${statistic}`, period, usingMetrics: { [statistic]: ingress.metricResponseTime({ statistic }) },
  });
  const latencyP99 = latency('p99');
  const ledger = data.primaryLedger!;
  return {
    indicators: { total: ingress.metricRequests(), errors, latencyP99 },
    sections: [
      DashboardSection.api({
        requests: ingress.metricRequests(), errors, latencies: [latency('p50'), latencyP99], connections: ingress.metricActiveConnections(),
      }, objective),
      DashboardSection.data({
        cpuUtilizations: [ledger.metricCpuUtilization(), data.cache.metricEngineCpuUtilization()],
        connections: [ledger.metricDatabaseConnections(), data.cache.metricConnections()],
        replicaLags: [ledger.metricReplicaLag()],
        throttles: [data.marketData.metricThrottledWrites()],
      }),
    ],
    alarms: [
      ...application.healthAlarms, application.errorAlarm, application.matcherCapacity.capacityAlarm, ledger.cpuAlarm, data.broker.storageAlarm,
    ],
  };
}
