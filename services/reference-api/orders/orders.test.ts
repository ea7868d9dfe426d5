import { JournalUnavailableError } from '../../adapters/journal/journal-errors';
import type { PlaceOrder } from '../../domain';
import { ALICE, BOB, call, Harness, type Task } from '../testing/harness';

const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000.1', quantity: '0.5' };
let harness: Harness;
let task: Task;
let token: string;

beforeAll(async () => {
  harness = await new Harness().start();
  task = await harness.task();
  token = harness.pool.token(ALICE);
});

afterAll(() => harness.stop());

const post = (body: unknown, to = task, as = token, headers?: Record<string, string>) => call(to, 'POST', '/v1/orders', { token: as, body, headers });

test('an order is acknowledged with its place in the journal, where it stands in ticks and lots', async () => {
  const { status, body } = await post({ ...order, clientOrderId: 'first' });
  expect(status).toBe(202);
  expect(body).toEqual({ orderId: expect.stringMatching(/^[0-9a-f-]{36}$/), clientOrderId: 'first', position: expect.stringMatching(/^\d+:\d+$/) });
  expect(task.journal.commands.at(-1)).toMatchObject({
    type: 'place_order', orderId: body.orderId, accountId: ALICE, clientOrderId: 'first', symbol: 'BTCUSDT', side: 'buy', orderType: 'limit',
    timeInForce: 'gtc', priceTicks: 300_001, quantityLots: 5_000, digest: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
});

test('without a client order id the order id stands for it; a market order is immediate or cancel', async () => {
  const { status, body } = await post({ symbol: 'ETHUSDT', side: 'sell', type: 'market', quantity: '0.001' });
  expect(status).toBe(202);
  expect(body.clientOrderId).toBe(body.orderId);
  expect(task.journal.commands.at(-1)).toMatchObject({ orderType: 'market', timeInForce: 'ioc', priceTicks: 0, quantityLots: 1 });
});

test.each<[string, object, object]>([
  ['stop-loss', { type: 'stop_loss', stopPrice: '29000', quantity: '1' }, { orderType: 'stop_loss', timeInForce: 'ioc', priceTicks: 0, triggerTicks: 290_000 }],
  ['stop-loss with a limit', { type: 'stop_loss_limit', stopPrice: '29000', price: '28999.9', quantity: '1' }, {
    orderType: 'stop_loss_limit', timeInForce: 'gtc', priceTicks: 289_999, triggerTicks: 290_000,
  }],
  ['take-profit', { type: 'take_profit', stopPrice: '31000', quantity: '1', timeInForce: 'fok' }, { orderType: 'take_profit', timeInForce: 'fok', triggerTicks: 310_000 }],
  ['take-profit with a limit', { type: 'take_profit_limit', stopPrice: '31000', price: '31000', quantity: '1', timeInForce: 'ioc' }, {
    orderType: 'take_profit_limit', timeInForce: 'ioc', priceTicks: 310_000, triggerTicks: 310_000,
  }],
  ['market order by budget', { type: 'market', quoteQuantity: '12.5' }, { orderType: 'market', quantityLots: 0, quoteBudget: 12_500_000, timeInForce: 'ioc' }],
  ['fill or kill', { type: 'limit', price: '30000', quantity: '1', timeInForce: 'fok' }, { orderType: 'limit', timeInForce: 'fok', quoteBudget: 0 }],
  ['post-only order', { type: 'limit', price: '30000', quantity: '1', postOnly: true, selfTradePrevention: 'expire_both' }, {
    postOnly: true, selfTradePrevention: 'expire_both', timeInForce: 'gtc', triggerTicks: 0,
  }],
])('a %s reaches the journal as what it is', async (_what, body, command) => {
  const { status } = await post({ symbol: 'BTCUSDT', side: 'sell', ...body });
  expect(status).toBe(202);
  expect(task.journal.commands.at(-1)).toMatchObject({ type: 'place_order', side: 'sell', ...command });
});

const stop = { symbol: 'BTCUSDT', side: 'sell', type: 'stop_loss', stopPrice: '29000', quantity: '1' };
const { price: _, ...withoutPrice } = order;
const { quantity: __, ...withoutQuantity } = order;
type Case = [what: string, status: number, code: string, body: unknown, headers?: Record<string, string>];
const cases: Case[] = [
  ['an unknown symbol', 422, 'unknown_symbol', { ...order, symbol: 'DOGEUSDT' }],
  ['a name that every object has', 422, 'unknown_symbol', { ...order, symbol: 'constructor' }],
  ['an unknown field', 400, 'unknown_field', { ...order, leverage: '10' }],
  ['an account of one\'s own choice', 400, 'unknown_field', { ...order, accountId: BOB }],
  ['a prototype', 400, 'unknown_field', '{"symbol":"BTCUSDT","side":"buy","type":"limit","price":"1","quantity":"1","__proto__":{"a":1}}'],
  ['a negative price', 422, 'invalid_number', { ...order, price: '-1' }],
  ['a negative quantity', 422, 'invalid_number', { ...order, quantity: '-0.5' }],
  ['minus zero', 422, 'invalid_number', { ...order, quantity: '-0' }],
  ['a plus sign', 422, 'invalid_number', { ...order, price: '+1' }],
  ['words for a price', 422, 'invalid_number', { ...order, price: 'cheap' }],
  ['NaN', 422, 'invalid_number', { ...order, price: 'NaN' }],
  ['Infinity', 422, 'invalid_number', { ...order, quantity: 'Infinity' }],
  ['an exponent', 422, 'invalid_number', { ...order, price: '1e5' }],
  ['an exponent beyond a double', 422, 'invalid_number', { ...order, quantity: '1e309' }],
  ['hexadecimal', 422, 'invalid_number', { ...order, quantity: '0x10' }],
  ['nothing for a price', 422, 'invalid_number', { ...order, price: '' }],
  ['blanks around a price', 422, 'invalid_number', { ...order, price: ' 1 ' }],
  ['Arabic digits', 422, 'invalid_number', { ...order, price: '١٢' }],
  ['a very long number', 400, 'invalid_number', { ...order, price: '1'.repeat(41) }],
  ['a price that is too precise', 422, 'too_precise', { ...order, price: '30000.11' }],
  ['a quantity that is too precise', 422, 'too_precise', { ...order, quantity: '0.00001' }],
  ['a price of zero', 422, 'invalid_price', { ...order, price: '0' }],
  ['a quantity of zero', 422, 'invalid_quantity', { ...order, quantity: '0.0' }],
  ['a quantity out of range', 422, 'out_of_range', { ...order, quantity: '9999999999999999' }],
  ['a product out of range', 422, 'out_of_range', { ...order, price: '900000000', quantity: '900000000' }],
  ['a market quantity out of range', 422, 'out_of_range', { symbol: 'BTCUSDT', side: 'buy', type: 'market', quantity: '900000000000' }],
  ['a JSON number for a price', 400, 'decimal_string_required', { ...order, price: 30000.1 }],
  ['a JSON number for a quantity', 400, 'decimal_string_required', { ...order, quantity: 1 }],
  ['null for a price', 400, 'invalid_field', { ...order, price: null }],
  ['no quantity', 400, 'missing_field', withoutQuantity],
  ['a limit order without a price', 400, 'price_required', withoutPrice],
  ['a market order with a price', 400, 'price_not_allowed', { ...order, type: 'market' }],
  ['a market order that stays', 400, 'invalid_time_in_force', { ...withoutPrice, type: 'market', timeInForce: 'gtc' }],
  ['a stop without its price', 400, 'stop_price_required', { ...stop, stopPrice: undefined }],
  ['a limit order with a stop price', 400, 'stop_price_not_allowed', { ...order, stopPrice: '1' }],
  ['a stop at the market with a price', 400, 'price_not_allowed', { ...stop, price: '1' }],
  ['a stop with a limit but no price', 400, 'price_required', { ...stop, type: 'stop_loss_limit' }],
  ['a stop at the market that stays', 400, 'invalid_time_in_force', { ...stop, timeInForce: 'gtc' }],
  ['too fine a stop price', 422, 'too_precise', { ...stop, stopPrice: '0.01' }],
  ['a stop price of zero', 422, 'invalid_price', { ...stop, stopPrice: '0' }],
  ['a stop price out of range', 422, 'out_of_range', { ...stop, stopPrice: '900000000', quantity: '900000000' }],
  ['a budget beside a quantity', 400, 'quote_quantity_not_allowed', { symbol: 'BTCUSDT', side: 'buy', type: 'market', quantity: '1', quoteQuantity: '1' }],
  ['a budget for a limit order', 400, 'quote_quantity_not_allowed', { ...withoutQuantity, quoteQuantity: '1' }],
  ['too fine a budget', 422, 'too_precise', { symbol: 'BTCUSDT', side: 'buy', type: 'market', quoteQuantity: '0.0000001' }],
  ['no budget at all', 422, 'invalid_quantity', { symbol: 'BTCUSDT', side: 'buy', type: 'market', quoteQuantity: '0' }],
  ['a post-only order that leaves at once', 400, 'post_only_not_allowed', { ...order, postOnly: true, timeInForce: 'ioc' }],
  ['a post-only market order', 400, 'post_only_not_allowed', { ...withoutPrice, type: 'market', postOnly: true }],
  ['an unknown way with oneself', 400, 'invalid_field', { ...order, selfTradePrevention: 'cancel' }],
  ['an unknown side', 400, 'invalid_field', { ...order, side: 'short' }],
  ['an empty client order id', 400, 'invalid_client_order_id', { ...order, clientOrderId: '' }],
  ['a long client order id', 400, 'invalid_client_order_id', { ...order, clientOrderId: 'x'.repeat(37) }],
  ['a line break in a client order id', 400, 'invalid_client_order_id', { ...order, clientOrderId: 'a\r\nb' }],
  ['an array', 400, 'invalid_field', [order]],
  ['text', 400, 'invalid_field', '"order"'],
  ['null', 400, 'invalid_field', 'null'],
  ['broken JSON', 400, 'malformed_json', '{"symbol":'],
  ['NaN as JSON', 400, 'malformed_json', '{"price":NaN}'],
  ['no body', 400, 'malformed_json', ''],
  ['more than 16 KiB', 413, 'body_too_large', { ...order, clientOrderId: 'x'.repeat(16 * 1024) }],
  ['another content type', 415, 'unsupported_media_type', JSON.stringify(order), { 'content-type': 'text/plain' }],
  ['another charset', 415, 'unsupported_media_type', JSON.stringify(order), { 'content-type': 'application/json; charset=utf-16' }],
  ['a compressed body', 415, 'unsupported_encoding', JSON.stringify(order), { 'content-encoding': 'gzip' }],
];
/** Keys in the cache once the notes that nobody waited for have arrived. */
async function keysInCache(): Promise<number> {
  for (let last = -1; ;) {
    const now = (await harness.cache.keys('*')).filter((key) => !key.startsWith('rate:')).length;
    if (now === last) return now;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

// Of one length, or the missing headers would be taken for a callback.
const full = cases.map(([what, status, code, body, headers]) => [what, status, code, body, headers] as const);
test.each(full)('%s: %i %s, and no trace in the journal or the cache', async (_what, status, code, body, headers) => {
  const before = task.journal.commands.length;
  const keys = await keysInCache();
  const answer = await post(body, task, token, headers);
  expect(answer).toMatchObject({ status, body: { code, detail: expect.any(String), status, type: expect.any(String), title: expect.any(String) } });
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|at .*\.ts/);
  expect(task.journal.commands).toHaveLength(before);
  expect(await keysInCache()).toBe(keys);
});

test('a large body without a length is cut off as well', async () => {
  const chunk = Buffer.alloc(4_096, 0x20);
  const stream = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 8; i++) controller.enqueue(chunk);
      controller.close();
    },
  });
  const request = { method: 'POST', body: stream, duplex: 'half', headers: { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' } };
  const response = await fetch(`${task.url}/v1/orders`, request as RequestInit);
  expect([response.status, await response.json()]).toMatchObject([413, { code: 'body_too_large' }]);
});

describe('a client order id that was used before', () => {
  test('with the same terms gets the very same answer, however they are written', async () => {
    const first = await post({ ...order, clientOrderId: 'again' });
    const count = task.journal.commands.length;
    const second = await post({ ...order, price: '30000.10', quantity: '0.50', timeInForce: 'gtc', clientOrderId: 'again' });
    expect(second.status).toBe(202);
    expect(second.body).toEqual(first.body);
    expect(task.journal.commands).toHaveLength(count);
  });

  test.each([
    ['side', 'sell'], ['price', '30000'], ['quantity', '0.6'], ['symbol', 'ETHUSDT'], ['timeInForce', 'ioc'], ['postOnly', true], ['selfTradePrevention', 'expire_taker'],
  ])('with another %s gets 422', async (field, value) => {
    const clientOrderId = `other-${field}`;
    const first = await post({ ...order, clientOrderId });
    const count = task.journal.commands.length;
    const second = await post({ ...order, [String(field)]: value, clientOrderId });
    expect(second).toMatchObject({ status: 422, body: { code: 'client_order_id_reused', orderId: first.body.orderId } });
    expect(task.journal.commands).toHaveLength(count);
  });

  test('is another user\'s affair', async () => {
    const mine = await post({ ...order, clientOrderId: 'shared' });
    const theirs = await post({ ...order, side: 'sell', clientOrderId: 'shared' }, task, harness.pool.token(BOB));
    expect(theirs.status).toBe(202);
    expect(theirs.body.orderId).not.toBe(mine.body.orderId);
  });

  test('a hundred at a time at two tasks: one order, one answer', async () => {
    const other = await harness.task();
    const before = task.journal.commands.length;
    const body = { ...order, clientOrderId: 'race' };
    const answers = await Promise.all(Array.from({ length: 100 }, (_one, i) => post(body, i % 2 === 0 ? task : other)));
    for (const answer of answers) expect([answer.status, answer.body]).toEqual([202, answers[0].body]);
    const placed = [...task.journal.commands.slice(before), ...other.journal.commands];
    expect(placed).toHaveLength(1);
    expect(placed[0]).toMatchObject({ orderId: answers[0].body.orderId });
  });

  test('a hundred of two kinds at a time: one kind gets one order, the other 422', async () => {
    const other = await harness.task();
    const answers = await Promise.all(Array.from({ length: 100 }, (_one, i) => (
      post({ ...order, quantity: i % 2 === 0 ? '0.5' : '0.7', clientOrderId: 'mixed' }, i % 3 === 0 ? task : other))));
    const accepted = answers.filter(({ status }) => status === 202);
    expect(accepted).toHaveLength(50);
    expect(new Set(accepted.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.filter(({ status, body }) => status === 422 && body.code === 'client_order_id_reused')).toHaveLength(50);
  });

  test('when its first task never finishes, the second finishes with the same order id', async () => {
    const stuck = await harness.task();
    stuck.journal.before = () => new Promise((resolve) => setTimeout(resolve, 800));
    const eager = await harness.task({ patienceMs: 100 });
    const body = { ...order, clientOrderId: 'abandoned' };
    const first = post(body, stuck);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const second = await post(body, eager);
    expect(second.status).toBe(202);
    expect((await first).body.orderId).toBe(second.body.orderId);
    const [a, b] = [stuck, eager].map(({ journal }) => journal.commands[0] as PlaceOrder);
    // The same command but for its time: the core takes one of them.
    expect({ ...a, time: 0 }).toEqual({ ...b, time: 0 });
  });

  test('an order that certainly failed does not hold its id', async () => {
    const failing = await harness.task({ appender: { deadlineMs: 30, backoffMs: 5 } });
    failing.journal.before = () => Promise.reject(new JournalUnavailableError('throttled', 'refused'));
    const body = { ...order, clientOrderId: 'released' };
    const refused = await post(body, failing);
    expect(refused).toMatchObject({ status: 503, body: { code: 'journal_unavailable', outcome: 'refused' } });
    expect(refused.headers.get('retry-after')).toBe('1');
    // Other terms under the same id: nothing is in the way.
    expect(await post({ ...body, quantity: '0.7' })).toMatchObject({ status: 202 });
  });

  test('an order of unknown outcome holds its id, and a retry keeps the order id', async () => {
    const failing = await harness.task({ appender: { deadlineMs: 30, backoffMs: 5 }, patienceMs: 50 });
    let lost: PlaceOrder | undefined;
    failing.journal.before = () => Promise.reject(new Error('socket hang up'));
    const body = { ...order, clientOrderId: 'unknown' };
    expect(await post(body, failing)).toMatchObject({ status: 503, body: { code: 'journal_unavailable', outcome: 'unknown' } });
    const record = JSON.parse(await harness.cache.get(`idem:${ALICE}:unknown`) ?? '{}') as { orderId: string };
    failing.journal.before = () => undefined;
    const retry = await post(body, failing);
    lost = failing.journal.commands[0] as PlaceOrder;
    expect(retry).toMatchObject({ status: 202, body: { orderId: record.orderId } });
    expect(lost.orderId).toBe(record.orderId);
  });
});

test('too much waiting: 503, and nothing of it reaches the journal', async () => {
  const busy = await harness.task({ appender: { maxQueuedCommands: 0 } });
  const answer = await post({ ...order, clientOrderId: 'full' }, busy);
  expect(answer).toMatchObject({ status: 503, body: { code: 'overloaded' } });
  expect(await harness.cache.get(`idem:${ALICE}:full`)).toBeNull();
  expect(busy.journal.commands).toHaveLength(0);
});

describe('taking an order back', () => {
  const cancel = (id: unknown, as = token, to = task) => call(to, 'DELETE', `/v1/orders/${String(id)}`, { token: as });

  test('the owner may, at any task, at once', async () => {
    const other = await harness.task();
    const { body } = await post({ ...order });
    const answer = await cancel(body.orderId, token, other);
    expect(answer).toMatchObject({ status: 202, body: { orderId: body.orderId, position: expect.stringMatching(/^\d+:\d+$/) } });
    expect(other.journal.commands.at(-1)).toMatchObject({ type: 'cancel_order', orderId: body.orderId, accountId: ALICE });
  });

  test('an order that only the ledger remembers', async () => {
    const orderId = '00000000-0000-7000-8000-0000000000aa';
    task.ledger.known.set(orderId, { accountId: ALICE, symbol: 'BTCUSDT' });
    expect((await cancel(orderId)).status).toBe(202);
    expect(await cancel(orderId, harness.pool.token(BOB))).toMatchObject({ status: 404, body: { code: 'unknown_order' } });
  });

  test('another user\'s order, an unknown one and no id at all look the same, and leave no trace', async () => {
    const { body } = await post({ ...order });
    const before = task.journal.commands.length;
    const bob = harness.pool.token(BOB);
    const answers = await Promise.all([
      cancel(body.orderId, bob), cancel('00000000-0000-7000-8000-000000000000', bob), cancel('nonsense', bob), cancel('..%2f..', bob),
    ]);
    for (const answer of answers) expect([answer.status, answer.body]).toEqual([404, answers[0].body]);
    expect(task.journal.commands).toHaveLength(before);
  });
});

test('what comes over one connection without waiting stays in its order', async () => {
  const { connect } = await import('node:net');
  const target = await harness.task();
  const { port } = new URL(target.url);
  const count = 30;
  // Every other one must ask the cache first, which takes longer.
  const bodies = Array.from({ length: count }, (_one, i) => JSON.stringify({ ...order, quantity: `0.${String(i + 1).padStart(4, '0')}`, ...i % 2 ? {} : { clientOrderId: `p${i}` } }));
  const head = `POST /v1/orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`;
  const socket = connect(Number(port), '127.0.0.1');
  let text = '';
  await new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      text += String(data);
      if (text.split('HTTP/1.1 202').length - 1 === count) resolve();
    });
    socket.write(bodies.map((body) => `${head}content-length: ${body.length}\r\n\r\n${body}`).join(''));
  });
  socket.destroy();
  expect(target.journal.commands.map((command) => (command as PlaceOrder).quantityLots)).toEqual(Array.from({ length: count }, (_one, i) => i + 1));
});
