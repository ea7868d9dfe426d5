import { hash } from 'node:crypto';
import { z } from 'zod';
import { named } from './append';
import { Attempt } from './attempt';
import type { OrderEntry } from './entry';
import { digestOf, type OrderAsk } from './order-ask';
import { checkTerms, clientId, orderAsk, type Refuse } from './order-request';
import type { Turn } from './turns';
import { newOrderId, type OrderRequest, type PlaceOco, SELF_TRADE_PREVENTIONS, TIMES_IN_FORCE } from '../../domain';
import { coded, decimalText } from '../http/validate';

/** Body of `POST /v1/order-lists`: a limit order that rests and one that waits for its stop price; one cancels the other. */
export const orderPairSchema = z.strictObject({
  symbol: z.string().max(32),
  side: z.enum(['buy', 'sell']),
  quantity: decimalText(),
  selfTradePrevention: z.enum(SELF_TRADE_PREVENTIONS).optional(),
  /** Its orders are known by it as well when they have no ids of their own, with `-r` and `-w` behind it. */
  clientListId: clientId(34).optional(),
  resting: z.strictObject({ price: decimalText(), postOnly: z.boolean().optional(), clientOrderId: clientId().optional() }),
  waiting: z.strictObject({
    type: z.enum(['stop_loss', 'stop_loss_limit', 'take_profit', 'take_profit_limit']),
    stopPrice: decimalText().optional(),
    price: decimalText().optional(),
    timeInForce: z.enum(TIMES_IN_FORCE).optional(),
    clientOrderId: clientId().optional(),
  }),
}).superRefine(({ resting, waiting }, context) => {
  const refuse: Refuse = (path, code, message) => context.addIssue({ code: 'custom', path: [...path], message: coded(code, message) });
  checkTerms(waiting, refuse, ['waiting']);
  if (resting.clientOrderId !== undefined && resting.clientOrderId === waiting.clientOrderId) {
    refuse(['waiting', 'clientOrderId'], 'invalid_client_order_id', 'The two orders of a list need different client order ids.');
  }
}).meta({
  examples: [{ symbol: 'BTCUSDT', side: 'sell', quantity: '0.01', resting: { price: '31000' }, waiting: { type: 'stop_loss', stopPrice: '29000' } }],
});
export type OrderPairBody = z.output<typeof orderPairSchema>;

/** What the client gets with 202. */
export interface AcceptedList {
  readonly listId: string;
  readonly orders: readonly { readonly orderId: string; readonly clientOrderId: string }[];
  /** Where they trade, in a system with several partitions. */
  readonly partition?: number;
  readonly position: string;
}

/** An accepted pair, and whether the client's id had been accepted before: then the core has decided already. */
export interface PlacedList {
  readonly accepted: AcceptedList;
  readonly repeated: boolean;
}

type Role = 'resting' | 'waiting';

/**
 * Accepts a pair of orders of which one cancels the other. The ids of its orders follow from the list's, so that whoever repeats the
 * request, at whichever task, gets the same ones.
 *
 * @throws DomainError, ApiError, JournalUnavailableError
 */
export async function placeOrderList(entry: OrderEntry, accountId: string, body: OrderPairBody, turn: Turn): Promise<PlacedList> {
  const instrument = entry.catalog.require(body.symbol);
  const { symbol, side, quantity, selfTradePrevention, clientListId } = body;
  const common = { symbol, side, quantity, selfTradePrevention };
  const asks: Record<Role, OrderAsk> = {
    resting: orderAsk(instrument, { ...common, type: 'limit', price: body.resting.price, postOnly: body.resting.postOnly }),
    waiting: orderAsk(instrument, { ...common, ...body.waiting }),
  };
  const digests: Record<Role, string> = { resting: digestOf(asks.resting, asks.waiting), waiting: digestOf(asks.waiting, asks.resting) };
  const request = (listId: string, role: Role): OrderRequest => {
    const orderId = orderIdOf(listId, role);
    const clientOrderId = body[role].clientOrderId ?? (clientListId === undefined ? orderId : `${clientListId}-${role[0]}`);
    return { orderId, accountId, clientOrderId, digest: digests[role], ...asks[role] };
  };
  const partition = entry.partitions.partitionOf(symbol);
  const made = newOrderId(undefined, partition);
  for (const role of ['resting', 'waiting'] as const) entry.cache.noteOrder(orderIdOf(made, role), { accountId, symbol });
  const attempt = new Attempt(entry, {
    accountId, turn, partition, digest: digests.resting,
    clientId: clientListId ?? made,
    // Longer than any client order id, so that the two cannot meet.
    claimedId: `order-list/${(clientListId ?? '').padStart(36)}`,
    command: (listId, time): PlaceOco => ({ type: 'place_oco', time, listId, resting: request(listId, 'resting'), waiting: request(listId, 'waiting') }),
  });
  const { id, position, repeated = false } = await (clientListId === undefined ? attempt.alone(made) : attempt.withClaim(made));
  const orders = (['resting', 'waiting'] as const).map((role) => {
    const { orderId, clientOrderId } = request(id, role);
    return { orderId, clientOrderId };
  });
  return { accepted: { listId: id, orders, ...named(entry.partitions, partition), position }, repeated };
}

/** A UUID of version 7 with the time and the partition of the list's. */
function orderIdOf(listId: string, role: Role): string {
  const digits = hash('sha256', `${listId}/${role}`, 'hex');
  return `${listId.slice(0, 13)}-7${digits.slice(0, 3)}-8${digits.slice(3, 6)}-${digits.slice(6, 14)}${listId.slice(-4)}`;
}
