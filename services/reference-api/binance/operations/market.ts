/** The market, for everybody. */
import { type BookView, formatDecimal, formatPrice, formatQuantity, TRADES_KEPT, type TradeView } from '../../../domain';
import type { Ledgers } from '../../ledger/ledgers';
import type { Books } from '../../market/books';
import type { InstrumentCatalog } from '../../market/instrument-catalog';
import type { Tickers } from '../../market/tickers';
import { eight, times } from '../amounts';
import { averageOf, type Bar, BAR_MINUTES, type BarInterval, type Bars, barStart, joined, MINUTE_MS } from '../bars';
import { BinanceError } from '../errors';
import type { Operation } from '../operation';
import type { Params } from '../params';
import type { Statistics } from '../statistics';

export interface MarketParts {
  readonly catalog: InstrumentCatalog;
  readonly ledgers: Ledgers;
  readonly books: Books;
  readonly tickers: Tickers;
  readonly bars: Bars;
  readonly statistics: Statistics;
}

const open = { scope: 'public', rate: 'public' } as const;
const AVERAGE_MINUTES = 5;

export function marketOperations(parts: MarketParts): readonly Operation[] {
  const { catalog, books, tickers, bars, statistics } = parts;
  const klines = (params: Params): Promise<object> => klinesOf(parts, params);
  return [
    {
      ...open, http: ['GET', '/depth'], ws: 'depth',
      handle: async (params) => {
        const { symbol } = catalog.require(params.required('symbol'));
        const limit = params.limit(100, 5_000);
        const { seq, bids, asks } = JSON.parse(await books.read(symbol)) as BookView;
        return { lastUpdateId: seq, bids: levels(bids, limit), asks: levels(asks, limit) };
      },
    },
    {
      ...open, http: ['GET', '/trades'], ws: 'trades.recent',
      handle: async (params) => (await lastTrades(parts, params)).map(({ seq, price, quantity, time, takerSide }) => ({
        id: seq, price: eight(price), qty: eight(quantity), quoteQty: eight(times(price, quantity)), time, isBuyerMaker: takerSide === 'sell', isBestMatch: true,
      })),
    },
    // Read from the ledger; a client that pages through all of it is to be one among many.
    { ...open, http: ['GET', '/historicalTrades'], ws: 'trades.historical', weight: 25, handle: (params) => historicalTrades(parts, params) },
    { ...open, http: ['GET', '/aggTrades'], ws: 'trades.aggregate', handle: async (params) => (await aggregated(parts, params)).map(aggTradeView) },
    { ...open, http: ['GET', '/klines'], ws: 'klines', handle: klines },
    { ...open, http: ['GET', '/uiKlines'], ws: 'uiKlines', handle: klines },
    {
      ...open, http: ['GET', '/avgPrice'], ws: 'avgPrice',
      handle: async (params) => {
        const { symbol } = catalog.require(params.required('symbol'));
        const now = Date.now();
        const bar = joined(0, (await bars.lastDay(symbol, now)).filter(({ openTime }) => openTime > now - (AVERAGE_MINUTES + 1) * MINUTE_MS));
        const price = bar ? averageOf(bar) : (await tickers.one(symbol)).lastPrice;
        return { mins: AVERAGE_MINUTES, price: eight(price), closeTime: now };
      },
    },
    {
      ...open, http: ['GET', '/ticker/24hr'], ws: 'ticker.24hr',
      handle: (params) => each(parts, params, async (symbol) => {
        const day = await statistics.day(symbol);
        if (params.oneOf('type', ['FULL', 'MINI']) !== 'MINI') return day;
        const { openPrice, highPrice, lowPrice, lastPrice, volume, quoteVolume, openTime, closeTime, firstId, lastId, count } = day;
        return { symbol, openPrice, highPrice, lowPrice, lastPrice, volume, quoteVolume, openTime, closeTime, firstId, lastId, count };
      }),
    },
    {
      ...open, http: ['GET', '/ticker/price'], ws: 'ticker.price',
      handle: (params) => each(parts, params, async (symbol) => ({ symbol, price: eight((await tickers.one(symbol)).lastPrice) })),
    },
    {
      ...open, http: ['GET', '/ticker/bookTicker'], ws: 'ticker.book',
      handle: (params) => each(parts, params, async (symbol) => {
        const { bidPrice, bidQuantity, askPrice, askQuantity } = await tickers.one(symbol);
        return { symbol, bidPrice: eight(bidPrice), bidQty: eight(bidQuantity), askPrice: eight(askPrice), askQty: eight(askQuantity) };
      }),
    },
  ];
}

