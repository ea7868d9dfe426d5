import type { PlaceOco } from '../../domain';
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

const place = async (): Promise<string> => String((await call(task, 'POST', '/v1/orders', { token, body: order })).body.orderId);
const last = (of = task) => of.journal.commands.at(-1);
const position = expect.stringMatching(/^\d+:\d+$/) as string;

describe('an amendment', () => {
  const amend = (id: string, body: unknown, to = task, as = token) => call(to, 'PATCH', `/v1/orders/${id}`, { token: as, body });

  test('reaches the journal in ticks and lots, at any task', async () => {
    const other = await harness.task();
    const orderId = await place();
    const first = await amend(orderId, { price: '29999.9' }, other);
    expect(first).toMatchObject({ status: 202, body: { orderId, amendId: expect.any(String) as string, position } });
    expect(last(other)).toMatchObject({ type: 'amend_order', amendId: first.body.amendId, orderId, accountId: ALICE, priceTicks: 299_999, quantityLots: 0 });
    const { body } = await amend(orderId, { quantity: '0.4' });
    expect(String(body.amendId) > String(first.body.amendId)).toBe(true);
    expect(last()).toMatchObject({ type: 'amend_order', amendId: body.amendId, priceTicks: 0, quantityLots: 4_000 });
  });

  test('counts in the ticks of the order\'s own instrument, which only the ledger may remember', async () => {
    const orderId = '00000000-0000-7000-8000-0000000000ab';
    task.ledger.known.set(orderId, { accountId: ALICE, symbol: 'ETHUSDT' });
    expect((await amend(orderId, { price: '2000.01' })).status).toBe(202);
    expect(last()).toMatchObject({ orderId, priceTicks: 200_001 });
    expect(await amend(orderId, { price: '2000.01' }, task, harness.pool.token(BOB))).toMatchObject({ status: 404, body: { code: 'unknown_order' } });
  });

  test.each<[string, unknown, number, string]>([
    ['nothing', {}, 400, 'nothing_to_amend'],
    ['another side', { side: 'sell', price: '1' }, 400, 'unknown_field'],
    ['too fine a price', { price: '0.01' }, 422, 'too_precise'],
    ['no quantity', { quantity: '0' }, 422, 'invalid_quantity'],
    ['more than fits', { price: '900000000', quantity: '900000000' }, 422, 'out_of_range'],
    ['an id of one\'s own', { price: '1', amendId: '0f000000-0000-4000-8000-00000000000f' }, 400, 'unknown_field'],
  ])('of %s is refused', async (_, body, status, code) => {
    const orderId = await place();
    const before = task.journal.commands.length;
    expect(await amend(orderId, body)).toMatchObject({ status, body: { code } });
    expect(task.journal.commands).toHaveLength(before);
  });

  test('of an order that nobody can look up is 503, not a guess', async () => {
    const alone = await harness.task();
    alone.ledger.away = true;
    expect(await amend('00000000-0000-7000-8000-0000000000ac', { price: '1' }, alone)).toMatchObject({ status: 503 });
    expect(alone.journal.commands).toHaveLength(0);
  });
});

describe('taking back', () => {
  const remove = (path: string, as = token) => call(task, 'DELETE', `/v1/orders${path}`, { token: as });

  test('by the client\'s own id, whatever printable characters it has', async () => {
    expect(await remove(`/by-client-id/${encodeURIComponent('a/b?c#1')}`)).toMatchObject({ status: 202, body: { clientOrderId: 'a/b?c#1', position } });
    expect(last()).toMatchObject({
      type: 'cancel_order', orderId: '00000000-0000-0000-0000-000000000000', accountId: ALICE, clientOrderId: 'a/b?c#1',
    });
    expect(await remove(`/by-client-id/${'x'.repeat(37)}`)).toMatchObject({ status: 400, body: { code: 'invalid_client_order_id' } });
  });

  test('all of one\'s orders, or those in one instrument, and nobody else\'s', async () => {
    expect(await remove('')).toMatchObject({ status: 202, body: { position } });
    expect(last()).toMatchObject({ type: 'cancel_all', accountId: ALICE, symbol: '' });
    expect(await remove('?symbol=ETHUSDT', harness.pool.token(BOB))).toMatchObject({ status: 202, body: { symbol: 'ETHUSDT' } });
    expect(last()).toMatchObject({ type: 'cancel_all', accountId: BOB, symbol: 'ETHUSDT' });
    const before = task.journal.commands.length;
    expect(await remove('?symbol=NOPE')).toMatchObject({ status: 422, body: { code: 'unknown_symbol' } });
    expect(await remove('?Symbol=ETHUSDT')).toMatchObject({ status: 400, body: { code: 'unknown_field' } });
    expect(await remove(`?accountId=${BOB}`)).toMatchObject({ status: 400, body: { code: 'unknown_field' } });
    expect(task.journal.commands).toHaveLength(before);
  });
});

