/** What the native API offers beyond single orders: waiting for verdicts, batches, lookups, fills and the market. */
import { z } from 'zod';
import * as answers from './answers';
import { bookKey, type MarketMinute, marketMinutesKey, ordersChannel, type OrderUpdate, tickerKey, tradesKey } from '../../domain';
import type { LedgerFill, LedgerOrder } from '../ledger/ledger-reader';
import { ALICE, BOB, call, Harness, type Task, until } from '../testing/harness';
import { StreamClient } from '../testing/stream-client';

const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000.1', quantity: '0.5' };
let harness: Harness;
let task: Task;
let alice: string;

beforeAll(async () => {
  harness = await new Harness().start();
  task = await harness.task();
  alice = harness.pool.token(ALICE);
});
afterAll(() => harness.stop());

/** The answer, held against the schema that the document gives for it. */
async function ask(schema: z.ZodType, method: string, path: string, options: Parameters<typeof call>[3] = {}, status = 200) {
  const answer = await call(task, method, path, { token: alice, ...options });
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status });
  schema.parse(answer.body);
  return answer;
}

let plainAppend: Task['journal']['append'] | undefined;

/** A core that says something about each command a moment after the journal has it. */
function core(say: (command: { type: string; orderId: string }, seq: number) => readonly Partial<OrderUpdate>[]): void {
  let seq = 0;
  let seen = task.journal.commands.length;
  const append = plainAppend ??= task.journal.append;
  task.journal.append = async (partition, frame) => {
    const position = await append.call(task.journal, partition, frame);
    for (const command of task.journal.commands.slice(seen) as { type: string; orderId: string }[]) {
      for (const update of say(command, seq)) {
        seq += 1;
        await harness.cache.publish(ordersChannel(ALICE), JSON.stringify({ seq, time: 1, orderId: command.orderId, ...update }));
      }
    }
    seen = task.journal.commands.length;
    return position;
  };
}

describe('Prefer: wait', () => {
  const wait = (ms: number) => ({ headers: { prefer: `wait=${ms}` } });

  test('answers with the core\'s verdict and its fills', async () => {
    core(() => [
      { event: 'accepted', status: 'open', remaining: '0.5' },
      { event: 'fill', status: 'filled', remaining: '0', fill: { price: '30000', quantity: '0.5', liquidity: 'taker' } },
    ]);
    const { body, headers } = await ask(answers.decidedOrder, 'POST', '/v1/orders', { body: { ...order, timeInForce: 'ioc' }, ...wait(3_000) });
    expect(body).toMatchObject({ status: 'filled', remaining: '0', fills: [{ price: '30000' }], position: expect.any(String) });
    expect(headers.get('preference-applied')).toBe('wait');
    const resting = await ask(answers.decidedOrder, 'POST', '/v1/orders', { body: order, ...wait(3_000) });
    // What is published at once with the acceptance belongs to the verdict.
    expect(resting.body).toMatchObject({ status: 'filled' });
  });

  test('a refusal by the core is a verdict too', async () => {
    core(() => [{ event: 'rejected', status: 'rejected', reason: 'insufficient_funds' }]);
    const { body } = await ask(answers.decidedOrder, 'POST', '/v1/orders', { body: order, ...wait(3_000) });
    expect(body).toMatchObject({ status: 'rejected', reason: 'insufficient_funds', fills: [] });
  });

  test('without a verdict in time the answer is as without waiting', async () => {
    core(() => []);
    const began = Date.now();
    const { headers } = await ask(answers.acceptedOrder, 'POST', '/v1/orders', { body: order, ...wait(150) }, 202);
    expect(Date.now() - began).toBeGreaterThanOrEqual(140);
    expect(headers.get('preference-applied')).toBeNull();
  });

  test('a repetition, of which the core says nothing new, does not wait', async () => {
    core(() => [{ event: 'accepted', status: 'open' }]);
    const body = { ...order, clientOrderId: 'said-once' };
    await ask(answers.decidedOrder, 'POST', '/v1/orders', { body, ...wait(3_000) });
    const began = Date.now();
    await ask(answers.acceptedOrder, 'POST', '/v1/orders', { body, ...wait(5_000) }, 202);
    expect(Date.now() - began).toBeLessThan(3_000);
  });

  test('cancels and amendments wait as well', async () => {
    core(() => []);
    const { body: { orderId } } = await ask(answers.acceptedOrder, 'POST', '/v1/orders', { body: order }, 202);
    core((command) => (command.type === 'amend_order'
      ? [{ event: 'amend_rejected', amendId: (command as { amendId?: string }).amendId, reason: 'nothing_changed' }]
      : [{ event: 'cancelled', status: 'cancelled', reason: 'requested', remaining: '0.5' }]));
    const amended = await ask(answers.decidedChange, 'PATCH', `/v1/orders/${String(orderId)}`, { body: { quantity: '0.4' }, ...wait(3_000) });
    expect(amended.body).toMatchObject({ event: 'amend_rejected', reason: 'nothing_changed' });
    const cancelled = await ask(answers.decidedChange, 'DELETE', `/v1/orders/${String(orderId)}`, wait(3_000));
    expect(cancelled.body).toMatchObject({ orderId, event: 'cancelled', reason: 'requested' });
    core(() => []);
  });
});

