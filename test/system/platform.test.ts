import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { readJournal } from './support/replay';
import { TestSystem, until } from './support/system';
import { HttpClient } from '../../bench/lib/http-client';
import { openOrdersSocket } from '../../bench/lib/orders-socket';
import { RetryingClient } from '../../bench/lib/retrying-client';
import { crossingTraders } from '../../bench/lib/traders';
import { PROJECT_ROOT, projectNode } from '../../local/servers/environment';
import { type OrderUpdate, type PlaceOrder, type Ticker, decodeEventRun } from '../../services/domain';

const run = promisify(execFile);
const system = new TestSystem();
const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '60000.1', quantity: '0.001' };
let http: HttpClient;

beforeAll(async () => {
  await system.start({ tasks: 2 });
  http = new HttpClient({ url: system.url, connections: 32, timeoutMs: 10_000 });
}, 180_000);

afterAll(async () => {
  http?.close();
  await system.stop();
}, 60_000);

interface Answer { status: number; cookie: string | undefined; body: { code?: string; orderId?: string; clientOrderId?: string } }

async function post(body: unknown, headers: Record<string, string> = { authorization: `Bearer ${system.traders[0].token}` }): Promise<Answer> {
  const answer = await http.send('POST', '/v1/orders', headers, typeof body === 'string' ? body : JSON.stringify(body));
  return { status: answer.status, cookie: answer.cookie, body: JSON.parse(answer.body) as Answer['body'] };
}

test('orders that are no good are refused with a code, and none of them leaves a trace in the journal', async () => {
  const [header, payload, signature] = system.traders[0].token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const forged = (change: Record<string, unknown>): string => [header, Buffer.from(JSON.stringify({ ...claims, ...change })).toString('base64url'), signature].join('.');
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
  const cases: [string, number, unknown, Record<string, string>?][] = [
    ['unknown_symbol', 422, { ...order, symbol: 'NOPEUSDT' }],
    ['invalid_number', 422, { ...order, price: '-1' }],
    ['invalid_number', 422, { ...order, price: 'NaN' }],
    ['invalid_number', 422, { ...order, quantity: '1e3' }],
    ['invalid_number', 422, { ...order, quantity: 'many' }],
    ['too_precise', 422, { ...order, price: '60000.11' }],
    ['too_precise', 422, { ...order, quantity: '0.00001' }],
    ['unknown_field', 400, { ...order, leverage: '2' }],
    ['body_too_large', 413, { ...order, clientOrderId: 'x'.repeat(17_000) }],
    ['malformed_json', 400, '{"symbol":'],
    ['missing_token', 401, order, {}],
    ['invalid_token', 401, order, bearer('not.a.token')],
    ['invalid_token', 401, order, bearer(forged({ sub: system.operator.accountId }))],
    ['invalid_token', 401, order, bearer(forged({ exp: 1 }))],
  ];
  const before = (await readJournal(system.platform)).length;
  for (const [code, status, body, headers] of cases) {
    const answer = await post(body, headers);
    expect([code, answer.status, typeof answer.body.code]).toEqual([code, status, 'string']);
    if (status !== 401) expect(answer.body.code).toBe(code);
  }
  expect(await readJournal(system.platform)).toHaveLength(before);
});

test('a client order id that two API tasks get at once becomes one order, and the other terms get 422', async () => {
  const body = { ...order, price: '100.1', clientOrderId: 'race-1' };
  const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => post(i % 6 === 5 ? { ...body, quantity: '0.002' } : body)));
  // No cookie was sent, so the load balancer spread them.
  expect(new Set(answers.map(({ cookie }) => cookie)).size).toBe(2);
  const accepted = answers.filter(({ status }) => status === 202);
  const refused = answers.filter(({ status }) => status === 422);
  expect(accepted.length + refused.length).toBe(60);
  expect([10, 50]).toContain(refused.length);
  expect(new Set(accepted.map((answer) => answer.body.orderId)).size).toBe(1);
  expect(new Set(refused.map((answer) => answer.body.code))).toEqual(new Set(['client_order_id_reused']));

  const rows = await until('the order is in the ledger', async () => {
    const found = await system.audit.rows<{ order_id: string; status: string }>("SELECT order_id, status FROM ledger.orders WHERE client_order_id = 'race-1'");
    return found.length > 0 ? found : undefined;
  });
  expect(rows).toEqual([{ order_id: accepted[0].body.orderId, status: 'open' }]);
  const commands = (await readJournal(system.platform)).filter((command): command is PlaceOrder => command.type === 'place_order' && command.clientOrderId === 'race-1');
  expect(new Set(commands.map(({ orderId }) => orderId))).toEqual(new Set([accepted[0].body.orderId]));
});

