/** Why the core refuses, from one list. The position is the code on the wire: append only. */
export const REJECTIONS = [
  'unknown_symbol',
  'invalid_price',
  'invalid_quantity',
  'out_of_range',
  'insufficient_funds',
  'duplicate_client_order_id',
  'unknown_order',
  'unknown_asset',
  'invalid_order',
  'below_minimum_notional',
  'outside_price_band',
  'too_many_open_orders',
  'position_limit',
  'would_take',
  'would_not_fill',
  'would_trigger_immediately',
  'instrument_not_open',
  'venue_not_open',
  'account_killed',
  'nothing_changed',
  'superseded',
  'not_a_customer',
] as const;
export type Rejection = (typeof REJECTIONS)[number];

/** Why an order ended with a remainder. The position is the code on the wire: append only. */
export const CANCEL_REASONS = [
  'requested', 'unfilled', 'insufficient_funds', 'self_trade', 'list', 'budget_spent', 'account_killed', 'price_band', 'would_take', 'limit_reached',
  'account_reset',
] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];
