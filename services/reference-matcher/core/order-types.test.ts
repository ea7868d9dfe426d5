import { account, amend, cancel, id, oco, order, place } from './test-commands';
import { apply, balance, funded, story } from './testing-core';
import { NIL_UUID, type Command, type Core } from '../../domain';

const mark = (priceTicks: number): Command => ({ type: 'set_mark_price', time: 1_000, symbol: 'BTCUSDT', priceTicks });
const stop = (n: number, accountNo: number, side: 'buy' | 'sell', trigger: number, lots: number, limit = 0): Command => (
  place(n, accountNo, side, limit, lots, { orderType: limit ? 'stop_loss_limit' : 'stop_loss', triggerTicks: trigger }));
const profit = (n: number, accountNo: number, side: 'buy' | 'sell', trigger: number, lots: number): Command => (
  place(n, accountNo, side, 0, lots, { orderType: 'take_profit', triggerTicks: trigger }));
const makers = (core: Core, command: Command): string[] => apply(core, command).flatMap((e) => (e.type === 'trade' ? [e.makerOrderId] : []));

describe('fill or kill', () => {
  test('fills as a whole over several levels, or leaves everything as it was', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 2), place(2, 1, 'sell', 101, 3));
    const before = core.orders('BTCUSDT');
    expect(story(apply(core, place(3, 2, 'buy', 101, 6, { timeInForce: 'fok' })))).toEqual(['order_rejected: would_not_fill']);
    expect(core.orders('BTCUSDT')).toEqual(before);
    expect(story(apply(core, place(4, 2, 'buy', 101, 5, { timeInForce: 'fok' })))).toEqual(['order_accepted', 'trade', 'trade']);
  });

  test('at the market it also has to be paid from what is free', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 500_000, 1), place(2, 1, 'sell', 600_000, 1));
    const market = { orderType: 'market', timeInForce: 'fok' } as const;
    expect(story(apply(core, place(3, 2, 'buy', 0, 2, market)))).toEqual(['order_rejected: would_not_fill']);
    expect(story(apply(core, place(4, 2, 'buy', 0, 1, market)))).toEqual(['order_accepted', 'trade']);
  });
});

test('post-only never takes: not on arrival, not by an amendment, not when it is triggered', () => {
  const core = funded();
  apply(core, place(1, 1, 'sell', 100, 1));
  expect(story(apply(core, place(2, 2, 'buy', 100, 1, { postOnly: true })))).toEqual(['order_rejected: would_take']);
  expect(story(apply(core, place(3, 2, 'buy', 99, 1, { postOnly: true }), amend(3, 2, { priceTicks: 100 })))).toEqual(['order_accepted', 'amend_rejected: would_take']);
  apply(core, place(4, 2, 'buy', 100, 1, { orderType: 'stop_loss_limit', triggerTicks: 150, postOnly: true }));
  expect(story(apply(core, mark(150)))).toEqual(['mark_price_set', 'order_triggered', 'order_cancelled: would_take']);
  expect(story(apply(core, place(5, 2, 'buy', 1, 1, { postOnly: true, timeInForce: 'ioc' })))).toEqual(['order_rejected: invalid_order']);
});

describe('a market order by budget', () => {
  const budget = (n: number, side: 'buy' | 'sell', quoteBudget: number): Command => (
    place(n, 2, side, 0, 0, { orderType: 'market', timeInForce: 'ioc', quoteBudget }));

  test('spends at most its budget, in whole lots, and always ends with a cancellation that says why', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 2), place(2, 1, 'sell', 200, 10));
    const events = apply(core, budget(3, 'buy', 8_999));
    expect(story(events)).toEqual(['order_accepted', 'trade', 'trade', 'order_cancelled: budget_spent']);
    // 2 lots at 1,000 each, then 3 lots at 2,000; 999 are not enough for another one.
    expect(events[2]).toMatchObject({ quantityLots: 3, takerRemainingLots: 0 });
    expect(balance(core, 2, 'USDT')).toEqual([10_000_000 - 8_000, 0]);
    expect(story(apply(core, budget(4, 'buy', 14_000)))).toEqual(['order_accepted', 'trade', 'order_cancelled: budget_spent']);
    expect(story(apply(core, budget(5, 'buy', 14_000)))).toEqual(['order_accepted', 'order_cancelled: unfilled']);
  });

  test('sells until it has taken in its budget', () => {
    const core = funded();
    apply(core, place(1, 1, 'buy', 100, 5));
    expect(story(apply(core, budget(2, 'sell', 2_500)))).toEqual(['order_accepted', 'trade', 'order_cancelled: budget_spent']);
    expect(balance(core, 2, 'USDT')).toEqual([10_002_000, 0]);
  });

  test('has no quantity, and nobody else has a budget', () => {
    const core = funded();
    expect(story(apply(core, place(1, 2, 'buy', 0, 3, { orderType: 'market', quoteBudget: 9 })))).toEqual(['order_rejected: invalid_quantity']);
    expect(story(apply(core, place(2, 2, 'buy', 5, 0, { quoteBudget: 9 })))).toEqual(['order_rejected: invalid_order']);
  });
});

