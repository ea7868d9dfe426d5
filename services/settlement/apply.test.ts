import { changesOf, type Known } from './apply';
import type { Changes, KnownOrder } from './rows';
import { transitAccount } from './system-accounts';
import { type Event, EXTERNAL_ACCOUNT, FEE_ACCOUNT, NIL_UUID, type OrderAccepted, type Trade } from '../domain';

const ALICE = 'aaaaaaaa-0000-4000-8000-000000000001';
const BOB = 'bbbbbbbb-0000-4000-8000-000000000002';
const id = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const FUNDS = [ALICE, BOB].flatMap((accountId) => ['BTC', 'USDT'].map((asset) => ({ accountId, asset, free: 1_000_000n, held: 0n, updatedSeq: 1 })));

type Plain<T> = T extends Event ? Omit<T, 'partition' | 'seq' | 'time'> : never;

/** Numbers events from 10 on. */
function stream(...events: Plain<Event>[]): Event[] {
  return events.map((event, i) => ({ ...event, partition: 0, seq: 10 + i, time: 1_700_000_000_000 + i }) as Event);
}

function accepted(n: number, change: Partial<OrderAccepted> = {}): Plain<OrderAccepted> {
  return {
    type: 'order_accepted', orderId: id(n), accountId: ALICE, clientOrderId: `c${n}`, symbol: 'BTCUSDT', side: 'sell', orderType: 'limit',
    timeInForce: 'gtc', postOnly: false, selfTradePrevention: 'none', priceTicks: 5, triggerTicks: 0, quantityLots: 10, quoteBudget: 0, listId: NIL_UUID,
    digest: '0'.repeat(32), heldAsset: 'BTC', heldAmount: 100, ...change,
  };
}

function trade(
  maker: number, taker: number, lots: number, makerRemainingLots: number, takerRemainingLots: number, change: Partial<Trade> = {},
): Plain<Trade> {
  return {
    type: 'trade', symbol: 'BTCUSDT', priceTicks: 5, quantityLots: lots, takerSide: 'buy', makerOrderId: id(maker), makerAccountId: ALICE, makerRemainingLots,
    takerOrderId: id(taker), takerAccountId: BOB, takerRemainingLots, baseAsset: 'BTC', baseAmount: lots * 10, quoteAsset: 'USDT', quoteAmount: lots * 50,
    buyerHeld: 0, sellerHeld: lots * 10, buyerFee: 0, sellerFee: 0, ...change,
  };
}

function known(orders: readonly KnownOrder[] = []): Known {
  return { balances: FUNDS.map((balance) => ({ ...balance })), orders };
}

const balance = (changes: Changes, account: string, asset: string): [bigint, bigint] | undefined => {
  const found = changes.balances.find((row) => row.accountId === account && row.asset === asset);
  return found && [found.free, found.held];
};
const order = (changes: Changes, n: number) => changes.accepted.find(({ terms }) => terms.orderId === id(n))?.state;

test('each party pays its fee in what it receives, to the account of the fees', () => {
  const changes = changesOf(stream(accepted(1), accepted(2, { accountId: BOB, side: 'buy', orderType: 'market', priceTicks: 0, heldAsset: 'USDT', heldAmount: 0 }),
    trade(1, 2, 10, 0, 0, { buyerFee: 3, sellerFee: 7 })), known());
  expect(balance(changes, BOB, 'BTC')).toEqual([1_000_097n, 0n]);
  expect(balance(changes, ALICE, 'USDT')).toEqual([1_000_493n, 0n]);
  expect(balance(changes, FEE_ACCOUNT, 'BTC')).toEqual([3n, 0n]);
  expect(balance(changes, FEE_ACCOUNT, 'USDT')).toEqual([7n, 0n]);
  expect(changes.entries.filter(({ kind }) => kind === 'fee').map(({ accountId, asset, freeDelta }) => [accountId, asset, freeDelta])).toEqual([
    [FEE_ACCOUNT, 'BTC', 3], [BOB, 'BTC', -3], [FEE_ACCOUNT, 'USDT', 7], [ALICE, 'USDT', -7],
  ]);
  expect(changes.fills.map(({ liquidity, fee, feeAsset }) => [liquidity, fee, feeAsset])).toEqual([['maker', 7, 'USDT'], ['taker', 3, 'BTC']]);
});

