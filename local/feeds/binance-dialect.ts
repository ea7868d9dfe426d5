import type { FeedDialect, FeedReply, FeedSession } from './dialect';
import type { GeneratedMarket, GeneratedTrade } from './market';

const STREAM = /^([a-z0-9]+)@(ticker|bookTicker|trade)$/;

/** A client of Binance's public WebSocket: a stream of a symbol that does not exist is accepted and stays silent. */
class BinanceSession implements FeedSession {
  readonly topics = new Set<string>();

  constructor(private readonly symbols: ReadonlySet<string>) {}

  handle(text: string): FeedReply {
    let parsed: { method?: unknown; params?: unknown; id?: unknown } | undefined;
    try {
      parsed = JSON.parse(text) as { method?: unknown; params?: unknown; id?: unknown };
    } catch {
      parsed = undefined;
    }
    const op = String(parsed?.method ?? '');
    const args = Array.isArray(parsed?.params) ? parsed.params.map(String) : [];
    const request = { op, args };
    const id = parsed?.id ?? null;
    if (op !== 'SUBSCRIBE' && op !== 'UNSUBSCRIBE') {
      return { request, answers: [JSON.stringify({ error: { code: 2, msg: 'Invalid request: unknown method' }, id })], started: [] };
    }
    const started: string[] = [];
    for (const stream of args) {
      const match = STREAM.exec(stream);
      if (op === 'UNSUBSCRIBE') {this.topics.delete(stream);} else if (match && this.symbols.has(match[1].toUpperCase())) {
        this.topics.add(stream);
        started.push(stream);
      }
    }
    return { request, answers: [JSON.stringify({ result: null, id })], started };
  }
}

function tickerFrame(market: GeneratedMarket, now: number): string {
  const { lastPrice, highPrice24h, lowPrice24h, prevPrice24h, volume24h, turnover24h } = market.statistics();
  const { bids: [bid], asks: [ask] } = market.book(1);
  return JSON.stringify({
    e: '24hrTicker',
    E: now,
    s: market.symbol,
    c: lastPrice,
    o: prevPrice24h,
    h: highPrice24h,
    l: lowPrice24h,
    v: volume24h,
    q: turnover24h,
    b: bid?.[0],
    B: bid?.[1],
    a: ask?.[0],
    A: ask?.[1],
  });
}

function topFrame(market: GeneratedMarket): string | undefined {
  const { bids: [bid], asks: [ask] } = market.book(1);
  return bid && ask && JSON.stringify({ u: market.updateId, s: market.symbol, b: bid[0], B: bid[1], a: ask[0], A: ask[1] });
}

function tradeFrame(market: GeneratedMarket, { number, price, quantity, time, takerSide }: GeneratedTrade, now: number): string {
  return JSON.stringify({ e: 'trade', E: now, s: market.symbol, t: number, p: price, q: quantity, T: time, m: takerSide === 'Sell', M: true });
}

/** Binance spot, public. The server asks for life signs, every 20 seconds. */
export const binanceDialect: FeedDialect = {
  paths: ['/ws', '/stream'],
  pingEveryMs: 20_000,
  session: (symbols) => new BinanceSession(symbols),
  greet: (topic, markets, now) => {
    const [, symbol, kind] = STREAM.exec(topic)!;
    const market = markets.get(symbol.toUpperCase())!;
    if (kind === 'trade') return undefined;
    return kind === 'ticker' ? tickerFrame(market, now) : topFrame(market);
  },
  frames: (market, step, now) => {
    const name = market.symbol.toLowerCase();
    return [
      ...step.trades.map((trade) => ({ topic: `${name}@trade`, text: () => tradeFrame(market, trade, now) })),
      { topic: `${name}@ticker`, text: () => tickerFrame(market, now) },
      ...(step.topChanged ? [{ topic: `${name}@bookTicker`, text: () => topFrame(market) ?? '' }] : []),
    ];
  },
};
