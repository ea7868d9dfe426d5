import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../runtime';
import { type BackoffLimits, fullJitter } from './backoff';
import { ClockSkew } from './clock-skew';
import { Connection } from './connection';
import type { Feed, FeedState, TickListener, TopListener, TradesListener } from './feed';
import { MalformedFrameError } from './protocols/frame';
import type { Conversation, Heard, Protocol } from './protocols/protocol';

export interface ExchangeFeedOptions {
  /** How the exchange speaks. */
  readonly protocol: Protocol;
  /** Its public WebSocket. */
  readonly url: string;
  readonly symbols: readonly string[];
  /** Milliseconds without market data after which the connection is replaced. */
  readonly staleAfterMs: number;
  readonly logger: Logger;
  readonly onTick: TickListener;
  readonly onTop?: TopListener;
  readonly onTrades?: TradesListener;
  /** A connection ended: what the exchange sends now is not heard. */
  readonly onDisconnected?: () => void;
  /** Takes every frame of market data as it came, for a recording. */
  readonly onFrame?: (symbol: string, text: string) => void;
  /** Default 0.5 s, doubling to 30 s. */
  readonly backoff?: BackoffLimits;
  /** A connection that delivered for this long ends the series of failed attempts; default 10 s. */
  readonly soundAfterMs?: number;
  /** A connection that is paused for longer is closed; default 10 s. */
  readonly pauseLimitMs?: number;
}

/** How often the loop looks at the connection, at most. */
const WATCH_MS = 1_000;

/** Tickers and best prices of an exchange's public market data, merged, one tick per change. */
export class ExchangeFeed implements Feed {
  /** When the last market data of each symbol came, by our clock. */
  private readonly heard = new Map<string, number>();
  private readonly malformed: Record<string, number> = {};
  private readonly refused = new Map<string, string>();
  private readonly stopping = new AbortController();
  private readonly started = Date.now();
  private connection: Connection | undefined;
  private connections = 0;
  private lastData: number | undefined;
  private beat = Date.now();
  private loop: Promise<void> | undefined;
  private readonly skew = new ClockSkew();
  private paused: { readonly reason: string; readonly since: number } | undefined;
  private completeSince: number | undefined;