describe('stop-loss and take-profit', () => {
  test('a sell stops when the price falls and profits when it rises; a buy the other way round', () => {
    const core = funded();
    apply(core, mark(100));
    expect(story(apply(core, stop(10, 2, 'sell', 90, 1), profit(11, 2, 'sell', 110, 1), stop(12, 2, 'buy', 120, 1), profit(13, 2, 'buy', 80, 1))))
      .toEqual(Array(4).fill('order_accepted'));
    const fired = (price: number): string[] => apply(core, mark(price)).flatMap((e) => (e.type === 'order_triggered' ? [e.orderId] : []));
    expect([91, 109, 110, 90, 119, 120, 81, 80].map(fired)).toEqual([[], [], [order(11)], [order(10)], [], [order(12)], [], [order(13)]]);
  });

  test('what waits for a fall enters first, the highest trigger before the others; at one trigger who came first', () => {
    const core = funded();
    apply(core, place(1, 1, 'buy', 80, 50), place(2, 1, 'sell', 200, 50), stop(3, 2, 'sell', 95, 1), stop(4, 2, 'sell', 98, 1), stop(5, 2, 'sell', 95, 1),
      stop(6, 2, 'buy', 95, 1));
    const triggered = apply(core, mark(95)).flatMap((e) => (e.type === 'order_triggered' ? [e.orderId] : []));
    expect(triggered).toEqual([order(4), order(3), order(5), order(6)]);
  });

  test('a cascade: what one of them trades meets the next', () => {
    const core = funded();
    apply(core, place(1, 1, 'buy', 100, 1), place(2, 1, 'buy', 90, 1), place(3, 1, 'buy', 80, 1), stop(4, 2, 'sell', 100, 1), stop(5, 2, 'sell', 90, 1));
    expect(story(apply(core, place(6, 2, 'sell', 100, 1)))).toEqual(
      ['order_accepted', 'trade', 'order_triggered', 'trade', 'order_triggered', 'trade']);
    expect(core.levels('BTCUSDT', 5)).toEqual({ bids: [], asks: [] });
  });

  test('the limited kind holds from the start and may rest, the other pays as it fills', () => {
    const core = funded();
    expect(apply(core, stop(1, 2, 'buy', 120, 3, 125))[0]).toMatchObject({ heldAsset: 'USDT', heldAmount: 125 * 3 * 10 });
    expect(apply(core, stop(2, 2, 'buy', 120, 3))[0]).toMatchObject({ heldAmount: 0 });
    expect(story(apply(core, mark(120)))).toEqual(['mark_price_set', 'order_triggered', 'order_triggered', 'order_cancelled: unfilled']);
    expect(core.levels('BTCUSDT', 1).bids).toEqual([{ priceTicks: 125, quantityLots: 3 }]);
  });

  test('a trigger that is met already is refused', () => {
    const core = funded();
    apply(core, mark(100));
    expect(story(apply(core, stop(1, 2, 'sell', 100, 1), stop(2, 2, 'buy', 99, 1)))).toEqual(Array(2).fill('order_rejected: would_trigger_immediately'));
    expect(story(apply(core, place(3, 2, 'buy', 5, 1, { triggerTicks: 5 }), stop(4, 2, 'sell', 0, 1)))).toEqual(Array(2).fill('order_rejected: invalid_order'));
  });

  test('nothing enters a market that is not open; what was met meanwhile enters when it opens', () => {
    const core = funded();
    const state = (to: 'open' | 'halted'): Command => ({ type: 'set_trading_state', time: 1_000, symbol: '', state: to });
    apply(core, stop(1, 2, 'sell', 90, 1), state('halted'));
    expect(story(apply(core, mark(80)))).toEqual(['mark_price_set']);
    expect(story(apply(core, state('open')))).toEqual(['trading_state_set', 'order_triggered', 'order_cancelled: unfilled']);
  });
});

