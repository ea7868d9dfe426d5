import { InstrumentOptions, RealtimeSimulator } from '../../src';
import { testApp } from '../support/apps';

const good: InstrumentOptions = { symbol: 'SOLUSDT', base: 'SOL', baseDecimals: 8, quote: 'USDT', quoteDecimals: 6, tickSize: '0.01', lotSize: '0.1' };
const make = (...instruments: InstrumentOptions[]) => new RealtimeSimulator(testApp(), 'Simulator', { instruments });

test('accepts an instrument of your own', () => {
  expect(() => make(good)).not.toThrow();
});

test.each([
  [{ symbol: 'sol' }, /`symbol` of sol/],
  [{ base: 'S' }, /`base` of SOLUSDT/],
  [{ baseDecimals: 19 }, /`baseDecimals` of SOLUSDT.*got: 19/],
  [{ quoteDecimals: 1.5 }, /`quoteDecimals` of SOLUSDT.*got: 1.5/],
  [{ tickSize: '1e-2' }, /`tickSize` of SOLUSDT.*got: '1e-2'/],
  [{ lotSize: '0.0' }, /`lotSize` of SOLUSDT.*got: '0.0'/],
])('fails for %j', (wrong, message) => {
  expect(() => make({ ...good, ...wrong })).toThrow(message);
});

test('fails without an instrument and for a symbol that is named twice', () => {
  expect(() => make()).toThrow(/at least one must be given/);
  expect(() => make(good, good)).toThrow(/each symbol must be named once, got: SOLUSDT, SOLUSDT/);
});
