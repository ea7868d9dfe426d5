import type { Redis } from 'ioredis';
import type { MarketDataState } from '../../adapters/market-data/market-data';
import type { Logger } from '../../runtime';
import { FILL, leaseKey, PEEK, seenKey, SUBMIT, toldKey } from '../leadership/scripts';
import { marketTradesChannel, type MarketTrade, type TradeGap } from '../model';
import { TradeRing } from './trade-ring';

/** Trades in one step. */
const BATCH = 500;
const RETRY_MS = 250;
const ROUND_MS = 250;
/** What another one leads and has not told after this part of the time that it is kept, is told by whoever heard it. */
const FILL_AFTER = 0.55;

/** Where every trade is written for good; it takes whatever comes and keeps it until it is written. */
export interface TradeStream {
  write(item: { readonly symbol: string }): void;
  state(): MarketDataState;
}

export interface TradeOutletOptions {
  readonly redis: Pick<Redis, 'eval'>;
  readonly leases: { readonly owner: string; leads(symbol: string): boolean; lost(symbol: string): void };
  readonly stream?: TradeStream;
  readonly logger: Logger;
  /** Which connection it is that trades come from, and since when everything that the exchange sends on it is heard; undefined while it is not. */
  readonly listening: () => { readonly connection: number; readonly since: number | undefined };
  /** Whether a symbol's trades are numbered one by one. */
  readonly numbered?: boolean;
  /** Takes each trade once, whoever leads. */
  readonly onTrade?: (trade: MarketTrade) => void;
  /** Stops and resumes reading from the exchange. */
  readonly onPressure?: (reason: string) => void;
  readonly onRelief?: () => void;
  /**
   * Milliseconds that a trade is kept for the case that this process has to lead. Longer than a leader's lapse and what may wait for the stream
   * together; default 10 s.
   */
  readonly keepMs?: number;
  /** Trades that may wait for the stream; default 50 000. */
  readonly maxWaiting?: number;
  /** Milliseconds that a trade may wait for the stream; default 5 s. */
  readonly maxLagMs?: number;
}

export interface TradeOutletState {
  /** Trades that were published since the start. */
  readonly published: number;
  /** Trades that wait to be published. */
  readonly waiting: number;
  /** Gaps that were told. */
  readonly gaps: number;
  /** Trades that a reader of the channel missed because the cache was away; the stream has them. */
  readonly missed: number;
  readonly problem?: string;
}

interface SymbolTrades {
  readonly ring: TradeRing;
  busy: boolean;
  /** Id and time of the last trade that was told, by anybody; undefined when it has to be asked for. */
  last?: { readonly id: string; readonly at: number };
  connection?: number;
  /** Since when this process hears all of the symbol's trades. */
  heardSince: number;
  untold: number;
}

/**
 * Takes trades to the channel and to the stream; none is dropped. Each process keeps what it heard for a while. The leader of a symbol writes each
 * trade to the stream and publishes it, in one step with the check that it leads and that the id was not told. Who follows a leader begins with
 * everything that it kept: the channel gets what it lacks once, the stream rather twice than not at all. What the leader did not hear is told as a
 * gap, and filled late by another one that did.
 *
 * When the stream does not take trades, reading stops at a limit, and the exchange waits or the connection ends. A cache that is away holds nothing
 * up: its readers are told of a gap, and the stream has the trades.
 */
export class TradeOutlet {
  private readonly symbols = new Map<string, SymbolTrades>();
  private readonly rounds: NodeJS.Timeout;
  private readonly keepMs: number;
  private published = 0;
  private gaps = 0;
  private missed = 0;
  private problem: string | undefined;
  private pressed = false;
  private closing = false;

  constructor(private readonly options: TradeOutletOptions) {
    this.keepMs = options.keepMs ?? 10_000;
    this.rounds = setInterval(() => this.round(), ROUND_MS);
  }

  hear(symbol: string, trades: readonly MarketTrade[]): void {
    const { leases, stream } = this.options;
    const state = this.of(symbol);
    const leads = leases.leads(symbol);
    const { connection, since } = this.options.listening();
    const begins = state.connection !== connection && trades.length > 0;
    if (begins) {
      state.connection = connection;
      // Before it is complete the first trade is the beginning.
      state.heardSince = Math.min(since ?? Infinity, trades[0].receivedTime);
      state.last = undefined;
    }
    let fresh = false;
    for (const trade of trades) {
      if (!state.ring.add(trade)) {
        // The exchange begins with what was here before the break: nothing is missing.
        if (begins) state.heardSince = 0;
        continue;
      }
      fresh = true;
      this.options.onTrade?.(trade);
      if (leads) stream?.write(trade);
    }
    if (fresh && leads) void this.publish(symbol, state);
  }

  /** This process begins to lead a symbol. */
  lead(symbol: string): void {
    const state = this.of(symbol);
    state.last = undefined;
    state.ring.rewind();
    // How far the stream is behind the last leader nobody knows: it gets everything that the last one may not have written.
    for (const trade of state.ring.all()) this.options.stream?.write(trade);
    void this.publish(symbol, state);
  }

  state(): TradeOutletState {
    let waiting = 0;
    for (const [symbol, { ring }] of this.symbols) if (this.options.leases.leads(symbol)) waiting += ring.waiting;
    return { published: this.published, waiting, gaps: this.gaps, missed: this.missed, problem: this.problem };
  }