test('an amendment moves the difference of its hold, and its order only when it loses it', () => {
  const events = stream(accepted(1), {
    type: 'order_amended', amendId: id(70), orderId: id(1), accountId: ALICE, symbol: 'BTCUSDT', priceTicks: 5, quantityLots: 6, remainingLots: 6,
    keepsPriority: true, heldAsset: 'BTC', heldDelta: -40,
  }, {
    type: 'order_amended', amendId: id(71), orderId: id(1), accountId: ALICE, symbol: 'BTCUSDT', priceTicks: 8, quantityLots: 9, remainingLots: 9,
    keepsPriority: false, heldAsset: 'BTC', heldDelta: 30,
  });
  const first = changesOf(events.slice(0, 2), known());
  expect(balance(first, ALICE, 'BTC')).toEqual([999_940n, 60n]);
  expect(first.entries.at(-1)).toMatchObject({ kind: 'release', heldDelta: -40 });
  expect(order(first, 1)).toMatchObject({ quantityLots: 6, remainingLots: 6, prioritySeq: 10, updatedSeq: 11 });
  const both = changesOf(events, known());
  expect(balance(both, ALICE, 'BTC')).toEqual([999_910n, 90n]);
  expect(order(both, 1)).toMatchObject({ priceTicks: 8, quantityLots: 9, remainingLots: 9, prioritySeq: 12 });
  expect(both.amendments.map(({ amendId, reason, keepsPriority }) => [amendId, reason, keepsPriority]))
    .toEqual([[id(70), null, true], [id(71), null, false]]);
  expect(order(both, 1)?.amendId).toBe(id(71));
});

test('an order that waits is open without being in the market; its trigger gives it its place', () => {
  const events = stream(accepted(1, { orderType: 'stop_loss_limit', triggerTicks: 4 }), accepted(2), {
    type: 'order_triggered', orderId: id(1), accountId: ALICE, symbol: 'BTCUSDT', priceTicks: 4,
  });
  expect(order(changesOf(events.slice(0, 1), known()), 1)).toMatchObject({ status: 'open', triggeredSeq: null, prioritySeq: 10 });
  const changes = changesOf(events, known());
  expect(order(changes, 1)).toMatchObject({ status: 'open', triggeredSeq: 12, prioritySeq: 12 });
  expect(order(changes, 2)).toMatchObject({ triggeredSeq: 11, prioritySeq: 11 });
});

test('an order by budget has no lots to remain: it is open until the core ends it, and filled when it spent its budget', () => {
  const budget = { accountId: BOB, side: 'buy' as const, orderType: 'market' as const, timeInForce: 'ioc' as const, priceTicks: 0, quantityLots: 0, quoteBudget: 300, heldAsset: 'USDT', heldAmount: 0 };
  const events = stream(accepted(1), accepted(2, budget), trade(1, 2, 6, 4, 0), {
    type: 'order_cancelled', orderId: id(2), accountId: BOB, symbol: 'BTCUSDT', reason: 'budget_spent', remainingLots: 0, releasedAsset: 'USDT', releasedAmount: 0,
  });
  expect(order(changesOf(events.slice(0, 3), known()), 2)).toMatchObject({ status: 'open', remainingLots: 0, filledLots: 6, filledQuote: 300 });
  expect(order(changesOf(events, known()), 2)).toMatchObject({ status: 'filled', reason: null, filledLots: 6 });
  expect(order(changesOf(events, known()), 1)).toMatchObject({ status: 'open', remainingLots: 4, filledLots: 6 });
  // A budget that pays for not even one lot is no fill.
  expect(order(changesOf(stream(accepted(1), accepted(2, budget), {
    type: 'order_cancelled', orderId: id(2), accountId: BOB, symbol: 'BTCUSDT', reason: 'budget_spent', remainingLots: 0, releasedAsset: 'USDT', releasedAmount: 0,
  }), known()), 2)).toMatchObject({ status: 'cancelled', reason: 'budget_spent' });
});

test('two orders of a list share hold and quantity: what one fills the other loses, without a fill of its own', () => {
  const list = id(90);
  const events = stream(accepted(1, { listId: list }), accepted(2, { listId: list, orderType: 'stop_loss', triggerTicks: 3, priceTicks: 0, heldAmount: 0 }),
    accepted(3, { accountId: BOB, side: 'buy', heldAsset: 'USDT', heldAmount: 0 }), trade(1, 3, 4, 6, 6));
  const changes = changesOf(events, known());
  expect(balance(changes, ALICE, 'BTC')).toEqual([999_900n, 60n]);
  expect([order(changes, 1), order(changes, 2)]).toMatchObject([
    { status: 'open', remainingLots: 6, filledLots: 4 }, { status: 'open', remainingLots: 6, filledLots: 0 },
  ]);
});

test('transfers stand against the partition that they went to or came from, or the outside', () => {
  const transfer = (n: number) => ({ transferId: id(n), accountId: ALICE, asset: 'USDT', amount: 100 });
  const changes = changesOf(stream(
    { type: 'transferred_out', ...transfer(1), toPartition: 3 }, { type: 'transferred_in', ...transfer(2), amount: 30, fromPartition: 3 },
    { type: 'transferred_out', ...transfer(3), toPartition: 0 }, { type: 'transfer_rejected', direction: 'out', ...transfer(4), reason: 'insufficient_funds' },
  ), known());
  expect(balance(changes, ALICE, 'USDT')).toEqual([999_830n, 0n]);
  expect(balance(changes, transitAccount(3), 'USDT')).toEqual([70n, 0n]);
  expect(balance(changes, EXTERNAL_ACCOUNT, 'USDT')).toEqual([100n, 0n]);
  expect(changes.transfers.map(({ direction, otherPartition }) => [direction, otherPartition])).toEqual([['out', 3], ['in', 3], ['out', 0]]);
});

