/** Fills of a run in columns, in the order in which they happened. */
export interface FillColumns {
  readonly length: number;
  readonly times: Float64Array;
  readonly instruments: Float64Array;
  readonly orderIds: Float64Array;
  /** Lots; below 0 for sales. */
  readonly lots: Float64Array;
  /** Ticks. */
  readonly prices: Float64Array;
  /** Smallest units of the quote asset. */
  readonly fees: Float64Array;
  /** 1 for orders that rested, 0 for those that took. */
  readonly makers: Float64Array;
}

const FIELDS = 7;

/** Takes down what happens, in memory that grows by doubling: nothing is allocated per bar. */
export class Recorder {
  private fills = new Float64Array(FIELDS * 64);
  private count = 0;
  private days = new Float64Array(2 * 64);
  private dayCount = 0;

  fill(time: number, instrument: number, orderId: number, lots: number, price: number, fee: number, isMaker: boolean): void {
    if ((this.count + 1) * FIELDS > this.fills.length) this.fills = grown(this.fills);
    const at = this.count++ * FIELDS;
    const { fills } = this;
    fills[at] = time;
    fills[at + 1] = instrument;
    fills[at + 2] = orderId;
    fills[at + 3] = lots;
    fills[at + 4] = price;
    fills[at + 5] = fee;
    fills[at + 6] = isMaker ? 1 : 0;
  }

  /** A day is over. */
  day(time: number, equity: number): void {
    if ((this.dayCount + 1) * 2 > this.days.length) this.days = grown(this.days);
    this.days[this.dayCount * 2] = time;
    this.days[this.dayCount++ * 2 + 1] = equity;
  }

  get fillCount(): number {
    return this.count;
  }

  fillColumns(): FillColumns {
    const column = (field: number): Float64Array => Float64Array.from({ length: this.count }, (_, i) => this.fills[i * FIELDS + field]);
    return {
      length: this.count, times: column(0), instruments: column(1), orderIds: column(2), lots: column(3), prices: column(4), fees: column(5),
      makers: column(6),
    };
  }

  /** First moment of each day with data, and the equity at its end. */
  dailyEquity(): { readonly times: Float64Array; readonly equity: Float64Array } {
    const column = (field: number): Float64Array => Float64Array.from({ length: this.dayCount }, (_, i) => this.days[i * 2 + field]);
    return { times: column(0), equity: column(1) };
  }
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}
