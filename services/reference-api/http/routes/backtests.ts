/** Backtests: strategies tried on the past, where the system runs them. */
import { z } from 'zod';
import type { RouteDependencies } from './dependencies';
import { idPath } from './orders';
import { type BacktestJob, jobSchema } from '../../../adapters/backtests/job';
import { type SettingRule, STRATEGIES } from '../../../domain/strategy';
import { acceptedBacktest, backtest, backtestReport, backtests as backtestList, strategies as strategyList } from '../../backtests/view';
import { count } from '../../ledger/queries';
import { type Route, route } from '../route';

const strategies = Object.entries(STRATEGIES).map(([type, { settings }]) => ({
  type, settings: Object.entries<SettingRule>(settings).map(([name, rule]) => ({ name, ...rule })),
}));

export function backtestRoutes({ backtests }: RouteDependencies): readonly Route[] {
  return [
    route({
      method: 'get', path: '/v1/strategies', tag: 'market', scope: 'public', rate: 'public',
      summary: 'Strategies of the catalogue and their settings',
      answers: { 200: { description: 'All of them.', schema: strategyList } },
      handle: () => ({ status: 200, body: { strategies } }),
    }),
    route({
      method: 'post', path: '/v1/backtests', tag: 'account', scope: 'trade', rate: 'order', feature: 'backtests',
      summary: 'Try a strategy on the past',
      description: 'It runs in the background; an account has up to 3 at a time. Settings may be ranges to search.',
      body: jobSchema.meta({ examples: [{ symbol: 'BTCUSDT', from: '2025-12-01', to: '2025-12-10', strategy: { type: 'sma-cross', fast: 10, slow: 50 } }] }),
      answers: { 202: { description: 'It waits for its turn.', schema: acceptedBacktest } },
      // The schema's own check of the name is what makes the type of the strategy.
      handle: async ({ body }, { accountId }) => ({ status: 202, body: await backtests.submit(accountId, body as BacktestJob) }),
    }),
    route({
      method: 'get', path: '/v1/backtests', tag: 'account', scope: 'read', rate: 'read', feature: 'backtests',
      summary: 'Backtests, newest first',
      query: z.strictObject({ limit: count(100, 20) }),
      answers: { 200: { description: 'The latest ones.', schema: backtestList } },
      handle: async ({ query }, { accountId }) => ({ status: 200, body: await backtests.list(accountId, query.limit) }),
    }),
    route({
      method: 'get', path: '/v1/backtests/{id}', tag: 'account', scope: 'read', rate: 'read', feature: 'backtests',
      summary: 'One backtest, with its report',
      params: idPath,
      answers: { 200: { description: 'How far it is, or what it came to.', schema: backtestReport } },
      handle: async ({ params: { id } }, { accountId }) => ({ status: 200, body: await backtests.read(accountId, id) }),
    }),
    route({
      method: 'delete', path: '/v1/backtests/{id}', tag: 'account', scope: 'trade', rate: 'cancel', feature: 'backtests',
      summary: 'Cancel a backtest',
      params: idPath,
      answers: { 200: { description: 'It is cancelled; whoever runs it stops within seconds.', schema: backtest } },
      handle: async ({ params: { id } }, { accountId }) => ({ status: 200, body: await backtests.cancel(accountId, id) }),
    }),
  ];
}
