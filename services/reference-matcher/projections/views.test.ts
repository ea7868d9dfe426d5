import fc from 'fast-check';
import { BudgetOrders, depthUpdate, orderUpdates } from './views';
import { type BookView, defineInstrument, type Event, NIL_UUID, type OrderAccepted, type Trade } from '../../domain';

const BTC = defineInstrument({
  symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
});
const ALICE = 'aaaaaaaa-0000-4000-8000-000000000001';
const BOB = 'bbbbbbbb-0000-4000-8000-000000000002';
const head = { partition: 0, seq: 7, time: 70 };

const accepted: OrderAccepted = {
  type: 'order_accepted', ...head, orderId: 'o', accountId: ALICE, clientOrderId: 'c', symbol: 'BTCUSDT', side: 'buy', orderType: 'limit', timeInForce: 'gtc',
  postOnly: false, selfTradePrevention: 'none', priceTicks: 5, triggerTicks: 0, quantityLots: 10, quoteBudget: 0, listId: NIL_UUID, digest: '0'.repeat(32),
  heldAsset: 'USDT', heldAmount: 500,
};
const trade: Trade = {
  type: 'trade', ...head, symbol: 'BTCUSDT', priceTicks: 5, quantityLots: 4, takerSide: 'buy', makerOrderId: 'm', makerAccountId: BOB, makerRemainingLots: 0,
  takerOrderId: 'o', takerAccountId: ALICE, takerRemainingLots: 0, baseAsset: 'BTC', baseAmount: 40_000, quoteAsset: 'USDT', quoteAmount: 200, buyerHeld: 0,
  sellerHeld: 40_000, buyerFee: 40, sellerFee: 0,
};

function updates(...events: Event[]) {
  const budgets = new BudgetOrders();
  return events.flatMap((event) => orderUpdates(event, () => BTC, budgets));
}

test('an order says all that it was asked for, and nothing that it was not', () => {
  const [[, plain]] = updates(accepted);
  expect(plain).toEqual({
    event: 'accepted', seq: 7, time: 70, orderId: 'o', clientOrderId: 'c', symbol: 'BTCUSDT', side: 'buy', type: 'limit', timeInForce: 'gtc', quantity: '0.001',
    price: '0.5', status: 'open', remaining: '0.001',
  });
  const listId = 'cccccccc-0000-4000-8000-000000000003';
  const [[, stop]] = updates({ ...accepted, orderType: 'stop_loss', priceTicks: 0, triggerTicks: 9, listId, postOnly: true, selfTradePrevention: 'expire_both' });
  expect(stop).toMatchObject({ stopPrice: '0.9', listId, postOnly: true, selfTradePrevention: 'expire_both' });
  expect(stop).not.toHaveProperty('price');
});

test('a fill tells the fee of the one who pays it, in what was received', () => {
  const [[, maker], [, taker]] = updates(trade);
  expect(maker.fill).toEqual({ price: '0.5', quantity: '0.0004', liquidity: 'maker' });
  expect(taker.fill).toEqual({ price: '0.5', quantity: '0.0004', liquidity: 'taker', fee: '0.0000004', feeAsset: 'BTC' });
});

test('an order by budget is open until it has ended, and filled when it spent what it had', () => {
  const budget: OrderAccepted = { ...accepted, orderType: 'market', timeInForce: 'ioc', priceTicks: 0, quantityLots: 0, quoteBudget: 1_500_000, heldAmount: 0 };
  const end: Event = {
    type: 'order_cancelled', ...head, orderId: 'o', accountId: ALICE, symbol: 'BTCUSDT', reason: 'budget_spent', remainingLots: 0, releasedAsset: 'USDT',
    releasedAmount: 0,
  };
  const mine = updates(budget, trade, end).filter(([account]) => account === ALICE).map(([, update]) => update);
  expect(mine).toMatchObject([
    { event: 'accepted', quoteQuantity: '1.5', status: 'open' }, { event: 'fill', status: 'open' }, { event: 'cancelled', status: 'filled', reason: 'budget_spent' },
  ]);
  for (const update of mine) expect(update).not.toHaveProperty('remaining');
  expect(updates(budget, end).at(-1)?.[1]).toMatchObject({ status: 'cancelled', reason: 'budget_spent' });
});

