import { balanceChange } from './balance-changes';
import type { CacheWriter } from './cache-writer';
import { bookView, BudgetOrders, depthUpdate, orderUpdates, tradeView } from './views';
import {
  balancesChannel, bookChannel, bookKey, depthChannel, INSTRUMENTS_CHANNEL, INSTRUMENTS_KEY, isWatchedOrder, ordersChannel, tradesChannel,
  TRADES_KEPT, tradesKey, WATCHED_SECONDS, watchedOrderKey,
  type BookView, type Core, type Event, type Instrument, type InstrumentSpec, type Trade, type TraceContext,
} from '../../domain';
import { traceparentOf } from '../../runtime';

/** Levels of each side that the cache keeps. */
const BOOK_DEPTH = 50;
/** Milliseconds between two looks whether the cache still has everything. */
const LOOK_MS = 1_000;

export interface ProjectionsOptions {
  readonly core: Core;
  readonly cache: CacheWriter;
  /** Least milliseconds between two pictures of the books. */
  readonly bookIntervalMs?: number;
  /** Milliseconds between two looks whether the cache still has what was shown. */
  readonly lookMs?: number;
}

/** Shows what happens in the core to everybody else, through the cache, while this process leads. */
export class Projections {
  private readonly instruments = new Map<string, Instrument>();
  /** Decimals of each asset that something trades. */
  private readonly decimals = new Map<string, number>();
  private readonly changed = new Set<string>();
  private readonly budgets = new BudgetOrders();
  /** The last picture of each book that was shown in this term. */
  private readonly shown = new Map<string, BookView>();
  /** The last trades of each symbol, oldest first; kept by a standby as well. */
  private readonly trades = new Map<string, Trade[]>();
  private timer: NodeJS.Timeout | undefined;
  private look: NodeJS.Timeout | undefined;
  private lastBooks = 0;
  private leading = false;
  private time = 0;

  constructor(private readonly options: ProjectionsOptions) {
    this.learnInstruments();
  }

  /** Begins a term: shows everything again, and what happened since the last event that is known to be published. */
  lead(unpublished: readonly Event[]): void {
    this.leading = true;
    this.learnInstruments();
    for (const event of unpublished) this.show(event, true);
    this.showAll();
    this.look ??= setInterval(() => void this.lookAfterCache(), this.options.lookMs ?? LOOK_MS).unref();
  }

  /** Ends the term at once. */
  stop(): void {
    this.leading = false;
    this.shown.clear();
    this.options.cache.clear();
    clearTimeout(this.timer);
    clearInterval(this.look);
    this.timer = this.look = undefined;
  }

  /** Takes events of the core, right after they happened. @param trace where they were traced to */
  observe(events: readonly Event[], trace?: TraceContext): void {
    for (const event of events) {
      if (event.type === 'instrument_configured') this.learnInstruments();
      if (event.type === 'trade') this.remember(event);
      if (this.leading) this.show(event, false, trace);
    }
  }

  /** Shows the last state of everything: to a cache that may have lost it. */
  showAll(): void {
    if (!this.leading) return;
    for (const instrument of this.instruments.values()) {
      this.showInstrument(instrument);
      this.showTrades(instrument.symbol);
      this.changed.add(instrument.symbol);
    }
    this.showBooksSoon();
  }

  /** A cache can lose what it has without losing a connection: it was flushed, or ran out of memory. */
  private async lookAfterCache(): Promise<void> {
    const { cache } = this.options;
    const keys = this.instruments.size === 0 ? [] : [
      INSTRUMENTS_KEY, ...Array.from(this.instruments.keys(), bookKey), ...Array.from(this.trades.keys(), tradesKey),
    ];
    if (await cache.misses(keys)) this.showAll();
  }

  private learnInstruments(): void {
    for (const instrument of this.options.core.instruments()) {
      this.instruments.set(instrument.symbol, instrument);
      for (const { code, decimals } of [instrument.base, instrument.quote]) this.decimals.set(code, decimals);
    }
  }

