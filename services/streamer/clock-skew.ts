/** How long a least is remembered, milliseconds: between one and two of these. */
const WINDOW_MS = 30_000;

/**
 * Tells clocks from delays: the message that was fastest of late has taken about the network's least time, so what is left of its difference, when
 * it is negative or large, is a clock that is wrong. Times of the exchange are passed on as they are all the same.
 */
export class ClockSkew {
  private least: number | undefined;
  private before: number | undefined;
  private since = 0;

  add(differenceMs: number, now: number): void {
    if (now - this.since >= WINDOW_MS) {
      this.before = this.least;
      this.least = undefined;
      this.since = now;
    }
    if (this.least === undefined || differenceMs < this.least) this.least = differenceMs;
  }

  ms(): number | undefined {
    if (this.least === undefined || this.before === undefined) return this.least ?? this.before;
    return Math.min(this.least, this.before);
  }
}