  constructor(private readonly options: ExchangeFeedOptions) {}

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.connection?.close('stopping');
    await this.loop;
  }

  /** The number of the connection, and since when everything that the exchange sends about all symbols is heard on it, by our clock. */
  get listening(): { readonly connection: number; readonly since: number | undefined } {
    return { connection: this.connections, since: this.completeSince };
  }

  /** Reads no further: what comes cannot be written. The exchange is left to wait, and when that takes too long the connection is closed. */
  pause(reason: string): void {
    if (this.paused) return;
    this.paused = { reason, since: Date.now() };
    this.options.logger.warn({ reason }, 'market data is not read for now');
    this.connection?.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.options.logger.info({ pausedMs: Date.now() - this.paused.since }, 'market data is read again');
    this.paused = undefined;
    this.lastData = Date.now();
    this.connection?.resume();
  }

  state(): FeedState {
    const now = Date.now();
    const { symbols, staleAfterMs } = this.options;
    return {
      connected: this.connection?.isOpen === true,
      ageMs: now - (this.lastData ?? this.started),
      staleSymbols: symbols.filter((symbol) => now - (this.heard.get(symbol) ?? this.started) > staleAfterMs),
      refused: Object.fromEntries(this.refused),
      connections: this.connections,
      malformed: { ...this.malformed },
      loopAgeMs: now - this.beat,
      paused: this.paused?.reason,
      skewMs: this.skew.ms(),
    };
  }

  private async run(): Promise<void> {
    const { logger, backoff = { firstMs: 500, lastMs: 30_000 }, soundAfterMs = 10_000 } = this.options;
    let attempt = 0;
    while (!this.stopping.signal.aborted) {
      if (this.paused) {
        // Whoever cannot write what comes does not ask for more.
        this.beat = Date.now();
        await sleep(50, undefined, { signal: this.stopping.signal }).catch(() => undefined);
        continue;
      }
      const { reason, deliveredMs, planned } = await this.follow();
      if (this.stopping.signal.aborted) return;
      // Opening is no success yet: a server that accepts and drops is met with growing patience as well.
      if (deliveredMs >= soundAfterMs) attempt = 0;
      const waitMs = planned ? 0 : fullJitter(attempt++, backoff);
      logger[planned ? 'info' : 'warn']({ url: this.options.url, reason, attempt, waitMs: Math.round(waitMs) },
        'the market-data connection ended; connecting again');
      const until = Date.now() + waitMs;
      // In short pieces, so that the loop is seen to be alive.
      for (let left = waitMs; left > 0 && !this.stopping.signal.aborted; left = until - Date.now()) {
        this.beat = Date.now();
        await sleep(Math.min(left, WATCH_MS), undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }

  /** Lives through one connection. */
  private async follow(): Promise<{ reason: string; deliveredMs: number; planned: boolean }> {
    const { protocol, url, symbols, staleAfterMs, logger, pauseLimitMs = 10_000, onDisconnected } = this.options;
    this.refused.clear();
    const conversation = protocol.converse(symbols, Date.now);
    const opened = Date.now();
    let first: number | undefined;
    let planned = false;
    const replace = (reason: string): void => {
      planned = true;
      connection.close(reason);
    };
    const connection = new Connection({
      url,
      protocol,
      onOpen: () => {
        this.connections++;
        logger.info({ url, exchange: protocol.name, symbols: symbols.length }, 'market-data connection open');
        connection.send(conversation.open());
        if (this.paused) connection.pause();
      },
      onText: (text) => {
        const heard = this.hear(conversation, text);
        if (heard.symbol !== undefined) first ??= Date.now();
        if (this.completeSince === undefined && conversation.waitingMs() === 0) this.completeSince = Date.now();
        if (heard.send) connection.send(heard.send);
        if (heard.replace !== undefined) replace(heard.replace);
      },
    });
    this.connection = connection;
    const watch = setInterval(() => {
      this.beat = Date.now();
      const silentMs = Date.now() - Math.max(opened, this.lastData ?? 0);
      const waitingMs = conversation.waitingMs();
      if (this.paused) {
        const pausedMs = Date.now() - this.paused.since;
        if (pausedMs > pauseLimitMs) connection.close(`paused for ${pausedMs} ms: ${this.paused.reason}`);
      } else if (silentMs > staleAfterMs) {
        connection.close(`no market data for ${silentMs} ms`);
      } else if (waitingMs > staleAfterMs) {
        connection.close(`no answer to a subscription for ${waitingMs} ms`);
      } else if (protocol.replaceAfterMs !== undefined && Date.now() - opened > protocol.replaceAfterMs) {
        replace('replaced before the exchange cuts it');
      }
    }, Math.min(WATCH_MS, staleAfterMs / 4));
    try {
      const reason = await connection.closed;
      return { reason, planned, deliveredMs: first === undefined ? 0 : (this.lastData ?? first) - first };
    } finally {
      clearInterval(watch);
      this.completeSince = undefined;
      onDisconnected?.();
    }
  }

  /** Takes one frame: what is wrong with it is counted, what it brings goes on. */
  private hear(conversation: Conversation, text: string): Heard {
    const now = Date.now();
    let heard: Heard;
    try {
      heard = conversation.hear(text, now);
    } catch (error) {
      if (!(error instanceof MalformedFrameError)) throw error;
      this.count(error.kind, error.message);
      return {};
    }
    const { symbol, tick, top, trades, fault, refused } = heard;
    if (fault) this.count(fault.kind, fault.message);
    if (refused) {
      this.refused.set(refused.topic, refused.message);
      this.options.logger.error({ topic: refused.topic, reason: refused.message }, 'the exchange refuses a topic; check SYMBOLS');
    }
    if (symbol !== undefined) {
      this.lastData = now;
      this.heard.set(symbol, now);
      this.options.onFrame?.(symbol, text);
    }
    const time = trades?.at(-1)?.exchangeTime ?? top?.exchangeTime ?? tick?.exchangeTime;
    if (time !== undefined) this.skew.add(now - time, now);
    if (tick) this.options.onTick(tick);
    if (top) this.options.onTop?.(top);
    if (trades && trades.length > 0) this.options.onTrades?.(symbol!, trades);
    return heard;
  }

  /** Counts a frame that is no use and logs the first of its kind: a broken feed must not flood the log as well. */
  private count(kind: string, message: string): void {
    const count = this.malformed[kind] = (this.malformed[kind] ?? 0) + 1;
    if (count === 1) this.options.logger.warn({ kind, reason: message }, 'a market-data frame was left out; further ones of this kind are only counted');
  }
}
