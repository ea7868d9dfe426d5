import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { decodeRunTraces } from './run-traces';
import { SqsEventBus } from './sqs-event-bus';
import { startFauxqs } from '../../../local/servers/fauxqs';
import { decodeEventRun, encodeEventRun, type Event, type EventRun } from '../../domain';
import { awsClientSettings } from '../../runtime';

let dir: string;
let fauxqs: Awaited<ReturnType<typeof startFauxqs>>;
let client: SQSClient;
let bus: SqsEventBus;
let queueUrl: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'bus-'));
  fauxqs = await startFauxqs({ dataDir: dir });
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_ENDPOINT_URL_SQS: fauxqs.url });
  client = new SQSClient({ ...awsClientSettings(), useQueueUrlAsEndpoint: false });
});

afterAll(async () => {
  client?.destroy();
  await bus?.close();
  await fauxqs?.stop();
  rmSync(dir, { recursive: true, force: true });
});

let queues = 0;
beforeEach(async () => {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: `settlement-${++queues}.fifo`, Attributes: { FifoQueue: 'true' } }));
  queueUrl = QueueUrl!;
  await bus?.close();
  bus = new SqsEventBus({ queueUrl });
});

function run(first: number, last: number, epoch = 1, textLength = 5): EventRun {
  const events = Array.from({ length: last - first + 1 }, (_, i): Event => ({
    type: 'deposited', partition: 2, seq: first + i, time: 1, asset: 'x'.repeat(textLength), amount: 1,
    depositId: '00000000-0000-4000-8000-000000000000', accountId: '00000000-0000-4000-8000-000000000001',
  }));
  return { partition: 2, epoch, events };
}

async function received(): Promise<{ group?: string; id?: string; size: number; run: EventRun }[]> {
  const all = [];
  for (;;) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MessageSystemAttributeNames: ['All'], MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return all;
    for (const { Body = '', Attributes = {}, ReceiptHandle } of Messages) {
      all.push({ group: Attributes.MessageGroupId, id: Attributes.MessageDeduplicationId, size: Body.length, run: decodeEventRun(Buffer.from(Body, 'base64')) });
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
}

test('a run arrives as it was sent, in the group of its partition', async () => {
  const sent = run(5, 9, 3);
  expect(await bus.publish(sent)).toBe(5);
  expect(await received()).toEqual([{ group: '2', id: '2-3-5-9', size: expect.any(Number) as number, run: sent }]);
});

test('a repetition is dropped by the queue, the copy of a new leader is not', async () => {
  await bus.publish(run(1, 3));
  await bus.publish(run(1, 3));
  await bus.publish(run(1, 3, 2));
  expect((await received()).map(({ id }) => id)).toEqual(['2-1-1-3', '2-2-1-3']);
});

test('a traced run is the same message with an attribute more, and a repetition of it is dropped all the same', async () => {
  const plain = run(1, 3);
  const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
  await bus.publish({ ...plain, traces: [{ seq: 2, ...trace }] });
  await bus.publish(plain);
  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MessageAttributeNames: ['All'], MaxNumberOfMessages: 10 }));
  expect(Messages).toHaveLength(1);
  expect(Messages[0].Body).toBe(encodeEventRun(plain).toString('base64'));
  expect(decodeRunTraces(Messages[0].MessageAttributes?.Traces.StringValue ?? '')).toEqual([{ seq: 2, ...trace }]);
});

test('traces go with the message that has their event', async () => {
  const all = run(1, 700);
  const traces = [600, 700].map((seq) => ({ seq, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }));
  const first = await bus.publish({ ...all, traces });
  await bus.publish({ ...all, events: all.events.slice(first), traces: traces.filter(({ seq }) => seq > first) });
  const sent: (string | undefined)[] = [];
  for (let i = 0; i < 2; i++) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MessageAttributeNames: ['All'] }));
    for (const { MessageAttributes, ReceiptHandle } of Messages) {
      sent.push(MessageAttributes?.Traces?.StringValue);
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
  expect(sent.map((text) => text && decodeRunTraces(text).map(({ seq }) => seq))).toEqual([undefined, [600, 700]]);
});

test('what does not fit one message is left for the next, nothing is lost or out of order', async () => {
  const all = run(1, 1_200, 1, 3_000);
  for (let at = 0; at < all.events.length;) at += await bus.publish({ ...all, events: all.events.slice(at) });
  const messages = await received();
  expect(messages.length).toBeGreaterThan(10);
  expect(Math.max(...messages.map(({ size }) => size))).toBeLessThanOrEqual(200 * 1_024);
  expect(messages.flatMap(({ run: { events } }) => events.map(({ seq }) => seq))).toEqual(all.events.map(({ seq }) => seq));
});

test('a queue that is not there is an error, not a silence', async () => {
  const nowhere = new SqsEventBus({ queueUrl: `${fauxqs.url}/000000000000/nowhere.fifo` });
  await expect(nowhere.publish(run(1, 1))).rejects.toThrow();
  await nowhere.close();
});
