import type { OwnOrders } from './own-orders';
import type { Side } from '../../domain';

/** A market order that was decided upon. */
export interface Try {
  readonly lots: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A book may be empty for a moment, and a price out of its band: the rest is sent again, a few times. */
const PASSING = new Set(['unfilled', 'price_band', 'outside_price_band', 'instrument_not_open', 'venue_not_open']);
const MOST_TRIES = 20;
const PAUSE_MS = 3_000;

export type WayOut =
  | { readonly next: 'wait' }
  /** To be written down before it is sent. */
  | { readonly next: 'decide'; readonly attempt: Try }
  | { readonly next: 'end'; readonly reason?: string };

/** Trades a quantity at the market, with as many orders as it takes. @param tries those that were decided upon, the last one last */
export async function goOut(orders: OwnOrders, place: string, side: Side, lots: number, tries: readonly Try[]): Promise<WayOut> {
  let left = lots;
  for (const [n, one] of tries.entries()) {
    const at = `${place}/${n}`;
    const facts = await orders.facts(at);
    if (!facts.known) {
      const sure = await orders.place(at, { side, orderType: 'market', quantityLots: one.lots }, one.at);
      return sure ? { next: 'wait' } : { next: 'end', reason: 'outcome_unknown' };
    }
    if (!facts.ended) return { next: 'wait' };
    left -= facts.filledLots;
    if (n < tries.length - 1 || left === 0) continue;
    if (facts.reason === undefined || !PASSING.has(facts.reason) || tries.length === MOST_TRIES) return { next: 'end', reason: facts.reason ?? 'unfilled' };
    if (Date.now() - one.at < PAUSE_MS) return { next: 'wait' };
  }
  return left === 0 ? { next: 'end' } : { next: 'decide', attempt: { lots: left, at: Date.now() } };
}
