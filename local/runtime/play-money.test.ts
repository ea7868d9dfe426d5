import type { InstrumentInfo } from './api-client';
import { giftName, giftsFor, missingInstruments, partitionsOf } from './play-money';

const instrument = (base: string, quote: string): InstrumentInfo => (
  { symbol: base + quote, base: { code: base, decimals: 8 }, quote: { code: quote, decimals: 6 }, tickSize: '0.1', lotSize: '0.1' });
const INSTRUMENTS = [instrument('BTC', 'USDT'), instrument('ETH', 'USDT'), instrument('ETH', 'BTC')];

test('one partition needs no map and names none', () => {
  const gifts = giftsFor(INSTRUMENTS, partitionsOf(undefined));
  expect(gifts).toEqual([
    { asset: 'BTC', amount: '1000000' }, { asset: 'ETH', amount: '100' }, { asset: 'USDT', amount: '1000000' },
  ]);
  expect(gifts.map(giftName)).toEqual(['BTC', 'ETH', 'USDT']);
});

test('each partition gets what its own instruments are traded with', () => {
  const partitions = partitionsOf('{"defaultPartition":1,"instruments":{"ETHUSDT":0,"ETHBTC":2}}');
  expect(giftsFor(INSTRUMENTS, partitions).map((gift) => `${giftName(gift)} ${gift.amount}`)).toEqual([
    'BTC 100', 'ETH@0 100', 'ETH@2 100', 'USDT 1000000', 'USDT@0 1000000', 'BTC@2 1000000',
  ]);
  expect(missingInstruments(INSTRUMENTS.slice(0, 2), partitions)).toEqual(['ETHBTC']);
  expect(missingInstruments(INSTRUMENTS, partitions)).toEqual([]);
});
