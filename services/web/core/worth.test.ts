import { text } from './decimal';
import type { Balance, Instrument } from './model';
import { totalsOf, worthOf } from './worth';

const BTC: Instrument = {
  symbol: 'BTCUSDT',
  base: { code: 'BTC', decimals: 8 },
  quote: { code: 'USDT', decimals: 6 },
  tickSize: '0.1',
  lotSize: '0.0001',
};
const balance = (asset: string, total: string): Balance => ({ asset, free: total, held: '0', total });

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
