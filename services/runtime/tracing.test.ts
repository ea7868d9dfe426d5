import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, inTrace, openTracing, traceparentOf, type TracedSpan, type Tracing, type TracingOptions } from '.';
import { startTestCollector, type TestCollector } from './testing/collector';
import { contextOf } from './trace-context';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

let lines: Record<string, unknown>[] = [];
const logger = createLogger({ service: 'test', environment: 'test', level: 'info' }, { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) });

let collector: TestCollector;
const running: Tracing[] = [];

async function open(options: Partial<TracingOptions> = {}): Promise<Tracing> {
  const tracing = await openTracing({ service: 'one', environment: 'test', endpoint: collector.url, delayMs: 20, samplingPpm: 1_000_000, logger, ...options });
  running.push(tracing!);
  return tracing!;
}

beforeAll(async () => { collector = await startTestCollector(); });
beforeEach(() => {
  lines = [];
  collector.spans.length = 0;
  Object.assign(collector, { status: 200, silent: false, requests: 0 });
});
afterEach(async () => { await Promise.all(running.splice(0).map((tracing) => tracing.stop())); });
afterAll(() => collector.stop());

test('without an endpoint there is no tracing', async () => {
  expect(await openTracing({ service: 'one', environment: 'test', logger })).toBeUndefined();
});

test('a span arrives with its parent, its service and how it ended', async () => {
  const tracing = await open();
  const request = tracing.request('POST /v1/orders', {}, { 'http.route': '/v1/orders' })!;
  const inner = tracing.span('append', request.context, { kind: 'producer' });
  inner.end(new RangeError('a secret of somebody'));
  request.end(undefined, { 'http.response.status_code': 202 });
  await tracing.flush(2_000);
  const [child, root] = collector.spans;
  expect(root).toMatchObject({
    service: 'one', name: 'POST /v1/orders', kind: 2, parentSpanId: undefined, failed: false,
    attributes: { 'http.route': '/v1/orders', 'http.response.status_code': 202 },
  });
  expect(child).toMatchObject({ name: 'append', traceId: root.traceId, parentSpanId: root.spanId, kind: 4, failed: true, attributes: { 'error.type': 'RangeError' } });
  expect(JSON.stringify(collector.spans)).not.toContain('secret');
  // X-Ray wants the seconds of its beginning in front.
  expect(Math.abs(parseInt(root.traceId.slice(0, 8), 16) - Date.now() / 1_000)).toBeLessThan(10);
});

test.each<[string, Record<string, string>, string | undefined, string | undefined]>([
  ['W3C, sampled', { traceparent: `00-${TRACE}-${SPAN}-01` }, TRACE, SPAN],
  ['W3C, not sampled', { traceparent: `00-${TRACE}-${SPAN}-00` }, undefined, undefined],
  ['X-Ray, sampled', { 'x-amzn-trace-id': `Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)};Parent=${SPAN};Sampled=1` }, TRACE, SPAN],
  ['X-Ray, not sampled', { 'x-amzn-trace-id': `Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)};Parent=${SPAN};Sampled=0` }, undefined, undefined],
  ['X-Ray, an id alone', { 'x-amzn-trace-id': `Self=1-67891234-12456789abcdef012345678;Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)}` }, TRACE, 'none'],
])('%s: is gone on from as its sender decided', async (_, headers, traceId, parent) => {
  const tracing = await open();
  const span = tracing.request('GET /', headers);
  expect(span?.context.traceId).toBe(traceId);
  span?.end();
  await tracing.flush(2_000);
  expect(collector.spans.map(({ parentSpanId }) => parentSpanId ?? 'none')).toEqual(parent === undefined ? [] : [parent]);
});

test.each(['', 'rubbish', `00-${'0'.repeat(32)}-${SPAN}-01`, `00-${TRACE}-${'0'.repeat(16)}-01`, `ff-${TRACE}-${SPAN}-01`])('headers that say nothing begin a trace: %j', async (traceparent) => {
  const tracing = await open();
  const span = tracing.request('GET /', { traceparent });
  expect(span?.context.traceId).not.toBe(TRACE);
  span?.end();
  expect(contextOf(traceparent)).toBeUndefined();
});

