import fc from 'fast-check';
import type { LedgerFill } from './ledger-reader';
import { applyFill, FLAT, type Position } from './positions';
import { tradesKey } from '../../domain';
import { ALICE, call, Harness, type Task } from '../testing/harness';

const buy = (baseAmount: number, quoteAmount: number, fee = 0) => ({ side: 'buy', baseAmount, quoteAmount, fee }) as const;
const sell = (baseAmount: number, quoteAmount: number, fee = 0) => ({ side: 'sell', baseAmount, quoteAmount, fee }) as const;
const after = (...fills: Parameters<typeof applyFill>[1][]): Position => fills.reduce((position, fill) => applyFill(position, fill), FLAT);

test.each<[string, Parameters<typeof applyFill>[1][], Partial<Position>]>([
  ['a purchase, whose fee is paid in what was bought', [buy(100, 1_000, 2)], { base: 98n, cost: 1_000n, realised: 0n }],
  ['two purchases, at their average', [buy(100, 1_000), buy(100, 3_000)], { base: 200n, cost: 4_000n }],
  ['a sale of half of it', [buy(100, 1_000), buy(100, 3_000), sell(100, 2_500, 5)], { base: 100n, cost: 2_000n, realised: 495n }],
  ['a sale of all of it', [buy(3, 10), sell(1, 5), sell(2, 9)], { base: 0n, cost: 0n, realised: 4n }],
  ['a sale of what was deposited', [sell(100, 5_000)], { base: 0n, cost: 0n, realised: 0n }],
  ['a sale of more than was bought', [buy(50, 500), sell(100, 2_000)], { base: 0n, cost: 0n, realised: 500n }],
  ['products beyond 53 bits', [buy(9_000_000_000_000_000, 9_000_000_000_000_000), sell(4_500_000_000_000_000, 9_000_000_000_000_000)], {
    base: 4_500_000_000_000_000n, cost: 4_500_000_000_000_000n, realised: 4_500_000_000_000_000n,
  }],
])('%s', (_what, fills, expected) => {
  expect(after(...fills)).toMatchObject({ ...expected, fills: fills.length });
});

test('money is conserved: what was gained and what is still invested is what came in less what went out', () => {
  const amount = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), amount, amount), { maxLength: 40 }), (trades) => {
    let position = FLAT;
    let flow = 0n;
    for (const [isBuy, wanted, quote] of trades) {
      // Only what the position has is sold, so that nothing comes from elsewhere.
      const base = isBuy ? wanted : Math.min(wanted, Number(position.base));
      if (base === 0) continue;
      flow += isBuy ? -BigInt(quote) : BigInt(quote);
      position = applyFill(position, isBuy ? buy(base, quote) : sell(base, quote));
    }
    expect(position.realised - position.cost).toBe(flow);
    expect(position.cost >= 0n && (position.base > 0n || position.cost === 0n)).toBe(true);
  }), { numRuns: 300 });
});

describe('over HTTP', () => {
  let harness: Harness;
  let task: Task;

  beforeAll(async () => {
    harness = await new Harness().start();
    task = await harness.task();
  });
  afterAll(() => harness.stop());

  const fill = (seq: number, side: 'buy' | 'sell', baseAmount: number, quoteAmount: number): LedgerFill => ({
    seq, side, baseAmount, quoteAmount, liquidity: 'taker', orderId: `00000000-0000-7000-8000-${String(seq).padStart(12, '0')}`, symbol: 'BTCUSDT',
    priceTicks: 1, quantityLots: 1, fee: 0, feeAsset: side === 'buy' ? 'BTC' : 'USDT', time: new Date(seq * 1_000),
  });
  const positions = async () => (await call(task, 'GET', '/v1/positions', { token: harness.pool.token(ALICE) })).body;

  test('positions have their average entry and profit, and go on from where they were read', async () => {
    // One bitcoin at 30,000 and one at 32,000; the last trade was at 33,000.
    task.ledger.trades = [fill(2, 'buy', 100_000_000, 32_000_000_000), fill(1, 'buy', 100_000_000, 30_000_000_000)];
    await harness.cache.lpush(tradesKey('BTCUSDT'), JSON.stringify({ symbol: 'BTCUSDT', seq: 3, time: 1, price: '33000', quantity: '1', takerSide: 'buy' }));
    expect(await positions()).toEqual({
      asOf: 7, asOfTime: 5_000,
      positions: [{
        symbol: 'BTCUSDT', quantity: '2', averageEntryPrice: '31000', cost: '62000', realisedProfit: '0', markPrice: '33000', value: '66000',
        unrealisedProfit: '4000', fills: 2,
      }],
    });
    const reads = jest.spyOn(task.ledger, 'fillsSince');
    task.ledger.trades = [fill(5, 'sell', 50_000_000, 15_000_000_000), ...task.ledger.trades];
    expect((await positions()).positions).toMatchObject([{ quantity: '1.5', cost: '46500', realisedProfit: '-500', unrealisedProfit: '3000', fills: 3 }]);
    expect(reads).toHaveBeenCalledWith(ALICE, 2, expect.any(Number));
  });
});
