/** Streams of commands for the property tests of the core: few accounts, prices and ids, so that everything meets everything. */
import fc from 'fast-check';
import { account, BTC, deposit, digestOf, ETH, id, order, PARTITION } from './test-commands';
import {
  FEE_ACCOUNT, NIL_UUID, SELF_TRADE_PREVENTIONS, TRADING_STATES,
  type Command, type InstrumentRules, type OrderRequest, type OrderType, type PlaceOrder,
} from '../../domain';

/** Makes the `n`th command of a journal whose prices are `prices`. */
type Step = (n: number, earlier: readonly Command[], prices: readonly number[]) => Command;

const NARROW = [1, 2, 3, 4, 5, 6, 7, 8, 9];
/** Far apart, in and out of any ladder, and beyond 32 bits. */
const SPARSE = [1, 2, 30, 33, 34, 70, 1_000, 1_001, 5_000_000, 2 ** 33, 2 ** 33 + 1];

const accountNo = fc.nat(3);
const symbol = fc.oneof({ weight: 20, arbitrary: fc.constant('BTCUSDT') }, { weight: 4, arbitrary: fc.constant('ETHUSDT') }, { weight: 1, arbitrary: fc.constant('NONE') });
const side = fc.constantFrom('buy' as const, 'sell' as const);
const stp = fc.constantFrom('none' as const, 'none' as const, ...SELF_TRADE_PREVENTIONS);
/** Mostly forward, sometimes back, sometimes past the idempotency window. */
const drift = fc.oneof(
  { weight: 12, arbitrary: fc.nat(40) }, { weight: 2, arbitrary: fc.integer({ min: -50, max: 0 }) }, { weight: 1, arbitrary: fc.constant(1_200) },
);
/** Now and then a quantity that no order may have. */
const lots = fc.oneof(
  { weight: 60, arbitrary: fc.integer({ min: 1, max: 12 }) }, { weight: 1, arbitrary: fc.constantFrom(0, Number.MAX_SAFE_INTEGER) },
);

const MOST_LIST_LOTS = 2 ** 40;

const pick = <T>(list: readonly T[], at: number): T => list[at % list.length];
const timeOf = (earlier: readonly Command[], d: number): number => Math.max(0, (earlier[earlier.length - 1]?.time ?? 10_000) + d);

/** Every order of the journal so far, lists taken apart. */
function requests(earlier: readonly Command[]): OrderRequest[] {
  return earlier.flatMap((c) => (c.type === 'place_order' ? [c] : c.type === 'place_oco' ? [c.resting, c.waiting] : []));
}

/** The few settings that an order may have, most of them sensible. */
const kind = fc.oneof(
  { weight: 30, arbitrary: fc.constant({ orderType: 'limit', timeInForce: 'gtc' } as const) },
  { weight: 5, arbitrary: fc.constant({ orderType: 'limit', timeInForce: 'gtc', postOnly: true } as const) },
  { weight: 5, arbitrary: fc.constant({ orderType: 'limit', timeInForce: 'ioc' } as const) },
  { weight: 5, arbitrary: fc.constant({ orderType: 'limit', timeInForce: 'fok' } as const) },
  { weight: 6, arbitrary: fc.constantFrom('gtc' as const, 'ioc' as const, 'fok' as const).map((timeInForce) => ({ orderType: 'market' as const, timeInForce })) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 500 }).map((quoteBudget) => ({ orderType: 'market' as const, timeInForce: 'ioc' as const, quoteBudget })) },
  {
    weight: 12,
    arbitrary: fc.record({
      orderType: fc.constantFrom<OrderType>('stop_loss', 'stop_loss_limit', 'take_profit', 'take_profit_limit'),
      timeInForce: fc.constantFrom('gtc' as const, 'ioc' as const, 'fok' as const),
    }),
  },
  // Whatever: most of it makes no sense.
  {
    weight: 2,
    arbitrary: fc.record({
      orderType: fc.constantFrom<OrderType>('limit', 'market', 'stop_loss', 'take_profit_limit'), timeInForce: fc.constantFrom('gtc' as const, 'fok' as const),
      postOnly: fc.boolean(), quoteBudget: fc.nat(3),
    }),
  },
);

