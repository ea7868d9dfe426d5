import { CANCEL_REASONS, REJECTIONS, type CancelReason, type Rejection } from '../../../domain';

const rejection = (name: Rejection): number => REJECTIONS.indexOf(name);
const reason = (name: CancelReason): number => CANCEL_REASONS.indexOf(name);

/** No rejection. */
export const FINE = -1;

export const UNKNOWN_SYMBOL = rejection('unknown_symbol');
export const INVALID_PRICE = rejection('invalid_price');
export const INVALID_QUANTITY = rejection('invalid_quantity');
export const OUT_OF_RANGE = rejection('out_of_range');
export const NO_FUNDS = rejection('insufficient_funds');
export const DUPLICATE_CLIENT_ID = rejection('duplicate_client_order_id');
export const UNKNOWN_ORDER = rejection('unknown_order');
export const UNKNOWN_ASSET = rejection('unknown_asset');
export const INVALID_ORDER = rejection('invalid_order');
export const BELOW_MINIMUM = rejection('below_minimum_notional');
export const OUTSIDE_BAND = rejection('outside_price_band');
export const TOO_MANY_ORDERS = rejection('too_many_open_orders');
export const POSITION_LIMIT = rejection('position_limit');
export const WOULD_TAKE = rejection('would_take');
export const WOULD_NOT_FILL = rejection('would_not_fill');
export const WOULD_TRIGGER = rejection('would_trigger_immediately');
export const INSTRUMENT_NOT_OPEN = rejection('instrument_not_open');
export const VENUE_NOT_OPEN = rejection('venue_not_open');
export const ACCOUNT_KILLED = rejection('account_killed');
export const NOTHING_CHANGED = rejection('nothing_changed');
export const SUPERSEDED = rejection('superseded');
export const NOT_A_CUSTOMER = rejection('not_a_customer');

export const BY_REQUEST = reason('requested');
export const UNFILLED = reason('unfilled');
export const OUT_OF_FUNDS = reason('insufficient_funds');
export const SELF_TRADE = reason('self_trade');
export const BY_LIST = reason('list');
export const BUDGET_SPENT = reason('budget_spent');
export const BY_KILL = reason('account_killed');
export const BEYOND_BAND = reason('price_band');
export const CANCELLED_WOULD_TAKE = reason('would_take');
export const LIMIT_REACHED = reason('limit_reached');
export const BY_RESET = reason('account_reset');
