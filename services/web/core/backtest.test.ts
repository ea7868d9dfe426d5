import { type BacktestForm, checkedBacktest, numberOf, percentOf, settingOf, type StrategyEntry } from './backtest';

const SMA: StrategyEntry = {
  type: 'sma-cross',
  settings: [
    { name: 'fast', least: 1, most: 100, otherwise: 10, meaning: 'bars of the fast average' }, { name: 'slow', least: 1, most: 100, meaning: 'bars of the slow average' },
  ],
};
const FORM: BacktestForm = {
  symbol: 'BTCUSDT', from: '2025-12-01', to: '2025-12-10', intervalMinutes: '60', strategy: 'sma-cross', settings: { slow: '50' }, startBalance: '10000', fee: '0.1',
};
const check = (more: Partial<BacktestForm> = {}) => checkedBacktest({ ...FORM, ...more }, SMA, '2025-12-10');

test('what was typed becomes what is sent', () => {
  expect(check()).toEqual({
    body: {
      symbol: 'BTCUSDT', from: '2025-12-01', to: '2025-12-10', intervalMinutes: 60, strategy: { type: 'sma-cross', slow: 50 }, startBalance: '10000', feePpm: 1_000,
    },
  });
  expect(check({ settings: { fast: '5-20/5', slow: '30 to 60' }, fee: '0.0125' })).toMatchObject({
    body: { strategy: { fast: { from: 5, to: 20, step: 5 }, slow: { from: 30, to: 60, step: 1 } }, feePpm: 125 },
  });
});

test.each<[string, Partial<BacktestForm>]>([
  ['from', { from: '' }], ['from', { from: '2025-12-11', to: '2025-12-10' }], ['to', { to: '2025-12-11' }], ['startBalance', { startBalance: '0' }],
  ['startBalance', { startBalance: '1e9' }], ['fee', { fee: '11' }], ['fee', { fee: '' }], ['slow', { settings: {} }], ['slow', { settings: { slow: '101' } }],
  ['fast', { settings: { fast: '20-5', slow: '50' } }], ['fast', { settings: { fast: '1-5/0', slow: '50' } }], ['fast', { settings: { fast: '1.5', slow: '50' } }],
])('%s is wrong in %j', (field, more) => {
  expect(check(more)).toMatchObject({ field, problem: expect.stringMatching(/\.$/) as string });
});

test('numbers for people', () => {
  expect([percentOf(0.1234), percentOf(-0.5), percentOf(0), percentOf(null), numberOf(1.005), numberOf(undefined)]).toEqual(['+12.34 %', '-50.00 %', '0.00 %', '–', '1.00', '–']);
  expect(settingOf(' 7 ', SMA.settings[0])).toBe(7);
});
