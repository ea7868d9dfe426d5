import fc from 'fast-check';
import { Accounts } from './accounts';
import type { Action, TradeOrder } from './wallet';
import { newOrderId, parseDecimal } from '../../domain';
import { ApiError } from '../http/api-error';
import { parsePrice, worth } from '../money';
import { btc, instruments } from '../testing/given';
import { MemoryWallets } from '../testing/memory-wallets';

const START = '100000';
const USER = 'user';
const COIN = 10 ** 8;
const noValue = (): undefined => undefined;

function order(action: Action, baseUnits: number, clientTradeId: string, time = 0): TradeOrder {
  return { tradeId: newOrderId(), clientTradeId, timestamp: new Date(time).toISOString(), action, baseUnits };
}

class Crash extends Error {}

const asked = fc.record({
  client: fc.integer({ min: 0, max: 12 }),
  action: fc.constantFrom<Action>('BUY', 'SELL'),
  lots: fc.integer({ min: 1, max: 20_000 }),
  price: fc.integer({ min: 1, max: 10 ** 7 }).map((ticks) => (ticks / 10).toFixed(1)),
  /** Which of the moments of this request it dies at, if it comes to it. */
  dies: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
});

test('whatever crashes and is repeated, every trade counts once and money is conserved to the last unit', async () => {
  await fc.assert(fc.asyncProperty(fc.array(asked, { maxLength: 40 }), async (requests) => {
    const store = new MemoryWallets();
    const accounts = new Accounts(store, instruments, START);
    for (const [i, { client, action, lots, price, dies }] of requests.entries()) {
      let moments = 0;
      store.chaos = () => {
        if (moments++ === dies) throw new Crash();
      };
      const wanted = order(action, lots * btc.baseUnitsPerLot, `client-${client}`, i);
      await accounts.trade(USER, btc, wanted, parsePrice(price), noValue).catch((error: unknown) => {
        if (!(error instanceof Crash || error instanceof ApiError)) throw error;
      });
    }
    store.chaos = () => undefined;
    const trades = await accounts.trades(USER, 1_000);
    const wallet = await accounts.wallet(USER);
    // Each client's id stands for one trade at most, and the versions count them.
    expect(new Set(trades.map(({ clientTradeId }) => clientTradeId)).size).toBe(trades.length);
    expect(wallet.version).toBe(trades.length);
    // The balances are the start and the trades, nothing else.
    let [cash, coins] = [parseDecimal(START, 6), 0];
    for (const { action, quantity, amount, price } of trades) {
      const units = parseDecimal(quantity, 8);
      expect(parseDecimal(amount, 6)).toBe(worth(btc, parsePrice(price), units, action === 'BUY' ? 'up' : 'down'));
      cash += (action === 'BUY' ? -1 : 1) * parseDecimal(amount, 6);
      coins += (action === 'BUY' ? 1 : -1) * units;
    }
    expect([wallet.balances.USDT, wallet.balances.BTC ?? 0]).toEqual([cash, coins]);
    expect(Math.min(cash, coins)).toBeGreaterThanOrEqual(0);
  }), { numRuns: 200 });
});

test('of many at once each happens once, and a repetition gets the first answer', async () => {
  const store = new MemoryWallets();
  const accounts = new Accounts(store, instruments, START);
  const price = parsePrice('100');
  const first = await Promise.all(Array.from({ length: 4 }, () => accounts.trade(USER, btc, order('BUY', COIN, 'same'), price, noValue)));
  expect(first.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(new Set(first.map(({ trade }) => trade.tradeId)).size).toBe(1);
  const others = await Promise.all(['a', 'b', 'c', 'd'].map((id) => accounts.trade(USER, btc, order('BUY', COIN, id), price, noValue)));
  expect(others.every(({ isNew }) => isNew)).toBe(true);
  expect((await accounts.wallet(USER)).balances).toEqual({ USDT: 99_500 * 10 ** 6, BTC: 5 * COIN });
  const again = await accounts.trade(USER, btc, order('BUY', COIN, 'same'), parsePrice('999'), noValue);
  expect(again).toMatchObject({ isNew: false, trade: { tradeId: first[0].trade.tradeId, price: '100' } });
});

test('a crash right after the wallet was written loses nothing: the next look finds the trade', async () => {
  const store = new MemoryWallets();
  const accounts = new Accounts(store, instruments, START);
  store.chaos = (moment) => {
    if (moment === 'before item') throw new Crash();
  };
  const outcome = await accounts.trade(USER, btc, order('BUY', COIN, 'a'), parsePrice('100'), noValue);
  expect(outcome.isNew).toBe(true);
  expect(store.items.size).toBe(0);
  store.chaos = () => undefined;
  expect(await accounts.trades(USER, 10)).toEqual([outcome.trade]);
  expect(store.requests.size).toBe(1);
});

test.each<[string, TradeOrder, string]>([
  ['more than there is', order('BUY', 1_000 * COIN + 10_000, 'x'), 'insufficient_balance'],
  ['a coin that is not owned', order('SELL', 10_000, 'x'), 'insufficient_balance'],
])('%s is refused and changes nothing', async (_, wanted, code) => {
  const accounts = new Accounts(new MemoryWallets(), instruments, START);
  await expect(accounts.trade(USER, btc, wanted, parsePrice('100'), noValue)).rejects.toMatchObject({ status: 422, code });
  expect(await accounts.wallet(USER)).toEqual({ version: 0, balances: { USDT: 10 ** 11 } });
});

test('everything can be spent, to the last unit', async () => {
  const accounts = new Accounts(new MemoryWallets(), instruments, START);
  await accounts.trade(USER, btc, order('BUY', 1_000 * COIN, 'x'), parsePrice('100'), noValue);
  expect((await accounts.wallet(USER)).balances).toEqual({ USDT: 0, BTC: 1_000 * COIN });
});

test('an id that comes again for another trade is refused', async () => {
  const accounts = new Accounts(new MemoryWallets(), instruments, START);
  await accounts.trade(USER, btc, order('BUY', COIN, 'x'), parsePrice('100'), noValue);
  for (const other of [order('SELL', COIN, 'x'), order('BUY', 2 * COIN, 'x')]) {
    await expect(accounts.trade(USER, btc, other, parsePrice('100'), noValue)).rejects.toMatchObject({ code: 'client_trade_id_reused' });
  }
  const eth = instruments.get('ETHUSDT');
  await expect(accounts.trade(USER, eth, order('BUY', COIN, 'x'), parsePrice('100'), noValue)).rejects.toMatchObject({ code: 'client_trade_id_reused' });
});
