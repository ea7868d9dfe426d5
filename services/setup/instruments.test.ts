import { checkInstruments } from './instruments';

const BTC = { code: 'BTC', decimals: 8 };
const USDT = { code: 'USDT', decimals: 6 };
const good = { symbol: 'BTCUSDT', base: BTC, quote: USDT, tickSize: '0.1', lotSize: '0.0001', version: 1 };

test('good instruments come back as they are', () => {
  expect(checkInstruments([good])).toEqual([good]);
  const ruled = { ...good, rules: { makerFeePpm: 0, takerFeePpm: 1_000, minNotional: '5', priceBandBps: 500, maxOpenOrders: 200, maxPosition: '1.5' } };
  expect(checkInstruments([ruled])).toEqual([ruled]);
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
  [[{ ...good, rules: { fee: 1 } }], /0\.rules: .*fee/],
  [[{ ...good, rules: { takerFeePpm: '1' } }], /0\.rules\.takerFeePpm: /],
  [[{ ...good, base: null }], /0\.base: /],
])('%j is no list of instruments', (value, message) => {
  expect(() => checkInstruments(value)).toThrow(message);
});
