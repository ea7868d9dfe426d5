import type { Bar } from '../../domain/strategy';

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

/** Makes bars of ticks. A bar is over when a tick of a later one comes: silence makes no bars. */
export class BarBuilder {
  private readonly open: Mutable<Bar> = { instrument: 0, time: -1, open: 0, high: 0, low: 0, close: 0, volume: 0 };
  private readonly over: Mutable<Bar> = { ...this.open };
  /** Bars that began; the first one began before we looked. */
  private begun = 0;

  constructor(private readonly intervalMs: number) {}

  /**
   * Takes a price.
   *
   * @param time milliseconds since 1970; one from before the open bar counts as of that bar
   * @returns the bar that is over now, valid until the next call
   */
  add(time: number, price: number): Bar | undefined {
    const { open, over } = this;
    const opens = time - time % this.intervalMs;
    if (opens <= open.time) {
      open.high = Math.max(open.high, price);
      open.low = Math.min(open.low, price);
      open.close = price;
      return undefined;
    }
    Object.assign(over, open);
    Object.assign(open, { time: opens, open: price, high: price, low: price, close: price });
    return this.begun++ > 1 ? over : undefined;
  }
}
