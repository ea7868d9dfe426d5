import type { Redis } from 'ioredis';
import type { Route } from './route';
import { validate } from './validate';
import type { Instrument, InstrumentSpec } from '../../domain';
import type { Health, Logger } from '../../runtime';
import { credentialsSchema, type SignIn } from '../auth/sign-in';
import type { LedgerReader } from '../ledger/ledger-reader';
import { listOrders, orderListSchema, portfolio } from '../ledger/views';
import { readBook } from '../market/books';
import type { StatusBoard } from '../market/status-board';
import { cancelOrder } from '../orders/cancel-order';
import { deposit, depositSchema } from '../orders/deposit';
import { orderSchema } from '../orders/order-request';
import { type OrderEntry, placeOrder } from '../orders/place-order';

export interface RouteDependencies {
  readonly entry: OrderEntry;
  readonly ledger: LedgerReader;
  readonly cache: Redis;
  readonly signIn: SignIn;
  readonly health: Health;
  readonly statusBoard: StatusBoard;
  readonly logger: Logger;
}

/** Everything that the API answers over HTTP, the busiest first. */
export function routes({ entry, ledger, cache, signIn, health, statusBoard, logger }: RouteDependencies): readonly Route[] {
  const { catalog } = entry;
  return [
    {
      method: 'post', path: '/v1/orders', access: 'user', hasBody: true,
      handle: async ({ body }, accountId, turn) => ({ status: 202, body: await placeOrder(entry, accountId, validate(orderSchema, body), turn) }),
    },
    {
      method: 'delete', path: '/v1/orders/:id', access: 'user',
      handle: async ({ params }, accountId, turn) => ({ status: 202, body: await cancelOrder(entry, ledger, accountId, params.id, turn) }),
    },
    {
      method: 'get', path: '/health', access: 'public',
      handle: () => {
        const report = health.report();
        return { status: report.status === 'unhealthy' ? 503 : 200, body: report };
      },
    },
    {
      method: 'get', path: '/v1/orders', access: 'user',
      handle: async ({ query }, accountId) => ({ status: 200, body: await listOrders(ledger, catalog, accountId, validate(orderListSchema, query)) }),
    },
    {
      method: 'get', path: '/v1/portfolio', access: 'user',
      handle: async (_, accountId) => ({ status: 200, body: await portfolio(ledger, catalog, accountId) }),
    },
    {
      method: 'get', path: '/v1/book/:symbol', access: 'user',
      handle: async ({ params }) => ({ status: 200, body: await readBook(cache, catalog, params.symbol) }),
    },
    {
      method: 'get', path: '/v1/instruments', access: 'public',
      handle: () => ({
        status: 200,
        body: { instruments: catalog.list().map(specOf) },
      }),
    },
    {
      method: 'get', path: '/v1/status', access: 'public',
      handle: async () => ({ status: 200, body: await statusBoard.read() }),
    },
    {
      method: 'post', path: '/v1/sessions', access: 'public', hasBody: true,
      handle: async ({ body }) => ({ status: 200, body: await signIn(validate(credentialsSchema, body)) }),
    },
    {
      method: 'post', path: '/v1/admin/deposits', access: 'operator', hasBody: true,
      handle: async ({ body }, operator) => {
        const request = validate(depositSchema, body);
        const accepted = await deposit(entry, request);
        // Who made money out of nothing must be found later.
        logger.info({ operator, ...request, ...accepted }, 'deposit');
        return { status: 202, body: accepted };
      },
    },
  ];
}

function specOf({ symbol, base, quote, tickSize, lotSize, version }: Instrument): InstrumentSpec {
  return { symbol, base, quote, tickSize, lotSize, version };
}