const terms = fc.record({
  accountNo, drift, symbol, side, kind, stp, lots, price: fc.nat(), trigger: fc.nat(), odd: fc.nat(60),
  /** Client ids come from a small pool now and then. */
  reuse: fc.oneof({ weight: 14, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(5) }),
});
type Terms = typeof terms extends fc.Arbitrary<infer T> ? T : never;

function requestOf(t: Terms, n: number, prices: readonly number[]): OrderRequest {
  const limited = t.kind.orderType === 'limit' || t.kind.orderType.endsWith('_limit');
  const waits = t.kind.orderType.startsWith('stop_') || t.kind.orderType.startsWith('take_');
  const { quoteBudget = 0, postOnly = false, orderType, timeInForce } = { quoteBudget: 0, postOnly: false, ...t.kind };
  return {
    orderId: order(n),
    accountId: account(t.accountNo),
    clientOrderId: t.reuse === null ? `c${n}` : `shared${t.reuse}`,
    digest: digestOf(t.reuse === null ? n : t.lots % 2),
    symbol: t.symbol,
    side: t.side,
    orderType,
    timeInForce,
    postOnly,
    selfTradePrevention: t.stp,
    priceTicks: limited === (t.odd !== 0) ? pick(prices, t.price) : 0,
    triggerTicks: waits === (t.odd !== 1) ? pick(prices, t.trigger) : 0,
    quantityLots: quoteBudget > 0 ? 0 : t.lots,
    quoteBudget,
  };
}

const newOrder = terms.map((t): Step => (n, earlier, prices) => ({ type: 'place_order', time: timeOf(earlier, t.drift), ...requestOf(t, n, prices) }));

const two = fc.record({ resting: terms, waiting: terms, faithful: fc.nat(9) });
const list = two.map(({ resting, waiting, faithful }): Step => (n, earlier, prices) => {
  const first = requestOf(resting, n, prices);
  const { clientOrderId, triggerTicks, selfTradePrevention } = requestOf(waiting, n + 50_000, prices);
  const stop = waiting.price % 2 === 0 ? 'stop_loss_limit' as const : 'stop_loss' as const;
  const sensible = faithful > 0;
  // Two orders share a hold: it is to stay within the numbers that both sides of a comparison count in.
  const quantityLots = Math.min(resting.lots, MOST_LIST_LOTS);
  return {
    type: 'place_oco',
    time: timeOf(earlier, resting.drift),
    listId: id(5, n),
    resting: sensible
      ? { ...first, orderType: 'limit', timeInForce: 'gtc', priceTicks: pick(prices, resting.price), triggerTicks: 0, quoteBudget: 0, quantityLots } : { ...first, quantityLots },
    waiting: {
      ...first,
      orderId: order(n + 50_000),
      clientOrderId,
      selfTradePrevention,
      postOnly: false,
      timeInForce: 'gtc',
      orderType: stop,
      priceTicks: stop === 'stop_loss' ? 0 : pick(prices, waiting.price),
      triggerTicks: triggerTicks || pick(prices, waiting.trigger),
      quantityLots: faithful === 1 ? 5 : quantityLots,
      quoteBudget: 0,
    },
  };
});

const repeated = fc.record({ at: fc.nat(), newId: fc.boolean() }).map(({ at, newId }): Step => (n, earlier) => {
  const before = earlier.filter((c) => ['place_order', 'place_oco', 'amend_order', 'transfer_out', 'transfer_in'].includes(c.type));
  if (before.length === 0) return deposit(n, 0, 'USDT', 1);
  const original = { ...pick(before, at), time: timeOf(earlier, 0) };
  return newId && original.type === 'place_order' ? { ...original, orderId: order(n) } satisfies PlaceOrder : original;
});

