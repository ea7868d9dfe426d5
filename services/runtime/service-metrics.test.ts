import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, type MetricSources, ServiceMetrics } from '.';
import { metricFields } from './embedded-metrics';
import { METRICS } from './metric-names';
import { breakersOpen, counter, gauge, histogram } from './metrics';
import { prometheusName } from './service-metrics';

let lines: Record<string, unknown>[] = [];
const loggerAt = (level: string) => (
  createLogger({ service: 'test', environment: 'test', level }, { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) }));
const running: ServiceMetrics[] = [];

interface Options { level?: string; address?: string; sampleMs?: number; printMs?: number }
async function start(sources: MetricSources, options: Options = {}): Promise<ServiceMetrics> {
  const { level = 'info', address = '127.0.0.1:0', ...times } = options;
  const metrics = new ServiceMetrics({ name: 'a-name', address, sources, logger: loggerAt(level), ...times });
  running.push(metrics);
  await metrics.start();
  return metrics;
}

beforeEach(() => { lines = []; });
afterEach(async () => { await Promise.all(running.splice(0).map((metrics) => metrics.stop())); });

const printed = () => lines.filter((line) => '_aws' in line);
const page = async (metrics: ServiceMetrics, path = '/metrics'): Promise<{ status: number; text: string }> => {
  const answer = await fetch(`http://${metrics.address}${path}`);
  return { status: answer.status, text: await answer.text() };
};
const valueIn = (text: string, name: string): number | undefined => {
  const found = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

test('Prometheus reads values as they are now, in seconds, with the basics of the process', async () => {
  let lag = 1_500;
  let shed = 7;
  const metrics = await start({ CoreLag: () => lag, ShedRequests: () => shed, OpenConnections: () => Promise.resolve(3) });
  const first = await page(metrics);
  expect(first.status).toBe(200);
  expect(valueIn(first.text, 'trading_core_lag_seconds')).toBe(1.5);
  expect(valueIn(first.text, 'trading_shed_requests_total')).toBe(7);
  expect(valueIn(first.text, 'trading_open_connections')).toBe(3);
  expect(valueIn(first.text, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(first.text).toContain('nodejs_eventloop_lag_seconds');
  [lag, shed] = [250, 9];
  const second = await page(metrics);
  expect(valueIn(second.text, 'trading_core_lag_seconds')).toBe(0.25);
  expect(valueIn(second.text, 'trading_shed_requests_total')).toBe(9);
});

test('shows nothing else, and nothing of what nobody can say', async () => {
  const metrics = await start({ FeedAge: () => undefined, CoreLag: () => Infinity, JournalLag: () => { throw new Error('away'); } });
  expect((await page(metrics, '/')).status).toBe(404);
  expect((await page(metrics, '/metrics?x')).status).toBe(404);
  const { status, text } = await page(metrics);
  expect(status).toBe(200);
  for (const name of ['trading_feed_age_seconds', 'trading_core_lag_seconds', 'trading_journal_lag_seconds']) expect(valueIn(text, name)).toBeUndefined();
  await metrics.stop();
  expect(printed()).toEqual([]);
});

test('CloudWatch reads all that was seen since the last line, and of what grows by how much', async () => {
  let lag = 0;
  let shed = 5;
  const metrics = await start({ JournalLag: () => lag += 10, ShedRequests: () => shed += 2 }, { sampleMs: 20, printMs: 110 });
  await sleep(260);
  await metrics.stop();
  const all = printed();
  expect(all.length).toBeGreaterThanOrEqual(2);
  for (const line of all) {
    expect(line).toMatchObject({ ServiceName: 'a-name', message: 'metrics' });
    expect(line._aws).toMatchObject({
      CloudWatchMetrics: [{
        Namespace: 'TradingPlatform', Dimensions: [['ServiceName']],
        Metrics: expect.arrayContaining([{ Name: 'JournalLag', Unit: 'Milliseconds' }, { Name: 'ShedRequests', Unit: 'Count' }]) as unknown,
      }],
    });
  }
  const lags = all.flatMap(({ JournalLag }) => JournalLag as number[]);
  expect(lags).toEqual(lags.map((_, index) => 10 * (index + 1)));
  // Nothing is counted twice, and nothing is lost.
  expect(all.flatMap(({ ShedRequests }) => ShedRequests as number[]).reduce((sum, each) => sum + each, 0)).toBe(shed);
});

test('metrics are printed whatever level messages need', async () => {
  const metrics = await start({ CoreLag: () => 1 }, { level: 'error' });
  await metrics.stop();
  expect(printed()).toHaveLength(1);
  expect(lines).toHaveLength(1);
});

test('a port that is taken takes nothing but the page', async () => {
  const first = await start({ CoreLag: () => 1 });
  const second = await start({ CoreLag: () => 2 }, { address: first.address });
  expect(second.address).toBeUndefined();
  await second.stop();
  expect(printed()).toMatchObject([{ CoreLag: [2, 2] }]);
  expect((await page(first)).status).toBe(200);
});

test('an address that is none takes nothing but the page', async () => {
  const metrics = await start({ CoreLag: () => 1 }, { address: '9464' });
  expect(metrics.address).toBeUndefined();
  expect(lines).toMatchObject([{ level: 'warn', err: { message: 'metrics need host:port, got: 9464' } }]);
});

test('a metric of one name is one metric, however often it is asked for', async () => {
  counter('trading_test_total', 'A count.', ['kind']).inc({ kind: 'a' });
  counter('trading_test_total', 'A count.', ['kind']).inc({ kind: 'a' });
  gauge('trading_test', 'A level.').set(4);
  histogram('trading_test_seconds', 'Times.', [0.1, 1]).observe(0.5);
  const { text } = await page(await start({}));
  expect(valueIn(text, 'trading_test_total')).toBe(2);
  expect(valueIn(text, 'trading_test')).toBe(4);
  expect(text).toContain('trading_test_seconds_bucket{le="1"} 1');
});

test('open breakers are counted over all of their names', async () => {
  const before = await breakersOpen();
  const open = gauge('trading_breakers_open', 'Breakers.', ['breaker']);
  open.inc({ breaker: 'a' });
  open.inc({ breaker: 'b' }, 2);
  expect(await breakersOpen()).toBe(before + 3);
  open.reset();
});

test('fails to put metrics of two dimensions into one line', () => {
  expect(() => metricFields('x', { CoreLag: 1, SettlementLag: 1 })).toThrow(/must have one dimension/);
});

test('names for Prometheus are its own, and different', () => {
  const names = (Object.keys(METRICS) as (keyof typeof METRICS)[]).map(prometheusName);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^trading_[a-z]+(_[a-z]+)*$/);
});
