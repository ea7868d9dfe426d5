import { bookFrame, tickerFrame, tradeFrame } from './bybit-frames';
import { BybitSession } from './bybit-session';
import type { FeedDialect } from './dialect';

/** Bybit v5, public spot. A client that says nothing for ten minutes is cut off. */
export const bybitDialect: FeedDialect = {
  paths: ['/v5/public/spot'],
  idleLimitMs: 600_000,
  session: (symbols) => new BybitSession(symbols),
  greet: (topic, markets, now) => {
    const market = markets.get(topic.slice(topic.lastIndexOf('.') + 1))!;
    if (topic.startsWith('tickers.')) return tickerFrame(market, now);
    if (!topic.startsWith('orderbook.')) return undefined;
    const depth = topic.startsWith('orderbook.50.') ? 50 : 1;
    return bookFrame(market, depth, 'snapshot', market.book(depth), now);
  },
  frames: (market, step, now, repeatTop) => [
    ...(step.trades.length > 0 ? [{ topic: `publicTrade.${market.symbol}`, text: () => tradeFrame(market, step.trades, now) }] : []),
    ...(step.bids.length + step.asks.length > 0 ? [{ topic: `orderbook.50.${market.symbol}`, text: () => bookFrame(market, 50, 'delta', step, now) }] : []),
    ...(step.topChanged || repeatTop ? [{ topic: `orderbook.1.${market.symbol}`, text: () => bookFrame(market, 1, 'snapshot', market.book(1), now) }] : []),
    { topic: `tickers.${market.symbol}`, text: () => tickerFrame(market, now) },
  ],
};
