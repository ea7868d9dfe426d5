import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { TradingStack } from '../../../src';
import { AlarmTopic } from '../../../src/constructs/observability/alarm-topic';
import { DashboardSection } from '../../../src/constructs/observability/dashboard-section';
import { ServiceLevelObjective } from '../../../src/constructs/observability/service-level-objective';
import { SloAlarms } from '../../../src/constructs/observability/slo-alarms';
import { TraceSampling } from '../../../src/constructs/observability/trace-sampling';
import { TradingDashboard } from '../../../src/constructs/observability/trading-dashboard';
import { TradingLogGroup } from '../../../src/constructs/observability/trading-log-group';
import { accept, packReport } from '../../support/rule-packs';

const metric = (metricName: string, statistic = 'Sum') => new cloudwatch.Metric({ namespace: 'Api', metricName, statistic });

test('nothing is violated in six packs and the built-in rules', () => {
  const report = packReport((app) => {
    const stack = new TradingStack(app, 'Observability');
    const alarmTopic = new AlarmTopic(stack, 'Alarms', { emails: ['oncall@example.com'], httpsEndpoints: ['https://pager.example.com'] });
    const last = {
      reason: 'The queue is itself where messages end that could not be delivered; nobody consumes it, so nothing can fail there.',
      control: 'messages stay for two weeks; the topic counts failed deliveries',
    };
    accept(alarmTopic.undelivered, { rule: 'SQS3', packs: ['AwsSolutions'], ...last }, { rule: 'SQSRedrivePolicy', packs: ['Serverless'], ...last });
    const slo = new SloAlarms(stack, 'Slo', {
      objective: ServiceLevelObjective.GATEWAY_EXCHANGE,
      total: metric('Requests'),
      errors: metric('Errors'),
      latencyP99: metric('Latency', 'p99'),
      alarmActions: [alarmTopic],
    });
    for (const alarm of slo.burnRateAlarms) {
      accept(alarm, {
        rule: 'CloudWatchAlarmAction',
        packs: ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5'],
        reason: 'The alarm is one half of a pair; the composite alarms act for it when both halves agree.',
        control: 'both composite alarms have actions',
      });
    }
    new TradingDashboard(stack, 'Dashboard', {
      sections: [DashboardSection.edge({ requests: metric('Requests'), errorRates: [metric('5xx')] })], alarms: [slo.pageAlarm],
    });
    new TradingLogGroup(stack, 'Logs');
    new TraceSampling(stack, 'Sampling');
  });
  expect(report.violations).toEqual([]);
  expect(report.error).toBe('');
  expect(report.plugins).toEqual(expect.arrayContaining(['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5']));
});
