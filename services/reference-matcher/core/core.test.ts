import { restoreCore } from '.';
import { account, BTC, cancel, deposit, digestOf, ETH, id, order, PARTITION, place, WINDOW_MS } from './test-commands';
import { apply, balance, funded } from './testing-core';
import { EXTERNAL_ACCOUNT, type Command, type Core, type Event } from '../../domain';

const MAX = Number.MAX_SAFE_INTEGER;

const types = (events: readonly Event[]): string[] => events.map(({ type }) => type);
const market = { orderType: 'market', priceTicks: 0, timeInForce: 'ioc' } as const;
/** What a refusal must leave as it was. */
const funds = (core: Core): object => ({ balances: core.balances(), orders: [core.orders('BTCUSDT'), core.orders('ETHUSDT')] });

describe('matching', () => {
  test('a trade is at the maker\'s price and what the hold covers beyond it returns', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 5));
    const events = apply(core, place(2, 2, 'buy', 120, 3));
    expect(events).toEqual([
      expect.objectContaining({ type: 'order_accepted', heldAsset: 'USDT', heldAmount: 120 * 3 * 10 }),
      expect.objectContaining({
        type: 'trade', priceTicks: 100, quantityLots: 3, takerSide: 'buy', makerOrderId: order(1), takerOrderId: order(2),
        makerRemainingLots: 2, takerRemainingLots: 0, baseAmount: 30_000, quoteAmount: 3_000, buyerHeld: 3_600, sellerHeld: 30_000,
      }),
    ]);
    expect(balance(core, 2, 'USDT')).toEqual([10_000_000 - 3_000, 0]);
    expect(balance(core, 2, 'BTC')).toEqual([100_030_000, 0]);
    expect(balance(core, 1, 'USDT')).toEqual([10_003_000, 0]);
    expect(balance(core, 1, 'BTC')).toEqual([100_000_000 - 50_000, 20_000]);
  });

  test('better prices first, then who came first; a partial fill keeps its place', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 101, 2), place(2, 1, 'sell', 100, 4), place(3, 1, 'sell', 100, 4), place(4, 2, 'buy', 100, 1));
    const makers = apply(core, place(5, 2, 'buy', 101, 8)).flatMap((e) => (e.type === 'trade' ? [[e.makerOrderId, e.quantityLots]] : []));
    expect(makers).toEqual([[order(2), 3], [order(3), 4], [order(1), 1]]);
  });

  test('the remainder of an immediate order never rests and gives its hold back', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 2));
    const events = apply(core, place(2, 2, 'buy', 100, 5, { timeInForce: 'ioc' }));
    expect(events[2]).toMatchObject({ type: 'order_cancelled', reason: 'unfilled', remainingLots: 3, releasedAsset: 'USDT', releasedAmount: 3_000 });
    expect(balance(core, 2, 'USDT')).toEqual([10_000_000 - 2_000, 0]);
    expect(core.levels('BTCUSDT', 5)).toEqual({ bids: [], asks: [] });
  });

  test('a market order holds nothing, pays as it fills and stops when the money is gone', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100_000, 3), place(2, 1, 'sell', 400_000, 3));
    const events = apply(core, place(3, 2, 'buy', 0, 10, market));
    expect(types(events)).toEqual(['order_accepted', 'trade', 'trade', 'order_cancelled']);
    expect(events[0]).toMatchObject({ heldAsset: 'USDT', heldAmount: 0, timeInForce: 'ioc' });
    expect(events[1]).toMatchObject({ quantityLots: 3, buyerHeld: 0, quoteAmount: 3_000_000 });
    expect(events[2]).toMatchObject({ quantityLots: 1, quoteAmount: 4_000_000 });
    expect(events[3]).toMatchObject({ reason: 'insufficient_funds', remainingLots: 6, releasedAmount: 0 });
    expect(balance(core, 2, 'USDT')).toEqual([3_000_000, 0]);
  });

  test('a market order that says good till cancelled does not rest either', () => {
    const events = apply(funded(), place(1, 1, 'sell', 0, 1, { ...market, timeInForce: 'gtc' }));
    expect(events).toEqual([
      expect.objectContaining({ type: 'order_accepted', timeInForce: 'ioc', heldAsset: 'BTC', heldAmount: 0 }),
      expect.objectContaining({ type: 'order_cancelled', reason: 'unfilled', releasedAsset: 'BTC' }),
    ]);
  });

  test('a market order cannot spend what its account has on hold', () => {
    const core = funded();
    apply(core, place(1, 2, 'buy', 1_000, 1_000), place(2, 1, 'sell', 2_000, 1));
    expect(balance(core, 2, 'USDT')).toEqual([0, 10_000_000]);
    expect(types(apply(core, place(3, 2, 'buy', 0, 1, market)))).toEqual(['order_accepted', 'order_cancelled']);
  });

  test('levels are limited to the depth and empty for an unknown symbol', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 103, 1), place(2, 1, 'sell', 101, 1), place(3, 1, 'sell', 102, 1), place(4, 1, 'sell', 101, 2));
    expect(core.levels('BTCUSDT', 2)).toEqual({ bids: [], asks: [{ priceTicks: 101, quantityLots: 3 }, { priceTicks: 102, quantityLots: 1 }] });
    expect(core.levels('NONE', 2)).toEqual({ bids: [], asks: [] });
  });
});

