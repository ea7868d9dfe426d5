/** The market's events as Binance's streams have them. */
import type { BookView, DepthUpdate, TradeView } from '../../../domain';
import { eight } from '../amounts';
import type { Bar, BarInterval } from '../bars';
import { aggTradeView, closeTimeOf } from '../operations/market';
import type { DayStatistics } from '../statistics';

type Levels = readonly (readonly [string, string])[];

const levels = (rows: Levels): Levels => rows.map(([price, quantity]) => [eight(price), eight(quantity)]);

export function tradeEvents(trade: TradeView) {
  const { symbol, seq, time, price, quantity, takerSide } = trade;
  return {
    trade: { e: 'trade', E: Date.now(), s: symbol, t: seq, p: eight(price), q: eight(quantity), T: time, m: takerSide === 'sell', M: true },
    aggTrade: { e: 'aggTrade', E: Date.now(), s: symbol, ...aggTradeView(trade) },
  };
}

/** First and last update in it: the next one's `U` is this one's `u` + 1. */
export function depthUpdate({ symbol, previousSeq, seq, time, bids, asks }: DepthUpdate) {
  return { e: 'depthUpdate', E: time, s: symbol, U: previousSeq + 1, u: seq, b: levels(bids), a: levels(asks) };
}

export function partialBook({ seq, bids, asks }: BookView, most: number) {
  return { lastUpdateId: seq, bids: levels(bids.slice(0, most)), asks: levels(asks.slice(0, most)) };
}

export function bookTicker({ symbol, seq, bids: [bid], asks: [ask] }: BookView) {
  return { u: seq, s: symbol, b: eight(bid?.[0]), B: eight(bid?.[1]), a: eight(ask?.[0]), A: eight(ask?.[1]) };
}

export function miniTickerEvent(day: DayStatistics, now: number) {
  return {
    e: '24hrMiniTicker', E: now, s: day.symbol, c: day.lastPrice, o: day.openPrice, h: day.highPrice, l: day.lowPrice, v: day.volume, q: day.quoteVolume,
  };
}

export function tickerEvent(day: DayStatistics, now: number) {
  return {
    e: '24hrTicker', E: now, s: day.symbol, p: day.priceChange, P: day.priceChangePercent, w: day.weightedAvgPrice, x: day.prevClosePrice, c: day.lastPrice, Q: day.lastQty,
    b: day.bidPrice, B: day.bidQty, a: day.askPrice, A: day.askQty,
    o: day.openPrice, h: day.highPrice, l: day.lowPrice, v: day.volume, q: day.quoteVolume,
    O: day.openTime, C: day.closeTime, F: day.firstId, L: day.lastId, n: day.count,
  };
}

export function klineEvent(symbol: string, interval: BarInterval, bar: Bar, closed: boolean, now: number) {
  return {
    e: 'kline', E: now, s: symbol,
    k: {
      t: bar.openTime, T: closeTimeOf(bar, interval), s: symbol, i: interval, f: bar.firstTrade, L: bar.lastTrade,
      o: eight(bar.open), c: eight(bar.close), h: eight(bar.high), l: eight(bar.low), v: eight(bar.volume), n: bar.trades, x: closed,
      q: eight(bar.quoteVolume), V: eight(bar.takerVolume),
      Q: eight(bar.takerQuoteVolume), B: '0',
    },
  };
}
