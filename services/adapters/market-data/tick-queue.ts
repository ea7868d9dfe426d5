import type { Ticker } from '../../domain';

/** Ticks of one symbol that travel together. */
export interface TickRun {
  readonly symbol: string;
  /** One JSON document per line, oldest tick first. */
  readonly data: Buffer;
  readonly count: number;
  /** When the first of them was queued, by the queue's clock. */
  readonly since: number;
}

export interface TickQueueLimits {
  /** Most ticks that wait; one more conflates. */
  readonly maxTicks: number;
  /** Most bytes of one run. */
  readonly maxRunBytes: number;
  /** Most runs, and bytes of all runs, that are taken together. */
  readonly maxRuns: number;
  readonly maxBytes: number;
}

interface Waiting {
  readonly line: Buffer;
  readonly since: number;
}

/**
 * Ticks that wait for a stream, in order per symbol and bounded: when there are too many, each symbol keeps its newest one.
 * A lagging reader of prices wants the price of now, not every price since it began to lag.
 */
export class TickQueue {
  /** Ticks that were dropped for a newer one. */
  conflated = 0;
  private readonly bySymbol = new Map<string, Waiting[]>();
  private total = 0;

  constructor(private readonly limits: TickQueueLimits, private readonly now: () => number) {}

  get size(): number {
    return this.total;
  }

  /** When the oldest tick came, or undefined for an empty queue. */
  oldest(): number | undefined {
    let oldest: number | undefined;
    for (const [first] of this.bySymbol.values()) if (oldest === undefined || first.since < oldest) oldest = first.since;
    return oldest;
  }

  add(ticker: Ticker): void {
    if (this.total >= this.limits.maxTicks) this.conflate();
    const waiting = { line: Buffer.from(`${JSON.stringify(ticker)}\n`), since: this.now() };
    const list = this.bySymbol.get(ticker.symbol);
    if (list) list.push(waiting);
    else this.bySymbol.set(ticker.symbol, [waiting]);
    this.total++;
  }

  /**
   * Takes at most one run per symbol: with one record per symbol in flight, no retry can overtake an older tick. Symbols that
   * were not reached come first the next time.
   */
  take(): TickRun[] {
    const runs: TickRun[] = [];
    let bytes = 0;
    for (const [symbol, list] of [...this.bySymbol]) {
      if (runs.length >= this.limits.maxRuns) break;
      let count = 0;
      let size = 0;
      while (count < list.length && size + list[count].line.length <= Math.min(this.limits.maxRunBytes, this.limits.maxBytes - bytes)) {
        size += list[count++].line.length;
      }
      if (count === 0) break;
      bytes += size;
      this.total -= count;
      const taken = list.splice(0, count);
      runs.push({ symbol, data: Buffer.concat(taken.map((waiting) => waiting.line)), count, since: taken[0].since });
      // A map keeps the order of insertion: the symbol goes to the end of it.
      this.bySymbol.delete(symbol);
      if (list.length > 0) this.bySymbol.set(symbol, list);
    }
    return runs;
  }

  private conflate(): void {
    for (const [symbol, list] of this.bySymbol) {
      this.conflated += list.length - 1;
      this.total -= list.length - 1;
      this.bySymbol.set(symbol, list.slice(-1));
    }
  }
}