describe('several orders at once', () => {
  test('stand in the journal in their order; one that is refused does not keep the others out', async () => {
    const before = task.journal.commands.length;
    const orders = Array.from({ length: 20 }, (_, i) => ({ ...order, clientOrderId: i % 3 === 0 ? `batch-${i}` : undefined, price: i === 7 ? '0' : '30000' }));
    const { body } = await ask(answers.acceptedBatch, 'POST', '/v1/orders/batch', { body: { orders } });
    const results = body.results as { status: number; order?: { orderId: string }; problem?: { code: string } }[];
    expect(results.map(({ status }) => status)).toEqual(orders.map((_, i) => (i === 7 ? 422 : 202)));
    expect(results[7].problem).toMatchObject({ code: 'invalid_price' });
    const appended = task.journal.commands.slice(before).map((command) => command.type === 'place_order' && command.orderId);
    expect(appended).toEqual(results.flatMap((result) => (result.order ? [result.order.orderId] : [])));
  });

  test.each([[{ orders: [] }], [{ orders: Array.from({ length: 51 }, () => order) }], [{ orders: [order, { ...order, side: 'short' }] }], [{}]])(
    'malformed as a whole: nothing is taken %#', async (body) => {
      const before = task.journal.commands.length;
      expect((await call(task, 'POST', '/v1/orders/batch', { token: alice, body })).status).toBe(400);
      expect(task.journal.commands).toHaveLength(before);
    });
});

