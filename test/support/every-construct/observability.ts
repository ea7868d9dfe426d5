import { Environment } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { LayerStack, mail } from './common';
import { AccessLogBucket, AlarmTopic, DashboardSection, ServiceLevelObjective, SloAlarms, TraceSampling, TradingDashboard, TradingLogGroup } from '../../../src';

const metric = (metricName: string, statistic = 'Sum') => new cloudwatch.Metric({ namespace: 'Api', metricName, statistic });

/** Every construct of the layer in its minimal form. */
export function observability(scope: Construct, env?: Environment): void {
  const stack = new LayerStack(scope, 'Observability', env);
  const topic = stack.create(AlarmTopic, 'Alarms', { emails: mail, httpsEndpoints: ['https://pager.example.com'] });
  const slo = stack.create(SloAlarms, 'Slo', {
    objective: ServiceLevelObjective.GATEWAY_EXCHANGE, total: metric('Requests'), errors: metric('Errors'), latencyP99: metric('Latency', 'p99'), alarmActions: [topic],
  });
  stack.create(TradingDashboard, 'Dashboard', {
    sections: [DashboardSection.edge({ requests: metric('Requests'), errorRates: [metric('5xx')] })], alarms: [slo.pageAlarm],
  });
  stack.create(TradingLogGroup, 'Logs');
  stack.create(TraceSampling, 'Sampling');
  stack.create(AccessLogBucket, 'AccessLogs');
}