describe('refusals leave the state as it was', () => {
  test.each<[string, Command]>([
    ['unknown_symbol', place(1, 1, 'buy', 1, 1, { symbol: 'NONE' })],
    ['invalid_price', place(1, 1, 'buy', 0, 1)],
    ['invalid_price', place(1, 1, 'buy', 5, 1, { orderType: 'market' })],
    ['invalid_quantity', place(1, 1, 'buy', 1, 0)],
    ['out_of_range', place(1, 1, 'sell', 1, MAX)],
    ['out_of_range', place(1, 1, 'buy', MAX, 1)],
    ['out_of_range', place(1, 1, 'buy', 0, MAX, market)],
    ['insufficient_funds', place(1, 1, 'buy', 1_000_001, 1)],
    ['insufficient_funds', place(1, 3, 'sell', 1, 1)],
  ])('%s', (reason, command) => {
    const core = funded();
    const before = funds(core);
    expect(apply(core, command)).toEqual([expect.objectContaining({ type: 'order_rejected', reason, orderId: order(1), seq: 6 })]);
    expect(funds(core)).toEqual(before);
  });

  test('a cancel of an unknown, a foreign or an ended order', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 1), place(2, 1, 'sell', 100, 1), cancel(2, 1));
    const before = funds(core);
    expect(apply(core, cancel(9, 1), cancel(1, 2), cancel(2, 1))).toEqual(Array(3).fill(
      expect.objectContaining({ type: 'cancel_rejected', reason: 'unknown_order' })));
    expect(funds(core)).toEqual(before);
  });

  test.each<[string, Command]>([
    ['unknown_asset', deposit(99, 1, 'DOGE', 5)],
    ['invalid_quantity', deposit(99, 1, 'USDT', 0)],
    ['out_of_range', deposit(99, 1, 'USDT', MAX)],
    ['out_of_range', deposit(99, 5, 'USDT', MAX - 19_999_999)],
    ['out_of_range', { ...deposit(99, 1, 'USDT', 1), accountId: EXTERNAL_ACCOUNT } as Command],
  ])('deposit: %s', (reason, command) => {
    const core = funded();
    const before = funds(core);
    expect(apply(core, command)).toEqual([expect.objectContaining({ type: 'deposit_rejected', reason })]);
    expect(funds(core)).toEqual(before);
  });
});

test('a cancel gives back what the remainder holds', () => {
  const core = funded();
  apply(core, place(1, 1, 'sell', 100, 5), place(2, 2, 'buy', 100, 2));
  expect(apply(core, cancel(1, 1))[0]).toMatchObject({ type: 'order_cancelled', reason: 'requested', remainingLots: 3, releasedAsset: 'BTC', releasedAmount: 30_000 });
  expect(balance(core, 1, 'BTC')).toEqual([100_000_000 - 20_000, 0]);
});

test('a deposit is booked once, and up to the last unit that fits', () => {
  const core = funded();
  expect(apply(core, deposit(50, 5, 'USDT', MAX - 20_000_000), deposit(50, 5, 'USDT', 7))).toEqual([
    expect.objectContaining({ type: 'deposited', amount: MAX - 20_000_000 }),
  ]);
  expect(types(apply(core, deposit(51, 1, 'USDT', 1)))).toEqual(['deposit_rejected']);
});