describe('several orders that wait', () => {
  const prefer = (ms: number) => ({ headers: { prefer: `wait=${ms}` } });

  test('a batch has the verdict of each order; one that is refused by the API waits for nobody', async () => {
    core(({ type }) => (type === 'place_order' ? [{ event: 'accepted', status: 'open' }, { event: 'fill', status: 'filled', remaining: '0' }] : []));
    const orders = [order, { ...order, price: '0' }, { ...order, type: 'market', price: undefined }];
    const { body, headers } = await ask(answers.acceptedBatch, 'POST', '/v1/orders/batch', { body: { orders }, ...prefer(3_000) });
    expect(body.results).toMatchObject([{ status: 200, order: { status: 'filled' } }, { status: 422 }, { status: 200, order: { status: 'filled' } }]);
    expect(headers.get('preference-applied')).toBe('wait');
  });

  test('of a batch that the core decides in part by then, that part is told', async () => {
    let placed = 0;
    core(({ type }) => (type === 'place_order' && placed++ === 0 ? [{ event: 'rejected', status: 'rejected', reason: 'insufficient_funds' }] : []));
    const began = Date.now();
    const { body } = await ask(answers.acceptedBatch, 'POST', '/v1/orders/batch', { body: { orders: [order, order] }, ...prefer(200) });
    expect(Date.now() - began).toBeGreaterThanOrEqual(190);
    expect(body.results).toMatchObject([{ status: 200, order: { status: 'rejected', reason: 'insufficient_funds' } }, { status: 202 }]);
    core(() => []);
    const nothing = await ask(answers.acceptedBatch, 'POST', '/v1/orders/batch', { body: { orders: [order] }, ...prefer(50) });
    expect([(nothing.body.results as { status: number }[])[0].status, nothing.headers.get('preference-applied')]).toEqual([202, null]);
  });

  test('a list has the verdicts of both orders, or is accepted', async () => {
    const body = { symbol: 'BTCUSDT', side: 'sell', quantity: '0.01', resting: { price: '31000' }, waiting: { type: 'stop_loss', stopPrice: '29000' } };
    const say = (...count: ('resting' | 'waiting')[]) => {
      core((command) => {
        const list = command as unknown as Record<'resting' | 'waiting', { orderId: string }>;
        return command.type === 'place_oco' ? count.map((role) => ({ event: 'accepted', status: 'open', orderId: list[role].orderId })) : [];
      });
    };
    say('resting', 'waiting');
    const both = await ask(answers.decidedList, 'POST', '/v1/order-lists', { body: { ...body, clientListId: 'said' }, ...prefer(3_000) });
    expect(both.body).toMatchObject({ listId: expect.any(String), orders: [{ status: 'open' }, { status: 'open' }] });
    const began = Date.now();
    await ask(answers.acceptedList, 'POST', '/v1/order-lists', { body: { ...body, clientListId: 'said' }, ...prefer(5_000) }, 202);
    expect(Date.now() - began).toBeLessThan(3_000);
    say('waiting');
    await ask(answers.acceptedList, 'POST', '/v1/order-lists', { body, ...prefer(150) }, 202);
    core(() => []);
  });
});

describe('Idempotency-Key', () => {
  const headers = { 'idempotency-key': 'key-1' };

  test('stands for the client order id', async () => {
    const first = await ask(answers.acceptedOrder, 'POST', '/v1/orders', { body: order, headers }, 202);
    const before = task.journal.commands.length;
    const second = await ask(answers.acceptedOrder, 'POST', '/v1/orders', { body: order, headers }, 202);
    expect(second.body).toEqual(first.body);
    expect(first.body.clientOrderId).toBe('key-1');
    expect(task.journal.commands).toHaveLength(before);
    expect(await call(task, 'POST', '/v1/orders', { token: alice, headers, body: { ...order, quantity: '0.6' } })).toMatchObject({ status: 422, body: { code: 'client_order_id_reused' } });
  });

  test('must not contradict it, and must be one', async () => {
    const post = (key: string, clientOrderId?: string) => (
      call(task, 'POST', '/v1/orders', { token: alice, headers: { 'idempotency-key': key }, body: { ...order, clientOrderId } }));
    expect(await post('a', 'b')).toMatchObject({ status: 400, body: { code: 'ambiguous_idempotency_key' } });
    expect(await post('x'.repeat(37))).toMatchObject({ status: 400, body: { code: 'invalid_idempotency_key' } });
  });
});