  /** Publishes what waits, for at most `limitMs`, and ends. */
  async close(limitMs = 2_000): Promise<void> {
    this.closing = true;
    const deadline = Date.now() + limitMs;
    while (this.state().waiting > 0 && this.problem === undefined && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    clearInterval(this.rounds);
  }

  private of(symbol: string): SymbolTrades {
    let state = this.symbols.get(symbol);
    if (!state) this.symbols.set(symbol, state = { ring: new TradeRing(), busy: false, heardSince: Infinity, untold: 0 });
    return state;
  }

  /** Publishes what waits of a symbol; what comes meanwhile makes the next step. */
  private async publish(symbol: string, state: SymbolTrades): Promise<void> {
    if (state.busy) return;
    state.busy = true;
    const { redis, leases } = this.options;
    try {
      // What one turn of the event loop brings goes out together.
      await new Promise(setImmediate);
      while (state.ring.waiting > 0 && leases.leads(symbol)) {
        const next = state.ring.next(BATCH);
        const { trades: batch } = next;
        const [first] = batch;
        if (state.last === undefined) await this.recall(symbol, state, batch);
        const entries: string[] = [];
        let { last } = state;
        for (const trade of batch) {
          const gap = this.gapBefore(trade, last, state, trade === first);
          if (gap) entries.push(`gap ${gap.until}`, String(gap.until), JSON.stringify(gap));
          entries.push(trade.id, String(trade.receivedTime), JSON.stringify(trade));
          // A number below the last one was told by another leader.
          if (!(this.options.numbered === true && last && Number(trade.id) < Number(last.id))) last = { id: trade.id, at: trade.receivedTime };
        }
        const forgetBefore = String(Date.now() - 2 * this.keepMs);
        const told = Number(await redis.eval(
          SUBMIT, 3, leaseKey(symbol), toldKey(symbol), seenKey(symbol), leases.owner, marketTradesChannel(symbol), forgetBefore, ...entries));
        if (told < 0) return leases.lost(symbol);
        state.ring.advance(next);
        state.last = last;
        state.untold = 0;
        this.published += told;
        this.problem = undefined;
      }
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      // Whether it was told is not known; the ids are.
      state.last = undefined;
      if (!this.closing) setTimeout(() => void this.publish(symbol, state), RETRY_MS).unref();
    } finally {
      state.busy = false;
      if (state.ring.waiting > 0 && leases.leads(symbol) && this.problem === undefined) void this.publish(symbol, state);
    }
  }

  /** Tells what the leader should have told by now. */
  private async fill(symbol: string, state: SymbolTrades): Promise<void> {
    const { redis, leases, stream } = this.options;
    if (state.busy || this.closing) return;
    state.busy = true;
    try {
      const overdue = Date.now() - FILL_AFTER * this.keepMs;
      while (state.ring.isOverdue(overdue) && !leases.leads(symbol)) {
        // Those that are not overdue yet are left for the leader.
        const { trades, end, turn } = state.ring.next(BATCH);
        const batch = trades.filter(({ receivedTime }) => receivedTime < overdue);
        const entries = batch.flatMap((trade) => [trade.id, String(trade.receivedTime), JSON.stringify(trade)]);
        const places = await redis.eval(FILL, 1, seenKey(symbol), marketTradesChannel(symbol), ...entries) as number[];
        for (const place of places) stream?.write(batch[place]);
        this.published += places.length;
        state.ring.advance({ trades: batch, end: end - trades.length + batch.length, turn });
      }
    } catch {
      // The next round, or the leader.
    } finally {
      state.busy = false;
      if (leases.leads(symbol)) void this.publish(symbol, state);
    }
  }

  /** Asks for the last trade that was told. */
  private async recall(symbol: string, state: SymbolTrades, batch: readonly MarketTrade[]): Promise<void> {
    const [at, id, known] = await this.options.redis.eval(
      PEEK, 2, toldKey(symbol), seenKey(symbol), ...batch.map((trade) => trade.id)) as [string, string, number];
    // Without an earlier trade nothing is missing, and where one of these was told, the ends meet.
    const meet = at === '' || (this.options.numbered !== true && known > 0);
    state.last = meet ? { id: '', at: Infinity } : { id, at: Number(at) };
  }

  private gapBefore(trade: MarketTrade, last: SymbolTrades['last'], state: SymbolTrades, isFirst: boolean): TradeGap | undefined {
    if (last === undefined || last.id === '' || last.id === trade.id) return undefined;
    const gap = (missing?: number): TradeGap => {
      this.gaps++;
      const { symbol, source, receivedTime } = trade;
      const told: TradeGap = { type: 'gap', symbol, from: last.at, until: receivedTime, after: last.id || undefined, before: trade.id, missing, source };
      this.options.logger.warn({ symbol, from: last.at, until: receivedTime, missing }, 'trades are missing');
      this.options.stream?.write(told);
      return told;
    };
    if (this.options.numbered === true) {
      const missing = Number(trade.id) - Number(last.id) - 1;
      return missing > 0 ? gap(missing) : undefined;
    }
    if (state.untold > 0 && isFirst) return gap(state.untold);
    // Heard without a break since before the last one that was told: nothing can be missing.
    return isFirst && state.heardSince > last.at ? gap() : undefined;
  }

  private round(): void {
    const { leases, stream, maxWaiting = 50_000, maxLagMs = 5_000, onPressure, onRelief } = this.options;
    for (const [symbol, state] of this.symbols) {
      const untold = state.ring.trim(Date.now() - this.keepMs);
      if (leases.leads(symbol)) {
        state.untold += untold;
        this.missed += untold;
      } else {
        void this.fill(symbol, state);
      }
    }
    if (!stream) return;
    const { queued, lagMs } = stream.state();
    if (!this.pressed && (queued > maxWaiting || lagMs > maxLagMs)) {
      this.pressed = true;
      onPressure?.(`${queued} trades wait for the stream, the first of them for ${lagMs} ms`);
    } else if (this.pressed && queued <= maxWaiting / 2 && lagMs <= maxLagMs / 2) {
      this.pressed = false;
      onRelief?.();
    }
  }
}
