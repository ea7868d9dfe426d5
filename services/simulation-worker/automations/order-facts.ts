import { baseUnits, type Instrument, type OrderUpdate, parseDecimal, parseQuantity } from '../../domain';

/** What the core has said of an order. */
export interface OrderFacts {
  /** The core has had it. */
  readonly known: boolean;
  readonly ended: boolean;
  /** It had a trigger, which was reached. */
  readonly triggered: boolean;
  readonly rejected: boolean;
  /** Why it ended or was refused. */
  readonly reason?: string;
  readonly filledLots: number;
  /** Lots that the account has more of: what a buyer filled, less the fee in the base asset. */
  readonly gainedLots: number;
}

export const NOTHING_KNOWN: OrderFacts = { known: false, ended: false, triggered: false, rejected: false, filledLots: 0, gainedLots: 0 };

/** Sums up what was said, in whatever order it is given. */
export function factsOf(instrument: Instrument, updates: readonly OrderUpdate[]): OrderFacts {
  let facts = NOTHING_KNOWN;
  let feeUnits = 0;
  for (const { event, status, reason, fill } of [...updates].sort((a, b) => a.seq - b.seq)) {
    // Nobody has it any more, and who was there did not tell how it ended.
    const isGone = event === 'cancel_rejected' && reason === 'unknown_order';
    const ends = isGone || event === 'rejected' || status === 'filled' || status === 'cancelled';
    facts = {
      known: true,
      ended: facts.ended || ends,
      triggered: facts.triggered || event === 'triggered',
      rejected: facts.rejected || event === 'rejected',
      reason: facts.reason ?? (ends ? reason : undefined),
      filledLots: facts.filledLots + (fill === undefined ? 0 : parseQuantity(instrument, fill.quantity)),
      gainedLots: 0,
    };
    if (fill?.fee !== undefined && fill.feeAsset === instrument.base.code) feeUnits += parseDecimal(fill.fee, instrument.base.decimals);
  }
  const gained = (baseUnits(instrument, facts.filledLots) ?? 0) - feeUnits;
  return { ...facts, gainedLots: Math.max(0, Math.floor(gained / instrument.baseUnitsPerLot)) };
}