describe('one order', () => {
  const id = '00000000-0000-7000-8000-0000000000aa';
  const row: LedgerOrder = {
    orderId: id, clientOrderId: 'mine', symbol: 'BTCUSDT', side: 'buy', type: 'limit', timeInForce: 'gtc', postOnly: false, selfTradePrevention: 'none',
    priceTicks: 300_000, triggerTicks: 0, quantityLots: 10, quoteBudget: 0, listId: null, remainingLots: 10, filledLots: 0, filledQuote: 0,
    triggered: true,
    status: 'open', reason: null, createdSeq: 1, createdAt: new Date(1), updatedAt: new Date(2),
  };

  test('is pending until the ledger has it', async () => {
    const { body: { orderId } } = await ask(answers.acceptedOrder, 'POST', '/v1/orders', { body: order }, 202);
    await until(async () => (await call(task, 'GET', `/v1/orders/${String(orderId)}`, { token: alice })).status === 200);
    expect((await ask(answers.order, 'GET', `/v1/orders/${String(orderId)}`)).body).toEqual({ orderId, symbol: 'BTCUSDT', status: 'pending' });
  });

  test('is found by its id and by the client\'s, and amended by either', async () => {
    task.ledger.rows = [row];
    task.ledger.known.set(id, { accountId: ALICE, symbol: 'BTCUSDT' });
    expect((await ask(answers.order, 'GET', `/v1/orders/${id}`)).body).toMatchObject({ orderId: id, status: 'open', price: '30000' });
    expect((await ask(answers.order, 'GET', '/v1/orders/by-client-id/mine')).body).toMatchObject({ orderId: id });
    const amended = await ask(answers.acceptedAmend, 'PATCH', '/v1/orders/by-client-id/mine', { body: { quantity: '0.0005' } }, 202);
    expect(amended.body).toMatchObject({ orderId: id });
    expect(task.journal.commands.at(-1)).toMatchObject({ type: 'amend_order', orderId: id, accountId: ALICE });
    expect(await call(task, 'GET', '/v1/orders/by-client-id/nothing', { token: alice })).toMatchObject({ status: 404, body: { code: 'unknown_order' } });
  });
});

describe('fills', () => {
  const fill = (seq: number, change: Partial<LedgerFill> = {}): LedgerFill => ({
    seq, liquidity: 'maker', orderId: '00000000-0000-7000-8000-0000000000aa', symbol: 'BTCUSDT', side: 'sell', priceTicks: 300_001, quantityLots: 5_000,
    baseAmount: 50_000_000, quoteAmount: 15_000_050_000, fee: 1_500, feeAsset: 'USDT', time: new Date(seq * 1_000), ...change,
  });

  test('come as decimals, page by page until the end', async () => {
    task.ledger.trades = [fill(5), fill(4, { symbol: 'ETHUSDT' }), fill(3, { liquidity: 'taker' }), fill(3), fill(1)];
    const seen: unknown[] = [];
    for (let cursor = ''; ;) {
      const { body } = await ask(answers.fillPage, 'GET', `/v1/fills?limit=2${cursor}`);
      seen.push(...body.fills as unknown[]);
      if (body.nextCursor === undefined) break;
      cursor = `&cursor=${String(body.nextCursor)}`;
    }
    expect(seen).toMatchObject([{ seq: 5 }, { seq: 4 }, { seq: 3, liquidity: 'taker' }, { seq: 3, liquidity: 'maker' }, { seq: 1 }]);
    expect(seen[0]).toEqual({
      seq: 5, orderId: fill(5).orderId, symbol: 'BTCUSDT', side: 'sell', liquidity: 'maker', price: '30000.1', quantity: '0.5', quoteQuantity: '15000.05', fee: '0.0015',
      feeAsset: 'USDT', time: 5_000,
    });
    expect((await ask(answers.fillPage, 'GET', '/v1/fills?symbol=ETHUSDT')).body.fills).toHaveLength(1);
  });

  test.each(['limit=0', 'limit=201', 'cursor=x', 'orderId=mine', 'accountId=x', 'partition=-1'])('GET /v1/fills?%s is refused', async (query) => {
    expect((await call(task, 'GET', `/v1/fills?${query}`, { token: alice })).status).toBe(400);
  });
});