const cancellation = fc.record({ at: fc.nat(), stranger: fc.nat(9), byClientId: fc.boolean(), drift });
const cancelled = cancellation.map(({ at, stranger, byClientId, drift: d }): Step => (n, earlier) => {
  const before = requests(earlier);
  const { orderId, accountId, clientOrderId } = before.length > 0 ? pick(before, at) : { orderId: order(n), accountId: account(0), clientOrderId: 'x' };
  return {
    type: 'cancel_order', time: timeOf(earlier, d), orderId: byClientId ? NIL_UUID : orderId, accountId: stranger === 0 ? account(9) : accountId,
    clientOrderId: byClientId ? clientOrderId : '',
  };
});

const amended = fc.record({ at: fc.nat(), recent: fc.boolean(), price: fc.nat(), lots: fc.nat(14), stale: fc.nat(12), keepPrice: fc.boolean() })
  .map(({ at, recent, price, lots: quantityLots, stale, keepPrice }): Step => (n, earlier, prices) => {
    const before = requests(earlier);
    const { orderId, accountId } = before.length > 0 ? before[recent ? Math.max(0, before.length - 1 - (at % 8)) : at % before.length]
      : { orderId: order(n), accountId: account(0) };
    return {
      type: 'amend_order', time: timeOf(earlier, 1), amendId: id(4, stale === 0 ? Math.max(0, n - 20) : n), orderId, accountId: at % 31 === 0 ? account(9) : accountId,
      priceTicks: keepPrice ? 0 : pick(prices, price), quantityLots,
    };
  });

const everything = fc.record({ accountNo: fc.nat(6), symbol }).map(({ accountNo: a, symbol: s }): Step => (_n, earlier) => ({
  type: 'cancel_all', time: timeOf(earlier, 1), accountId: a > 4 ? NIL_UUID : account(a), symbol: s === 'ETHUSDT' ? '' : s,
}));

const money = fc.record({
  accountNo, asset: fc.constantFrom('BTC', 'ETH', 'USDT', 'USDT', 'XXX'), amount: fc.nat(400), again: fc.integer({ min: 0, max: 9 }), way: fc.nat(5),
}).map(({ accountNo: a, asset, amount: units, again, way }): Step => (n, earlier) => {
  const amount = asset === 'USDT' ? units : units * 1_000;
  if (way > 1) return deposit(again === 0 ? 0 : n, a, asset, amount);
  const transfer = { time: timeOf(earlier, 1), transferId: id(6, again === 0 ? 0 : n), accountId: account(a), asset, amount };
  return way === 0 ? { type: 'transfer_out', ...transfer, toPartition: again % 2 === 0 ? PARTITION : 9 } : { type: 'transfer_in', ...transfer, fromPartition: 9 };
});

const funds = fc.array(fc.record({ asset: fc.constantFrom('BTC', 'ETH', 'USDT', 'USDT', 'XXX'), amount: fc.nat(2_500) }), { maxLength: 3 });
const beginnings = fc.record({ accountNo: fc.nat(6), funds, fitting: fc.boolean(), way: fc.nat(3), again: fc.nat(6) })
  .map(({ accountNo: a, funds: some, fitting, way, again }): Step => (n, earlier) => {
    const who = a > 5 ? FEE_ACCOUNT : account(a);
    const given = fitting ? [{ asset: 'USDT', amount: 2_500 }, { asset: 'BTC', amount: 300_000 }] : some;
    if (way === 0) return { type: 'open_account', time: timeOf(earlier, 1), accountId: who, funds: given };
    return { type: 'reset_account', time: timeOf(earlier, 1), resetId: id(7, again === 0 ? 0 : n), accountId: who, funds: given };
  });

