/** Routes that change what an account has in the market. */
import { z } from 'zod';
import type { RouteDependencies } from './dependencies';
import type { OrderUpdate } from '../../../domain';
import { amendOrder, amendSchema } from '../../orders/amend-order';
import { awaitedOf, batchSchema, decidedBatch, placeBatch } from '../../orders/batch';
import { cancelAll, cancelAllSchema, cancelByClientId, cancelOrder, clientOrderPath, clientOrderQuery } from '../../orders/cancel-order';
import { orderPairSchema, placeOrderList } from '../../orders/order-list';
import { type OrderBody, orderSchema } from '../../orders/order-request';
import { orderIdOf } from '../../orders/order-status';
import { outcomeOf, settles, settlesOrder } from '../../orders/outcome';
import { placeOrder } from '../../orders/place-order';
import type { Turn } from '../../orders/turns';
import { acceptedAmend, acceptedBatch, acceptedCancel, acceptedCancelAll, acceptedList, acceptedOrder, decidedChange, decidedList, decidedOrder } from '../answers';
import { ownId, type Preferences } from '../preferences';
import type { Reply } from '../reply';
import { type Route, route } from '../route';

/** Path of whatever concerns one order. What is no id names nothing, which is 404 as for any other. */
export const idPath = z.strictObject({ id: z.string().max(64).meta({ format: 'uuid' }) });

const WAITED = { 'preference-applied': 'wait' };
const accepted = (body: unknown): Reply => ({ status: 202, body });
const decided = (body: unknown): Reply => ({ status: 200, body, headers: WAITED });

