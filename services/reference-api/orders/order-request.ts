import { z } from 'zod';
import { type OrderAsk, orderTypeNeeds } from './order-ask';
import {
  baseUnits, DomainError, type Instrument, ORDER_TYPES, type OrderType, parseDecimal, parsePrice, parseQuantity, quoteUnits, SELF_TRADE_PREVENTIONS,
  TIMES_IN_FORCE, type TimeInForce,
} from '../../domain';
import { coded, decimalText } from '../http/validate';

/** An id of the client's own. @param longest characters that it may have */
export const clientId = (longest = 36) => z.string().regex(new RegExp(`^[\\x21-\\x7e]{1,${longest}}$`), {
  error: coded('invalid_client_order_id', `A client order id has 1 to ${longest} printable ASCII characters and no spaces.`),
});

/** Says that a field is wrong; the first complaint becomes the answer. */
export type Refuse = (path: readonly string[], code: string, message: string) => void;

interface Terms {
  readonly type: OrderType;
  readonly price?: string;
  readonly stopPrice?: string;
  readonly quantity?: string;
  readonly quoteQuantity?: string;
  readonly timeInForce?: TimeInForce;
  readonly postOnly?: boolean;
}

/** What fits together, whatever the numbers are. */
export function checkTerms({ type, price, stopPrice, timeInForce, postOnly }: Terms, refuse: Refuse, at: readonly string[] = []): void {
  const needs = orderTypeNeeds(type);
  const name = type.replaceAll('_', '-');
  if (needs.price && price === undefined) refuse([...at, 'price'], 'price_required', `A ${name} order needs a price.`);
  if (!needs.price && price !== undefined) refuse([...at, 'price'], 'price_not_allowed', `A ${name} order has no price; leave it out.`);
  if (needs.stopPrice && stopPrice === undefined) refuse([...at, 'stopPrice'], 'stop_price_required', `A ${name} order needs a stopPrice.`);
  if (!needs.stopPrice && stopPrice !== undefined) refuse([...at, 'stopPrice'], 'stop_price_not_allowed', `A ${name} order has no stopPrice; leave it out.`);
  if (!needs.price && timeInForce === 'gtc') {
    refuse([...at, 'timeInForce'], 'invalid_time_in_force', `A ${name} order does not stay in the book; leave timeInForce out.`);
  }
  if (postOnly && (type !== 'limit' || (timeInForce ?? 'gtc') !== 'gtc')) {
    refuse([...at, 'postOnly'], 'post_only_not_allowed', 'Only a limit order that is good till cancelled can be post-only.');
  }
}

/** Body of `POST /v1/orders`. */
export const orderSchema = z.strictObject({
  symbol: z.string().max(32),
  side: z.enum(['buy', 'sell']),
  type: z.enum(ORDER_TYPES),
  price: decimalText().optional(),
  stopPrice: decimalText().optional(),
  quantity: decimalText().optional(),
  /** What a market order may spend or take in, instead of a quantity. */
  quoteQuantity: decimalText().optional(),
  timeInForce: z.enum(TIMES_IN_FORCE).optional(),
  postOnly: z.boolean().optional(),
  selfTradePrevention: z.enum(SELF_TRADE_PREVENTIONS).optional(),
  clientOrderId: clientId().optional(),
}).superRefine((order, context) => {
  const refuse: Refuse = (path, code, message) => context.addIssue({ code: 'custom', path: [...path], message: coded(code, message) });
  checkTerms(order, refuse);
  if (order.quoteQuantity !== undefined && order.type !== 'market') {
    refuse(['quoteQuantity'], 'quote_quantity_not_allowed', 'Only a market order can be given by quoteQuantity.');
  } else if (order.quoteQuantity !== undefined && order.quantity !== undefined) {
    refuse(['quoteQuantity'], 'quote_quantity_not_allowed', 'Give either quantity or quoteQuantity.');
  } else if (order.quoteQuantity === undefined && order.quantity === undefined) {
    refuse(['quantity'], 'missing_field', 'quantity is missing.');
  }
}).meta({ examples: [{ symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000', quantity: '0.01', timeInForce: 'gtc' }] });
export type OrderBody = z.output<typeof orderSchema>;

type Numbers = Omit<OrderBody, 'symbol' | 'clientOrderId'>;

/**
 * Turns decimals into ticks, lots and units.
 *
 * @throws DomainError when a number is no number, too fine, or so large that what it costs leaves 53 bits
 */
export function orderAsk(instrument: Instrument, body: Numbers): OrderAsk {
  const quantityLots = body.quantity === undefined ? 0 : parseQuantity(instrument, body.quantity);
  const priceTicks = body.price === undefined ? 0 : parsePrice(instrument, body.price);
  const triggerTicks = body.stopPrice === undefined ? 0 : as('stopPrice', 'price', () => parsePrice(instrument, body.stopPrice!));
  const quoteBudget = body.quoteQuantity === undefined ? 0 : parseDecimal(body.quoteQuantity, instrument.quote.decimals, 'quoteQuantity');
  if (body.quoteQuantity !== undefined && quoteBudget === 0) {
    throw new DomainError('invalid_quantity', 'quoteQuantity must be above zero', { field: 'quoteQuantity' });
  }
  const dearest = Math.max(priceTicks, triggerTicks);
  if (baseUnits(instrument, quantityLots) === undefined || quoteUnits(instrument, dearest, quantityLots) === undefined) {
    throw new DomainError('out_of_range', 'price × quantity is too large', { field: 'quantity' });
  }
  return {
    symbol: instrument.symbol,
    side: body.side,
    orderType: body.type,
    timeInForce: body.timeInForce ?? (orderTypeNeeds(body.type).price ? 'gtc' : 'ioc'),
    postOnly: body.postOnly ?? false,
    selfTradePrevention: body.selfTradePrevention ?? 'none',
    priceTicks,
    triggerTicks,
    quantityLots,
    quoteBudget,
  };
}

/** Reads one field with the reader of another; what is wrong is said of the field that was sent. */
function as<T>(field: string, of: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new DomainError(error.code, error.message.replace(new RegExp(`^${of}\\b`), field), { ...error.details, field });
  }
}
