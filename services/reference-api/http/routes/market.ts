/** Questions about the market. */
import { z } from 'zod';
import type { RouteDependencies } from './dependencies';
import type { Instrument, InstrumentSpec } from '../../../domain';
import { TRADES_KEPT } from '../../../domain';
import { count, symbolText } from '../../ledger/queries';
import { candles, candlesQuery } from '../../market/candles';
import { book, candles as candlesAnswer, instruments, ticker, tickers as tickersAnswer, trades } from '../answers';
import type { Reply } from '../reply';
import { type Route, route } from '../route';

const symbolPath = z.strictObject({ symbol: symbolText() });
const ok = (body: unknown): Reply => ({ status: 200, body });

export function marketRoutes({ entry: { catalog }, ledgers, books, tickers, minutes }: RouteDependencies): readonly Route[] {
  return [
    route({
      method: 'get', path: '/v1/book/{symbol}', tag: 'market', scope: 'read', rate: 'read',
      summary: 'Order book',
      description: 'A picture with its sequence. The stream\'s depth channel goes on from there: an update whose previousSeq is not the reader\'s says that one is missing.',
      params: symbolPath,
      answers: { 200: { description: 'The best levels.', schema: book } },
      handle: async ({ params }) => ok(JSON.parse(await books.read(params.symbol)) as unknown),
    }),
    route({
      method: 'get', path: '/v1/instruments', tag: 'market', scope: 'public', rate: 'public',
      summary: 'Instruments and their rules',
      answers: { 200: { description: 'All instruments.', schema: instruments } },
      handle: () => ok({ instruments: catalog.list().map(specOf) }),
    }),
    route({
      method: 'get', path: '/v1/trades/{symbol}', tag: 'market', scope: 'read', rate: 'read',
      summary: 'Last trades, newest first',
      params: symbolPath, query: z.strictObject({ limit: count(TRADES_KEPT, TRADES_KEPT) }),
      answers: { 200: { description: 'Trades of everybody.', schema: trades } },
      handle: async ({ params: { symbol }, query }) => ok({ symbol, trades: await tickers.trades(symbol, query.limit) }),
    }),
    route({
      method: 'get', path: '/v1/tickers', tag: 'market', scope: 'read', rate: 'read',
      summary: 'Tickers of all instruments',
      answers: { 200: { description: 'A ticker for each instrument.', schema: tickersAnswer } },
      handle: async () => ok({ tickers: await tickers.all() }),
    }),
    route({
      method: 'get', path: '/v1/tickers/{symbol}', tag: 'market', scope: 'read', rate: 'read',
      summary: 'Ticker of one instrument',
      params: symbolPath,
      answers: { 200: { description: 'The ticker.', schema: ticker } },
      handle: async ({ params }) => ok(await tickers.one(params.symbol)),
    }),
    route({
      method: 'get', path: '/v1/candles/{symbol}', tag: 'market', scope: 'read', rate: 'read',
      summary: 'Candles, oldest first',
      description: 'Of the market that is streamed: up to the end of yesterday as its history was fetched, since then as it was heard.',
      params: symbolPath, query: candlesQuery,
      answers: { 200: { description: 'The newest candles of the range.', schema: candlesAnswer } },
      handle: async ({ params, query }) => ok(await candles({ ledgers, minutes }, catalog, params.symbol, query)),
    }),
  ];
}

function specOf({ symbol, base, quote, tickSize, lotSize, version, rules }: Instrument): InstrumentSpec {
  return { symbol, base, quote, tickSize, lotSize, version, ...(rules ? { rules } : {}) };
}
