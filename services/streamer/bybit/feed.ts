import { setTimeout as sleep } from 'node:timers/promises';
import type { Ticker } from '../../domain';
import type { Logger } from '../../runtime';
import { type BackoffLimits, fullJitter } from '../backoff';
import type { Feed, FeedState, TickListener } from '../feed';
import { Connection } from './connection';
import { type BookFrame, type Frame, MalformedFrameError, type TickerFrame, parseFrame } from './frames';
import { SymbolState } from './symbol-state';

export interface BybitFeedOptions {
  /** WebSocket of the exchange, such as `wss://stream.bybit.com/v5/public/spot`. */
  readonly url: string;
  readonly symbols: readonly string[];
  /** Milliseconds without market data after which the connection is replaced. */
  readonly staleAfterMs: number;
  readonly logger: Logger;
  readonly onTick: TickListener;
  /** Milliseconds between two pings; default 20 s, as the exchange advises. */
  readonly pingIntervalMs?: number;
  /** Default 0.5 s, doubling to 30 s. */
  readonly backoff?: BackoffLimits;
  /** A connection that delivered for this long ends the series of failed attempts; default 10 s. */
  readonly soundAfterMs?: number;
}

/** How often the loop looks at the connection, at most. */
const WATCH_MS = 1_000;

/** Bybit's v5 public market data: tickers and best prices of the symbols, merged, one tick per change. */
export class BybitFeed implements Feed {
  private readonly states: ReadonlyMap<string, SymbolState>;
  private readonly malformed: Record<string, number> = {};
  private readonly refused = new Map<string, string>();
  private readonly stopping = new AbortController();
  private readonly started = Date.now();
  private connection: Connection | undefined;
  private connections = 0;
  private lastData: number | undefined;
  private beat = Date.now();
  private loop: Promise<void> | undefined;

  constructor(private readonly options: BybitFeedOptions) {
    this.states = new Map(options.symbols.map((symbol) => [symbol, new SymbolState(symbol)]));
  }

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.connection?.close('stopping');
    await this.loop;
  }

  state(): FeedState {
    const now = Date.now();
    const stale = [...this.states.values()].filter((state) => now - (state.receivedTime ?? this.started) > this.options.staleAfterMs);
    return {
      connected: this.connection?.isOpen === true,
      ageMs: now - (this.lastData ?? this.started),
      staleSymbols: stale.map((state) => state.symbol),
      refused: Object.fromEntries(this.refused),
      connections: this.connections,
      malformed: { ...this.malformed },
      loopAgeMs: now - this.beat,
    };
  }

  private async run(): Promise<void> {
    const { logger, backoff = { firstMs: 500, lastMs: 30_000 }, soundAfterMs = 10_000 } = this.options;
    let attempt = 0;
    while (!this.stopping.signal.aborted) {
      const { reason, deliveredMs } = await this.follow();
      if (this.stopping.signal.aborted) return;
      // Opening is no success yet: a server that accepts and drops is met with growing patience as well.
      if (deliveredMs >= soundAfterMs) attempt = 0;
      const waitMs = fullJitter(attempt++, backoff);
      logger.warn({ url: this.options.url, reason, attempt, waitMs: Math.round(waitMs) }, 'the market-data connection ended; connecting again');
      const until = Date.now() + waitMs;
      // In short pieces, so that the loop is seen to be alive.
      for (let left = waitMs; left > 0 && !this.stopping.signal.aborted; left = until - Date.now()) {
        this.beat = Date.now();
        await sleep(Math.min(left, WATCH_MS), undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }

  /** Lives through one connection. */
  private async follow(): Promise<{ reason: string; deliveredMs: number }> {
    const { url, symbols, staleAfterMs, logger, pingIntervalMs = 20_000 } = this.options;
    for (const state of this.states.values()) state.reset();
    this.refused.clear();
    const opened = Date.now();
    let first: number | undefined;
    const connection = new Connection({
      url,
      topics: symbols.flatMap((symbol) => [`tickers.${symbol}`, `orderbook.1.${symbol}`]),
      pingIntervalMs,
      answerLimitMs: staleAfterMs,
      onOpen: () => {
        this.connections++;
        logger.info({ url, symbols: symbols.length }, 'market-data connection open');
      },
      onText: (text) => {
        if (this.receive(text)) first ??= Date.now();
      },
      onRefused: (topic, message) => {
        this.refused.set(topic, message);
        logger.error({ topic, reason: message }, 'the exchange refuses a topic; check SYMBOLS');
      },
    });
    this.connection = connection;
    const watch = setInterval(() => {
      this.beat = Date.now();
      const silentMs = Date.now() - Math.max(opened, this.lastData ?? 0);
      if (silentMs > staleAfterMs) connection.close(`no market data for ${silentMs} ms`);
      else connection.check();
    }, Math.min(WATCH_MS, staleAfterMs / 4));
    try {
      const reason = await connection.closed;
      return { reason, deliveredMs: first === undefined ? 0 : (this.lastData ?? first) - first };
    } finally {
      clearInterval(watch);
    }
  }

  /** @returns whether the frame was market data */
  private receive(text: string): boolean {
    let frame: Frame;
    try {
      frame = parseFrame(text);
    } catch (error) {
      if (!(error instanceof MalformedFrameError)) throw error;
      this.count(error.kind, error.message);
      return false;
    }
    if (frame.type === 'answer') {
      if (frame.op === 'subscribe') this.connection?.answer(frame.requestId, frame.success, frame.message);
      else if (!frame.success) this.count(`refused_${frame.op}`, `the exchange refuses ${JSON.stringify(frame.op)}: ${frame.message}`);
      return false;
    }
    const state = this.states.get(frame.symbol);
    if (!state) {
      this.count('unknown_symbol', `a frame is of a symbol that nobody asked for: ${frame.symbol}`);
      return false;
    }
    const now = Date.now();
    const tick = this.merge(state, frame, now);
    this.lastData = now;
    if (tick) this.options.onTick(tick);
    return true;
  }

  private merge(state: SymbolState, frame: TickerFrame | BookFrame, now: number): Ticker | undefined {
    if (frame.type === 'ticker') return state.applyTicker(frame, now);
    const result = state.applyBook(frame, now);
    if (result !== 'gap') return result;
    this.count('book_gap', `${frame.topic} lost an update before ${frame.updateId}; it is asked for again`);
    this.connection?.renew(frame.topic);
    return undefined;
  }

  /** Counts a frame that is no use and logs the first of its kind: a broken feed must not flood the log as well. */
  private count(kind: string, message: string): void {
    const count = this.malformed[kind] = (this.malformed[kind] ?? 0) + 1;
    if (count === 1) this.options.logger.warn({ kind, reason: message }, 'a market-data frame was left out; further ones of this kind are only counted');
  }
}
