import type { Ticker } from '../../../domain';
import type { BookTop, MarketTrade } from '../../model';
import { chunks } from '../chunks';
import { excerpt, type Fields, isDecimal, isObject, MalformedFrameError, readDecimals, readObject, readTime } from '../frame';
import { Pending } from '../pending';
import { type Conversation, type Heard, NOTHING, type Protocol } from '../protocol';

/** Streams in one request; a connection may have 1,024 of them. */
const STREAMS_PER_REQUEST = 100;

/** The fields of a ticker that we keep: our name → Binance's. */
const TICKER = { lastPrice: 'c', bidPrice: 'b', askPrice: 'a', high24h: 'h', low24h: 'l', volume24h: 'v' } as const;
/** The best prices: our name → Binance's. */
const TOP = { bidPrice: 'b', bidQuantity: 'B', askPrice: 'a', askQuantity: 'A' } as const;

/** What is known of one symbol. */
interface State {
  ticker?: Ticker;
  /** Number of the book's change that the best prices are of. */
  updateId: number;
  /** Number of the last trade; Binance counts the trades of a symbol one by one. */
  tradeId?: number;
}

/** Binance's public market data for spot: the ticker of each second, between two of them every change of the best prices, and the trades. */
export class BinanceConversation implements Conversation {
  private readonly states: ReadonlyMap<string, State>;
  private readonly pending: Pending;
  private requests = 0;

  constructor(private readonly symbols: readonly string[], now: () => number) {
    this.states = new Map(symbols.map((symbol) => [symbol, { updateId: 0 }]));
    this.pending = new Pending(now);
  }

  open(): readonly string[] {
    const streams = this.symbols.flatMap((symbol) => ['ticker', 'bookTicker', 'trade'].map((stream) => `${symbol.toLowerCase()}@${stream}`));
    return chunks(streams, STREAMS_PER_REQUEST).map((params) => {
      const id = ++this.requests;
      this.pending.add(String(id));
      return JSON.stringify({ method: 'SUBSCRIBE', params, id });
    });
  }

  hear(text: string, now: number): Heard {
    const outer = readObject(text);
    // On `/stream` the payload is wrapped, on `/ws` it is bare.
    const frame = typeof outer.stream === 'string' && isObject(outer.data) ? outer.data : outer;
    if (frame.id !== undefined || frame.error !== undefined) return this.answered(frame);
    if (frame.e === 'serverShutdown') return { replace: 'the exchange shuts this connection down' };
    if (frame.e === '24hrTicker') return this.ticker(frame, text, now);
    if (frame.e === 'trade') return this.trade(frame, text, now);
    if (frame.e === undefined && frame.u !== undefined && frame.b !== undefined) return this.top(frame, text, now);
    if (typeof frame.e === 'string') throw new MalformedFrameError('unknown_topic', `nobody asked for this event: ${excerpt(text)}`);
    throw new MalformedFrameError('unknown', `a frame is neither event nor answer: ${excerpt(text)}`);
  }

  waitingMs(): number {
    return this.pending.waitingMs();
  }

  private answered(frame: Fields): Heard {
    this.pending.settle(String(frame.id));
    // The error stands in `error`, or its code and words beside the id.
    const error = isObject(frame.error) ? frame.error : frame.code === undefined ? undefined : frame;
    if (!error) return NOTHING;
    return { refused: { topic: `request ${String(frame.id)}`, message: `${String(error.code)} ${String(error.msg)}` } };
  }

  private ticker(frame: Fields, text: string, now: number): Heard {
    const [symbol, state] = this.of(frame, 'ticker', text);
    if (!state) return unknown(symbol);
    const time = readTime(frame.E);
    const { lastPrice, ...rest } = readDecimals(frame, TICKER, 'ticker', text);
    if (time === undefined) throw new MalformedFrameError('ticker', `a ticker frame has no time: ${excerpt(text)}`);
    if (lastPrice === undefined) throw new MalformedFrameError('ticker', `a ticker frame has no last price: ${excerpt(text)}`);
    if (time < (state.ticker?.exchangeTime ?? 0)) return { symbol };
    // Where the book has spoken, its prices are fresher than the ticker's.
    const best = state.updateId > 0 && state.ticker ? { bidPrice: state.ticker.bidPrice, askPrice: state.ticker.askPrice } : {};
    state.ticker = { symbol, lastPrice, ...rest, ...best, exchangeTime: time, receivedTime: now, source: 'binance' };
    return { symbol, tick: state.ticker };
  }