describe('idempotency', () => {
  const again = (n: number, more: object = {}): Command => place(n, 1, 'sell', 100, 1, { clientOrderId: 'mine', digest: digestOf(7), ...more });

  test('the same order id has no second effect, not even an event', () => {
    const core = funded();
    apply(core, again(1));
    const before = core.stateHash();
    expect(apply(core, again(1))).toEqual([]);
    expect(core.stateHash()).toBe(before);
  });

  test('another order id under the same client id: the original stands', () => {
    const core = funded();
    apply(core, again(1));
    expect(apply(core, again(2))).toEqual([expect.objectContaining({ type: 'order_duplicate', orderId: order(2), originalOrderId: order(1) })]);
    expect(apply(core, again(3, { digest: digestOf(8) }))).toEqual([
      expect.objectContaining({ type: 'order_rejected', orderId: order(3), reason: 'duplicate_client_order_id' }),
    ]);
    // A repeated append of either says nothing new, and neither of them took the place of the original.
    expect(apply(core, again(2), again(3, { digest: digestOf(8) }))).toEqual([]);
    expect(apply(core, again(4))[0]).toMatchObject({ type: 'order_duplicate', originalOrderId: order(1) });
  });

  test('client ids of different accounts have nothing to do with each other', () => {
    const core = funded();
    apply(core, again(1));
    expect(types(apply(core, again(2, { accountId: account(2) })))).toEqual(['order_accepted']);
  });

  test('a refused order stays refused when its append is repeated after funds came in', () => {
    const core = funded();
    const poor = place(1, 3, 'buy', 100, 1);
    expect(types(apply(core, poor))).toEqual(['order_rejected']);
    expect(types(apply(core, deposit(60, 3, 'USDT', 1_000_000), poor))).toEqual(['deposited']);
  });

  test('the id is taken while the order lives and for exactly the window after it ended', () => {
    const core = funded();
    apply(core, again(1), again(2, { time: 900_000 }));
    expect(types(apply(core, cancel(1, 1, 1_000_000)))).toEqual(['order_cancelled']);
    expect(types(apply(core, again(3, { time: 1_000_000 + WINDOW_MS })))).toEqual(['order_duplicate']);
    expect(types(apply(core, again(4, { time: 1_000_000 + WINDOW_MS + 1 })))).toEqual(['order_accepted']);
  });

  test('a clock that runs backwards does not bring the past back', () => {
    const core = funded();
    apply(core, again(1, { time: 5_000 }), cancel(1, 1, 5_000));
    const events = apply(core, again(2, { time: 10 }));
    expect(events).toEqual([expect.objectContaining({ type: 'order_duplicate', time: 5_000 })]);
  });

  test('the window is part of a snapshot', () => {
    const core = funded();
    apply(core, again(1), cancel(1, 1));
    const restored = restoreCore(core.snapshot(), PARTITION);
    expect(types(apply(restored, again(2, { time: 1_000 + WINDOW_MS })))).toEqual(['order_duplicate']);
    expect(types(apply(restored, again(3, { time: 1_000 + WINDOW_MS + 1 })))).toEqual(['order_accepted']);
  });
});

describe('instruments', () => {
  const configure = (instrument: typeof BTC): Command => ({ type: 'configure_instrument', time: 1_000, instrument });

  test('a version counts once and only upwards', () => {
    const core = funded();
    expect(apply(core, configure(BTC), configure({ ...BTC, version: 3 }), configure({ ...BTC, version: 2 }))).toEqual([
      expect.objectContaining({ type: 'instrument_configured', instrument: { ...BTC, version: 3 } }),
    ]);
    expect(core.instruments().map(({ symbol, version }) => [symbol, version])).toEqual([['BTCUSDT', 3]]);
  });

  test.each([
    ['another tick', { ...BTC, version: 2, tickSize: '0.2' }],
    ['another lot', { ...BTC, version: 2, lotSize: '0.001' }],
    ['another asset', { ...BTC, version: 2, base: { code: 'WBTC', decimals: 8 } }],
    ['other decimals of an asset that is in use', { ...ETH, quote: { code: 'USDT', decimals: 8 } }],
    ['nonsense', { symbol: 'X' } as unknown as typeof BTC],
  ])('%s has no effect: balances and orders on their way count in the old units', (_what, instrument) => {
    const core = funded();
    const before = core.stateHash();
    expect(apply(core, configure(instrument))).toEqual([]);
    expect(core.stateHash()).toBe(before);
  });
});

test('ids in the tests are UUIDs', () => {
  expect(id(1, 2)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test('equal states give equal bytes, whatever way led there', () => {
  const [a, b] = [funded(), funded()];
  apply(a, deposit(70, 3, 'USDT', 5), deposit(71, 4, 'BTC', 6), place(1, 1, 'sell', 100, 1), cancel(1, 1));
  apply(b, deposit(71, 4, 'BTC', 6), deposit(70, 3, 'USDT', 5), place(1, 1, 'sell', 100, 1), cancel(1, 1));
  expect(Buffer.compare(a.snapshot(), b.snapshot())).toBe(0);
});
