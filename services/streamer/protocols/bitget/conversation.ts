import { chunks } from '../chunks';
import { excerpt, type Fields, isObject, MalformedFrameError, readDecimals, readObject, readTime } from '../frame';
import { Pending } from '../pending';
import { type Conversation, type Heard, NOTHING, type Protocol } from '../protocol';

/** Symbols in one request: far from the limit of 4,096 bytes that Bitget's documentation names. */
const SYMBOLS_PER_REQUEST = 25;

/** The fields of a ticker that we keep: our name → Bitget's. */
const FIELDS = { lastPrice: 'lastPr', bidPrice: 'bidPr', askPrice: 'askPr', high24h: 'high24h', low24h: 'low24h', volume24h: 'baseVolume' } as const;

/** Bitget's v2 public market data for spot: its ticker is a whole picture each time, best prices included. */
export class BitgetConversation implements Conversation {
  private readonly symbols: ReadonlySet<string>;
  private readonly pending: Pending;
  /** Time of the newest ticker of each symbol: what is older came by a detour. */
  private readonly newest = new Map<string, number>();

  constructor(symbols: readonly string[], now: () => number) {
    this.symbols = new Set(symbols);
    this.pending = new Pending(now);
  }

  open(): readonly string[] {
    return chunks([...this.symbols], SYMBOLS_PER_REQUEST).map((symbols) => {
      for (const symbol of symbols) this.pending.add(symbol);
      return JSON.stringify({ op: 'subscribe', args: symbols.map((instId) => ({ instType: 'SPOT', channel: 'ticker', instId })) });
    });
  }

  hear(text: string, now: number): Heard {
    if (text === 'pong') return NOTHING;
    const frame = readObject(text);
    const arg = isObject(frame.arg) ? frame.arg : {};
    if (typeof frame.event === 'string') return this.answered(frame, frame.event, arg);
    if (frame.action !== 'snapshot' && frame.action !== 'update') {
      throw new MalformedFrameError('unknown', `a frame has neither event nor action: ${excerpt(text)}`);
    }
    if (arg.channel !== 'ticker') throw new MalformedFrameError('unknown_topic', `nobody asked for this channel: ${excerpt(text)}`);
    return this.ticker(frame, arg, text, now);
  }

  waitingMs(): number {
    return this.pending.waitingMs();
  }

  private answered(frame: Fields, event: string, arg: Fields): Heard {
    const symbol = typeof arg.instId === 'string' ? arg.instId : undefined;
    if (symbol !== undefined) this.pending.settle(symbol);
    if (event !== 'error') return NOTHING;
    const message = `${String(frame.code)} ${String(frame.msg)}`;
    if (symbol === undefined) return { fault: { kind: 'refused', message: `the exchange refuses a request: ${message}` } };
    return { refused: { topic: `ticker.${symbol}`, message } };
  }

  private ticker(frame: Fields, arg: Fields, text: string, now: number): Heard {
    const fail = (what: string): never => {
      throw new MalformedFrameError('ticker', `a ticker frame ${what}: ${excerpt(text)}`);
    };
    const data: unknown = Array.isArray(frame.data) ? frame.data.at(-1) : undefined;
    if (!isObject(data)) return fail('has no data');
    const symbol = data.instId;
    if (typeof symbol !== 'string' || symbol !== arg.instId) return fail('is of another symbol than its channel');
    if (!this.symbols.has(symbol)) return { fault: { kind: 'unknown_symbol', message: `a frame is of a symbol that nobody asked for: ${symbol}` } };
    // Within the data the time is text, around it a number.
    const time = readTime(data.ts) ?? readTime(frame.ts);
    if (time === undefined) return fail('has no time');
    const { lastPrice, ...rest } = readDecimals(data, FIELDS, 'ticker', text);
    if (lastPrice === undefined) return fail('has no lastPr');
    if (time < (this.newest.get(symbol) ?? 0)) return { symbol };
    this.newest.set(symbol, time);
    return { symbol, tick: { symbol, lastPrice, ...rest, exchangeTime: time, receivedTime: now, source: 'bitget' } };
  }
}

export interface BitgetOptions {
  /** Milliseconds between two pings; default 30 s: Bitget cuts a connection that was silent for two minutes. */
  readonly pingIntervalMs?: number;
  /** Milliseconds after which a connection is replaced; default 23 hours: Bitget cuts it after 24. */
  readonly replaceAfterMs?: number;
}

/** Bitget v2, public: `wss://ws.bitget.com/v2/ws/public`. It takes ten messages a second. */
export const bitget = ({ pingIntervalMs = 30_000, replaceAfterMs = 23 * 3_600_000 }: BitgetOptions = {}): Protocol => ({
  name: 'bitget',
  ping: { text: 'ping', everyMs: pingIntervalMs },
  sendEveryMs: 125,
  replaceAfterMs,
  converse: (symbols, now) => new BitgetConversation(symbols, now),
});
