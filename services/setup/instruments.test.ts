import { checkInstruments } from './instruments';

const BTC = { code: 'BTC', decimals: 8 };
const USDT = { code: 'USDT', decimals: 6 };
const good = { symbol: 'BTCUSDT', base: BTC, quote: USDT, tickSize: '0.1', lotSize: '0.0001', version: 1 };

test('good instruments come back as they are', () => {
  expect(checkInstruments([good])).toEqual([good]);
  expect(checkInstruments([])).toEqual([]);
});

test('everything that is wrong is said at once', () => {
  const check = () => checkInstruments([
    good, good, { ...good, symbol: 'btc' }, { ...good, symbol: 'X1', tickSize: '0.0001', lotSize: '0.001' }, { ...good, symbol: 'Y1', base: { code: 'BTC', decimals: 6 } },
  ]);
  expect(check).toThrow(/"BTCUSDT": appears twice; .*"btc": symbol must be.*"X1": tickSize × lotSize needs 7.*"Y1": BTC has 6 decimals here and 8 before/);
});

test.each<[unknown, RegExp]>([
  [{}, /the list: .*array/],
  [[{ ...good, version: '1' }], /0\.version: /],
  [[{ ...good, fee: 1 }], /0: .*fee/],
  [[{ ...good, base: null }], /0\.base: /],
])('%j is no list of instruments', (value, message) => {
  expect(() => checkInstruments(value)).toThrow(message);
});
