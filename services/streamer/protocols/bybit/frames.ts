/** What arrives on Bybit's public WebSocket, checked field by field and by name: the order of fields differs between topics. */
import { excerpt, type Fields, isDecimal, isLevels, isObject, MalformedFrameError, readDecimals, readObject, readTime } from '../frame';

/** Answer to a request. */
export interface Answer {
  readonly type: 'answer';
  readonly op: string;
  readonly requestId: string;
  readonly success: boolean;
  readonly message: string;
}

/** A ticker; in a delta an absent field did not change. */
export interface TickerFrame {
  readonly type: 'ticker';
  readonly symbol: string;
  readonly snapshot: boolean;
  readonly time: number;
  readonly fields: Readonly<Partial<Record<TickerField, string>>>;
}

/** The fields of a ticker that we keep, under the exchange's names. */
const TICKER_FIELDS = {
  lastPrice: 'lastPrice',
  highPrice24h: 'highPrice24h',
  lowPrice24h: 'lowPrice24h',
  volume24h: 'volume24h',
  bid1Price: 'bid1Price',
  ask1Price: 'ask1Price',
} as const;
export type TickerField = keyof typeof TICKER_FIELDS;

/** Levels of a book, `[price, size]`; in a delta those that changed, a size of zero removes. */
export interface BookFrame {
  readonly type: 'book';
  readonly topic: string;
  readonly symbol: string;
  readonly snapshot: boolean;
  readonly time: number;
  readonly updateId: number;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

/** A trade of a trades frame. */
export interface TradeEntry {
  readonly id: string;
  readonly time: number;
  readonly takerSide: 'buy' | 'sell';
  readonly price: string;
  readonly quantity: string;
}

/** Up to 1,024 trades of one symbol, oldest first. */
export interface TradesFrame {
  readonly type: 'trades';
  readonly symbol: string;
  readonly time: number;
  readonly trades: readonly TradeEntry[];
}

export type Frame = Answer | TickerFrame | BookFrame | TradesFrame;

/** Reads one text frame. @throws MalformedFrameError when it is none that the protocol knows */
export function parseFrame(text: string): Frame {
  const value = readObject(text);
  if (typeof value.topic === 'string') return parseData(value, value.topic, text);
  if (typeof value.op === 'string') {
    return {
      type: 'answer',
      op: value.op,
      requestId: typeof value.req_id === 'string' ? value.req_id : '',
      // A pong of some products carries no `success`.
      success: value.success !== false,
      message: typeof value.ret_msg === 'string' ? value.ret_msg : '',
    };
  }
  throw new MalformedFrameError('unknown', `a frame has neither topic nor op: ${excerpt(text)}`);
}

function parseData(frame: Fields, topic: string, text: string): TickerFrame | BookFrame | TradesFrame {
  const symbol = topic.slice(topic.lastIndexOf('.') + 1);
  const kind = topic.startsWith('tickers.') ? 'ticker' : topic.startsWith('orderbook.') ? 'book' : topic.startsWith('publicTrade.') ? 'trades' : undefined;
  if (!kind) throw new MalformedFrameError('unknown_topic', `nobody asked for this topic: ${excerpt(text)}`);
  const fail = (what: string): never => {
    throw new MalformedFrameError(kind, `a ${kind} frame ${what}: ${excerpt(text)}`);
  };
  const { data } = frame;
  const time = readTime(frame.ts);
  if (time === undefined) return fail('has no time');
  if (kind === 'trades') return { type: 'trades', symbol, time, trades: Array.isArray(data) ? data.map((entry) => parseTrade(entry, symbol, fail)) : fail('has no data') };
  if (frame.type !== 'snapshot' && frame.type !== 'delta') return fail('is neither snapshot nor delta');
  if (!isObject(data)) return fail('has no data');
  const head = { symbol, time, snapshot: frame.type === 'snapshot' };
  if (kind === 'book') {
    if (data.s !== symbol) fail('is of another symbol than its topic');
    if (typeof data.u !== 'number' || !Number.isSafeInteger(data.u)) return fail('has no update id');
    const side = (levels: unknown): BookFrame['bids'] => (isLevels(levels) ? levels : fail('has levels that are not pairs of decimals'));
    // After a restart of the service a book begins again at 1, whatever the frame calls itself.
    return { type: 'book', topic, ...head, snapshot: head.snapshot || data.u === 1, updateId: data.u, bids: side(data.b), asks: side(data.a) };
  }
  if (data.symbol !== symbol) fail('is of another symbol than its topic');
  const fields = readDecimals(data, TICKER_FIELDS, kind, text);
  if (head.snapshot && fields.lastPrice === undefined) fail('has no lastPrice');
  return { type: 'ticker', ...head, fields };
}

function parseTrade(entry: unknown, symbol: string, fail: (what: string) => never): TradeEntry {
  if (!isObject(entry)) return fail('has a trade that is no object');
  const { i: id, S: side, p: price, v: quantity } = entry;
  const time = readTime(entry.T);
  if (entry.s !== symbol) return fail('is of another symbol than its topic');
  if (typeof id !== 'string' || id === '') return fail('has a trade without an id');
  if (time === undefined) return fail('has a trade without a time');
  if (side !== 'Buy' && side !== 'Sell') return fail('has a trade without a side');
  if (!isDecimal(price) || !isDecimal(quantity)) return fail('has a trade whose price or size is no decimal');
  return { id, time, takerSide: side === 'Buy' ? 'buy' : 'sell', price, quantity };
}
