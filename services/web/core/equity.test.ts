import { text } from './decimal';
import { equityCurve, totalsOf, worthOf } from './equity';
import type { Balance, Fill, Instrument } from './model';

const BTC: Instrument = {
  symbol: 'BTCUSDT',
  base: { code: 'BTC', decimals: 8 },
  quote: { code: 'USDT', decimals: 6 },
  tickSize: '0.1',
  lotSize: '0.0001',
};
const balance = (asset: string, total: string): Balance => ({ asset, free: total, held: '0', total });
const fill = (seq: number, patch: Partial<Fill> = {}): Fill => ({
  seq,
  orderId: 'a',
  symbol: 'BTCUSDT',
  side: 'buy',
  liquidity: 'taker',
  price: '100',
  quantity: '2',
  fee: '0.002',
  feeAsset: 'BTC',
  time: seq,
  ...patch,
});

test('today is worth balances times prices, and what has no price is named', () => {
  const worth = worthOf(
    totalsOf([balance('BTC', '1.5'), balance('USDT', '10'), balance('XYZ', '3'), balance('ABC', '0')]),
    'USDT',
    [BTC],
    () => '100.1',
  );
  expect([text(worth.equity), worth.unpriced]).toEqual(['160.15', ['XYZ']]);
});

test('funds of several partitions add up', () => {
  expect(text(totalsOf([balance('USDT', '0.1'), balance('USDT', '0.2')]).get('USDT')!)).toBe('0.3');
});

test('balances are taken back through fills and their fees', () => {
  // Before: 1,000 USDT and 5 BTC. Bought 2 at 100 (fee 0.002 BTC) at 10, sold 1 at 120 (fee 0.12 USDT) at 20.
  const fills = [fill(10), fill(20, { side: 'sell', price: '120', quantity: '1', fee: '0.12', feeAsset: 'USDT' })];
  const curve = equityCurve([balance('BTC', '5.998'), balance('USDT', '919.88')], fills, 'USDT', [BTC], [5, 10, 15, 25], () => '100');
  expect(curve.map(({ time, equity }) => [time, text(equity)])).toEqual([
    [5, '1500'],
    [10, '1499.8'],
    [15, '1499.8'],
    [25, '1519.68'],
  ]);
});

test('a time without a price has no point', () => {
  const curve = equityCurve([balance('BTC', '1')], [], 'USDT', [BTC], [1, 2], (_symbol, time) => (time === 2 ? '7' : undefined));
  expect(curve.map(({ time }) => time)).toEqual([2]);
});
