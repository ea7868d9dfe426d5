import type { SeededRandom } from './random';

/** `[price in ticks, size in lots]`; a size of 0 says that the level is gone. */
export type Level = readonly [number, number];

/** Levels that a side of a generated book keeps. */
export const DEPTH = 50;

/** One side of a generated book: at most `DEPTH` levels, best first, with the changes since they were last taken. */
export class BookSide {
  private sizes = new Map<number, number>();
  private sorted: number[] = [];
  private reported = new Map<number, number>();

  /** @param away 1 for asks (worse prices are higher), -1 for bids */
  constructor(private readonly away: 1 | -1, private readonly random: SeededRandom) {}

  get best(): number {
    return this.sorted[0];
  }

  sizeAt(price: number): number {
    return this.sizes.get(price) ?? 0;
  }

  /** The best `count` levels. */
  top(count: number): Level[] {
    return this.sorted.slice(0, count).map((price) => [price, this.sizeAt(price)]);
  }

  /** Takes lots from a level and removes it when nothing is left. */
  take(price: number, lots: number): void {
    const left = this.sizeAt(price) - lots;
    if (left > 0) this.sizes.set(price, left);
    else this.sizes.delete(price);
  }

  /** Moves the side so that its best price is `best`: better levels go, `DEPTH` levels stand, some of them change their size. */
  settle(best: number): void {
    for (const price of this.sizes.keys()) if ((price - best) * this.away < 0) this.sizes.delete(price);
    if (!this.sizes.has(best)) this.sizes.set(best, this.lots());
    this.sort();
    for (let n = this.random.integer(0, 4); n > 0; n--) {
      const price = this.sorted[this.random.integer(0, this.sorted.length - 1)];
      this.sizes.set(price, this.lots());
    }
    let worst = this.sorted[this.sorted.length - 1];
    while (this.sizes.size < DEPTH && worst + this.away > 0) {
      worst += this.away * this.random.integer(1, 3);
      if (worst > 0) this.sizes.set(worst, this.lots());
    }
    this.sort();
    for (const price of this.sorted.splice(DEPTH)) this.sizes.delete(price);
  }

  /** What is different from the last call, as levels; best first. */
  changes(): Level[] {
    const gone = [...this.reported.keys()].filter((price) => !this.sizes.has(price)).map((price): Level => [price, 0]);
    const changed = [...this.sizes].filter(([price, size]) => this.reported.get(price) !== size);
    this.reported = new Map(this.sizes);
    return [...gone, ...changed].sort((a, b) => (a[0] - b[0]) * this.away);
  }

  private sort(): void {
    this.sorted = [...this.sizes.keys()].sort((a, b) => (a - b) * this.away);
  }

  private lots(): number {
    return 1 + Math.floor(400 * this.random.next() ** 3);
  }
}
