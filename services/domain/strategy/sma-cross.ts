import type { Bar, Strategy, StrategyContext } from './strategy';

/** Settings of `SmaCross`. */
export interface SmaCrossSettings {
  /** Bars of the average that follows quickly. */
  readonly fast: number;
  /** Bars of the one that follows slowly; more than `fast`. */
  readonly slow: number;
  /** Lots of each position; 0 for as many as the cash is good for. */
  readonly lots: number;
  /** Whether to owe the instrument while the fast average is below: 1 for yes. */
  readonly short: number;
}

/** Sums of the last closes of one instrument: whole numbers, so that the averages are compared exactly. */
class Averages {
  private readonly ring: Float64Array;
  private at = 0;
  private count = 0;
  private fastSum = 0;
  private slowSum = 0;

  constructor(private readonly fast: number, private readonly slow: number) {
    this.ring = new Float64Array(slow);
  }

  /** @returns above 0 when the fast average is above the slow one, below 0 when below, 0 when equal or not known yet */
  next(close: number): number {
    const { ring, fast, slow, at } = this;
    this.slowSum += close - ring[at];
    const leaves = at - fast;
    this.fastSum += close - (this.count < fast ? 0 : ring[leaves < 0 ? leaves + slow : leaves]);
    ring[at] = close;
    this.at = at + 1 === slow ? 0 : at + 1;
    if (this.count < slow) this.count++;
    // The averages themselves would be fractions; their order is that of these products.
    return this.count < slow ? 0 : this.fastSum * slow - this.slowSum * fast;
  }
}

/** Buys when a fast moving average of the closes rises above a slow one, and sells when it falls below. */
export class SmaCross implements Strategy {
  private averages: Averages[] = [];
  /** Sign of the last difference of each instrument that was not zero. */
  private signs = new Int8Array(0);

  constructor(private readonly settings: SmaCrossSettings) {}

  onStart({ instruments }: StrategyContext): void {
    this.averages = instruments.map(() => new Averages(this.settings.fast, this.settings.slow));
    this.signs = new Int8Array(instruments.length);
  }

  onBar(bar: Bar, context: StrategyContext): void {
    const { instrument } = bar;
    const difference = this.averages[instrument].next(bar.close);
    if (difference === 0) return;
    const sign = difference > 0 ? 1 : -1;
    const before = this.signs[instrument];
    if (sign === before) return;
    this.signs[instrument] = sign;
    if (before !== 0) this.cross(instrument, sign, context);
  }

  private cross(instrument: number, sign: number, context: StrategyContext): void {
    const { settings } = this;
    const held = context.position(instrument);
    if (sign > 0) {
      if (held > 0) return;
      const wanted = settings.lots > 0 ? settings.lots : context.affordable(instrument);
      if (wanted - held > 0) context.submit({ instrument, side: 'buy', type: 'market', lots: wanted - held });
    } else {
      const owed = settings.short === 0 ? 0 : settings.lots > 0 ? settings.lots : Math.max(0, held === 0 ? context.affordable(instrument) : held);
      if (held + owed > 0) context.submit({ instrument, side: 'sell', type: 'market', lots: held + owed });
    }
  }
}
