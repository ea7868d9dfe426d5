import { hash } from 'node:crypto';
import { z } from 'zod';
import { baseUnits, DomainError, type Instrument, type OrderType, parsePrice, parseQuantity, quoteUnits, type Side, type TimeInForce } from '../../domain';
import { coded, decimalText } from '../http/validate';

/** Body of `POST /v1/orders`. */
export const orderSchema = z.strictObject({
  symbol: z.string().max(32),
  side: z.enum(['buy', 'sell']),
  type: z.enum(['limit', 'market']),
  price: decimalText().optional(),
  quantity: decimalText(),
  timeInForce: z.enum(['gtc', 'ioc']).optional(),
  clientOrderId: z.string().regex(/^[\x21-\x7e]{1,36}$/, {
    error: coded('invalid_client_order_id', 'A client order id has 1 to 36 printable ASCII characters and no spaces.'),
  }).optional(),
}).superRefine((order, context) => {
  const refuse = (path: string, code: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message: coded(code, message) });
  if (order.type === 'limit' && order.price === undefined) refuse('price', 'price_required', 'A limit order needs a price.');
  if (order.type === 'market' && order.price !== undefined) refuse('price', 'price_not_allowed', 'A market order has no price; leave it out.');
  if (order.type === 'market' && order.timeInForce === 'gtc') {
    refuse('timeInForce', 'invalid_time_in_force', 'A market order is always ioc; leave timeInForce out.');
  }
});
export type OrderRequest = z.output<typeof orderSchema>;

/** What an order asks for, in the core's units. */
export interface OrderAsk {
  readonly symbol: string;
  readonly side: Side;
  readonly orderType: OrderType;
  readonly timeInForce: TimeInForce;
  /** Ticks; 0 for a market order. */
  readonly priceTicks: number;
  /** Lots. */
  readonly quantityLots: number;
}

/**
 * Turns decimals into ticks and lots.
 *
 * @throws DomainError when price or quantity is no such number, too fine, or so large that what it costs leaves 53 bits
 */
export function orderAsk(instrument: Instrument, request: OrderRequest): OrderAsk {
  const quantityLots = parseQuantity(instrument, request.quantity);
  const priceTicks = request.price === undefined ? 0 : parsePrice(instrument, request.price);
  if (baseUnits(instrument, quantityLots) === undefined || quoteUnits(instrument, priceTicks, quantityLots) === undefined) {
    throw new DomainError('out_of_range', 'price × quantity is too large', { field: 'quantity' });
  }
  return {
    symbol: instrument.symbol,
    side: request.side,
    orderType: request.type,
    timeInForce: request.timeInForce ?? (request.type === 'market' ? 'ioc' : 'gtc'),
    priceTicks,
    quantityLots,
  };
}

/** 32 hex digits that two orders share exactly when they ask for the same: "1.50" and "1.5" do. */
export function digestOf(ask: OrderAsk): string {
  const canonical = [ask.symbol, ask.side, ask.orderType, ask.timeInForce, ask.priceTicks, ask.quantityLots].join('|');
  return hash('sha256', canonical, 'hex').slice(0, 32);
}
