import type { FeedDialect, FeedReply, FeedSession } from './dialect';
import type { GeneratedMarket, GeneratedTrade } from './market';

interface Arg {
  readonly instType?: unknown;
  readonly channel?: unknown;
  readonly instId?: unknown;
}

const CHANNELS: readonly unknown[] = ['ticker', 'books1', 'trade'];

/** A client of Bitget's public WebSocket: each argument of a request is answered for itself. */
class BitgetSession implements FeedSession {
  readonly topics = new Set<string>();

  constructor(private readonly symbols: ReadonlySet<string>) {}

  handle(text: string): FeedReply {
    if (text === 'ping') return { request: { op: 'ping', args: [] }, answers: ['pong'], started: [] };
    let parsed: { op?: unknown; args?: unknown } | undefined;
    try {
      parsed = JSON.parse(text) as { op?: unknown; args?: unknown };
    } catch {
      parsed = undefined;
    }
    const op = String(parsed?.op ?? '');
    const args = Array.isArray(parsed?.args) ? parsed.args as Arg[] : [];
    const request = { op, args: args.map(({ channel, instId }) => `${String(channel)}.${String(instId)}`) };
    if ((op !== 'subscribe' && op !== 'unsubscribe') || args.length === 0) {
      return { request, answers: [JSON.stringify({ event: 'error', code: 30003, msg: 'INVALID op' })], started: [] };
    }
    const started: string[] = [];
    const answers = args.map((arg, i) => {
      const topic = request.args[i];
      if (arg.instType !== 'SPOT' || !CHANNELS.includes(arg.channel) || !this.symbols.has(String(arg.instId))) {
        const msg = `instType:${String(arg.instType)},channel:${String(arg.channel)},instId:${String(arg.instId)} doesn't exist`;
        return JSON.stringify({ event: 'error', arg, code: 30001, msg });
      }
      if (op === 'subscribe') {
        this.topics.add(topic);
        started.push(topic);
      } else {
        this.topics.delete(topic);
      }
      return JSON.stringify({ event: op, arg });
    });
    return { request, answers, started };
  }
}

function tickerFrame(market: GeneratedMarket, now: number): string {
  const { lastPrice, highPrice24h, lowPrice24h, prevPrice24h, volume24h, turnover24h, price24hPcnt } = market.statistics();
  const { bids: [bid], asks: [ask] } = market.book(1);
  return JSON.stringify({
    action: 'snapshot',
    arg: { instType: 'SPOT', channel: 'ticker', instId: market.symbol },
    data: [{
      instId: market.symbol,
      lastPr: lastPrice,
      open24h: prevPrice24h,
      high24h: highPrice24h,
      low24h: lowPrice24h,
      change24h: price24hPcnt,
      bidPr: bid?.[0] ?? '',
      bidSz: bid?.[1] ?? '',
      askPr: ask?.[0] ?? '',
      askSz: ask?.[1] ?? '',
      baseVolume: volume24h,
      quoteVolume: turnover24h,
      // Text here, a number around it.
      ts: String(now),
    }],
    ts: now,
  });
}

function bookFrame(market: GeneratedMarket, now: number): string {
  const { bids, asks } = market.book(1);
  return JSON.stringify({
    action: 'snapshot',
    arg: { instType: 'SPOT', channel: 'books1', instId: market.symbol },
    data: [{ asks, bids, checksum: 0, seq: market.updateId, ts: String(now) }],
    ts: now,
  });
}

function tradeFrame(market: GeneratedMarket, action: 'snapshot' | 'update', trades: readonly GeneratedTrade[], now: number): string {
  return JSON.stringify({
    action,
    arg: { instType: 'SPOT', channel: 'trade', instId: market.symbol },
    // The newest first.
    data: trades.map(({ time, price, quantity, takerSide, seq }) => (
      { ts: String(time), price, size: quantity, side: takerSide.toLowerCase(), tradeId: String(seq) })).reverse(),
    ts: now,
  });
}

/** Bitget v2, public spot. A client that says nothing for two minutes is cut off. */
export const bitgetDialect: FeedDialect = {
  paths: ['/v2/ws/public'],
  idleLimitMs: 120_000,
  session: (symbols) => new BitgetSession(symbols),
  greet: (topic, markets, now) => {
    const [channel, symbol] = topic.split('.');
    const market = markets.get(symbol)!;
    if (channel === 'ticker') return tickerFrame(market, now);
    return channel === 'books1' ? bookFrame(market, now) : tradeFrame(market, 'snapshot', market.recent, now);
  },
  frames: (market, step, now) => [
    ...(step.trades.length > 0 ? [{ topic: `trade.${market.symbol}`, text: () => tradeFrame(market, 'update', step.trades, now) }] : []),
    ...(step.topChanged ? [{ topic: `books1.${market.symbol}`, text: () => bookFrame(market, now) }] : []),
    { topic: `ticker.${market.symbol}`, text: () => tickerFrame(market, now) },
  ],
};
