import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { RetailApplicationStack } from './retail-application-stack';
import type { RetailBackupStack } from './retail-backup-stack';
import type { RetailDataStack } from './retail-data-stack';
import type { RetailEdgeStack } from './retail-edge-stack';
import { DashboardSection } from '../../constructs/observability/dashboard-section';
import { ServiceLevelObjective } from '../../constructs/observability/service-level-objective';
import type { ServiceLevelIndicators } from '../operations-stack';

/** What is watched. Not exported from the package. */
export interface RetailParts {
  readonly application: RetailApplicationStack;
  readonly data: RetailDataStack;
  readonly backups: RetailBackupStack;
  readonly edge: RetailEdgeStack;
}

/** What of the exchange is watched beside its promise. Not exported from the package. */
export interface RetailOperations {
  readonly indicators: ServiceLevelIndicators;
  readonly sections: DashboardSection[];
  readonly alarms: cloudwatch.IAlarm[];
}

/** The promise is counted at the load balancer of the home region: what it answers, and what it could not hand on. */
export function operationsOf({ application, data, backups, edge }: RetailParts, objective: ServiceLevelObjective): RetailOperations {
  const { ingress } = application;
  const { ledger, cache, orderBook } = data;
  const period = Duration.minutes(1);
  const errors = new cloudwatch.MathExpression({
    expression: 'FILL(target, 0) + FILL(balancer, 0)',
    label: 'Failed requests',
    period,
    usingMetrics: {
      target: ingress.metricServerErrors(),
      balancer: ingress.loadBalancer.metrics.httpCodeElb(elbv2.HttpCodeElb.ELB_5XX_COUNT, { period, statistic: cloudwatch.Stats.SUM }),
    },
  });
  const latency = (statistic: string) => new cloudwatch.MathExpression({
    expression: `1000 * ${statistic}`, label: `Latency ${statistic}`, period, usingMetrics: { [statistic]: ingress.metricResponseTime({ statistic }) },
  });
  const latencyP99 = latency('p99');
  // CloudFront and its web ACL are counted in us-east-1, and a dashboard section shows its own region.
  const atTheEdge = edge.region !== data.region ? [] : [DashboardSection.edge({
    requests: edge.site.metricRequests(), errorRates: [edge.site.metricServerErrorRate()], blocked: edge.webAcl.metricBlockedRequests(),
  })];
  return {
    indicators: { total: ingress.metricRequests(), errors, latencyP99 },
    sections: [
      ...atTheEdge,
      DashboardSection.api({
        requests: ingress.metricRequests(), errors, latencies: [latency('p50'), latencyP99], connections: ingress.metricActiveConnections(),
      }, objective),
      DashboardSection.orderPath({
        orders: data.journal.metricIncomingRecords(),
        journalAges: [],
        settlementAges: [data.settlement.metricAgeOfOldestMessage()],
        deadLetters: [data.settlement.metricHaltedMessages()],
      }),
      DashboardSection.data({
        cpuUtilizations: [ledger.metricCpuUtilization(), ledger.metricCapacityUtilization(), cache.metricEngineCpuUtilization()],
        connections: [ledger.metricDatabaseConnections(), cache.metricConnections()],
        replicaLags: [ledger.metricReplicaLag()],
        throttles: [data.journal.metricThrottledWrites(), orderBook.metricThrottleEvents()],
      }),
    ],
    alarms: [
      application.healthAlarm, data.settlement.haltedAlarm, ledger.cpuAlarm, ledger.capacityAlarm,
      backups.backup.failedAlarm, backups.backup.overdueAlarm,
    ].filter((one): one is cloudwatch.Alarm => one !== undefined),
  };
}