describe('one cancels the other', () => {
  test('both come in with one hold: what the dearer of the two needs', () => {
    const core = funded();
    const events = apply(core, oco(1, 2, 'buy', 4, { limit: 90, stop: 110, stopLimit: 115 }));
    expect(events).toMatchObject([
      { orderId: order(1), listId: id(5, 1), heldAmount: 4 * 115 * 10 }, { orderId: order(2), listId: id(5, 1), heldAmount: 0 },
    ]);
    expect(story(apply(core, cancel(2, 2)))).toEqual(['order_cancelled: requested', 'order_cancelled: list']);
    expect(balance(core, 2, 'USDT')).toEqual([10_000_000, 0]);
  });

  test('what one fills the other loses; the last fill ends both', () => {
    const core = funded();
    apply(core, oco(1, 2, 'sell', 4, { limit: 110, stop: 90 }), place(5, 1, 'buy', 110, 3));
    expect(core.orders('BTCUSDT')).toMatchObject({ asks: [{ remainingLots: 1 }], falling: [{ remainingLots: 1 }] });
    expect(story(apply(core, place(6, 1, 'buy', 110, 1)))).toEqual(['order_accepted', 'trade', 'order_cancelled: list']);
    expect(balance(core, 2, 'BTC')).toEqual([100_000_000 - 40_000, 0]);
  });

  test('the second one enters the market with the hold that it needs, and the first one goes', () => {
    const core = funded();
    apply(core, place(9, 1, 'sell', 115, 1), oco(1, 2, 'buy', 4, { limit: 90, stop: 110, stopLimit: 112 }));
    const events = apply(core, mark(110));
    expect(story(events)).toEqual(['mark_price_set', 'order_triggered', 'order_cancelled: list']);
    expect(events[2]).toMatchObject({ orderId: order(1), releasedAmount: 0 });
    expect(balance(core, 2, 'USDT')).toEqual([10_000_000 - 4 * 112 * 10, 4 * 112 * 10]);
    expect(core.levels('BTCUSDT', 1).bids).toEqual([{ priceTicks: 112, quantityLots: 4 }]);
  });

  test('neither comes in when one of them cannot, or when they are no list', () => {
    const core = funded();
    apply(core, place(9, 1, 'sell', 100, 1), mark(95));
    const both = (reason: string): string[] => Array(2).fill(`order_rejected: ${reason}`) as string[];
    expect(story(apply(core, oco(1, 2, 'buy', 1, { limit: 100, stop: 120 })))).toEqual(both('would_take'));
    expect(story(apply(core, oco(3, 2, 'buy', 1, { limit: 90, stop: 94 })))).toEqual(both('would_trigger_immediately'));
    const list = oco(5, 2, 'buy', 1, { limit: 90, stop: 120 });
    expect(story(apply(core, { ...list, waiting: { ...list.waiting, quantityLots: 2 } }))).toEqual(both('invalid_order'));
    expect(story(apply(core, oco(7, 2, 'buy', 100, { limit: 90, stop: 120, stopLimit: 20_000 })))).toEqual(both('insufficient_funds'));
    expect(balance(core, 2, 'USDT')).toEqual([10_000_000, 0]);
  });

  test('a list that is appended twice has one effect, and its orders cannot be amended', () => {
    const core = funded();
    const list = oco(1, 2, 'buy', 1, { limit: 90, stop: 120 });
    expect(apply(core, list, list)).toHaveLength(2);
    expect(story(apply(core, amend(1, 2, { priceTicks: 80 })))).toEqual(['amend_rejected: invalid_order']);
    apply(core, cancel(1, 2));
    expect(apply(core, list)).toEqual([]);
  });
});