const rules: readonly (InstrumentRules | undefined)[] = [
  undefined, { makerFeePpm: 1_000, takerFeePpm: 33_333 }, { minNotional: '0.00009', takerFeePpm: 7 }, { priceBandBps: 4_000 }, { maxOpenOrders: 3 },
  { maxPosition: '0.0021' }, { makerFeePpm: 1, takerFeePpm: 100_000, minNotional: '0.00004', priceBandBps: 12_000, maxOpenOrders: 6, maxPosition: '0.003' },
];
const configuration = fc.oneof(
  {
    weight: 6, arbitrary: fc.nat(rules.length - 1).map((r): Step => (n, earlier) => ({
      type: 'configure_instrument', time: timeOf(earlier, 1), instrument: { ...BTC, version: n + 1, ...(rules[r] ? { rules: rules[r] } : {}) },
    })),
  },
  {
    weight: 1, arbitrary: fc.constantFrom(BTC, { ...BTC, version: 900, tickSize: '0.2' }, { ...ETH, symbol: 'bad' }, { ...ETH, symbol: 'ETHBTC', quote: BTC.base, tickSize: '0.01' })
      .map((instrument): Step => (_n, earlier) => ({ type: 'configure_instrument', time: timeOf(earlier, 1), instrument })),
  },
);
const state = fc.record({ symbol: fc.constantFrom('', 'BTCUSDT', 'ETHUSDT', 'NONE'), state: fc.constantFrom('open' as const, 'open' as const, 'open' as const, ...TRADING_STATES) })
  .map((s): Step => (_n, earlier) => ({ type: 'set_trading_state', time: timeOf(earlier, 1), ...s }));
const kinds = fc.record({ accountNo, house: fc.nat(3), killed: fc.nat(3) }).map(({ accountNo: a, house, killed }): Step => (_n, earlier) => ({
  type: 'configure_account', time: timeOf(earlier, 1), accountId: account(a), kind: house === 0 ? 'house' : 'customer', killed: killed === 0,
}));
const marks = fc.record({ symbol, price: fc.nat() }).map(({ symbol: s, price }): Step => (_n, earlier, prices) => ({
  type: 'set_mark_price', time: timeOf(earlier, 1), symbol: s, priceTicks: price % 40 === 0 ? 0 : pick(prices, price),
}));

/** A journal that begins with two instruments and some funds. */
export function journal(maxLength = 80): fc.Arbitrary<Command[]> {
  const step = fc.oneof(
    { weight: 40, arbitrary: newOrder }, { weight: 5, arbitrary: list }, { weight: 4, arbitrary: repeated }, { weight: 6, arbitrary: cancelled },
    { weight: 12, arbitrary: amended }, { weight: 1, arbitrary: everything }, { weight: 4, arbitrary: money },
    { weight: 3, arbitrary: configuration },
    { weight: 2, arbitrary: state }, { weight: 1, arbitrary: kinds }, { weight: 3, arbitrary: marks }, { weight: 3, arbitrary: beginnings },
  );
  // A venue may begin with the behaviour that its core is to have.
  const beginning = fc.constantFrom(undefined, undefined, 1, 2, 3);
  return fc.record({ steps: fc.array(step, { minLength: 1, maxLength, size: 'max' }), sparse: fc.nat(3), beginning }).map(({ steps, sparse, beginning: version }) => {
    const commands: Command[] = [
      ...(version === undefined ? [] : [{ type: 'upgrade' as const, time: 9_000, version }]),
      { type: 'configure_instrument', time: 9_000, instrument: BTC },
      { type: 'configure_instrument', time: 9_000, instrument: ETH },
    ];
    for (let n = 0; n < 4; n++) {
      commands.push(deposit(1_000 + n, n, 'USDT', sparse === 0 ? 10 ** 13 : 2_500), deposit(2_000 + n, n, 'BTC', 300_000), deposit(3_000 + n, n, 'ETH', 1_500_000));
    }
    steps.forEach((make, n) => commands.push(make(n + 1, commands, sparse === 0 ? SPARSE : NARROW)));
    return commands;
  });
}