/** One object for `symbol`, a list for `symbols` or for all. */
async function each<T>({ catalog }: MarketParts, params: Params, of: (symbol: string) => Promise<T>): Promise<T | readonly T[]> {
  const symbol = params.text('symbol');
  const symbols = params.list('symbols');
  if (symbol !== undefined && symbols !== undefined) throw new BinanceError(-1128, 'Combination of optional parameters invalid.');
  if (symbol !== undefined) return of(catalog.require(symbol).symbol);
  return Promise.all((symbols ?? catalog.list().map((one) => one.symbol)).map((one) => of(catalog.require(one).symbol)));
}

function levels(rows: BookView['bids'], limit: number): readonly (readonly [string, string])[] {
  return rows.slice(0, limit).map(([price, quantity]) => [eight(price), eight(quantity)]);
}

/** The venue keeps the last trades in its cache; oldest first. */
async function lastTrades({ catalog, tickers }: MarketParts, params: Params): Promise<readonly TradeView[]> {
  const { symbol } = catalog.require(params.required('symbol'));
  return [...await tickers.trades(symbol, Math.min(TRADES_KEPT, params.limit(500, 1_000)))].reverse();
}

async function aggregated(parts: MarketParts, params: Params): Promise<readonly TradeView[]> {
  const [since, until, from] = [params.whole('startTime') ?? 0, params.whole('endTime') ?? Infinity, params.whole('fromId') ?? 0];
  return (await lastTrades(parts, params)).filter(({ seq, time }) => time >= since && time <= until && seq >= from);
}

/** Trades from an id on, or the last ones. */
async function historicalTrades({ catalog, ledgers }: MarketParts, params: Params): Promise<object> {
  const instrument = catalog.require(params.required('symbol'));
  const { symbol, quote } = instrument;
  const ledger = ledgers.of(ledgers.partitions.partitionOf(symbol));
  const trades = await ledger.venueTrades({ symbol, limit: params.limit(500, 1_000), fromSeq: params.whole('fromId') });
  return trades.map(({ seq, priceTicks, quantityLots, quoteAmount, time, takerSide }) => ({
    id: seq, price: eight(formatPrice(instrument, priceTicks)), qty: eight(formatQuantity(instrument, quantityLots)),
    quoteQty: eight(formatDecimal(quoteAmount, quote.decimals)), time: time.getTime(), isBuyerMaker: takerSide === 'sell', isBestMatch: true,
  }));
}

/** Every trade stands for itself: makers are not aggregated. */
export function aggTradeView({ seq, price, quantity, time, takerSide }: TradeView) {
  return { a: seq, p: eight(price), q: eight(quantity), f: seq, l: seq, T: time, m: takerSide === 'sell', M: true };
}

export function intervalOf(text: string): BarInterval {
  if (!Object.hasOwn(BAR_MINUTES, text)) throw new BinanceError(-1120, 'Invalid interval.');
  return text as BarInterval;
}

async function klinesOf({ catalog, bars }: MarketParts, params: Params): Promise<object> {
  const { symbol } = catalog.require(params.required('symbol'));
  const interval = intervalOf(params.required('interval'));
  const [from, to] = [params.whole('startTime'), params.whole('endTime')];
  if (from !== undefined && to !== undefined && from > to) throw new BinanceError(-1128, 'Combination of optional parameters invalid.');
  return (await bars.read(symbol, interval, { from, to, limit: params.limit(500, 1_000) })).map((bar) => klineView(bar, interval));
}

function klineView(bar: Bar, interval: BarInterval): readonly (string | number)[] {
  return [
    bar.openTime, eight(bar.open), eight(bar.high), eight(bar.low), eight(bar.close), eight(bar.volume), closeTimeOf(bar, interval),
    eight(bar.quoteVolume), bar.trades, eight(bar.takerVolume), eight(bar.takerQuoteVolume), '0',
  ];
}

export function closeTimeOf({ openTime }: Bar, interval: BarInterval): number {
  return barStart(openTime, interval) + BAR_MINUTES[interval] * MINUTE_MS - 1;
}
