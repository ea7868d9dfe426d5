/** What goes wrong, in the codes that Binance's clients know. */
import { JournalOverloadedError, JournalUnavailableError } from '../../adapters/journal/journal-errors';
import { DomainError } from '../../domain';
import { BreakerOpenError } from '../../runtime';
import { ApiError } from '../http/errors';

/** An error as Binance's clients read it: `{code, msg}`. */
export class BinanceError extends Error {
  constructor(
    readonly code: number,
    readonly msg: string,
    readonly status = 400,
    readonly headers: Readonly<Record<string, string>> = {},
    /** What an answer in two parts has besides. */
    readonly data?: object,
  ) {
    super(msg);
    this.name = 'BinanceError';
  }
}

export const missing = (name: string): BinanceError => new BinanceError(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
export const illegal = (name: string): BinanceError => new BinanceError(-1100, `Illegal characters found in parameter '${name}'.`);
export const unknownSymbol = (): BinanceError => new BinanceError(-1121, 'Invalid symbol.');
export const noSuchOrder = (): BinanceError => new BinanceError(-2013, 'Order does not exist.');
export const unknownCancel = (): BinanceError => new BinanceError(-2011, 'Unknown order sent.');
export const filter = (name: string): BinanceError => new BinanceError(-1013, `Filter failure: ${name}`);

/** Names of the native API's fields as Binance has them. */
const FIELDS: Readonly<Record<string, string>> = { quoteQuantity: 'quoteOrderQty', clientOrderId: 'newClientOrderId', selfTradePrevention: 'selfTradePreventionMode' };

function fieldOf({ details }: { readonly details?: Readonly<Record<string, unknown>> }, fallback = 'value'): string {
  const field = String(details?.field ?? fallback);
  return FIELDS[field] ?? field.split('.').at(-1)!;
}

/** By the codes of the native API. */
const BY_CODE: Readonly<Record<string, (error: ApiError | DomainError) => BinanceError>> = {
  unknown_symbol: unknownSymbol,
  unknown_order: noSuchOrder,
  invalid_number: (error) => illegal(fieldOf(error)),
  too_precise: () => new BinanceError(-1111, 'Precision is over the maximum defined for this asset.'),
  invalid_price: () => filter('PRICE_FILTER'),
  invalid_quantity: () => filter('LOT_SIZE'),
  out_of_range: () => filter('LOT_SIZE'),
  missing_field: (error) => missing(fieldOf(error)),
  price_required: () => missing('price'),
  stop_price_required: () => missing('stopPrice'),
  price_not_allowed: () => new BinanceError(-1106, 'Parameter \'price\' sent when not required.'),
  stop_price_not_allowed: () => new BinanceError(-1106, 'Parameter \'stopPrice\' sent when not required.'),
  quote_quantity_not_allowed: () => new BinanceError(-1106, 'Parameter \'quoteOrderQty\' sent when not required.'),
  post_only_not_allowed: () => new BinanceError(-1106, 'Parameter \'timeInForce\' sent when not required.'),
  invalid_time_in_force: () => new BinanceError(-1106, 'Parameter \'timeInForce\' sent when not required.'),
  invalid_client_order_id: (error) => illegal(fieldOf(error, 'newClientOrderId')),
  client_order_id_reused: () => new BinanceError(-2010, 'Duplicate order sent.'),
  insufficient_scope: () => new BinanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401),
  action_not_allowed: () => new BinanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401),
  address_not_allowed: () => new BinanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401),
  instrument_not_allowed: () => new BinanceError(-2010, 'This symbol is not permitted for this account.'),
  forbidden: () => new BinanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401),
  body_too_large: () => new BinanceError(-1101, 'Too many parameters; the request is too large.', 413, { connection: 'close' }),
};

/**
 * What an error means to the client. Undefined: a fault of ours, whose text stays here. A status from 500 on says that nobody knows whether the
 * request takes effect, as it does at Binance.
 */
export function toBinanceError(error: unknown): BinanceError | undefined {
  if (error instanceof BinanceError) return error;
  if (error instanceof JournalOverloadedError) return new BinanceError(-1008, 'Server is currently overloaded with other requests. Please try again in a few minutes.', 503, { 'retry-after': '1' });
  if (error instanceof JournalUnavailableError) {
    return error.outcome === 'refused'
      ? new BinanceError(-1001, 'Internal error; unable to process your request. Please try again.', 503, { 'retry-after': '1' })
      : new BinanceError(-1006, 'An unexpected response was received from the message bus. Execution status unknown.', 503, { 'retry-after': '1' });
  }
  if (error instanceof BreakerOpenError) return new BinanceError(-1001, 'Internal error; unable to process your request. Please try again.', 503);
  if (!(error instanceof ApiError) && !(error instanceof DomainError)) return undefined;
  const known = BY_CODE[error.code];
  if (known) return known(error);
  if (error instanceof DomainError) return new BinanceError(-1013, error.message);
  const { status, headers } = error;
  if (status === 429) return new BinanceError(-1003, `Too many requests; ${error.message}`, 429, headers);
  if (error.code === 'overloaded') return new BinanceError(-1008, 'Server is currently overloaded with other requests. Please try again in a few minutes.', 503, headers);
  if (status >= 500) return new BinanceError(-1001, 'Internal error; unable to process your request. Please try again.', status, headers);
  if (status === 404) return noSuchOrder();
  return new BinanceError(-1100, error.message, status, headers);
}

/** Why the core refused an order. The sentences are those that clients sort errors by. */
const REJECTED: Readonly<Record<string, BinanceError>> = {
  insufficient_funds: new BinanceError(-2010, 'Account has insufficient balance for requested action.'),
  duplicate_client_order_id: new BinanceError(-2010, 'Duplicate order sent.'),
  would_take: new BinanceError(-2010, 'Order would immediately match and take.'),
  would_trigger_immediately: new BinanceError(-2010, 'Stop price would trigger immediately.'),
  account_killed: new BinanceError(-2010, 'This account may not place or cancel orders.'),
  invalid_order: new BinanceError(-2010, 'Order type not supported for this symbol.'),
  unknown_symbol: unknownSymbol(),
  invalid_price: filter('PRICE_FILTER'),
  invalid_quantity: filter('LOT_SIZE'),
  out_of_range: filter('LOT_SIZE'),
  below_minimum_notional: filter('NOTIONAL'),
  outside_price_band: filter('PERCENT_PRICE'),
  too_many_open_orders: filter('MAX_NUM_ORDERS'),
  position_limit: filter('MAX_POSITION'),
  instrument_not_open: new BinanceError(-1013, 'Market is closed.'),
  venue_not_open: new BinanceError(-1013, 'Market is closed.'),
};

/** What a rejection by the core means to the client. */
export function rejectedBecause(reason: string | undefined): BinanceError {
  const { code, msg } = REJECTED[reason ?? ''] ?? new BinanceError(-2010, 'New order rejected.');
  return new BinanceError(code, msg);
}
