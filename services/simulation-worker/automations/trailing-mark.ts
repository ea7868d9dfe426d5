import type { Side } from '../../domain';

/** How a trailing stop follows: counts of ticks. */
export interface TrailingTerms {
  /** Of the order that it sends: a seller follows the highest price, a buyer the lowest. */
  readonly side: Side;
  readonly distanceTicks?: number;
  readonly distanceBps?: number;
  readonly activationTicks?: number;
}

/** The best price since it began to follow; undefined before. */
export type Mark = number | undefined;

/** The price at which the order is sent, for a best price: at least one tick away, and never nearer than was asked for. */
export function stopOf({ side, distanceTicks, distanceBps = 0 }: TrailingTerms, mark: number): number {
  const distance = distanceTicks ?? Math.max(1, Math.ceil(mark * distanceBps / 10_000));
  return side === 'sell' ? mark - distance : mark + distance;
}

/**
 * Takes a price. The mark only ever moves the way that is better for the account, so whoever goes on with it, and whichever prices they missed,
 * has a stop that is no worse.
 */
export function follow(terms: TrailingTerms, mark: Mark, price: number): { readonly mark: Mark; readonly triggered: boolean } {
  const sells = terms.side === 'sell';
  if (mark === undefined) {
    const { activationTicks = price } = terms;
    const begins = sells ? price >= activationTicks : price <= activationTicks;
    return { mark: begins ? price : undefined, triggered: false };
  }
  const best = sells ? Math.max(mark, price) : Math.min(mark, price);
  const stop = stopOf(terms, best);
  return { mark: best, triggered: sells ? price <= stop : price >= stop };
}