describe('the market', () => {
  test('tickers join the venue\'s own trades and book with the market outside', async () => {
    await harness.cache.set(tickerKey('BTCUSDT'), JSON.stringify({ symbol: 'BTCUSDT', lastPrice: '31000', high24h: '32000', exchangeTime: 1, receivedTime: 2, source: 'bybit' }));
    await harness.cache.set(bookKey('BTCUSDT'), JSON.stringify({ symbol: 'BTCUSDT', seq: 3, time: 4, bids: [['30999', '1']], asks: [] }));
    expect((await ask(answers.ticker, 'GET', '/v1/tickers/BTCUSDT')).body).toEqual({
      symbol: 'BTCUSDT', lastPrice: '31000', lastTime: 2, bidPrice: '30999', bidQuantity: '1',
      market: { lastPrice: '31000', high24h: '32000', exchangeTime: 1, receivedTime: 2, source: 'bybit' },
    });
    await harness.cache.lpush(tradesKey('BTCUSDT'), JSON.stringify({ symbol: 'BTCUSDT', seq: 9, time: 8, price: '30998', quantity: '2', takerSide: 'sell' }));
    expect((await ask(answers.tickers, 'GET', '/v1/tickers')).body.tickers).toMatchObject([{ symbol: 'BTCUSDT', lastPrice: '30998', lastQuantity: '2' }, { symbol: 'ETHUSDT' }]);
    expect((await ask(answers.trades, 'GET', '/v1/trades/BTCUSDT?limit=5')).body.trades).toMatchObject([{ seq: 9 }]);
    await ask(answers.book, 'GET', '/v1/book/BTCUSDT');
    expect((await call(task, 'GET', '/v1/trades/NOPE', { token: alice })).status).toBe(404);
    expect((await call(task, 'GET', '/v1/tickers/NOPE', { token: alice })).status).toBe(404);
  });

  test('candles of today are made of what was heard, and of the history where it is there', async () => {
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000;
    const heard = (openTime: number, price: string, volume = '1'): MarketMinute => ({ openTime, open: price, high: price, low: price, close: price, volume, turnover: price, trades: 1 });
    await harness.cache.hset(marketMinutesKey('ETHUSDT'), Object.fromEntries(
      [heard(hour - 60_000, '1990'), heard(hour, '2000', '0.1'), heard(hour + 60_000, '2010', '0.2'), heard(hour + 120_000, '1995.5', '0.3')].map((one) => [one.openTime, JSON.stringify(one)])));
    task.ledger.bars = [{ openTime: new Date(hour - 3_600_000), open: '1', high: '2', low: '1', close: '2', volume: '3', turnover: '4' }];
    const { body } = await ask(answers.candles, 'GET', `/v1/candles/ETHUSDT?interval=1h&from=${hour - 3_600_000}`);
    expect(body.candles).toEqual([
      { openTime: hour - 3_600_000, open: '1', high: '2', low: '1', close: '2', volume: '3', turnover: '4' },
      { openTime: hour, open: '2000', high: '2010', low: '1995.5', close: '1995.5', volume: '0.6', turnover: '6005.5' },
    ]);
    await harness.cache.del(marketMinutesKey('ETHUSDT'));
    task.ledger.bars = [];
  });

  test('candles are of the range that was asked for', async () => {
    task.ledger.bars = [{ openTime: new Date(60_000), open: '1', high: '2', low: '1', close: '2', volume: '3', turnover: '4' }];
    const asked = jest.spyOn(task.ledger, 'candles');
    const { body } = await ask(answers.candles, 'GET', '/v1/candles/BTCUSDT?interval=1h&from=7200001&to=36000000&limit=3');
    expect(body.candles).toMatchObject([{ openTime: 60_000, close: '2' }]);
    expect(asked).toHaveBeenCalledWith({ symbol: 'BTCUSDT', seconds: 3_600, from: 7_200_000, to: 36_000_000, limit: 3 });
    for (const query of ['from=5&to=4', 'from=0&to=9999999999999', 'interval=2m', 'limit=1001', 'from=-1', 'to=99999999999999']) {
      expect([query, (await call(task, 'GET', `/v1/candles/BTCUSDT?${query}`, { token: alice })).status]).toEqual([query, 400]);
    }
  });

  test('the server has the time', async () => {
    const { body } = await ask(answers.serverTime, 'GET', '/v1/time');
    expect(Math.abs(Number(body.time) - Date.now())).toBeLessThan(5_000);
  });
});

