import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { TradingBudget } from '../../../src/constructs/governance/trading-budget';
import { DashboardSection } from '../../../src/constructs/observability/dashboard-section';
import { ServiceLevelObjective } from '../../../src/constructs/observability/service-level-objective';
import { TradingDashboard, TradingDashboardProps } from '../../../src/constructs/observability/trading-dashboard';
import { testStack } from '../../support/apps';

interface Widget {
  type: string;
  x: number;
  y: number;
  width: number;
  properties: {
    title?: string;
    markdown?: string;
    alarms?: unknown[];
    metrics?: unknown[][];
    annotations?: { horizontal: Array<{ value: number }> };
  };
}

const metric = (metricName: string) => new cloudwatch.Metric({ namespace: 'Test', metricName });

function widgets(props: Partial<TradingDashboardProps>): Widget[] {
  const stack = testStack();
  new TradingDashboard(stack, 'Dashboard', { sections: [], ...props });
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  const body = typeof Properties.DashboardBody === 'string' ? Properties.DashboardBody
    : (Properties.DashboardBody['Fn::Join'][1] as unknown[]).map((part) => (typeof part === 'string' ? part : 'token')).join('');
  return (JSON.parse(body) as { widgets: Widget[] }).widgets;
}

const edge = DashboardSection.edge({ requests: metric('Requests'), errorRates: [metric('4xx'), metric('5xx')] });
const api = DashboardSection.api(
  { requests: metric('Requests'), errors: metric('Errors'), latencies: [metric('p50'), metric('p99')], connections: metric('Connections') },
  ServiceLevelObjective.GATEWAY_EXCHANGE);
const orderPath = DashboardSection.orderPath({ orders: metric('Orders'), journalAges: [metric('Age')], settlementAges: [metric('Age')], deadLetters: [metric('Dead')] });
const data = DashboardSection.data({ cpuUtilizations: [metric('Cpu')], connections: [metric('Connections')] });
const cost = DashboardSection.cost({ estimatedCharges: TradingBudget.metricEstimatedCharges(), monthlyLimitUsd: 6000 });

test('shows a row per section, from the edge to the costs', () => {
  const all = widgets({ sections: [edge, api, orderPath, data, cost] });
  expect(all.filter(({ type }) => type === 'text').map(({ properties }) => properties.markdown)).toEqual(['## Edge', '## API', '## Order path', '## Data', '## Cost']);
  expect(all.filter(({ type }) => type === 'metric').map(({ properties }) => properties.title)).toEqual([
    'Requests', 'Failed requests',
    'Requests', 'Errors', 'Latency', 'Open connections',
    'Accepted orders', 'Behind the journal', 'Behind the settlement queue', 'Halted partitions',
    'CPU', 'Connections',
    'Charges of the month',
  ]);
});

test('fills the width with the graphs that have something to show', () => {
  const [, first, second] = widgets({ sections: [edge] });
  expect([first.x, first.width, second.x, second.width]).toEqual([0, 12, 12, 12]);
});

test('draws the promise into the latency and the budget into the charges', () => {
  const lines = widgets({ sections: [api, cost] }).flatMap(({ properties: { title, annotations } }) =>
    annotations?.horizontal.map(({ value }) => [title, value]) ?? []);
  expect(lines).toEqual([['Latency', 30], ['Charges of the month', 6000]]);
});

test('reads the charges from us-east-1 wherever the dashboard is', () => {
  const [, graph] = widgets({ sections: [cost] });
  expect(graph.properties.metrics?.[0]).toEqual(expect.arrayContaining(['AWS/Billing', 'EstimatedCharges']));
});

test('shows the states of alarms at the top', () => {
  const stack = testStack();
  const alarms = [cloudwatch.Alarm.fromAlarmArn(stack, 'One', 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:one')];
  const [first] = widgets({ sections: [edge], alarms });
  expect(first).toMatchObject({ type: 'alarm', y: 0, width: 24, properties: { alarms: ['arn:aws:cloudwatch:us-east-1:111111111111:alarm:one'] } });
});

test('has no name of its own and opens with three hours', () => {
  const stack = testStack();
  new TradingDashboard(stack, 'Dashboard', { sections: [edge] });
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Dashboard', {});
  expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('DashboardName');
  new TradingDashboard(stack, 'Other', { sections: [edge], defaultInterval: Duration.days(1) });
});

test('fails with everything that is wrong at once', () => {
  const many = DashboardSection.data({ cpuUtilizations: Array.from({ length: 501 }, (_, index) => metric(`m${index}`)), connections: [] });
  expect(() => new TradingDashboard(testStack(), 'Dashboard', { sections: [many, many] }))
    .toThrow(/`sections` must hold every kind once, got twice: Data.*'Data: CPU' must have at most 500 metrics, got: 501/);
  expect(() => new TradingDashboard(testStack(), 'Dashboard', { sections: [] })).toThrow(/`sections` must not be empty/);
});
