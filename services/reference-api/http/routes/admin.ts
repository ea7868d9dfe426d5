import type { z } from 'zod';
import type { RouteDependencies } from './dependencies';
import { deposit, depositSchema } from '../../orders/deposit';
import type { OrderEntry } from '../../orders/entry';
import {
  accountSchema, configureAccount, markPriceSchema, setMarkPrice, setTradingState, sweepOrders, sweepSchema, tradingStateSchema, upgrade,
  upgradeSchema,
} from '../../orders/operate';
import { acceptedByOperator } from '../answers';
import type { Reply } from '../reply';
import { type Route, route } from '../route';

/** What members of the operators' group may do. Each of it is logged with who did it: it must be found later. */
export function adminRoutes({ entry, advisers, logger }: RouteDependencies): readonly Route[] {
  const operate = <T extends object>(
    method: 'post' | 'delete', path: string, what: string, schema: z.ZodType<T>, act: (entry: OrderEntry, request: T) => Promise<object>,
  ): Route => {
    const perform = async (request: T, operator: string): Promise<Reply> => {
      const accepted = await act(entry, request);
      const fields: Record<string, unknown> = { operator, ...request, ...accepted };
      logger.info(fields, what);
      return { status: 202, body: accepted };
    };
    const common = {
      path: `/v1/admin/${path}`, tag: 'operators' as const, scope: 'operate' as const, rate: 'operate' as const,
      summary: `Operators: ${what}`, conflicts: path === 'upgrades',
      answers: { 202: { description: 'The journal has the command.', schema: acceptedByOperator } },
    };
    return method === 'delete'
      ? route({ ...common, method, query: schema, handle: ({ query }, { accountId }) => perform(query, accountId) })
      : route({ ...common, method, body: schema, handle: ({ body }, { accountId }) => perform(body, accountId) });
  };
  return [
    operate('post', 'deposits', 'deposit', depositSchema, deposit),
    operate('post', 'trading-states', 'trading state', tradingStateSchema, setTradingState),
    operate('post', 'accounts', 'account', accountSchema, configureAccount),
    operate('post', 'mark-prices', 'mark price', markPriceSchema, setMarkPrice),
    operate('post', 'upgrades', 'upgrade of the core', upgradeSchema, (to, request) => upgrade(to, advisers, request)),
    operate('delete', 'orders', 'orders taken back', sweepSchema, sweepOrders),
  ];
}