test('an opening comes from the outside; a reset takes and gives what leads to the funds that it names, and nothing is booked backwards', () => {
  const changes = changesOf(stream(
    { type: 'account_opened', accountId: ALICE, funds: [{ asset: 'USDT', amount: 500 }] },
    {
      type: 'account_reset', resetId: id(9), accountId: ALICE,
      balances: [{ asset: 'BTC', before: 1_000_000, after: 0 }, { asset: 'ETH', before: 0, after: 7 }, { asset: 'USDT', before: 1_000_500, after: 1_000_500 }],
    },
    { type: 'account_refused', resetId: id(10), accountId: BOB, reason: 'not_a_customer' },
  ), known());
  expect([balance(changes, ALICE, 'BTC'), balance(changes, ALICE, 'ETH'), balance(changes, ALICE, 'USDT')]).toEqual([[0n, 0n], [7n, 0n], [1_000_500n, 0n]]);
  expect([balance(changes, EXTERNAL_ACCOUNT, 'BTC'), balance(changes, EXTERNAL_ACCOUNT, 'USDT')]).toEqual([[1_000_000n, 0n], [-500n, 0n]]);
  expect(changes.entries.map(({ seq, entryNo, kind, accountId, asset, freeDelta }) => [seq, entryNo, kind, accountId, asset, freeDelta])).toEqual([
    [10, 0, 'opening', ALICE, 'USDT', 500], [10, 1, 'opening', EXTERNAL_ACCOUNT, 'USDT', -500],
    [11, 0, 'reset', ALICE, 'BTC', -1_000_000], [11, 1, 'reset', EXTERNAL_ACCOUNT, 'BTC', 1_000_000],
    [11, 2, 'reset', ALICE, 'ETH', 7], [11, 3, 'reset', EXTERNAL_ACCOUNT, 'ETH', -7],
  ]);
  expect(changes.beginnings.map(({ kind, resetId, changes: changed }) => [kind, resetId, changed])).toEqual([
    ['opening', null, [{ asset: 'USDT', amount: 500 }]], ['reset', id(9), [{ asset: 'BTC', amount: -1_000_000 }, { asset: 'ETH', amount: 7 }]],
  ]);
});

test('of what the venue is set to only the last word counts; prices of the market and outside stand side by side', () => {
  const changes = changesOf(stream(
    { type: 'trading_state_set', symbol: '', state: 'halted' }, { type: 'trading_state_set', symbol: '', state: 'open' },
    { type: 'account_configured', accountId: BOB, kind: 'house', killed: true }, { type: 'mark_price_set', symbol: 'BTCUSDT', priceTicks: 7 },
    accepted(1), accepted(2, { accountId: BOB, side: 'buy', heldAsset: 'USDT', heldAmount: 0 }), trade(1, 2, 1, 9, 9), { type: 'upgraded', version: 4 },
  ), known());
  expect(changes.tradingStates).toEqual([{ seq: 11, symbol: '', state: 'open' }]);
  expect(changes.accounts).toEqual([{ seq: 12, accountId: BOB, kind: 'house', killed: true }]);
  expect(changes.markets).toEqual([{ symbol: 'BTCUSDT', lastPriceTicks: 5, markPriceTicks: 7, seq: 16 }]);
  expect(changes.version).toBe(4);
});

test.each<[string, Plain<Event>[], RegExp]>([
  ['fills an order that has ended', [accepted(1), accepted(2, { accountId: BOB, heldAmount: 0 }), trade(1, 2, 10, 0, 0), trade(1, 2, 1, 0, 0, { sellerHeld: 0 })], /event 13 changes order .*1, which is filled/],
  ['leaves more than there was', [accepted(1), accepted(2, { accountId: BOB, heldAmount: 0 }), trade(1, 2, 1, 11, 9)], /event 12 leaves 11 lots .* which has 10/],
  ['triggers what is not there', [{ type: 'order_triggered', orderId: id(9), accountId: ALICE, symbol: 'BTCUSDT', priceTicks: 1 }], /does not have/],
  ['takes fees that nobody has', [accepted(1), accepted(2, { accountId: BOB, heldAmount: 0 }), trade(1, 2, 1, 9, 9, { buyerFee: 9_000_000 })], /would leave account bbbbbbbb/],
])('a stream that %s is refused', (_, events, message) => {
  expect(() => changesOf(stream(...events), known())).toThrow(message);
});
