/** What an account was worth. */
import type { RouteDependencies } from './dependencies';
import { equityQuery } from '../../ledger/equity';
import { equityCurve } from '../answers';
import { type Route, route } from '../route';

export function equityRoutes({ equity }: RouteDependencies): readonly Route[] {
  return [
    route({
      method: 'get', path: '/v1/portfolio/equity', tag: 'account', scope: 'read', rate: 'read',
      summary: 'The equity curve',
      description: 'What the account was worth at from, at each whole multiple of interval, and at to; at most 1,000 points, none from before its last reset. '
        + 'Balances are those of the ledger, prices those that were known at the time: of the market that is streamed, or of the venue\'s own trades, whichever '
        + 'was more recent; in the present those of the tickers. Money that came in or went out stands in flows and is not in profit.',
      query: equityQuery,
      answers: { 200: { description: 'The curve, oldest point first.', schema: equityCurve } },
      handle: async ({ query }, { accountId }) => ({ status: 200, body: await equity.of(accountId, query) }),
    }),
  ];
}
