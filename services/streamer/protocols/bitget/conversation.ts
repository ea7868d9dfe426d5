import type { MarketTrade } from '../../model';
import { chunks } from '../chunks';
import { excerpt, type Fields, isDecimal, isLevels, isObject, MalformedFrameError, readDecimals, readObject, readTime } from '../frame';
import { Pending } from '../pending';
import { type Conversation, type Heard, NOTHING, type Protocol } from '../protocol';

const CHANNELS = ['ticker', 'books1', 'trade'] as const;
/** Symbols in one request: far from the limit of 4,096 bytes that Bitget's documentation names. */
const SYMBOLS_PER_REQUEST = 15;

/** The fields of a ticker that we keep: our name → Bitget's. */
const FIELDS = { lastPrice: 'lastPr', bidPrice: 'bidPr', askPrice: 'askPr', high24h: 'high24h', low24h: 'low24h', volume24h: 'baseVolume' } as const;

/**
 * Bitget's v2 public market data for spot: its ticker is a whole picture each time, best prices included, and so is the first level of its
 * book. Its trades begin with those of late, which a new connection of ours has had already: their ids tell.
 */
export class BitgetConversation implements Conversation {
  private readonly symbols: ReadonlySet<string>;
  private readonly pending: Pending;
  /** Time of the newest ticker of each symbol: what is older came by a detour. */
  private readonly newest = new Map<string, number>();
  /** Number of the newest book of each symbol. */
  private readonly tops = new Map<string, number>();

  constructor(symbols: readonly string[], now: () => number) {
    this.symbols = new Set(symbols);
    this.pending = new Pending(now);
  }

  open(): readonly string[] {
    return chunks([...this.symbols], SYMBOLS_PER_REQUEST).map((symbols) => {
      const args = symbols.flatMap((instId) => CHANNELS.map((channel) => ({ instType: 'SPOT', channel, instId })));
      for (const { channel, instId } of args) this.pending.add(`${channel}.${instId}`);
      return JSON.stringify({ op: 'subscribe', args });
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
    const channel = CHANNELS.find((one) => one === arg.channel);
    if (channel === undefined) throw new MalformedFrameError('unknown_topic', `nobody asked for this channel: ${excerpt(text)}`);
    if (channel === 'ticker') return this.ticker(frame, arg, text, now);
    return channel === 'trade' ? this.trades(frame, arg, text, now) : this.top(frame, arg, text, now);
  }

  waitingMs(): number {
    return this.pending.waitingMs();
  }

  private answered(frame: Fields, event: string, arg: Fields): Heard {
    const symbol = typeof arg.instId === 'string' ? arg.instId : undefined;
    const topic = `${String(arg.channel)}.${String(symbol)}`;
    this.pending.settle(topic);
    if (event !== 'error') return NOTHING;
    const message = `${String(frame.code)} ${String(frame.msg)}`;
    if (symbol === undefined) return { fault: { kind: 'refused', message: `the exchange refuses a request: ${message}` } };
    return { refused: { topic, message } };
  }

  private ticker(frame: Fields, arg: Fields, text: string, now: number): Heard {
    const fail = failing('ticker', text);
    const data: unknown = Array.isArray(frame.data) ? frame.data.at(-1) : undefined;
    if (!isObject(data)) return fail('has no data');
    const symbol = data.instId;
    if (typeof symbol !== 'string' || symbol !== arg.instId) return fail('is of another symbol than its channel');
    if (!this.symbols.has(symbol)) return unknown(symbol);
    // Within the data the time is text, around it a number.
    const time = readTime(data.ts) ?? readTime(frame.ts);
    if (time === undefined) return fail('has no time');
    const { lastPrice, ...rest } = readDecimals(data, FIELDS, 'ticker', text);
    if (lastPrice === undefined) return fail('has no lastPr');
    if (time < (this.newest.get(symbol) ?? 0)) return { symbol };
    this.newest.set(symbol, time);
    return { symbol, tick: { symbol, lastPrice, ...rest, exchangeTime: time, receivedTime: now, source: 'bitget' } };
  }

  private top(frame: Fields, arg: Fields, text: string, now: number): Heard {
    const fail = failing('book', text);
    const [symbol, data] = this.of(frame, arg, fail);
    if (!this.symbols.has(symbol)) return unknown(symbol);
    const book = data.at(-1);
    if (!isObject(book)) return fail('has no data');
    const { bids, asks } = book;
    if (!isLevels(bids) || !isLevels(asks)) return fail('has levels that are not pairs of decimals');
    const time = readTime(book.ts) ?? readTime(frame.ts);
    if (time === undefined) return fail('has no time');
    const updateId = readTime(book.seq) ?? time;
    if (updateId < (this.tops.get(symbol) ?? 0)) return { symbol };
    this.tops.set(symbol, updateId);
    const [[bidPrice, bidQuantity] = [], [askPrice, askQuantity] = []] = [bids[0], asks[0]];
    return { symbol, top: { type: 'top', symbol, bidPrice, bidQuantity, askPrice, askQuantity, updateId, exchangeTime: time, receivedTime: now, source: 'bitget' } };
  }

  private trades(frame: Fields, arg: Fields, text: string, now: number): Heard {
    const fail = failing('trades', text);
    const [symbol, data] = this.of(frame, arg, fail);
    if (!this.symbols.has(symbol)) return unknown(symbol);
    const trades = data.map((entry) => tradeOf(entry, symbol, now, fail));
    // The newest stands first.
    return { symbol, trades: trades.length < 2 ? trades : trades.reverse().sort((a, b) => a.exchangeTime - b.exchangeTime) };
  }

  private of(frame: Fields, arg: Fields, fail: (what: string) => never): [symbol: string, data: readonly unknown[]] {
    if (!Array.isArray(frame.data)) return fail('has no data');
    return typeof arg.instId === 'string' ? [arg.instId, frame.data] : fail('has no symbol');
  }
}

const unknown = (symbol: string): Heard => ({ fault: { kind: 'unknown_symbol', message: `a frame is of a symbol that nobody asked for: ${symbol}` } });

const failing = (kind: string, text: string) => (what: string): never => {
  throw new MalformedFrameError(kind, `a ${kind} frame ${what}: ${excerpt(text)}`);
};

function tradeOf(entry: unknown, symbol: string, now: number, fail: (what: string) => never): MarketTrade {
  if (!isObject(entry)) return fail('has a trade that is no object');
  const { tradeId: id, side, price, size: quantity } = entry;
  const time = readTime(entry.ts);
  if (typeof id !== 'string' || id === '') return fail('has a trade without an id');
  if (time === undefined) return fail('has a trade without a time');
  if (side !== 'buy' && side !== 'sell') return fail('has a trade without a side');
  if (!isDecimal(price) || !isDecimal(quantity)) return fail('has a trade whose price or size is no decimal');
  return { type: 'trade', symbol, id, price, quantity, takerSide: side, exchangeTime: time, receivedTime: now, source: 'bitget' };
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
