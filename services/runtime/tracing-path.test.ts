/** One order from its request to the ledger and back to its owner, through the real services, with and without traces. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { awsClientSettings, openTracing, type Tracing } from '.';
import { type CollectedSpan, startTestCollector, type TestCollector } from './testing/collector';
import { KinesisJournalWriter } from '../adapters/journal/kinesis-writer';
import { decodeCommandBatch, encodeCommandBatch, encodeCommand } from '../domain';
import { RecordingJournal } from '../reference-api/testing/doubles';
import { call, Harness, logger, type Task, until } from '../reference-api/testing/harness';
import { StreamClient } from '../reference-api/testing/stream-client';
import { Instances, leads } from '../reference-matcher/testing/instances';
import { ALICE, TestClient } from '../reference-matcher/testing/orders';
import { type Names, startTestPlatform, type TestPlatform } from '../reference-matcher/testing/platform';
import { Queues } from '../settlement/queues';
import { Settlement } from '../settlement/settlement';
import { startTestLedger, type TestLedger } from '../setup/testing/ledger';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const HEADERS = { traceparent: `00-${TRACE}-${CALLER}-01` };
const ORDER = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000', quantity: '0.0005' };

/** A journal that is read by a matcher, and of which every frame is kept. */
class SharedJournal extends RecordingJournal {
  readonly frames: Uint8Array[] = [];
  private readonly writer: KinesisJournalWriter;

  constructor(stream: string) {
    super();
    this.writer = new KinesisJournalWriter({ stream });
  }

  override async append(partition: number, frame: Uint8Array): Promise<string> {
    this.frames.push(frame);
    return this.writer.append(partition, frame);
  }

  override close(): Promise<void> {
    return this.writer.close();
  }
}

let collector: TestCollector;
let platform: TestPlatform;
let harness: Harness;
let sqs: SQSClient;
/** What is stopped at the end, the last first. */
const cleanUp: (() => Promise<unknown> | unknown)[] = [];

beforeAll(async () => {
  [collector, platform, harness] = await Promise.all([startTestCollector(), startTestPlatform(), new Harness().start()]);
  sqs = new SQSClient({ ...awsClientSettings(), useQueueUrlAsEndpoint: false });
}, 120_000);

afterAll(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
  sqs?.destroy();
  await Promise.all([collector?.stop(), platform?.stop(), harness?.stop()]);
});

interface Venue {
  readonly task: Task;
  readonly journal: SharedJournal;
  readonly ledger: TestLedger;
  /** Messages of the settlement queue. */
  readonly messages: readonly Message[];
  readonly failed: readonly unknown[];
}

/** API, matcher and settlement in a row; each with a tracing of its own, as processes have. */
async function openVenue(traced: boolean): Promise<Venue> {
  const names: Names = await platform.create();
  const ledger = await startTestLedger();
  cleanUp.push(() => ledger.stop());
  const tracingOf = async (service: string): Promise<Tracing | undefined> => {
    const tracing = await openTracing({ service, environment: 'test', endpoint: traced ? collector.url : undefined, samplingPpm: 0, delayMs: 20, logger });
    cleanUp.push(() => tracing?.stop());
    return tracing;
  };
  const instances = new Instances({ ...platform, redis: { url: harness.redis.url, password: 'word' } }, names);
  cleanUp.push(() => instances.stop());
  const client = new TestClient(names.stream);
  cleanUp.push(() => client.close());
  await client.open();
  await leads(await instances.start({ tracing: await tracingOf('reference-matcher') }));
  const journal = new SharedJournal(names.stream);
  cleanUp.push(() => journal.close());
  const task = await harness.task({ journal, tracing: await tracingOf('reference-api') });
  cleanUp.push(() => task.stop());
  const tracing = await tracingOf('settlement');
  const settlement = new Settlement({
    pool: ledger.pool('settlement', 2), queues: new Queues(sqs, names.queueUrl, names.queueUrl, logger), logger, tracing: () => Promise.resolve(tracing),
    functionName: 'settlement', maxAttempts: 3, retryDelaySeconds: 1,
  });
  const messages: Message[] = [];
  const failed: unknown[] = [];
  let over = false;
  const settle = async (): Promise<void> => {
    while (!over) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({
        QueueUrl: names.queueUrl, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'], MaxNumberOfMessages: 10,
      }));
      if (Messages.length === 0) {
        await sleep(20);
        continue;
      }
      messages.push(...Messages);
      failed.push(...(await settlement.settleBatch(Messages.map(recordOf))).batchItemFailures);
      for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl: names.queueUrl, ReceiptHandle }));
    }
  };
  const settling = settle().catch((error: unknown) => failed.push(error));
  cleanUp.push(() => {
    over = true;
    return settling;
  });
  return { task, journal, ledger, messages, failed };
}

/** A message as Lambda hands it on. */
function recordOf({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {}, MessageAttributes = {} }: Message): SQSRecord {
  return {
    messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, attributes: Attributes as unknown as SQSRecord['attributes'], md5OfBody: '',
    messageAttributes: Object.fromEntries(Object.entries(MessageAttributes).map(([name, { DataType = 'String', StringValue }]) => (
      [name, { dataType: DataType as 'String', stringValue: StringValue }]))),
    eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:us-east-1:0:q', awsRegion: 'us-east-1',
  };
}

