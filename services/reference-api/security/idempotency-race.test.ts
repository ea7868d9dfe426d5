/** A hundred of the same request at once, over several tasks and both transports: one effect. */
import { RecordingJournal } from '../testing/doubles';
import { ALICE, BOB, call, Harness, type Task } from '../testing/harness';
import { StreamClient } from '../testing/stream-client';

const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000.1', quantity: '0.5' };
let harness: Harness;
let tasks: Task[];
let journal: RecordingJournal;
let token: string;

beforeAll(async () => {
  harness = await new Harness().start();
  journal = new RecordingJournal();
  tasks = await Promise.all([0, 1, 2].map(() => harness.task({ journal })));
  token = harness.pool.token(ALICE);
});
afterAll(() => harness.stop());

/** A hundred requests of one kind, spread over the tasks. */
const hundred = <T>(send: (task: Task, i: number) => Promise<T>): Promise<T[]> => (
  Promise.all(Array.from({ length: 100 }, (_, i) => send(tasks[i % tasks.length], i))));

test.each<[string, string, Record<string, unknown>, string, Record<string, string>]>([
  ['orders by their client order id', '/v1/orders', { ...order, clientOrderId: 'one' }, 'place_order', {}],
  ['orders by their Idempotency-Key', '/v1/orders', order, 'place_order', { 'idempotency-key': 'by-header' }],
  ['lists', '/v1/order-lists', {
    symbol: 'BTCUSDT', side: 'sell', quantity: '0.5', clientListId: 'one', resting: { price: '31000' }, waiting: { type: 'stop_loss', stopPrice: '29000' },
  }, 'place_oco', {}],
])('%s', async (_what, path, body, type, headers) => {
  const before = journal.commands.length;
  const answers = await hundred((task) => call(task, 'POST', path, { token, body, headers }));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
  expect(journal.commands.slice(before)).toMatchObject([{ type }]);
});

test('half of them over the WebSocket', async () => {
  const before = journal.commands.length;
  const clients = await Promise.all(tasks.map((task) => StreamClient.open(task.url, { token })));
  const body = { ...order, clientOrderId: 'both-ways' };
  const answers = await hundred(async (task, i) => {
    if (i % 2 === 0) return (await call(task, 'POST', '/v1/orders', { token, body })).body;
    const client = clients[i % tasks.length];
    client.send({ op: 'request', id: `r${i}`, method: 'POST', path: '/v1/orders', body });
    return (await client.next((one) => (one as { id?: string }).id === `r${i}`) as unknown as { body: unknown }).body;
  });
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(journal.commands.length - before).toBe(1);
  for (const client of clients) client.socket.terminate();
});

test('one id for two different orders: one of them wins everywhere, the other is 422', async () => {
  const before = journal.commands.length;
  const answers = await hundred((task, i) => call(task, 'POST', '/v1/orders', { token, body: { ...order, quantity: i % 2 === 0 ? '0.5' : '0.6', clientOrderId: 'two' } }));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 202)).toHaveLength(50);
  expect(answers.filter(({ status }) => status === 422).map(({ body }) => body.code)).toEqual(Array.from({ length: 50 }, () => 'client_order_id_reused'));
  expect(journal.commands.length - before).toBe(1);
});

test('another user\'s same id is another order', async () => {
  const before = journal.commands.length;
  const body = { ...order, clientOrderId: 'shared' };
  const answers = await hundred((task, i) => call(task, 'POST', '/v1/orders', { token: harness.pool.token(i % 2 === 0 ? ALICE : BOB), body }));
  expect(new Set(answers.map((answer) => answer.body.orderId)).size).toBe(2);
  expect(journal.commands.slice(before).map((command) => command.type === 'place_order' && command.accountId).sort()).toEqual([ALICE, BOB]);
});
