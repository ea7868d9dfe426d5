import type { Assumptions } from './assumptions';
import type { Instrument } from '../../domain';

const PPM = 1_000_000;

/** An amount left the range in which every whole number is exact. */
export class OutOfRangeError extends Error {
  readonly code = 'out_of_range';

  constructor() {
    super('an amount is too large to be exact; use a smaller starting balance');
    this.name = 'OutOfRangeError';
  }
}

/** Rounded up, without a product that leaves 53 bits. */
export function feeOf(units: number, ppm: number): number {
  const millions = Math.floor(units / PPM);
  return millions * ppm + Math.ceil((units - millions * PPM) * ppm / PPM);
}

/** Cash and holdings of one run, in smallest units of the quote asset and in lots. */
export class Account {
  cash: number;
  fees = 0;
  readonly lots: Float64Array;
  /** What open shorts brought in, by instrument. */
  private readonly shortEntry: Float64Array;
  private shortTotal = 0;
  private readonly unitsPerTickLot: Float64Array;

  constructor(instruments: readonly Instrument[], private readonly assumptions: Assumptions) {
    this.cash = assumptions.startUnits;
    this.lots = new Float64Array(instruments.length);
    this.shortEntry = new Float64Array(instruments.length);
    this.unitsPerTickLot = Float64Array.from(instruments, (one) => one.quoteUnitsPerTickLot);
  }

  /** What lots are worth at a price. @throws OutOfRangeError */
  worth(instrument: number, lots: number, ticks: number): number {
    const units = lots * ticks * this.unitsPerTickLot[instrument];
    if (units > Number.MAX_SAFE_INTEGER || units < -Number.MAX_SAFE_INTEGER) throw new OutOfRangeError();
    return units;
  }

  /** Cash that is not locked by shorts: they lock what they brought in and as much again. */
  free(): number {
    return this.cash - 2 * this.shortTotal;
  }

  /** Most lots whose price and fee the free cash covers. */
  affordable(instrument: number, ticks: number, feePpm: number): number {
    const cash = this.free();
    const perLot = ticks * this.unitsPerTickLot[instrument];
    if (cash < perLot) return 0;
    const cost = (count: number): number => count * perLot + feeOf(count * perLot, feePpm);
    let lots = Math.floor(cash / (perLot * (1 + feePpm / PPM)));
    // The division is not exact; its neighbours are tried.
    while (lots > 0 && cost(lots) > cash) lots--;
    while (cost(lots + 1) <= cash) lots++;
    return lots;
  }

  /** Lots of an order that can be filled: closing is always possible, opening as far as the free cash goes. */
  permitted(instrument: number, isBuy: boolean, lots: number, ticks: number, feePpm: number): number {
    const held = this.lots[instrument];
    const closing = Math.min(lots, Math.max(0, isBuy ? -held : held));
    const opening = lots - closing;
    if (opening === 0) return lots;
    if (!isBuy && !this.assumptions.allowShort) return closing;
    if (closing === 0) return Math.min(opening, this.affordable(instrument, ticks, feePpm));
    // Closing changes what is free: that is seen once it has happened, so the rest of a turn is a second fill.
    return closing;
  }

  /** Books a fill, either closing or opening. @returns its fee */
  book(instrument: number, isBuy: boolean, lots: number, ticks: number, feePpm: number): number {
    const amount = this.worth(instrument, lots, ticks);
    const fee = feeOf(amount, feePpm);
    const held = this.lots[instrument];
    if (isBuy) {
      if (held < 0) this.release(instrument, lots / -held);
      this.cash -= amount + fee;
      this.lots[instrument] = held + lots;
    } else {
      if (held <= 0) {
        this.shortEntry[instrument] += amount;
        this.shortTotal += amount;
      }
      this.cash += amount - fee;
      this.lots[instrument] = held - lots;
    }
    this.fees += fee;
    if (Math.abs(this.cash) > Number.MAX_SAFE_INTEGER || this.shortTotal > Number.MAX_SAFE_INTEGER / 2) throw new OutOfRangeError();
    return fee;
  }

  /** Cash and holdings at prices in ticks. */
  equity(prices: Float64Array): number {
    let value = this.cash;
    const { lots, unitsPerTickLot } = this;
    for (let i = 0; i < lots.length; i++) if (lots[i] !== 0) value += lots[i] * prices[i] * unitsPerTickLot[i];
    if (value > Number.MAX_SAFE_INTEGER || value < -Number.MAX_SAFE_INTEGER) throw new OutOfRangeError();
    return value;
  }

  private release(instrument: number, share: number): void {
    const entry = this.shortEntry[instrument];
    const released = share >= 1 ? entry : Math.floor(entry * share);
    this.shortEntry[instrument] = entry - released;
    this.shortTotal -= released;
  }
}