const settledOrders = async ({ ledger }: Venue): Promise<number> => (
  Number((await ledger.query<{ count: number }>('SELECT count(*)::int AS count FROM ledger.orders'))[0].count));

let traced: Venue;
let token: string;
beforeAll(async () => {
  traced = await openVenue(true);
  token = harness.pool.token(ALICE);
}, 60_000);

test('an order has one trace, from its request through journal, core and queue to the ledger and to its owner\'s stream', async () => {
  const stream = await StreamClient.open(traced.task.url, { token });
  cleanUp.push(() => stream.socket.close());
  await stream.subscribe('orders');
  const plain = await call(traced.task, 'POST', '/v1/orders', { token, body: ORDER });
  const answer = await call(traced.task, 'POST', '/v1/orders', { token, body: ORDER, headers: HEADERS });
  expect([plain.status, answer.status]).toEqual([202, 202]);
  const span = (service: string, name: RegExp): CollectedSpan | undefined => (
    collector.spans.find((each) => each.service === service && name.test(each.name)));
  await until(() => span('settlement', /./) !== undefined && span('reference-api', /deliver/) !== undefined);

  const request = span('reference-api', /^POST/)!;
  const append = span('reference-api', /journal/)!;
  const apply = span('reference-matcher', /./)!;
  const settle = span('settlement', /./)!;
  const deliver = span('reference-api', /deliver/)!;
  expect(collector.spans).toHaveLength(5);
  expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
  expect(collector.spans.some(({ failed }) => failed)).toBe(false);
  // Who, what and for how much is nobody's business who reads traces.
  for (const secret of [token, ALICE, ORDER.price, ORDER.quantity]) expect(JSON.stringify(collector.spans)).not.toContain(secret);
  expect(request).toMatchObject({ name: 'POST /v1/orders', parentSpanId: CALLER, attributes: { 'http.response.status_code': 202 } });
  expect(append.parentSpanId).toBe(request.spanId);
  expect(apply).toMatchObject({ name: 'apply place_order', parentSpanId: append.spanId, attributes: { partition: 0, events: 1 } });
  expect(settle.parentSpanId).toBe(apply.spanId);
  expect(deliver.parentSpanId).toBe(apply.spanId);
  // What causes another begins before it.
  for (const [first, second] of [[request, append], [append, apply], [apply, settle], [apply, deliver]]) {
    expect(second.startMs).toBeGreaterThanOrEqual(first.startMs - 1);
  }

  expect(plain.headers.get('traceresponse')).toBeNull();
  expect(answer.headers.get('traceresponse')).toBe(`00-${TRACE}-${request.spanId}-01`);
  const told = (orderId: unknown) => stream.data('orders').flat().filter((update) => update.orderId === orderId);
  await until(() => told(answer.body.orderId).length > 0);
  expect(told(answer.body.orderId)[0]).toMatchObject({ event: 'accepted', traceparent: `00-${TRACE}-${apply.spanId}-01` });
  expect(told(plain.body.orderId)[0]).not.toHaveProperty('traceparent');

  // What is traced is the same order, in a record that says more.
  const records = traced.journal.frames.map((frame) => decodeCommandBatch(frame));
  expect(records.map(({ traces }) => traces)).toEqual([undefined, [{ index: 0, traceId: TRACE, spanId: append.spanId }]]);
  expect(await settledOrders(traced)).toBe(2);
  expect(traced.failed).toEqual([]);
}, 60_000);

test('a collector that is gone delays nothing and loses no order', async () => {
  collector.silent = true;
  try {
    const before = await settledOrders(traced);
    const began = performance.now();
    for (let i = 0; i < 20; i++) {
      expect((await call(traced.task, 'POST', '/v1/orders', { token, body: ORDER, headers: HEADERS })).status).toBe(202);
    }
    await until(async () => await settledOrders(traced) === before + 20);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(traced.failed).toEqual([]);
  } finally {
    collector.silent = false;
  }
}, 60_000);

test('without a collector nothing of a trace is anywhere: journal and queue are to the byte what they were', async () => {
  const venue = await openVenue(false);
  const stream = await StreamClient.open(venue.task.url, { token });
  cleanUp.push(() => stream.socket.close());
  await stream.subscribe('orders');
  const answer = await call(venue.task, 'POST', '/v1/orders', { token, body: ORDER, headers: HEADERS });
  expect(answer.status).toBe(202);
  expect(answer.headers.get('traceresponse')).toBeNull();
  await until(async () => await settledOrders(venue) === 1);
  const [frame] = venue.journal.frames;
  const { commands } = decodeCommandBatch(frame);
  expect(Buffer.from(frame)).toEqual(encodeCommandBatch(0, commands.map(encodeCommand)));
  expect(venue.messages.length).toBeGreaterThan(0);
  expect(venue.messages.map(({ MessageAttributes }) => MessageAttributes).filter(Boolean)).toEqual([]);
  await until(() => stream.data('orders').length > 0);
  expect(JSON.stringify(stream.messages)).not.toContain('traceparent');
}, 60_000);
