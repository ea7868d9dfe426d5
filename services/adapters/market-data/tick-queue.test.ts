import fc from 'fast-check';
import { TickQueue } from './tick-queue';
import type { Ticker } from '../../domain';

const tick = (symbol: string, n: number): Ticker => ({ symbol, lastPrice: '1', exchangeTime: n, receivedTime: n, source: 'test' });
const read = (data: Buffer): number[] => data.toString().trimEnd().split('\n').map((line) => (JSON.parse(line) as Ticker).exchangeTime);

test('whatever comes and goes, ticks of a symbol leave in order, once, within the limits, and none is unaccounted for', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('A', 'B', 'C', 'D') },
    { weight: 1, arbitrary: fc.constant('take') },
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const queue = new TickQueue({ maxTicks: 12, maxRunBytes: 300, maxRuns: 3, maxBytes: 700 }, () => 0);
    const left = new Map<string, number[]>();
    let added = 0;
    const take = (): number => {
      const runs = queue.take();
      expect(runs.length).toBeLessThanOrEqual(3);
      expect(new Set(runs.map((run) => run.symbol)).size).toBe(runs.length);
      expect(runs.reduce((sum, run) => sum + run.data.length, 0)).toBeLessThanOrEqual(700);
      for (const run of runs) {
        expect(run.data.length).toBeLessThanOrEqual(300);
        expect(read(run.data)).toHaveLength(run.count);
        left.set(run.symbol, [...left.get(run.symbol) ?? [], ...read(run.data)]);
      }
      return runs.length;
    };
    for (const one of steps) {
      if (one === 'take') take();
      else queue.add(tick(one, ++added));
      expect(queue.size).toBeLessThanOrEqual(12);
    }
    while (take() > 0);
    expect(queue.size).toBe(0);
    expect(queue.oldest()).toBeUndefined();
    const all = [...left.values()];
    for (const numbers of all) expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(all.flat().length + queue.conflated).toBe(added);
  }), { numRuns: 200 });
});

test('a symbol that did not fit comes first the next time', () => {
  const queue = new TickQueue({ maxTicks: 100, maxRunBytes: 1_000, maxRuns: 2, maxBytes: 10_000 }, () => 0);
  for (const symbol of ['A', 'B', 'C']) queue.add(tick(symbol, 1));
  for (const symbol of ['A', 'B', 'C']) queue.add(tick(symbol, 2));
  expect(queue.take().map((run) => run.symbol)).toEqual(['A', 'B']);
  for (const symbol of ['A', 'B']) queue.add(tick(symbol, 3));
  expect(queue.take().map((run) => run.symbol)).toEqual(['C', 'A']);
});
