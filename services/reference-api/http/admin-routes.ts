import type { z } from 'zod';
import type { PrivateRoute } from './route';
import { validate } from './validate';
import type { Logger } from '../../runtime';
import { deposit, depositSchema } from '../orders/deposit';
import type { OrderEntry } from '../orders/entry';
import {
  accountSchema, configureAccount, markPriceSchema, setMarkPrice, setTradingState, sweepOrders, sweepSchema, tradingStateSchema, upgrade,
  type UpgradeAdvisers, upgradeSchema,
} from '../orders/operate';

/** What members of the operators' group may do. Each of it is logged with who did it: it must be found later. */
export function adminRoutes(entry: OrderEntry, logger: Logger, advisers: UpgradeAdvisers): readonly PrivateRoute[] {
  const operate = <T extends object>(
    method: PrivateRoute['method'], path: string, what: string, schema: z.ZodType<T>, act: (entry: OrderEntry, request: T) => Promise<object>,
  ): PrivateRoute => ({
    method, path: `/v1/admin/${path}`, access: 'operator', hasBody: method !== 'delete',
    handle: async ({ body, query }, operator) => {
      const request = validate(schema, method === 'delete' ? query : body);
      const accepted = await act(entry, request);
      const fields: Record<string, unknown> = { operator, ...request, ...accepted };
      logger.info(fields, what);
      return { status: 202, body: accepted };
    },
  });
  return [
    operate('post', 'deposits', 'deposit', depositSchema, deposit),
    operate('post', 'trading-states', 'trading state', tradingStateSchema, setTradingState),
    operate('post', 'accounts', 'account', accountSchema, configureAccount),
    operate('post', 'mark-prices', 'mark price', markPriceSchema, setMarkPrice),
    operate('post', 'upgrades', 'upgrade of the core', upgradeSchema, (to, request) => upgrade(to, advisers, request)),
    operate('delete', 'orders', 'orders taken back', sweepSchema, sweepOrders),
  ];
}
