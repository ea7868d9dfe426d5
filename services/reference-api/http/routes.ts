import { adminRoutes } from './admin-routes';
import type { Route } from './route';
import { validate } from './validate';
import type { Instrument, InstrumentSpec } from '../../domain';
import type { Health, Logger } from '../../runtime';
import { credentialsSchema, type SignIn } from '../auth/sign-in';
import type { Ledgers } from '../ledger/ledgers';
import { transferStatus } from '../ledger/transfer-status';
import { listOrders, orderListSchema, portfolio, portfolioSchema } from '../ledger/views';
import type { Books } from '../market/books';
import type { StatusBoard } from '../market/status-board';
import { amendOrder, amendSchema } from '../orders/amend-order';
import { cancelAll, cancelAllSchema, cancelByClientId, cancelOrder, clientOrderPath, clientOrderQuery } from '../orders/cancel-order';
import type { OrderEntry } from '../orders/entry';
import type { UpgradeAdvisers } from '../orders/operate';
import { orderPairSchema, placeOrderList } from '../orders/order-list';
import { orderSchema } from '../orders/order-request';
import { placeOrder } from '../orders/place-order';
import { transfer, transferSchema } from '../orders/transfer';

export interface RouteDependencies {
  readonly entry: OrderEntry;
  readonly ledgers: Ledgers;
  readonly books: Books;
  readonly advisers: UpgradeAdvisers;
  readonly signIn: SignIn;
  readonly health: Health;
  readonly statusBoard: StatusBoard;
  readonly logger: Logger;
}

/** Everything that the API answers over HTTP, the busiest first. */
export function routes({ entry, ledgers, books, advisers, signIn, health, statusBoard, logger }: RouteDependencies): readonly Route[] {
  const { catalog } = entry;
  return [
    {
      method: 'post', path: '/v1/orders', access: 'user', hasBody: true,
      handle: async ({ body }, accountId, turn) => ({ status: 202, body: await placeOrder(entry, accountId, validate(orderSchema, body), turn) }),
    },
    {
      method: 'delete', path: '/v1/orders/:id', access: 'user',
      handle: async ({ params }, accountId, turn) => ({ status: 202, body: await cancelOrder(entry, ledgers, accountId, params.id, turn) }),
    },
    {
      method: 'delete', path: '/v1/orders/by-client-id/:clientOrderId', access: 'user',
      handle: async ({ params, query }, accountId, turn) => {
        const { clientOrderId } = validate(clientOrderPath, params);
        return { status: 202, body: await cancelByClientId(entry, accountId, clientOrderId, validate(clientOrderQuery, query), turn) };
      },
    },
    {
      method: 'delete', path: '/v1/orders', access: 'user',
      handle: async ({ query }, accountId, turn) => (
        { status: 202, body: await cancelAll(entry, accountId, validate(cancelAllSchema, query), turn) }),
    },
    {
      method: 'patch', path: '/v1/orders/:id', access: 'user', hasBody: true,
      handle: async ({ params, body }, accountId, turn) => (
        { status: 202, body: await amendOrder(entry, ledgers, accountId, params.id, validate(amendSchema, body), turn) }),
    },
    {
      method: 'post', path: '/v1/order-lists', access: 'user', hasBody: true,
      handle: async ({ body }, accountId, turn) => (
        { status: 202, body: await placeOrderList(entry, accountId, validate(orderPairSchema, body), turn) }),
    },
    {
      method: 'post', path: '/v1/transfers', access: 'user', hasBody: true,
      handle: async ({ body }, accountId, turn) => ({ status: 202, body: await transfer(entry, accountId, validate(transferSchema, body), turn) }),
    },
    {
      method: 'get', path: '/v1/transfers/:id', access: 'user',
      handle: async ({ params }, accountId) => ({ status: 200, body: await transferStatus(ledgers, catalog, accountId, params.id) }),
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
      handle: async ({ query }, accountId) => (
        { status: 200, body: await listOrders(ledgers, catalog, accountId, validate(orderListSchema, query)) }),
    },
    {
      method: 'get', path: '/v1/portfolio', access: 'user',
      handle: async ({ query }, accountId) => (
        { status: 200, body: await portfolio(ledgers, catalog, accountId, validate(portfolioSchema, query)) }),
    },
    {
      method: 'get', path: '/v1/book/:symbol', access: 'user',
      handle: async ({ params }) => ({ status: 200, body: JSON.parse(await books.read(params.symbol)) as unknown }),
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
    ...adminRoutes(entry, logger, advisers),
  ];
}

function specOf({ symbol, base, quote, tickSize, lotSize, version, rules }: Instrument): InstrumentSpec {
  return { symbol, base, quote, tickSize, lotSize, version, ...(rules ? { rules } : {}) };
}
