import type { MarketTrade } from '../model';

/** Ids that are known for longer than their trades. */
const IDS_KEPT = 1_000;

/** Trades that are being told. */
export interface TradeBatch {
  readonly trades: readonly MarketTrade[];
  /** Position behind the last of them. */
  readonly end: number;
  readonly turn: number;
}

/** The trades of one symbol that were heard of late, each one once, oldest first, and how far they were told. */
export class TradeRing {
  private trades: MarketTrade[] = [];
  /** In the order of the trades; the first ones are of trades that are gone. */
  private readonly ids = new Set<string>();
  /** Position of the first trade that is here, counted since the start. */
  private base = 0;
  private told = 0;
  private turn = 0;

  /** Trades that are here. */
  get size(): number {
    return this.trades.length;
  }

  /** Trades that were not told yet. */
  get waiting(): number {
    return this.base + this.trades.length - this.told;
  }

  /** @returns false for a trade that was here before */
  add(trade: MarketTrade): boolean {
    if (this.ids.has(trade.id)) return false;
    this.ids.add(trade.id);
    this.trades.push(trade);
    return true;
  }

  all(): readonly MarketTrade[] {
    return this.trades;
  }

  /** The oldest trades that were not told, at most `count`, for `advance`. */
  next(count: number): TradeBatch {
    const start = this.told - this.base;
    const trades = this.trades.slice(start, start + count);
    return { trades, end: this.told + trades.length, turn: this.turn };
  }

  /** Whether the oldest trade that was not told was heard before a time. */
  isOverdue(before: number): boolean {
    const next = this.trades[this.told - this.base];
    return next !== undefined && next.receivedTime < before;
  }

  /** A batch was told. What was begun anew meanwhile stays where it is. */
  advance({ end, turn }: TradeBatch): void {
    if (turn === this.turn) this.told = Math.max(this.told, end);
  }

  /** What is here is to be told again: nobody knows how far another one came. */
  rewind(): void {
    this.told = this.base;
    this.turn++;
  }

  /**
   * Forgets what was heard before a time.
   *
   * @returns how many of them were not told
   */
  trim(before: number): number {
    let count = 0;
    while (count < this.trades.length && this.trades[count].receivedTime < before) count++;
    if (count === 0) return 0;
    this.trades = this.trades.slice(count);
    let surplus = this.ids.size - Math.max(IDS_KEPT, this.trades.length);
    for (const id of this.ids) {
      if (surplus-- <= 0) break;
      this.ids.delete(id);
    }
    this.base += count;
    const untold = Math.max(0, this.base - this.told);
    this.told = Math.max(this.told, this.base);
    return untold;
  }
}
