import type { Ticker } from '../../../domain';
import type { MarketTrade } from '../../model';
import { type Conversation, type Heard, NOTHING, type Protocol } from '../protocol';
import { type Answer, type BookFrame, parseFrame, type TickerFrame, type TradeEntry, type TradesFrame } from './frames';
import { type SubscribeRequest, Subscriptions } from './subscriptions';
import { SymbolState } from './symbol-state';

const tradeOf = ({ id, time, takerSide, price, quantity }: TradeEntry, symbol: string, now: number): MarketTrade => (
  { type: 'trade', symbol, id, price, quantity, takerSide, exchangeTime: time, receivedTime: now, source: 'bybit' }
);

const subscribe = (requests: readonly SubscribeRequest[]): string[] =>
  requests.map(({ id, topics }) => JSON.stringify({ op: 'subscribe', req_id: id, args: topics }));

/** Bybit's v5 public market data for spot: the ticker, which has no best prices there, the first level of the book, and the trades. */
export class BybitConversation implements Conversation {
  private readonly states: ReadonlyMap<string, SymbolState>;
  private readonly subscriptions: Subscriptions;
  /** Topics that are asked for again, by the id of the request. */
  private readonly renewing = new Map<string, string>();

  constructor(private readonly symbols: readonly string[], now: () => number) {
    this.states = new Map(symbols.map((symbol) => [symbol, new SymbolState(symbol)]));
    this.subscriptions = new Subscriptions(now);
  }

  open(): readonly string[] {
    return subscribe(this.subscriptions.request(this.symbols.flatMap((symbol) => [`tickers.${symbol}`, `orderbook.1.${symbol}`, `publicTrade.${symbol}`])));
  }

  hear(text: string, now: number): Heard {
    const frame = parseFrame(text);
    if (frame.type === 'answer') return this.answered(frame);
    const state = this.states.get(frame.symbol);
    if (!state) return { fault: { kind: 'unknown_symbol', message: `a frame is of a symbol that nobody asked for: ${frame.symbol}` } };
    return { symbol: frame.symbol, ...this.merge(state, frame, now) };
  }

  waitingMs(): number {
    return this.subscriptions.waitingMs();
  }

  private answered({ op, requestId, success, message }: Answer): Heard {
    if (op === 'subscribe') {
      this.renewing.delete(requestId);
      const { requests, refused } = this.subscriptions.answer(requestId, success, message);
      return { send: subscribe(requests), refused: refused === undefined ? undefined : { topic: refused, message } };
    }
    return success ? NOTHING : { fault: { kind: `refused_${op}`, message: `the exchange refuses ${JSON.stringify(op)}: ${message}` } };
  }

  private merge(state: SymbolState, frame: TickerFrame | BookFrame | TradesFrame, now: number): Heard {
    if (frame.type === 'trades') return { trades: frame.trades.map((trade) => tradeOf(trade, frame.symbol, now)) };
    if (frame.type === 'ticker') return { tick: state.applyTicker(frame, now) };
    const result: Ticker | 'gap' | undefined = state.applyBook(frame, now);
    if (result !== 'gap') return { tick: result, top: state.top(frame.time, now) };
    const { topic, updateId } = frame;
    return { send: this.renew(topic), fault: { kind: 'book_gap', message: `${topic} lost an update before ${updateId}; it is asked for again` } };
  }

  /** Asks for a topic's snapshot again. */
  private renew(topic: string): string[] {
    // Until the snapshot is here every delta of the topic is a gap: one request is enough.
    if ([...this.renewing.values()].includes(topic)) return [];
    const [request] = this.subscriptions.request([topic]);
    this.renewing.set(request.id, topic);
    return [JSON.stringify({ op: 'unsubscribe', req_id: `u-${request.id}`, args: [topic] }), ...subscribe([request])];
  }
}

export interface BybitOptions {
  /** Milliseconds between two pings; default 20 s, as the exchange advises. */
  readonly pingIntervalMs?: number;
}

/** Bybit v5, public spot: `wss://stream.bybit.com/v5/public/spot`. */
export const bybit = ({ pingIntervalMs = 20_000 }: BybitOptions = {}): Protocol => ({
  name: 'bybit',
  ping: { text: JSON.stringify({ op: 'ping', req_id: 'ping' }), everyMs: pingIntervalMs },
  sendEveryMs: 0,
  converse: (symbols, now) => new BybitConversation(symbols, now),
});
