import { baseUnits, type Instrument, type OrderUpdate, parseDecimal, parsePrice, parseQuantity, quoteUnits } from '../../domain';
import type { StrategyFill } from '../../domain/strategy';

/** What is kept of holdings: counts of the smallest units, and the event up to which they are true. */
export interface KeptHoldings {
  readonly base: number;
  readonly quote: number;
  /** Sequence of the last fill that is in it. */
  readonly seq: number;
}

/** What a live strategy has: a budget, and what its own fills made of it. */
export class Holdings {
  private base = 0;
  private seq = 0;

  /** @param quote smallest units of the quote asset that it may spend */
  constructor(private readonly instrument: Instrument, private quote: number, kept?: KeptHoldings) {
    if (kept !== undefined) ({ base: this.base, quote: this.quote, seq: this.seq } = kept);
  }

  get kept(): KeptHoldings {
    return { base: this.base, quote: this.quote, seq: this.seq };
  }

  get lots(): number {
    return Math.floor(this.base / this.instrument.baseUnitsPerLot);
  }

  /** Lots that the rest of the budget buys; fees are taken from what is received, so they need none of it. */
  affordable(ticks: number): number {
    return ticks === 0 ? 0 : Math.max(0, Math.floor(this.quote / (ticks * this.instrument.quoteUnitsPerTickLot)));
  }

  equity(ticks: number): number {
    return this.quote + Math.floor(this.base / this.instrument.baseUnitsPerLot * ticks * this.instrument.quoteUnitsPerTickLot);
  }

  /** Books a fill; one that it has, or that is older, is left out. @returns it as a strategy hears of it, but for its order */
  fill({ seq, side, time, fill, remaining }: OrderUpdate): Omit<StrategyFill, 'orderId'> | undefined {
    if (fill === undefined || side === undefined || seq <= this.seq) return undefined;
    this.seq = seq;
    const { instrument } = this;
    const price = parsePrice(instrument, fill.price);
    const lots = parseQuantity(instrument, fill.quantity);
    const worth = quoteUnits(instrument, price, lots) ?? 0;
    const size = baseUnits(instrument, lots) ?? 0;
    const isFeeInBase = fill.feeAsset === instrument.base.code;
    const fee = fill.fee === undefined ? 0 : parseDecimal(fill.fee, (isFeeInBase ? instrument.base : instrument.quote).decimals);
    this.base += side === 'buy' ? size : -size;
    this.quote += side === 'buy' ? -worth : worth;
    if (isFeeInBase) this.base -= fee;
    else this.quote -= fee;
    return {
      instrument: 0, side, time, price, lots, liquidity: fill.liquidity,
      fee: isFeeInBase ? Math.ceil(fee / instrument.baseUnitsPerLot * price * instrument.quoteUnitsPerTickLot) : fee,
      remaining: remaining === undefined || remaining === '0' ? 0 : parseQuantity(instrument, remaining),
    };
  }
}
