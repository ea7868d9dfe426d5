import fc from 'fast-check';
import { follow, type Mark, stopOf, type TrailingTerms } from './trailing-mark';

const price = fc.integer({ min: 1, max: 2_000_000 });
const terms: fc.Arbitrary<TrailingTerms> = fc.record({
  side: fc.constantFrom('sell' as const, 'buy' as const),
  distance: fc.oneof(
    fc.record({ distanceTicks: fc.integer({ min: 1, max: 10_000 }) }), fc.record({ distanceBps: fc.integer({ min: 1, max: 9_999 }) }),
  ),
  activation: fc.option(price, { nil: undefined }),
}).map(({ side, distance, activation }) => ({ side, ...distance, activationTicks: activation }));

/** Runs until it triggers. @returns every mark, and where it triggered */
function run(of: TrailingTerms, prices: readonly number[], from: Mark = undefined): { readonly marks: Mark[]; readonly at: number } {
  const marks: Mark[] = [];
  let mark = from;
  for (const [at, one] of prices.entries()) {
    const after = follow(of, mark, one);
    marks.push(mark = after.mark);
    if (after.triggered) return { marks, at };
  }
  return { marks, at: -1 };
}

test('the mark is the best price since it began to follow, and never moves back', () => {
  fc.assert(fc.property(terms, fc.array(price, { minLength: 1 }), (of, prices) => {
    const { marks } = run(of, prices);
    const sells = of.side === 'sell';
    const begins = prices.findIndex((one) => of.activationTicks === undefined || (sells ? one >= of.activationTicks : one <= of.activationTicks));
    for (const [at, mark] of marks.entries()) {
      const since = begins < 0 || at < begins ? [] : prices.slice(begins, at + 1);
      expect(mark).toBe(since.length === 0 ? undefined : sells ? Math.max(...since) : Math.min(...since));
    }
  }));
});

test('it triggers at the first price that is the distance away from the best one before, and at no other', () => {
  fc.assert(fc.property(terms, fc.array(price, { minLength: 1 }), (of, prices) => {
    const { marks, at } = run(of, prices);
    const reached = (n: number): boolean => {
      const best = marks[n - 1];
      if (n === 0 || best === undefined) return false;
      const far = of.side === 'sell' ? best - prices[n] : prices[n] - best;
      return of.distanceTicks === undefined ? far >= 1 && far * 10_000 >= best * of.distanceBps! : far >= of.distanceTicks;
    };
    for (let n = 0; n < marks.length; n++) expect(reached(n)).toBe(n === at);
  }));
});

test('whoever goes on with a mark that was written down triggers where the one before would have, or later for what was missed', () => {
  fc.assert(fc.property(terms, fc.array(price, { minLength: 2 }), fc.nat(), (of, prices, cut) => {
    const whole = run(of, prices);
    const split = 1 + cut % (prices.length - 1);
    const first = run(of, prices.slice(0, split));
    if (first.at >= 0) return;
    const second = run(of, prices.slice(split), first.marks.at(-1));
    expect(second.at < 0 ? -1 : second.at + split).toBe(whole.at);
  }));
});

test('a stop is at least a tick from the best price', () => {
  expect(stopOf({ side: 'sell', distanceBps: 1 }, 5)).toBe(4);
  expect(stopOf({ side: 'buy', distanceBps: 50 }, 1_000)).toBe(1_005);
  expect(stopOf({ side: 'sell', distanceTicks: 7 }, 100)).toBe(93);
});