describe('over the WebSocket', () => {
  async function open(token = alice): Promise<StreamClient> {
    return StreamClient.open(task.url, { token });
  }
  const request = async (client: StreamClient, message: Record<string, unknown>) => {
    client.send({ op: 'request', ...message });
    const answer: unknown = await client.next((one) => (one as { id?: string }).id === message.id);
    return answer as { status: number; body: Record<string, unknown>; headers: Record<string, string> };
  };

  test('the same requests get the same answers', async () => {
    const client = await open();
    const bodies = [order, { ...order, price: '1e5' }, { ...order, price: 1 }, { ...order, leverage: '2' }, null, { ...order, symbol: 'NOPEUSDT' }];
    for (const [i, body] of bodies.entries()) {
      const http = await call(task, 'POST', '/v1/orders', { token: alice, body: JSON.stringify(body) });
      const ws = await request(client, { id: `p${i}`, method: 'POST', path: '/v1/orders', body });
      const told = (answer: Record<string, unknown>) => ({ ...answer, orderId: 0, clientOrderId: 0, position: 0 });
      expect([i, ws.status, told(ws.body)]).toEqual([i, http.status, told(http.body)]);
    }
    const gets = ['/v1/time?x=1', '/v1/portfolio', '/v1/orders?limit=0', '/v1/orders?limit=1&limit=2', '/v1/orders/unknown', '/v1/nope', '/v1/book/%E0%A4%A', '/v1/fills?limit=1'];
    for (const path of gets) {
      const http = await call(task, 'GET', path, { token: alice });
      const ws = await request(client, { id: path, method: 'GET', path });
      expect([path, ws.status, ws.body]).toEqual([path, http.status, http.body]);
    }
    expect(await request(client, { id: 's', method: 'POST', path: '/v1/sessions', body: {} })).toMatchObject({ status: 404 });
    client.socket.terminate();
  });

  test('requests keep their order in the journal although none waits for the one before', async () => {
    const client = await open();
    const before = task.journal.commands.length;
    const ids = Array.from({ length: 200 }, (_, i) => `ws-${i}`);
    for (const [i, id] of ids.entries()) {
      const body = { ...order, ...(i % 2 === 0 ? { clientOrderId: id } : {}), quantity: String(i + 1) };
      client.send({ op: 'request', id, method: 'POST', path: '/v1/orders', body });
    }
    await client.next((one) => (one as { id?: string }).id === ids.at(-1));
    await until(() => task.journal.commands.length === before + ids.length);
    const quantities = task.journal.commands.slice(before).map((command) => command.type === 'place_order' && command.quantityLots / 10_000);
    expect(quantities).toEqual(ids.map((_, i) => i + 1));
    client.socket.terminate();
  });

  test('headers are fields, and operators stay operators', async () => {
    const client = await open();
    const body = { ...order, quantity: '0.7' };
    const first = await request(client, { id: '1', method: 'POST', path: '/v1/orders', body, headers: { 'idempotency-key': 'over-ws' } });
    const second = await request(client, { id: '2', method: 'POST', path: '/v1/orders', body, headers: { 'idempotency-key': 'over-ws' } });
    expect(second.body).toEqual(first.body);
    const deposit = { accountId: BOB, asset: 'USDT', amount: '1' };
    expect(await request(client, { id: '3', method: 'POST', path: '/v1/admin/deposits', body: deposit })).toMatchObject({ status: 403 });
    client.socket.terminate();
  });
});