describe('amend', () => {
  test('a smaller quantity keeps the place in the queue, everything else loses it', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 5), place(2, 1, 'sell', 100, 5), place(3, 1, 'sell', 100, 5));
    expect(apply(core, amend(1, 1, { quantityLots: 3 }))[0]).toMatchObject({ keepsPriority: true, remainingLots: 3, heldAsset: 'BTC', heldDelta: -20_000 });
    expect(apply(core, amend(2, 1, { quantityLots: 6 }))[0]).toMatchObject({ keepsPriority: false, heldDelta: 10_000 });
    expect(makers(core, place(4, 2, 'buy', 100, 14))).toEqual([order(1), order(3), order(2)]);
  });

  test('naming the price that it has already goes to the end of the queue, too', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 1), place(2, 1, 'sell', 100, 1), amend(1, 1, { priceTicks: 100 }));
    expect(makers(core, place(3, 2, 'buy', 100, 2))).toEqual([order(2), order(1)]);
  });

  test('the total counts what is filled already; it cannot fall to that or below', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 5), place(2, 2, 'buy', 100, 2));
    expect(story(apply(core, amend(1, 1, { quantityLots: 2 })))).toEqual(['amend_rejected: invalid_quantity']);
    expect(apply(core, amend(1, 1, { quantityLots: 3 }))[0]).toMatchObject({ quantityLots: 3, remainingLots: 1 });
  });

  test('a price that crosses trades at once, and what the hold covers beyond it returns', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 2), place(2, 2, 'buy', 90, 5));
    const events = apply(core, amend(2, 2, { priceTicks: 120 }));
    expect(events).toMatchObject([{ type: 'order_amended', heldDelta: 30 * 5 * 10 }, { type: 'trade', priceTicks: 100, takerRemainingLots: 3 }]);
    expect(balance(core, 2, 'USDT')).toEqual([10_000_000 - 2 * 1_000 - 3 * 1_200, 3 * 1_200]);
  });

  test('counts once, and only when it is newer than the one before', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 5));
    const [older, newer] = [amend(1, 1, { priceTicks: 101 }), amend(1, 1, { priceTicks: 102 })];
    expect(story(apply(core, newer, newer, older))).toEqual(['order_amended', 'amend_rejected: superseded']);
    const refused = amend(1, 1, { quantityLots: 50_000_000 });
    expect(story(apply(core, refused, refused))).toEqual(['amend_rejected: insufficient_funds']);
    expect(core.levels('BTCUSDT', 1).asks).toEqual([{ priceTicks: 102, quantityLots: 5 }]);
  });

  test('is refused for an unknown order, a stranger, and when it changes nothing', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 5));
    const foreign = [amend(9, 1, { priceTicks: 1 }), amend(1, 2, { priceTicks: 1 })];
    expect(story(apply(core, ...foreign, amend(1, 1, {}), amend(1, 1, { quantityLots: 5 })))).toEqual([
      'amend_rejected: unknown_order', 'amend_rejected: unknown_order', 'amend_rejected: nothing_changed', 'amend_rejected: nothing_changed',
    ]);
  });
});

describe('self-trade prevention', () => {
  const own = (mode: 'none' | 'expire_taker' | 'expire_maker' | 'expire_both'): string[] => {
    const core = funded();
    apply(core, place(1, 2, 'sell', 100, 2), place(2, 1, 'sell', 101, 2));
    return story(apply(core, place(3, 2, 'buy', 101, 3, { selfTradePrevention: mode })));
  };
  test.each([
    ['none', ['order_accepted', 'trade', 'trade']],
    ['expire_taker', ['order_accepted', 'order_cancelled: self_trade']],
    ['expire_maker', ['order_accepted', 'order_cancelled: self_trade', 'trade']],
    ['expire_both', ['order_accepted', 'order_cancelled: self_trade', 'order_cancelled: self_trade']],
  ] as const)('%s', (mode, expected) => expect(own(mode)).toEqual(expected));

  test('a fill-or-kill order counts on no order that would expire, and is stopped by one that would stop it', () => {
    const core = funded();
    apply(core, place(1, 2, 'sell', 100, 2), place(2, 1, 'sell', 101, 2));
    const fok = (n: number, selfTradePrevention: 'expire_taker' | 'expire_maker', lots: number): Command => (
      place(n, 2, 'buy', 101, lots, { timeInForce: 'fok', selfTradePrevention }));
    expect(story(apply(core, fok(3, 'expire_maker', 3), fok(4, 'expire_taker', 2)))).toEqual(Array(2).fill('order_rejected: would_not_fill'));
    expect(story(apply(core, fok(5, 'expire_maker', 2)))).toEqual(['order_accepted', 'order_cancelled: self_trade', 'trade']);
  });
});

describe('cancel', () => {
  test('by the client\'s id', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 1));
    const byClient = (accountNo: number): Command => ({ ...cancel(0, accountNo), orderId: NIL_UUID, clientOrderId: 'c1' } as Command);
    expect(apply(core, byClient(2), byClient(1), byClient(1))).toMatchObject([
      { type: 'cancel_rejected', orderId: NIL_UUID }, { type: 'order_cancelled', orderId: order(1) }, { type: 'cancel_rejected' },
    ]);
  });

  test('all: of an account, of an instrument, in the order of arrival, waiting ones too', () => {
    const core = funded();
    const all = (accountId: string, symbol: string): Command => ({ type: 'cancel_all', time: 1_000, accountId, symbol });
    apply(core, place(1, 1, 'sell', 200, 1), stop(2, 1, 'buy', 300, 1), place(3, 2, 'sell', 100, 1), place(4, 1, 'buy', 10, 1));
    expect(apply(core, all(account(1), ''))).toMatchObject([1, 2, 4].map((n) => ({ orderId: order(n), reason: 'requested' })));
    expect(apply(core, all(NIL_UUID, 'ETHUSDT'), all(account(7), ''))).toEqual([]);
    expect(apply(core, all(NIL_UUID, 'BTCUSDT'))).toMatchObject([{ orderId: order(3) }]);
  });
});
