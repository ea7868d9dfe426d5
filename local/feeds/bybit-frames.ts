import type { GeneratedMarket, GeneratedTrade, MarketStep } from './market';

/** The data frames of Bybit's public spot topics, as text. */
export function tickerFrame(market: GeneratedMarket, now: number): string {
  return JSON.stringify({
    topic: `tickers.${market.symbol}`,
    ts: now,
    type: 'snapshot',
    cs: market.seq,
    data: { symbol: market.symbol, ...market.statistics(), usdIndexPrice: '' },
  });
}

/** A book frame: a snapshot has all levels of its depth, a delta what changed. */
export function bookFrame(
  market: GeneratedMarket, depth: number, type: 'snapshot' | 'delta', levels: Pick<MarketStep, 'bids' | 'asks'>, now: number,
): string {
  return JSON.stringify({
    topic: `orderbook.${depth}.${market.symbol}`,
    ts: now,
    type,
    data: { s: market.symbol, b: levels.bids, a: levels.asks, u: market.updateId, seq: market.seq },
    cts: now - 1,
  });
}

export function tradeFrame(market: GeneratedMarket, trades: readonly GeneratedTrade[], now: number): string {
  return JSON.stringify({
    topic: `publicTrade.${market.symbol}`,
    type: 'snapshot',
    ts: now,
    data: trades.map((trade) => ({
      T: trade.time,
      s: market.symbol,
      S: trade.takerSide,
      v: trade.quantity,
      p: trade.price,
      L: trade.tickDirection,
      i: trade.id,
      BT: false,
      RPI: false,
      seq: trade.seq,
    })),
  });
}