test('triggers and amendments are told to the owner', () => {
  const order = { orderId: 'o', accountId: ALICE, symbol: 'BTCUSDT' };
  const amendment = { amendId: 'a', ...order, priceTicks: 6, quantityLots: 20, remainingLots: 15, keepsPriority: false, heldAsset: 'USDT', heldDelta: -3 };
  expect(updates(
    { type: 'order_triggered', ...head, ...order, priceTicks: 4 }, { type: 'order_amended', ...head, ...amendment },
    { type: 'amend_rejected', ...head, amendId: 'b', orderId: 'o', accountId: ALICE, reason: 'nothing_changed' },
  )).toEqual([
    [ALICE, { event: 'triggered', seq: 7, time: 70, orderId: 'o', symbol: 'BTCUSDT', status: 'open', stopPrice: '0.4' }],
    [ALICE, { event: 'amended', seq: 7, time: 70, orderId: 'o', amendId: 'a', symbol: 'BTCUSDT', status: 'open', price: '0.6', quantity: '0.002', remaining: '0.0015' }],
    [ALICE, { event: 'amend_rejected', seq: 7, time: 70, orderId: 'o', amendId: 'b', reason: 'nothing_changed' }],
  ]);
});

test('what concerns the account as a whole names no order', () => {
  const resetId = 'dddddddd-0000-4000-8000-000000000004';
  expect(updates(
    { type: 'account_opened', ...head, accountId: ALICE, funds: [{ asset: 'USDT', amount: 5 }] },
    { type: 'account_reset', ...head, partition: 3, accountId: ALICE, resetId, balances: [] },
    { type: 'account_refused', ...head, accountId: ALICE, resetId, reason: 'venue_not_open' },
    { type: 'account_refused', ...head, accountId: ALICE, resetId: NIL_UUID, reason: 'not_a_customer' },
  )).toEqual([
    [ALICE, { event: 'account_opened', seq: 7, time: 70, orderId: NIL_UUID }],
    [ALICE, { event: 'account_reset', seq: 7, time: 70, orderId: NIL_UUID, resetId, partition: 3 }],
    [ALICE, { event: 'account_refused', seq: 7, time: 70, orderId: NIL_UUID, resetId, reason: 'venue_not_open' }],
    [ALICE, { event: 'account_refused', seq: 7, time: 70, orderId: NIL_UUID, reason: 'not_a_customer' }],
  ]);
});

const level = fc.tuple(fc.integer({ min: 1, max: 30 }).map(String), fc.integer({ min: 1, max: 9 }).map(String));
const side = fc.uniqueArray(level, { selector: ([price]) => price, maxLength: 12 });

test('a picture and the differences behind it give every later picture', () => {
  fc.assert(fc.property(fc.array(fc.tuple(side, side), { minLength: 2, maxLength: 8 }), (pictures) => {
    const views = pictures.map(([bids, asks], i): BookView => ({ symbol: 'BTCUSDT', seq: i * 3, time: i, bids, asks }));
    const book = { bids: new Map(views[0].bids), asks: new Map(views[0].asks) };
    for (let i = 1; i < views.length; i++) {
      const update = depthUpdate(views[i - 1], views[i]);
      expect([update.previousSeq, update.seq]).toEqual([views[i - 1].seq, views[i].seq]);
      for (const name of ['bids', 'asks'] as const) {
        for (const [price, quantity] of update[name]) {
          if (quantity === '0') expect(book[name].delete(price)).toBe(true);
          else book[name].set(price, quantity);
        }
        expect(book[name]).toEqual(new Map(views[i][name]));
      }
    }
  }));
});