test('samples the share that is asked for, and nothing at 0', async () => {
  const count = (tracing: Tracing): number => {
    const spans = Array.from({ length: 4_000 }, () => tracing.request('GET /', {})).filter((span): span is TracedSpan => span !== undefined);
    return spans.length;
  };
  expect(count(await open({ samplingPpm: 0 }))).toBe(0);
  const some = count(await open({ samplingPpm: 50_000 }));
  expect(some).toBeGreaterThan(100);
  expect(some).toBeLessThan(320);
});

test('whoever asks for traces gets so many a second and no more', async () => {
  const tracing = await open({ samplingPpm: 0 });
  const asked = Array.from({ length: 1_000 }, () => tracing.request('GET /', { traceparent: `00-${TRACE}-${SPAN}-01` })).filter((span) => span !== undefined);
  expect(asked.length).toBeGreaterThanOrEqual(50);
  expect(asked.length).toBeLessThanOrEqual(100);
});

test('a log line within a trace says so, another does not', async () => {
  const tracing = await open();
  const span = tracing.request('GET /', {})!;
  await inTrace(span.context, async () => {
    await sleep(1);
    logger.info('within');
  });
  logger.info('without');
  span.end();
  const said = (message: string) => lines.find((line) => line.message === message);
  expect(said('within')).toMatchObject({ trace_id: span.context.traceId, span_id: span.context.spanId });
  expect(said('without')).not.toHaveProperty('trace_id');
});

test('a collector that fails is told of once, and traces are sent again when it is back', async () => {
  const tracing = await open();
  collector.status = 400;
  for (let i = 0; i < 2; i++) {
    tracing.request('GET /', {})!.end();
    await tracing.flush(2_000);
  }
  collector.status = 200;
  tracing.request('GET /', {})!.end();
  await tracing.flush(2_000);
  expect(collector.spans).toHaveLength(1);
  expect(lines.map(({ message }) => message)).toEqual([
    'traces cannot be sent and are dropped; the service goes on without them', 'traces can be sent again',
  ]);
});

test('a collector that says nothing holds up neither a flush nor the end, and what waits for it is bounded', async () => {
  const tracing = await open();
  collector.silent = true;
  const began = performance.now();
  for (let i = 0; i < 20_000; i++) tracing.request('GET /', {})!.end();
  await tracing.flush(100);
  expect(performance.now() - began).toBeLessThan(3_000);
  await tracing.stop();
  expect(performance.now() - began).toBeLessThan(6_500);
}, 15_000);

test('the end of a process sends what is left', async () => {
  const tracing = await open({ delayMs: 60_000 });
  tracing.request('GET /', {})!.end();
  expect(collector.spans).toHaveLength(0);
  await tracing.stop();
  expect(collector.spans).toHaveLength(1);
});

test('a function hands its spans to the daemon beside it', async () => {
  const daemon = createSocket('udp4');
  const datagrams: string[] = [];
  daemon.on('message', (message) => datagrams.push(message.toString()));
  await new Promise<void>((resolve) => daemon.bind(0, '127.0.0.1', resolve));
  try {
    const tracing = await open({ endpoint: undefined, daemon: `127.0.0.1:${(daemon.address() as AddressInfo).port}` });
    for (let i = 0; i < 50; i++) tracing.span('settle', contextOf(traceparentOf({ traceId: TRACE, spanId: SPAN }))!).end();
    await tracing.flush(2_000);
    for (let i = 0; i < 100 && datagrams.length < 3; i++) await sleep(10);
    expect(datagrams).toHaveLength(3);
    const [head, body] = datagrams[0].split('\n');
    expect(JSON.parse(head)).toEqual({ format: 'json', version: 1 });
    expect(body.slice(0, 3)).toBe('T1S');
    expect(Buffer.from(body.slice(3), 'base64').includes(Buffer.from(TRACE, 'hex'))).toBe(true);
    expect(Math.max(...datagrams.map(({ length }) => length))).toBeLessThan(60_000);
  } finally {
    daemon.close();
  }
});