  private top(frame: Fields, text: string, now: number): Heard {
    const [symbol, state] = this.of(frame, 'book', text);
    if (!state) return unknown(symbol);
    if (typeof frame.u !== 'number' || !Number.isSafeInteger(frame.u)) throw new MalformedFrameError('book', `a book frame has no update id: ${excerpt(text)}`);
    const best = readDecimals(frame, TOP, 'book', text);
    if (best.bidPrice === undefined || best.askPrice === undefined) throw new MalformedFrameError('book', `a book frame lacks a best price: ${excerpt(text)}`);
    if (frame.u <= state.updateId) return { symbol };
    const top: BookTop = { type: 'top', symbol, ...best, updateId: frame.u, receivedTime: now, source: 'binance' };
    if (!state.ticker) return { symbol, top };
    state.updateId = frame.u;
    // The best prices come without a time of the exchange: that of the last ticker stays.
    state.ticker = { ...state.ticker, bidPrice: best.bidPrice, askPrice: best.askPrice, receivedTime: now };
    return { symbol, tick: state.ticker, top };
  }

  private trade(frame: Fields, text: string, now: number): Heard {
    const fail = (what: string): never => {
      throw new MalformedFrameError('trades', `a trades frame ${what}: ${excerpt(text)}`);
    };
    const [symbol, state] = this.of(frame, 'trades', text);
    if (!state) return unknown(symbol);
    const { t: id, p: price, q: quantity, m: buyerMakes } = frame;
    const time = readTime(frame.T);
    if (typeof id !== 'number' || !Number.isSafeInteger(id)) return fail('has no id');
    if (time === undefined) return fail('has no time');
    if (typeof buyerMakes !== 'boolean') return fail('has no side');
    if (!isDecimal(price) || !isDecimal(quantity)) return fail('has a price or a size that is no decimal');
    const expected = (state.tradeId ?? id - 1) + 1;
    // What was heard already, or comes late, is left to whoever knows all ids.
    state.tradeId = Math.max(state.tradeId ?? 0, id);
    const trade: MarketTrade = {
      type: 'trade', symbol, id: String(id), price, quantity, takerSide: buyerMakes ? 'sell' : 'buy', exchangeTime: time, receivedTime: now, source: 'binance',
    };
    if (id <= expected) return { symbol, trades: [trade] };
    return { symbol, trades: [trade], fault: { kind: 'trade_gap', message: `${symbol} lost ${id - expected} trades before ${id}` } };
  }

  private of(frame: Fields, kind: string, text: string): [symbol: string, state: State | undefined] {
    if (typeof frame.s !== 'string') throw new MalformedFrameError(kind, `a ${kind} frame has no symbol: ${excerpt(text)}`);
    return [frame.s, this.states.get(frame.s)];
  }
}

const unknown = (symbol: string): Heard => ({ fault: { kind: 'unknown_symbol', message: `a frame is of a symbol that nobody asked for: ${symbol}` } });

export interface BinanceOptions {
  /** Milliseconds after which a connection is replaced; default 23 hours: Binance cuts it after 24. */
  readonly replaceAfterMs?: number;
}

/**
 * Binance spot, public: `wss://stream.binance.com:9443/ws` or `/stream`. It asks for life signs itself, by ping frames that the WebSocket
 * library answers, and takes five messages a second.
 */
export const binance = ({ replaceAfterMs = 23 * 3_600_000 }: BinanceOptions = {}): Protocol => ({
  name: 'binance',
  sendEveryMs: 250,
  replaceAfterMs,
  numberedTrades: true,
  converse: (symbols, now) => new BinanceConversation(symbols, now),
});
