import { hash } from 'node:crypto';
import type { OrderRequest, OrderType } from '../../domain';

/** What an order asks for, in the core's units. */
export type OrderAsk = Omit<OrderRequest, 'orderId' | 'accountId' | 'clientOrderId' | 'digest'>;

/** Which prices a type of order has. */
export function orderTypeNeeds(type: OrderType): { readonly price: boolean; readonly stopPrice: boolean } {
  return { price: type === 'limit' || type.endsWith('_limit'), stopPrice: type.startsWith('stop_loss') || type.startsWith('take_profit') };
}

function canonical(ask: OrderAsk): string {
  return [
    ask.symbol, ask.side, ask.orderType, ask.timeInForce, ask.postOnly, ask.selfTradePrevention, ask.priceTicks, ask.triggerTicks, ask.quantityLots,
    ask.quoteBudget,
  ].join('|');
}

/**
 * 32 hex digits that two orders share exactly when they ask for the same: "1.50" and "1.5" do.
 *
 * @param beside the other order of its list: the same order alone asks for something else
 */
export function digestOf(ask: OrderAsk, beside?: OrderAsk): string {
  return hash('sha256', beside ? `${canonical(ask)}||${canonical(beside)}` : canonical(ask), 'hex').slice(0, 32);
}
