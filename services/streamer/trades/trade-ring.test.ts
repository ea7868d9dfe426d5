import fc from 'fast-check';
import { TradeRing } from './trade-ring';
import type { MarketTrade } from '../model';

const trade = (id: number, receivedTime: number): MarketTrade => ({
  type: 'trade', symbol: 'A', id: String(id), price: '1', quantity: '1', takerSide: 'buy', exchangeTime: receivedTime, receivedTime, source: 'test',
});

test('a trade is taken once, also for a while after it is gone', () => {
  const ring = new TradeRing();
  expect([ring.add(trade(1, 1)), ring.add(trade(1, 2)), ring.size]).toEqual([true, false, 1]);
  ring.trim(10);
  expect([ring.size, ring.add(trade(1, 11))]).toEqual([0, false]);
  for (let id = 2; id < 1_500; id++) ring.add(trade(id, id));
  ring.trim(1_500);
  // A thousand ids later it is forgotten: the memory has an end.
  expect(ring.add(trade(1, 1_600))).toBe(true);
});

test('a batch that was begun before a rewind moves nothing', () => {
  const ring = new TradeRing();
  for (const id of [1, 2, 3]) ring.add(trade(id, id));
  const batch = ring.next(2);
  ring.rewind();
  ring.advance(batch);
  expect(ring.waiting).toBe(3);
});

test('whatever is added, told and forgotten: each trade is told in order, once, or is counted as not told', () => {
  const step = fc.oneof({ weight: 4, arbitrary: fc.constant('add') }, { weight: 2, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.constant('trim'), fc.constant('late'));
  fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const ring = new TradeRing();
    const told: string[] = [];
    let [added, untold] = [0, 0];
    for (const one of steps) {
      if (one === 'add') {
        ring.add(trade(++added, added));
      } else if (one === 'trim') {
        untold += ring.trim(added - 3);
      } else if (one === 'late') {
        // Told while it was being forgotten: told and counted as well, and nothing behind it is skipped.
        const batch = ring.next(3);
        const forgotten = ring.trim(added - 1);
        ring.advance(batch);
        told.push(...batch.trades.map(({ id }) => id));
        untold += Math.max(0, forgotten - batch.trades.length);
      } else {
        const batch = ring.next(one);
        told.push(...batch.trades.map(({ id }) => id));
        ring.advance(batch);
      }
      expect(ring.waiting).toBe(added - told.length - untold);
    }
    expect(told).toEqual([...new Set(told)].sort((a, b) => Number(a) - Number(b)));
  }), { numRuns: 300 });
});
