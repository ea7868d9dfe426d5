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
] as const;
export type Rejection = (typeof REJECTIONS)[number];

/** Why an order ended with a remainder. The position is the code on the wire: append only. */
export const CANCEL_REASONS = ['requested', 'unfilled', 'insufficient_funds'] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];
