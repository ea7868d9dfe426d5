/** Streams of commands for the tests of the core: few accounts, prices and ids, so that everything meets everything. */
import fc from 'fast-check';
import type { Command, InstrumentSpec, PlaceOrder } from '../../domain';

export const PARTITION = 3;
export const WINDOW_MS = 1_000;

export const BTC: InstrumentSpec = {
  symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
};
export const ETH: InstrumentSpec = { ...BTC, symbol: 'ETHUSDT', base: { code: 'ETH', decimals: 8 }, tickSize: '0.01', lotSize: '0.001' };

export const id = (kind: number, n: number): string => `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`;
export const account = (n: number): string => id(1, n);
export const order = (n: number): string => id(2, n);
export const digestOf = (n: number): string => String(n).padStart(32, '0');

/** A limit order for the tests that write commands by hand. */
export function place(n: number, accountNo: number, side: 'buy' | 'sell', priceTicks: number, quantityLots: number, more: Partial<PlaceOrder> = {}): PlaceOrder {
  return {
    type: 'place_order', time: 1_000, orderId: order(n), accountId: account(accountNo), clientOrderId: `c${n}`, digest: digestOf(n),
    symbol: 'BTCUSDT', side, orderType: 'limit', timeInForce: 'gtc', priceTicks, quantityLots, ...more,
  };
}

export const deposit = (n: number, accountNo: number, asset: string, amount: number): Command => (
  { type: 'deposit', time: 1_000, depositId: id(3, n), accountId: account(accountNo), asset, amount });

type Step = (n: number, earlier: readonly Command[]) => Command;
const accountNo = fc.nat(3);
/** Mostly forward, sometimes back, sometimes past the idempotency window. */
const drift = fc.oneof(
  { weight: 12, arbitrary: fc.nat(40) }, { weight: 2, arbitrary: fc.integer({ min: -50, max: 0 }) }, { weight: 1, arbitrary: fc.constant(1_200) },
);
/** Now and then a count that no order may have. */
const count = (max: number): fc.Arbitrary<number> => fc.oneof(
  { weight: 40, arbitrary: fc.integer({ min: 1, max }) }, { weight: 1, arbitrary: fc.constantFrom(0, Number.MAX_SAFE_INTEGER) });

const pick = <T>(list: readonly T[], at: number): T => list[at % list.length];
const placed = (earlier: readonly Command[]): PlaceOrder[] => earlier.filter((c): c is PlaceOrder => c.type === 'place_order');
const lastTime = (earlier: readonly Command[]): number => earlier[earlier.length - 1]?.time ?? 10_000;

const newOrder = fc.record({
  accountNo, drift,
  symbol: fc.constantFrom('BTCUSDT', 'BTCUSDT', 'BTCUSDT', 'ETHUSDT', 'NONE'),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  orderType: fc.constantFrom('limit' as const, 'limit' as const, 'limit' as const, 'market' as const),
  timeInForce: fc.constantFrom('gtc' as const, 'gtc' as const, 'ioc' as const),
  priceTicks: count(9),
  quantityLots: count(12),
  /** Client ids come from a small pool now and then. */
  reuse: fc.option(fc.nat(5), { freq: 6 }),
}).map((o): Step => (n, earlier) => ({
  type: 'place_order', time: Math.max(0, lastTime(earlier) + o.drift), orderId: order(n), accountId: account(o.accountNo),
  clientOrderId: o.reuse === null ? `c${n}` : `shared${o.reuse}`, digest: digestOf(o.reuse === null ? n : o.quantityLots % 2),
  symbol: o.symbol, side: o.side, orderType: o.orderType, timeInForce: o.timeInForce,
  priceTicks: o.orderType === 'market' ? 0 : o.priceTicks, quantityLots: o.quantityLots,
}));

const repeated = fc.record({ at: fc.nat(), newId: fc.boolean() }).map(({ at, newId }): Step => (n, earlier) => {
  const before = placed(earlier);
  if (before.length === 0) return deposit(n, 0, 'USDT', 1);
  const original = pick(before, at);
  return { ...original, time: lastTime(earlier), orderId: newId ? order(n) : original.orderId };
});

const cancel = fc.record({ at: fc.nat(), stranger: fc.nat(9), drift }).map(({ at, stranger, drift: d }): Step => (n, earlier) => {
  const before = placed(earlier);
  const { orderId, accountId } = before.length > 0 ? pick(before, at) : { orderId: order(n), accountId: account(0) };
  return { type: 'cancel_order', time: Math.max(0, lastTime(earlier) + d), orderId, accountId: stranger === 0 ? account(9) : accountId };
});

const money = fc.record({ accountNo, asset: fc.constantFrom('BTC', 'ETH', 'USDT', 'USDT', 'XXX'), amount: fc.nat(400), again: fc.integer({ min: 0, max: 9 }) })
  .map(({ accountNo: a, asset, amount, again }): Step => (n) => deposit(again === 0 ? 0 : n, a, asset, asset === 'USDT' ? amount : amount * 1_000));

const configuration = fc.constantFrom(BTC, { ...BTC, version: 2 }, { ...BTC, version: 3, tickSize: '0.2' }, ETH, { ...ETH, symbol: 'bad' })
  .map((instrument): Step => (_n, earlier) => ({ type: 'configure_instrument', time: lastTime(earlier), instrument }));

/** A journal that begins with two instruments and some funds. */
export function journal(maxLength = 80): fc.Arbitrary<Command[]> {
  const step = fc.oneof(
    { weight: 12, arbitrary: newOrder }, { weight: 2, arbitrary: repeated }, { weight: 4, arbitrary: cancel },
    { weight: 2, arbitrary: money }, { weight: 1, arbitrary: configuration },
  );
  return fc.array(step, { minLength: 1, maxLength, size: 'max' }).map((steps) => {
    const commands: Command[] = [
      { type: 'configure_instrument', time: 9_000, instrument: BTC },
      { type: 'configure_instrument', time: 9_000, instrument: ETH },
    ];
    for (let n = 0; n < 4; n++) {
      commands.push(deposit(1_000 + n, n, 'USDT', 900), deposit(2_000 + n, n, 'BTC', 200_000), deposit(3_000 + n, n, 'ETH', 1_500_000));
    }
    steps.forEach((make, n) => commands.push(make(n + 1, commands)));
    return commands;
  });
}
