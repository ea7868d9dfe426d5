import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { AlarmTopic } from '../../../src/constructs/observability/alarm-topic';
import { ServiceLevelObjective } from '../../../src/constructs/observability/service-level-objective';
import { SloAlarms, SloAlarmsProps } from '../../../src/constructs/observability/slo-alarms';
import { TradingDashboard } from '../../../src/constructs/observability/trading-dashboard';
import { testStack } from '../../support/apps';

const metric = (metricName: string, statistic = 'Sum') => new cloudwatch.Metric({ namespace: 'Api', metricName, statistic, period: Duration.minutes(1) });
const metrics = { total: metric('Requests'), errors: metric('Errors'), latencyP99: metric('Latency', 'p99') };

function given(props: Partial<SloAlarmsProps> = {}) {
  const stack = testStack();
  const page = new AlarmTopic(stack, 'PageTopic');
  const ticket = new AlarmTopic(stack, 'TicketTopic');
  const slo = new SloAlarms(stack, 'Slo', {
    objective: ServiceLevelObjective.GATEWAY_EXCHANGE, ...metrics, alarmActions: [page], ticketActions: [ticket], ...props,
  });
  return { stack, slo, page: stack.resolve(page.topic.topicArn), ticket: stack.resolve(ticket.topic.topicArn), template: Template.fromStack(stack) };
}

const { stack, slo, template, page, ticket } = given();

test.each([
  ['FastLong', 3600, 0.0072], ['FastShort', 300, 0.0072],
  ['MediumLong', 21600, 0.003], ['MediumShort', 1800, 0.003],
  ['SlowLong', 86400, 0.0015], ['SlowShort', 7200, 0.0015],
])('watches %s over %d seconds for a share above %d', (name, period, threshold) => {
  const [alarm] = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).filter(([id]) => id.startsWith(`Slo${name}`)).map(([, each]) => each);
  expect(alarm.Properties).toMatchObject({
    Threshold: threshold,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
    Metrics: [
      { Expression: 'FILL(errors, 0) / total' },
      { MetricStat: { Period: period, Stat: 'Sum', Metric: { MetricName: 'Errors' } }, ReturnData: false },
      { MetricStat: { Period: period, Stat: 'Sum', Metric: { MetricName: 'Requests' } }, ReturnData: false },
    ],
  });
});

/** The rule with the logical ids of its alarms in place of their ARNs. */
function ruleOf(alarm: cloudwatch.CompositeAlarm): string {
  const [{ Properties }] = Object.values(template.findResources('AWS::CloudWatch::CompositeAlarm', {
    Properties: { AlarmName: stack.resolve(alarm.alarmName) === undefined ? '' : Match.anyValue(), AlarmDescription: Match.anyValue() },
  })).filter((each) => JSON.stringify(each.Properties.AlarmActions).includes(alarm === slo.pageAlarm ? 'PageTopic' : 'TicketTopic'));
  const parts = (Properties.AlarmRule as { 'Fn::Join': [string, Array<string | { 'Fn::GetAtt': [string, string] }>] })['Fn::Join'][1];
  return parts.map((part) => (typeof part === 'string' ? part : part['Fn::GetAtt'][0].slice(3, -8))).join('').replace(/"/g, '');
}

test('wakes somebody only when the long and the short window of a pair agree', () => {
  expect(ruleOf(slo.pageAlarm)).toBe('((ALARM(FastLong) AND ALARM(FastShort)) OR (ALARM(MediumLong) AND ALARM(MediumShort)))');
});

test('writes a ticket for a slow loss', () => {
  expect(ruleOf(slo.ticketAlarm as cloudwatch.CompositeAlarm)).toBe('((ALARM(SlowLong) AND ALARM(SlowShort)))');
});

test('tells each action when it begins and when it is over, and lets single windows tell nobody', () => {
  template.hasResourceProperties('AWS::CloudWatch::CompositeAlarm', { AlarmActions: [page], OKActions: [page] });
  template.hasResourceProperties('AWS::CloudWatch::CompositeAlarm', { AlarmActions: [ticket], OKActions: [ticket] });
  expect(slo.burnRateAlarms).toHaveLength(6);
  template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmActions: Match.absent() }, 6);
});

test('fires when the 99th percentile stays above the promise', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'Latency', ExtendedStatistic: 'p99', Threshold: 30, EvaluationPeriods: 5, ComparisonOperator: 'GreaterThanThreshold', AlarmActions: [page],
  });
});

test('measures the burn rate against the budget', () => {
  expect(stack.resolve(slo.metricBurnRate(Duration.hours(1)).expression)).toBe('(FILL(errors, 0) / total) / 0.0005');
  expect(slo.metricErrorRatio(Duration.hours(1)).period.toHours()).toBe(1);
});

test('tells the same actions about tickets unless others are given', () => {
  const same = given({ ticketActions: undefined });
  same.template.resourcePropertiesCountIs('AWS::CloudWatch::CompositeAlarm', { AlarmActions: [same.page] }, 2);
});

test('fails when a promise about latency cannot be watched, and when a metric has no promise', () => {
  expect(() => given({ latencyP99: undefined })).toThrow(/`latencyP99` must be given, because the objective promises 30 millis/);
  expect(() => given({ objective: ServiceLevelObjective.of({ availability: 99.9 }) })).toThrow(/`latencyP99` must not be given/);
});

test('shows the promise as a row of a dashboard, with the lines at which somebody is told', () => {
  const own = testStack();
  const promise = new SloAlarms(own, 'Slo', { objective: ServiceLevelObjective.GATEWAY_EXCHANGE, ...metrics });
  new TradingDashboard(own, 'Dashboard', { sections: [promise.dashboardSection()] });
  const [{ Properties }] = Object.values(Template.fromStack(own).findResources('AWS::CloudWatch::Dashboard'));
  const body = JSON.stringify(Properties.DashboardBody).replace(/\\/g, '');
  expect(body).toContain('## Objective 99.95 %');
  for (const title of ['Burn rate of the error budget', 'Share of failed requests', 'Latency']) expect(body).toContain(`"title":"${title}"`);
  for (const line of ['"value":14.4,"label":"fast: page"', '"value":3,"label":"slow: ticket"', '"value":0.0005,"label":"allowed"', '"value":30,"label":"promised at p99"']) {
    expect(body.replace(/"color":"#\w+",|,"color":"#\w+"/g, '').replace(/"label":("[^"]+"),"value":([\d.]+)/g, '"value":$2,"label":$1')).toContain(line);
  }
});
