import { InstrumentOptions, RealtimeSimulator } from '../../src';
import { instrumentsJson } from '../../src/stacks/instruments';
import { testApp } from '../support/apps';

const good: InstrumentOptions = { symbol: 'SOLUSDT', base: 'SOL', baseDecimals: 8, quote: 'USDT', quoteDecimals: 6, tickSize: '0.01', lotSize: '0.1' };
const make = (...instruments: InstrumentOptions[]) => new RealtimeSimulator(testApp(), 'Simulator', { instruments });

test('accepts an instrument of your own', () => {
  expect(() => make(good)).not.toThrow();
});

test('fees and limits are part of the definition; without any it stays as it was', () => {
  const [plain] = JSON.parse(instrumentsJson([good]).json) as object[];
  expect(plain).not.toHaveProperty('rules');
  const rules = { makerFeePpm: 200, takerFeePpm: 1_000, minNotional: '5', priceBandBps: 500, maxOpenOrders: 200, maxPosition: '250.5' };
  expect(() => make({ ...good, ...rules })).not.toThrow();
  expect(JSON.parse(instrumentsJson([{ ...good, ...rules }]).json)).toEqual([{ ...plain, rules }]);
  expect(JSON.parse(instrumentsJson([{ ...good, takerFeePpm: 0 }]).json)).toEqual([{ ...plain, rules: { takerFeePpm: 0 } }]);
});

test.each([
  [{ symbol: 'sol' }, /`symbol` of sol/],
  [{ base: 'S' }, /`base` of SOLUSDT/],
  [{ baseDecimals: 19 }, /`baseDecimals` of SOLUSDT.*got: 19/],
  [{ quoteDecimals: 1.5 }, /`quoteDecimals` of SOLUSDT.*got: 1.5/],
  [{ tickSize: '1e-2' }, /`tickSize` of SOLUSDT.*got: '1e-2'/],
  [{ lotSize: '0.0' }, /`lotSize` of SOLUSDT.*got: '0.0'/],
  [{ version: 0 }, /`version` of SOLUSDT.*got: 0/],
  [{ makerFeePpm: -1 }, /`makerFeePpm` of SOLUSDT must be a whole number from 0 to 100000, got: -1/],
  [{ takerFeePpm: 100_001 }, /`takerFeePpm` of SOLUSDT.*got: 100001/],
  [{ takerFeePpm: 0.5 }, /`takerFeePpm` of SOLUSDT.*got: 0.5/],
  [{ priceBandBps: 0 }, /`priceBandBps` of SOLUSDT.*got: 0/],
  [{ maxOpenOrders: 0 }, /`maxOpenOrders` of SOLUSDT.*got: 0/],
  [{ minNotional: '0.0000001' }, /`minNotional` of SOLUSDT.*at most the 6 decimals of USDT, got: '0.0000001'/],
  [{ maxPosition: '-5' }, /`maxPosition` of SOLUSDT.*got: '-5'/],
  [{ maxPosition: '0' }, /`maxPosition` of SOLUSDT.*got: '0'/],
])('fails for %j', (wrong, message) => {
  expect(() => make({ ...good, ...wrong })).toThrow(message);
});

test('fails without an instrument and for a symbol that is named twice', () => {
  expect(() => make()).toThrow(/at least one must be given/);
  expect(() => make(good, good)).toThrow(/each symbol must be named once, got: SOLUSDT, SOLUSDT/);
});
