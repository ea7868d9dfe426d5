/** Bars of past days, from the files that history keeps. */
import { z } from 'zod';
import type { RouteDependencies } from './dependencies';
import { symbolText } from '../../ledger/queries';
import { barPage, barsQuery } from '../../replay/bar-pages';
import { replayBars } from '../answers';
import { type Route, route } from '../route';

export function replayRoutes({ history, entry: { catalog } }: RouteDependencies): readonly Route[] {
  return [
    route({
      method: 'get', path: '/v1/replay/{symbol}/bars', tag: 'market', scope: 'read', rate: 'read', feature: 'history',
      summary: 'Bars of past days, oldest first',
      description: 'All that history ever kept, not only the recent days of /v1/candles: bars that open from from until before to, at most 366 days. '
        + 'A page ends after limit bars or 31 days, whichever is first, and may be empty; nextCursor leads on. The stream replays them in time: '
        + '{"op":"replay","id":"1","symbol":"BTCUSDT","from":1765324800000,"speed":60}.',
      params: z.strictObject({ symbol: symbolText() }), query: barsQuery,
      answers: { 200: { description: 'A page, and the days of it that are not whole.', schema: replayBars } },
      handle: async ({ params: { symbol }, query }) => ({ status: 200, body: await barPage(history, catalog, symbol, query) }),
    }),
  ];
}
