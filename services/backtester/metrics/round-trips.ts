import type { FillColumns } from '../engine/recorder';

/** A position from its first fill until nothing of it is left. */
export interface RoundTrip {
  readonly instrument: number;
  readonly direction: 'long' | 'short';
  readonly entryTime: number;
  /** Undefined while it is open. */
  readonly exitTime?: number;
  /** Most that was held at a time. */
  readonly lots: number;
  /** Mean prices by quantity, in ticks. */
  readonly entryPrice: number;
  readonly exitPrice?: number;
  readonly feeUnits: number;
  /** What it brought after fees; undefined while it is open. */
  readonly profitUnits?: number;
}

interface Open {
  readonly entryTime: number;
  readonly sign: number;
  held: number;
  lots: number;
  entered: number;
  entryWorth: number;
  left: number;
  exitWorth: number;
  fees: number;
}

/** The positions that fills made, in the order in which they ended; those that are open come last. */
export function roundTrips(fills: FillColumns, unitsPerTickLot: readonly number[]): RoundTrip[] {
  const trips: RoundTrip[] = [];
  const open = new Map<number, Open>();
  for (let i = 0; i < fills.length; i++) {
    const instrument = fills.instruments[i];
    const lots = fills.lots[i];
    const now = open.get(instrument) ?? {
      entryTime: fills.times[i], sign: Math.sign(lots), held: 0, lots: 0, entered: 0, entryWorth: 0, left: 0, exitWorth: 0, fees: 0,
    };
    open.set(instrument, now);
    now.fees += fills.fees[i];
    now.held += lots;
    const size = Math.abs(lots);
    if (Math.sign(lots) === now.sign) {
      now.entered += size;
      now.entryWorth += size * fills.prices[i];
      now.lots = Math.max(now.lots, Math.abs(now.held));
    } else {
      now.left += size;
      now.exitWorth += size * fills.prices[i];
    }
    if (now.held !== 0) continue;
    open.delete(instrument);
    trips.push({
      ...entryOf(instrument, now),
      exitTime: fills.times[i],
      exitPrice: now.exitWorth / now.left,
      profitUnits: now.sign * (now.exitWorth - now.entryWorth) * unitsPerTickLot[instrument] - now.fees,
    });
  }
  return [...trips, ...[...open].map(([instrument, one]) => entryOf(instrument, one))];
}

function entryOf(instrument: number, { sign, entryTime, lots, entryWorth, entered, fees }: Open): RoundTrip {
  return { instrument, direction: sign > 0 ? 'long' : 'short', entryTime, lots, entryPrice: entryWorth / entered, feeUnits: fees };
}