describe('a list of which one order cancels the other', () => {
  const pair = {
    symbol: 'BTCUSDT', side: 'sell', quantity: '0.5', resting: { price: '31000' }, waiting: { type: 'stop_loss_limit', stopPrice: '29000', price: '28990' },
  };
  const post = (body: unknown, to = task) => call(to, 'POST', '/v1/order-lists', { token, body });

  test('is one command with both orders', async () => {
    const { status, body } = await post({ ...pair, selfTradePrevention: 'expire_maker' });
    expect([status, body]).toEqual([202, {
      listId: expect.any(String) as string, position,
      orders: [0, 1].map(() => ({ orderId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8/) as string, clientOrderId: expect.any(String) as string })),
    }]);
    const { listId, resting, waiting } = last() as PlaceOco;
    expect(listId).toBe(body.listId);
    expect([resting, waiting].map(({ orderId, clientOrderId }) => ({ orderId, clientOrderId }))).toEqual(body.orders);
    const common = { accountId: ALICE, symbol: 'BTCUSDT', side: 'sell', quantityLots: 5_000, selfTradePrevention: 'expire_maker', timeInForce: 'gtc' };
    expect(resting).toMatchObject({ ...common, orderType: 'limit', priceTicks: 310_000, triggerTicks: 0 });
    expect(waiting).toMatchObject({ ...common, orderType: 'stop_loss_limit', priceTicks: 289_900, triggerTicks: 290_000 });
    expect(resting.digest).not.toBe(waiting.digest);
  });

  test('repeated under its client id gets the same answer at any task, with other terms 422', async () => {
    const other = await harness.task();
    const body = { ...pair, clientListId: 'pair' };
    const first = await post(body);
    const count = task.journal.commands.length;
    expect((await post({ ...body, quantity: '0.50' }, other)).body).toEqual(first.body);
    expect(await post({ ...body, waiting: { ...pair.waiting, stopPrice: '29001' } })).toMatchObject({ status: 422, body: { code: 'client_order_id_reused', clientOrderId: 'pair' } });
    expect([task.journal.commands.length, other.journal.commands.length]).toEqual([count, 0]);
    expect((last() as PlaceOco).waiting.clientOrderId).toBe('pair-w');
    // Its orders can be taken back and changed like any other.
    const [{ orderId }] = first.body.orders as { orderId: string }[];
    expect((await call(other, 'DELETE', `/v1/orders/${orderId}`, { token })).status).toBe(202);
  });

  test.each<[string, object, number, string]>([
    ['no stop price', { waiting: { type: 'stop_loss' } }, 400, 'stop_price_required'],
    ['a market order that waits for nothing', { waiting: { type: 'market' } }, 400, 'invalid_field'],
    ['a price beside a stop at the market', { waiting: { type: 'take_profit', stopPrice: '1', price: '1' } }, 400, 'price_not_allowed'],
    ['one id for both', { resting: { price: '1', clientOrderId: 'same' }, waiting: { type: 'stop_loss', stopPrice: '1', clientOrderId: 'same' } }, 400, 'invalid_client_order_id'],
    ['a list id without room for its orders', { clientListId: 'x'.repeat(35) }, 400, 'invalid_client_order_id'],
    ['no quantity', { quantity: '0' }, 422, 'invalid_quantity'],
    ['no resting order', { resting: undefined }, 400, 'missing_field'],
  ])('with %s is refused', async (_, change, status, code) => {
    const before = task.journal.commands.length;
    expect(await post({ ...pair, ...change })).toMatchObject({ status, body: { code } });
    expect(task.journal.commands).toHaveLength(before);
  });
});