export function orderRoutes({ entry, ledgers, verdicts, logger }: RouteDependencies): readonly Route[] {
  /** Does what was asked for, and where the client waits, tells what the core said of it. */
  async function awaiting<T extends object>(
    accountId: string, { waitMs }: Preferences, act: () => Promise<T>,
    concerns: (accepted: T) => { fits(update: OrderUpdate): boolean; isLast(update: OrderUpdate): boolean } | undefined,
    told: (accepted: T, updates: readonly OrderUpdate[]) => object,
    answer: (accepted: T) => unknown = (body) => body,
  ): Promise<Reply> {
    if (waitMs === undefined) return accepted(answer(await act()));
    const listening = await verdicts.listen(accountId);
    try {
      const done = await act();
      const concern = concerns(done);
      const updates = concern ? await listening.collect(concern.fits, concern.isLast, waitMs) : [];
      return updates.length === 0 ? accepted(answer(done)) : decided(told(done, updates));
    } finally {
      listening.end();
    }
  }

  /** The same for what concerns several orders: what was heard of each in time. */
  async function gathering<T>(
    accountId: string, { waitMs }: Preferences, act: () => Promise<T>, concerns: (done: T) => ReadonlyMap<string, (update: OrderUpdate) => boolean>,
  ): Promise<{ readonly done: T; readonly heard: ReadonlyMap<string, readonly OrderUpdate[]> }> {
    if (waitMs === undefined) return { done: await act(), heard: new Map() };
    const listening = await verdicts.listen(accountId);
    try {
      const done = await act();
      const concern = concerns(done);
      return { done, heard: concern.size === 0 ? new Map() : await listening.gather(concern, waitMs) };
    } finally {
      listening.end();
    }
  }

  function place(accountId: string, body: OrderBody, preferences: Preferences, turn: Turn): Promise<Reply> {
    return awaiting(
      accountId, preferences, () => placeOrder(entry, accountId, body, turn),
      ({ accepted: { orderId }, repeated }) => (
        repeated ? undefined : { fits: (update) => update.orderId === orderId, isLast: settlesOrder(body) }),
      (placed, updates) => ({ ...placed.accepted, ...outcomeOf(updates) }),
      (placed) => placed.accepted,
    );
  }

  const changes = (orderId: string, amendId?: string) => ({
    fits: (update: OrderUpdate) => update.orderId === orderId && (amendId === undefined
      ? update.event === 'cancelled' || update.event === 'cancel_rejected' : update.amendId === amendId),
    isLast: () => true,
  });
  const change = (done: object, [update]: readonly OrderUpdate[]): object => {
    const { event, reason, price, quantity, remaining, seq, time } = update;
    const told = { event, reason, price, quantity, remaining, seq, time };
    return { ...done, ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) };
  };

  return [
    route({
      method: 'post', path: '/v1/orders', tag: 'orders', scope: 'trade', rate: 'order', accepts: ['wait', 'idempotency-key'],
      summary: 'Place an order',
      description: 'The journal has the order when this answers 202. A repetition under the same client order id, or Idempotency-Key, has no second effect.',
      body: orderSchema,
      answers: {
        202: { description: 'The journal has the order; what the core makes of it is told on the orders channel.', schema: acceptedOrder },
        200: { description: 'The core has decided, within the time that Prefer: wait=<ms> gave it.', schema: decidedOrder },
      },
      handle: ({ body, preferences }, { accountId, turn }) => {
        const clientOrderId = ownId(body.clientOrderId, preferences, 'clientOrderId');
        return place(accountId, clientOrderId === body.clientOrderId ? body : { ...body, clientOrderId }, preferences, turn);
      },
    }),
    route({
      method: 'delete', path: '/v1/orders/{id}', tag: 'orders', scope: 'trade', rate: 'cancel', accepts: ['wait'],
      summary: 'Cancel an order',
      params: idPath,
      answers: { 202: { description: 'The journal has the request.', schema: acceptedCancel }, 200: { description: 'The core has decided.', schema: decidedChange } },
      handle: ({ params: { id }, preferences }, { accountId, turn }) => (
        awaiting(accountId, preferences, () => cancelOrder(entry, ledgers, accountId, id, turn), () => changes(id), change)),
    }),
    route({
      method: 'delete', path: '/v1/orders/by-client-id/{clientOrderId}', tag: 'orders', scope: 'trade', rate: 'cancel',
      summary: 'Cancel an order by the client\'s id',
      params: clientOrderPath, query: clientOrderQuery,
      answers: { 202: { description: 'The journal has the request.', schema: acceptedCancel } },
      handle: async ({ params, query }, { accountId, turn }) => accepted(await cancelByClientId(entry, accountId, params.clientOrderId, query, turn)),
    }),
    route({
      method: 'delete', path: '/v1/orders', tag: 'orders', scope: 'trade', rate: 'cancel',
      summary: 'Cancel all orders',
      query: cancelAllSchema,
      answers: { 202: { description: 'The journal has the request.', schema: acceptedCancelAll } },
      handle: async ({ query }, { accountId, turn }) => accepted(await cancelAll(entry, accountId, query, turn)),
    }),
    route({
      method: 'patch', path: '/v1/orders/{id}', tag: 'orders', scope: 'trade', rate: 'order', accepts: ['wait'],
      summary: 'Change an order',
      description: 'A smaller quantity keeps its place in the queue, anything else loses it.',
      params: idPath, body: amendSchema,
      answers: { 202: { description: 'The journal has the request.', schema: acceptedAmend }, 200: { description: 'The core has decided.', schema: decidedChange } },
      handle: ({ params: { id }, body, preferences }, { accountId, turn, rights }) => awaiting(
        accountId, preferences, () => amendOrder(entry, ledgers, accountId, id, body, turn, rights.requireInstrument),
        ({ amendId }) => changes(id, amendId), change),
    }),
    route({
      method: 'patch', path: '/v1/orders/by-client-id/{clientOrderId}', tag: 'orders', scope: 'trade', rate: 'order', accepts: ['wait'],
      summary: 'Change an order by the client\'s id',
      params: clientOrderPath, body: amendSchema,
      answers: { 202: { description: 'The journal has the request.', schema: acceptedAmend }, 200: { description: 'The core has decided.', schema: decidedChange } },
      handle: async ({ params, body, preferences }, { accountId, turn, rights }) => {
        const id = await orderIdOf(entry, ledgers, accountId, params.clientOrderId);
        const act = () => amendOrder(entry, ledgers, accountId, id, body, turn, rights.requireInstrument);
        return awaiting(accountId, preferences, act, ({ amendId }) => changes(id, amendId), change);
      },
    }),
    route({
      method: 'post', path: '/v1/orders/batch', tag: 'orders', scope: 'trade', rate: 'order', accepts: ['wait'],
      summary: 'Place several orders',
      description: 'Each order is taken or refused by itself, in the order in which they stand. With Prefer: wait=<ms> each has the core\'s verdict that came in time.',
      body: batchSchema, cost: ({ orders }) => orders.length,
      answers: { 200: { description: 'What became of each, as if it had come alone.', schema: acceptedBatch } },
      handle: async ({ body, preferences }, { accountId, turn, rights }) => {
        const { done, heard } = await gathering(
          accountId, preferences, () => placeBatch(entry, accountId, body, turn, logger, rights.requireInstrument), awaitedOf);
        const reply = { status: 200, body: { results: decidedBatch(done, heard) } };
        return heard.size === 0 ? reply : { ...reply, headers: WAITED };
      },
    }),
    route({
      method: 'post', path: '/v1/order-lists', tag: 'orders', scope: 'trade', rate: 'order', accepts: ['wait', 'idempotency-key'],
      summary: 'Place two orders of which one cancels the other',
      body: orderPairSchema, cost: () => 2,
      answers: {
        202: { description: 'The journal has the list.', schema: acceptedList },
        200: { description: 'The core has decided on both orders, within the time that Prefer: wait=<ms> gave it.', schema: decidedList },
      },
      handle: async ({ body, preferences }, { accountId, turn }) => {
        const clientListId = ownId(body.clientListId, preferences, 'clientListId');
        const { done, heard } = await gathering(
          accountId, preferences, () => placeOrderList(entry, accountId, { ...body, ...(clientListId === undefined ? {} : { clientListId }) }, turn),
          ({ accepted: { orders }, repeated }) => new Map(repeated ? [] : orders.map(({ orderId }) => [orderId, settles(true)] as const)));
        const { orders } = done.accepted;
        if (!orders.every(({ orderId }) => heard.has(orderId))) return accepted(done.accepted);
        return decided({ ...done.accepted, orders: orders.map((order) => ({ ...order, ...outcomeOf(heard.get(order.orderId)!) })) });
      },
    }),
  ];
}