test('prices from the exchange reach every client while they are fresh', async () => {
  const seen: Ticker[][] = [[], []];
  const sockets = await Promise.all(seen.map((ticks) => openOrdersSocket({
    url: system.url, token: system.traders[0].token, channels: ['ticker.BTCUSDT'], onData: (_channel, data) => ticks.push(data as Ticker),
  })));
  await until('both clients have ticks', () => (seen.every((ticks) => ticks.length >= 5) ? true : undefined));
  for (const socket of sockets) socket.close();
  expect(seen[0][4]).toMatchObject({ symbol: 'BTCUSDT', source: 'bybit', lastPrice: expect.stringMatching(/^\d+\.\d+$/) });
  expect(Date.now() - seen[0].at(-1)!.receivedTime).toBeLessThan(5_000);
});

test('a message that the ledger refuses halts its partition, is copied, and goes through after one command', async () => {
  const { audit, platform } = system;
  const { environment, resources } = platform.describe();
  const sqs = new SQSClient({
    region: environment.AWS_REGION, endpoint: environment.AWS_ENDPOINT_URL_SQS, credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const deadLetters = Object.entries(resources).find(([path, { type }]) => type === 'AWS::SQS::Queue' && /dead|dlq/i.test(path))![1].ref;
  const client = new RetryingClient(system.url);
  const updates: OrderUpdate[] = [];
  const stream = await openOrdersSocket({ url: system.url, token: system.traders[0].token, onOrder: (update) => updates.push(update) });
  const traders = crossingTraders(...system.traders);
  const partition = async (): Promise<{ halted_seq: string | null; halted_reason: string | null; last_seq: string }> => (
    (await audit.rows<{ halted_seq: string | null; halted_reason: string | null; last_seq: string }>('SELECT * FROM ledger.partitions'))[0]
  );
  try {
    // The poison: a rule that no fill keeps. The data is at fault, not an outage, so waiting does not help.
    await audit.rows('ALTER TABLE ledger.fills ADD CONSTRAINT poison CHECK (price_ticks = 0) NOT VALID');
    const first = await Promise.all([client.place(traders[0], 'poison-sell'), client.place(traders[1], 'poison-buy')]);
    const halted = await until('the partition is halted', async () => {
      const row = await partition();
      return row.halted_seq === null ? undefined : row;
    }, 60_000);
    expect(halted.halted_reason).toContain('poison');

    // Trading goes on and clients see their fills; only the books wait.
    const second = await Promise.all([client.place(traders[0], 'behind-sell'), client.place(traders[1], 'behind-buy')]);
    await until('the fills are seen', () => (updates.filter(({ event, status }) => event === 'fill' && status === 'filled').length >= 2 ? true : undefined));
    const ids = [...first, ...second].map(({ orderId }) => orderId);
    expect(await audit.ended(ids)).toBe(0);
    expect((await partition()).last_seq).toBe(halted.last_seq);

    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({
      QueueUrl: deadLetters, VisibilityTimeout: 0, WaitTimeSeconds: 5, MessageAttributeNames: ['All'],
    }));
    expect(Messages).toHaveLength(1);
    const copy = decodeEventRun(Buffer.from(Messages[0].Body!, 'base64'));
    expect(copy.events.map(({ seq }) => String(seq))).toContain(halted.halted_seq);

    await audit.rows('ALTER TABLE ledger.fills DROP CONSTRAINT poison');
    const command = ['--import', 'tsx', 'local/cli/release-partition.ts', '--partition', '0', '--data', system.data];
    const released = await run(projectNode(), command, { cwd: PROJECT_ROOT });
    expect(JSON.parse(released.stdout)).toMatchObject({ partition: 0, released: true, haltedSeq: Number(halted.halted_seq) });
    expect(await audit.untilEnded(ids, 60_000)).toBe(4);
    const books = await audit.reconcile(ids, system.traders.map(({ accountId }) => accountId));
    expect(books).toMatchObject({ settled: 4, lost: 0, duplicated: 0, violations: [] });
  } finally {
    await audit.rows('ALTER TABLE ledger.fills DROP CONSTRAINT IF EXISTS poison');
    stream.close();
    client.close();
    sqs.destroy();
  }
}, 180_000);
