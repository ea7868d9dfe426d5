/** Questions about what an account has, and transfers of it. */
import type { RouteDependencies } from './dependencies';
import { idPath } from './orders';
import { listFills } from '../../ledger/fill-pages';
import { fillListSchema, orderListSchema, portfolioSchema } from '../../ledger/queries';
import { listFromReadModel, portfolioFromReadModel } from '../../ledger/read-model-views';
import { transferStatus } from '../../ledger/transfer-status';
import { listOrders, portfolio } from '../../ledger/views';
import { clientOrderPath } from '../../orders/cancel-order';
import { orderStatus, orderStatusByClientId } from '../../orders/order-status';
import { transfer, transferSchema } from '../../orders/transfer';
import { acceptedTransfer, fillPage, order, orderPage, portfolio as portfolioAnswer, positions as positionsAnswer, transferState } from '../answers';
import { ownId } from '../preferences';
import type { Reply } from '../reply';
import { type Route, route } from '../route';

const ok = (body: unknown): Reply => ({ status: 200, body });

export function accountRoutes({ entry, ledgers, positions, readModels }: RouteDependencies): readonly Route[] {
  const { catalog } = entry;
  return [
    route({
      method: 'get', path: '/v1/orders', tag: 'account', scope: 'read', rate: 'read',
      summary: 'Orders, newest first',
      query: orderListSchema,
      answers: { 200: { description: 'A page of orders.', schema: orderPage } },
      handle: async ({ query }, { accountId }) => ok(
        readModels?.hasOrders
          ? await listFromReadModel(readModels, ledgers, catalog, accountId, query) : await listOrders(ledgers, catalog, accountId, query)),
    }),
    route({
      method: 'get', path: '/v1/orders/{id}', tag: 'account', scope: 'read', rate: 'read',
      summary: 'One order',
      params: idPath,
      answers: { 200: { description: 'The order.', schema: order } },
      handle: async ({ params }, { accountId }) => ok(await orderStatus(entry, ledgers, accountId, params.id)),
    }),
    route({
      method: 'get', path: '/v1/orders/by-client-id/{clientOrderId}', tag: 'account', scope: 'read', rate: 'read',
      summary: 'One order by the client\'s id',
      description: 'The order that was placed under it last, of those of the last hour and of the account\'s 10,000 latest ones.',
      params: clientOrderPath,
      answers: { 200: { description: 'The order.', schema: order } },
      handle: async ({ params }, { accountId }) => ok(await orderStatusByClientId(entry, ledgers, accountId, params.clientOrderId)),
    }),
    route({
      method: 'get', path: '/v1/fills', tag: 'account', scope: 'read', rate: 'read',
      summary: 'Fills, newest first',
      query: fillListSchema,
      answers: { 200: { description: 'A page of fills.', schema: fillPage } },
      handle: async ({ query }, { accountId }) => ok(await listFills(ledgers, catalog, accountId, query)),
    }),
    route({
      method: 'get', path: '/v1/portfolio', tag: 'account', scope: 'read', rate: 'read',
      summary: 'Balances',
      query: portfolioSchema,
      answers: { 200: { description: 'What is free, and what is held for open orders.', schema: portfolioAnswer } },
      handle: async ({ query }, { accountId }) => ok(
        readModels?.hasWallets
          ? await portfolioFromReadModel(readModels, ledgers, catalog, accountId, query) : await portfolio(ledgers, catalog, accountId, query)),
    }),
    route({
      method: 'get', path: '/v1/positions', tag: 'account', scope: 'read', rate: 'read',
      summary: 'Positions with their average entry, realised and unrealised profit',
      description: 'Made of the account\'s trades, at average cost and after fees. What came in by deposit or transfer has no price and is not in it.',
      query: portfolioSchema,
      answers: { 200: { description: 'A position for each instrument that was ever traded.', schema: positionsAnswer } },
      handle: async ({ query }, { accountId }) => ok(await positions.of(accountId, query)),
    }),
    route({
      method: 'post', path: '/v1/transfers', tag: 'account', scope: 'trade', rate: 'order', accepts: ['idempotency-key'],
      summary: 'Move funds to another partition',
      body: transferSchema,
      answers: { 202: { description: 'The journal has the request.', schema: acceptedTransfer } },
      handle: async ({ body, preferences }, { accountId, turn }) => {
        const clientTransferId = ownId(body.clientTransferId, preferences, 'clientTransferId');
        const named = { ...body, ...(clientTransferId === undefined ? {} : { clientTransferId }) };
        return { status: 202, body: await transfer(entry, accountId, named, turn) };
      },
    }),
    route({
      method: 'get', path: '/v1/transfers/{id}', tag: 'account', scope: 'read', rate: 'read',
      summary: 'How far a transfer is',
      params: idPath,
      answers: { 200: { description: 'The transfer.', schema: transferState } },
      handle: async ({ params }, { accountId }) => ok(await transferStatus(ledgers, catalog, accountId, params.id)),
    }),
  ];
}