  private show(event: Event, again: boolean, trace?: TraceContext): void {
    const { cache } = this.options;
    this.time = event.time;
    if (event.type === 'instrument_configured') this.showInstrument(event.instrument);
    for (const [accountId, update] of orderUpdates(event, (symbol) => this.instruments.get(symbol), this.budgets)) {
      const message = JSON.stringify(trace ? { ...update, traceparent: traceparentOf(trace) } : update);
      cache.write((pipeline) => pipeline.publish(ordersChannel(accountId), message));
      if (!isWatchedOrder(update.orderId)) continue;
      const key = watchedOrderKey(update.orderId);
      // Told again it is the same field with the same text.
      cache.write((pipeline) => pipeline.hset(key, update.seq, message).expire(key, WATCHED_SECONDS));
    }
    const moved = balanceChange(event, (asset) => this.decimals.get(asset));
    if (moved) cache.write((pipeline) => pipeline.publish(balancesChannel(moved[0]), JSON.stringify(moved[1])));
    if (event.type === 'trade') this.showTrade(event, again);
    const symbol = bookOf(event);
    if (symbol === undefined) return;
    this.changed.add(symbol);
    this.showBooksSoon();
  }

  private remember(trade: Trade): void {
    const kept = this.trades.get(trade.symbol) ?? [];
    kept.push(trade);
    if (kept.length > TRADES_KEPT) kept.shift();
    this.trades.set(trade.symbol, kept);
  }

  private showTrade(trade: Trade, again: boolean): void {
    const key = tradesKey(trade.symbol);
    const message = this.messageOf(trade);
    this.options.cache.write((pipeline) => {
      // What is told again comes into the list together with all that is known here.
      if (!again) pipeline.lpush(key, message).ltrim(key, 0, TRADES_KEPT - 1);
      pipeline.publish(tradesChannel(trade.symbol), message);
    });
  }

  /** Puts the trades that are known here in front, in order; older ones that the cache has from somebody else stay behind them. */
  private showTrades(symbol: string): void {
    const kept = (this.trades.get(symbol) ?? []).map((trade) => this.messageOf(trade));
    if (kept.length === 0) return;
    const key = tradesKey(symbol);
    this.options.cache.write((pipeline) => {
      // It may have some of them: the same event is the same text.
      for (const message of kept) pipeline.lrem(key, 0, message).lpush(key, message);
      pipeline.ltrim(key, 0, TRADES_KEPT - 1);
    });
  }

  private messageOf(trade: Trade): string {
    return JSON.stringify(tradeView(trade, this.instruments.get(trade.symbol)!));
  }

  private showInstrument({ symbol, base, quote, tickSize, lotSize, version, rules }: InstrumentSpec): void {
    const spec: InstrumentSpec = { symbol, base, quote, tickSize, lotSize, version, ...(rules ? { rules } : {}) };
    const message = JSON.stringify(spec);
    this.options.cache.write((pipeline) => pipeline.hset(INSTRUMENTS_KEY, symbol, message).publish(INSTRUMENTS_CHANNEL, message));
  }

  private showBooksSoon(): void {
    const { bookIntervalMs = 50 } = this.options;
    this.timer ??= setTimeout(() => this.showBooks(), Math.max(0, this.lastBooks + bookIntervalMs - performance.now()));
  }

  private showBooks(): void {
    const { core, cache } = this.options;
    this.timer = undefined;
    this.lastBooks = performance.now();
    for (const symbol of this.changed) {
      const instrument = this.instruments.get(symbol);
      if (!instrument) continue;
      const view = bookView(core, instrument, BOOK_DEPTH, this.time);
      const before = this.shown.get(symbol);
      this.shown.set(symbol, view);
      const message = JSON.stringify(view);
      // The first of a term follows a picture that another process made: whoever reads differences begins again with this one.
      const difference = before && before.seq !== view.seq ? JSON.stringify(depthUpdate(before, view)) : undefined;
      cache.write((pipeline) => {
        pipeline.set(bookKey(symbol), message).publish(bookChannel(symbol), message);
        if (difference !== undefined) pipeline.publish(depthChannel(symbol), difference);
      });
    }
    this.changed.clear();
  }
}

/** The symbol whose book an event changes. An accepted order that is filled at once changes it through its trades. */
function bookOf(event: Event): string | undefined {
  switch (event.type) {
    case 'order_accepted':
    case 'order_amended':
    case 'trade':
    case 'order_cancelled':
      return event.symbol;
    case 'instrument_configured':
      return event.instrument.symbol;
    default:
      return undefined;
  }
}
