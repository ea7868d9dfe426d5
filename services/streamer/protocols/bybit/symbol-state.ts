import type { BookFrame, TickerField, TickerFrame } from './frames';
import type { Ticker } from '../../../domain';
import type { BookTop } from '../../model';

/** Levels by price, kept from a snapshot and the deltas after it. */
class BookState {
  updateId = 0;
  private readonly bids = new Map<string, string>();
  private readonly asks = new Map<string, string>();

  apply(frame: BookFrame): void {
    if (frame.snapshot) {
      this.bids.clear();
      this.asks.clear();
    }
    for (const [side, levels] of [[this.bids, frame.bids], [this.asks, frame.asks]] as const) {
      for (const [price, size] of levels) {
        if (Number(size) === 0) side.delete(price);
        else side.set(price, size);
      }
    }
    this.updateId = frame.updateId;
  }

  best(): { bid?: string; ask?: string } {
    return { bid: extreme(this.bids, (a, b) => a > b), ask: extreme(this.asks, (a, b) => a < b) };
  }

  sizes(bid: string | undefined, ask: string | undefined): { bidQuantity?: string; askQuantity?: string } {
    return { bidQuantity: bid && this.bids.get(bid), askQuantity: ask && this.asks.get(ask) };
  }
}

function extreme(levels: ReadonlyMap<string, string>, better: (a: number, b: number) => boolean): string | undefined {
  let best: string | undefined;
  for (const price of levels.keys()) if (best === undefined || better(Number(price), Number(best))) best = price;
  return best;
}

/** Everything that the feed said about one symbol on one connection, merged: a delta of another one must not meet it. */
export class SymbolState {
  private fields: Partial<Record<TickerField, string>> = {};
  private tickerKnown = false;
  private exchangeTime = 0;
  private book: BookState | undefined;

  constructor(readonly symbol: string) {}

  /** @returns the ticker as it is now, or undefined while the symbol has no price yet */
  applyTicker(frame: TickerFrame, now: number): Ticker | undefined {
    if (frame.snapshot) this.fields = {};
    else if (!this.tickerKnown) return undefined;
    Object.assign(this.fields, frame.fields);
    this.tickerKnown = true;
    return this.ticker(frame.time, now);
  }

  /** @returns `gap` when the delta does not follow what is here: the topic must be asked for again */
  applyBook(frame: BookFrame, now: number): Ticker | 'gap' | undefined {
    if (!frame.snapshot) {
      if (!this.book) return 'gap';
      // Sent twice, or older than the snapshot.
      if (frame.updateId <= this.book.updateId) return undefined;
      if (frame.updateId !== this.book.updateId + 1) {
        this.book = undefined;
        return 'gap';
      }
    }
    this.book ??= new BookState();
    this.book.apply(frame);
    return this.ticker(frame.time, now);
  }

  /** The best prices of the book; undefined while it is not known. */
  top(time: number, now: number): BookTop | undefined {
    if (!this.book) return undefined;
    const { bid, ask } = this.book.best();
    return {
      type: 'top',
      symbol: this.symbol,
      bidPrice: bid,
      askPrice: ask,
      ...this.book.sizes(bid, ask),
      updateId: this.book.updateId,
      exchangeTime: time,
      receivedTime: now,
      source: 'bybit',
    };
  }

  private ticker(time: number, now: number): Ticker | undefined {
    this.exchangeTime = Math.max(this.exchangeTime, time);
    const { lastPrice, bid1Price, ask1Price, highPrice24h, lowPrice24h, volume24h } = this.fields;
    if (lastPrice === undefined) return undefined;
    // The spot ticker has no best prices; where it has them, those of the book are fresher.
    const best = this.book?.best() ?? { bid: bid1Price, ask: ask1Price };
    return {
      symbol: this.symbol,
      lastPrice,
      bidPrice: best.bid,
      askPrice: best.ask,
      high24h: highPrice24h,
      low24h: lowPrice24h,
      volume24h,
      exchangeTime: this.exchangeTime,
      receivedTime: now,
      source: 'bybit',
    };
  }
}
