import { BarBuilder } from './bar-builder';
import { LiveStrategy, type LiveStrategyOptions } from './live-strategy';
import { newOrderId } from '../../domain';
import { createLogger } from '../../runtime';
import { tick, TestVenue } from '../testing/venue';

const ACCOUNT = '00000000-0000-4000-8000-00000000a001';
const MAKER = '00000000-0000-4000-8000-00000000b001';
const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });

const running: AbortController[] = [];
// A test that failed stops nothing by itself.
afterEach(() => { for (const one of running.splice(0)) one.abort('stopping'); });

function given(more: Partial<LiveStrategyOptions> = {}) {
  const venue = new TestVenue(ACCOUNT);
  for (const accountId of [ACCOUNT, MAKER]) {
    for (const asset of ['BTC', 'USDT']) venue.apply({ type: 'deposit', time: Date.now(), depositId: newOrderId(), accountId, asset, amount: 10 ** 12 });
  }
  const offer = (side: 'buy' | 'sell', priceTicks: number): void => {
    const orderId = newOrderId();
    venue.apply({
      type: 'place_order', time: Date.now(), orderId, accountId: MAKER, clientOrderId: orderId, digest: '0'.repeat(32), symbol: 'BTCUSDT', side, orderType: 'limit', timeInForce: 'gtc',
      postOnly: false, selfTradePrevention: 'none', priceTicks, triggerTicks: 0, quantityLots: 1_000, quoteBudget: 0,
    });
  };
  offer('sell', 900_010);
  offer('buy', 899_990);
  const stopping = new AbortController();
  running.push(stopping);
  const live = new LiveStrategy({
    symbol: 'BTCUSDT', accountId: ACCOUNT, strategy: { name: 'sma-cross', settings: { fast: 1, slow: 3, lots: 5 } }, intervalMs: 60_000, budget: '100000',
    limits: { ordersPerSecond: 5, openOrders: 10, callMs: 1_000 }, journal: venue, view: venue, logger, ...more,
  });
  const done = live.run({ signal: stopping.signal, works: () => undefined });
  let minute = 1_000;
  /** The close of a minute, and the first price of the next one, which ends it. */
  const close = (price: number): void => venue.say({ ...tick('1', '2', String(price)), exchangeTime: minute++ * 60_000 });
  return { venue, live, close, stop: async () => { stopping.abort('stopping'); await done; }, done };
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

test('bars are made of ticks; the first one, whose beginning nobody saw, is not told', () => {
  const bars = new BarBuilder(60_000);
  const told = ([[30_000, 5], [60_000, 7], [90_000, 9], [119_999, 4], [120_000, 6],
    [300_000, 8]] as const).map(([time, price]) => ({ ...bars.add(time, price) }));
  expect(told.filter(({ time }) => time !== undefined)).toEqual([
    { instrument: 0, time: 60_000, open: 7, high: 9, low: 4, close: 4, volume: 0 },
    { instrument: 0, time: 120_000, open: 6, high: 6, low: 6, close: 6, volume: 0 },
  ]);
});

test('the strategy of a backtest trades in the venue: orders in the journal, fills back to it', async () => {
  const { venue, live, close, stop } = given();
  await settled();
  for (const price of [100, 90_000, 89_000, 88_000, 87_000, 91_000, 91_000]) close(price);
  await settled();
  expect(live.position()).toBe(4);
  const fills = venue.events.filter(({ type }) => type === 'trade');
  expect(fills).toHaveLength(1);
  // Five lots at 90,001, of which the fee took ten units, at 91,000: the last digit.
  expect(live.equity()).toBe(100_000_490_400);
  for (const price of [80_000, 79_000, 79_000]) close(price);
  await settled();
  expect(venue.events.filter(({ type }) => type === 'trade')).toHaveLength(2);
  expect(live.position()).toBe(0);
  await stop();
});

test('when it stops its orders are taken back', async () => {
  const { venue, close, stop } = given({ strategy: { name: 'breakout', settings: { window: 2, lots: 3 } } });
  await settled();
  for (const price of [90_000, 90_000, 90_000, 90_000, 90_000]) close(price);
  await settled();
  const own = () => Object.values(venue.core.orders('BTCUSDT') ?? {}).flat().filter(({ accountId }: { accountId: string }) => accountId === ACCOUNT);
  expect(own()).toHaveLength(1);
  await stop();
  expect(own()).toEqual([]);
});

test('one that breaks a rule is ended and its job with it; one that misses fills begins anew', async () => {
  const flood = given({ limits: { ordersPerSecond: 0, openOrders: 1, callMs: 1_000 } });
  await settled();
  for (const price of [100, 90_000, 89_000, 88_000, 87_000, 91_000, 91_000]) flood.close(price);
  await expect(flood.done).resolves.toBeUndefined();
  expect(flood.venue.events.filter(({ type }) => type === 'trade')).toEqual([]);
  const lost = given();
  await settled();
  lost.venue.interrupt();
  await expect(lost.done).rejects.toThrow('updates of orders were missed');
});
