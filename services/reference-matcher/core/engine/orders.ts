/**
 * Layout of an order that lives: two cache lines side by side, 32 words. Places with a `F_` name count doubles from the record's
 * first. The first line is all that matching and cancelling need of it, and what other orders touch when they come or go beside it; the
 * second is for its own amendments. What matters at its beginning and after its end (client id, digest) is in its memory record.
 */
export const ORDER_WORDS = 32;
export const ORDER_DOUBLES = 16;
/** A record's first word or double, shifted; its places are joined by `|`: both without the checks that `*` and `+` have. */
export const ORDER_SHIFT = 5;
export const ORDER_DOUBLE_SHIFT = 4;

export const ORDER_ID = 0;
/** Neighbours in the queue of its price; −1 for none. */
export const PREVIOUS = 4;
export const NEXT = 5;
/** Neighbours among the open orders of its seat; −1 for none. */
export const SEAT_PREVIOUS = 6;
export const SEAT_NEXT = 7;
/** Number of its memory record; −1 in a free record. */
export const MEMORY = 8;
export const FLAGS = 9;
/** Number of its seat: account and instrument. */
export const SEAT = 10;
/** The other order of its list; −1 for none. */
export const TWIN = 11;
/** Lots that are not filled. */
export const F_REMAINING = 6;
/** Limit in ticks; 0 for an order without one. */
export const F_PRICE = 7;
/** Id of the last amendment; zeros before the first. */
export const AMEND_ID = 16;
/** Sequence of the event that accepted it: the order of arrival. */
export const F_ARRIVAL = 10;
/** Smallest units that are held for each lot that is not filled. Follows from the rest unless the order is one of a list (`holdOf`). */
export const F_HOLD = 11;
/** Whole quantity in lots, what is filled included. */
export const F_QUANTITY = 12;
/** Trigger in ticks; 0 for none. */
export const F_TRIGGER = 13;

/** Bits of the flags. */
export const SELL = 1;
export const TYPE_SHIFT = 1;
export const TYPE_MASK = 7;
export const TIF_SHIFT = 4;
export const TIF_MASK = 3;
export const POST_ONLY = 1 << 6;
export const STP_SHIFT = 7;
export const STP_MASK = 3;
/** Waits for its trigger. */
export const WAITING = 1 << 9;
/** Second order of a list: shares the hold and the position of the first. */
export const SHARED = 1 << 10;
/** Ends by a budget, not by a quantity; only ever on its way through the market. */
export const BUDGET = 1 << 11;

export const LIMIT = 0;
export const MARKET = 1;
export const STOP_LOSS = 2;
export const STOP_LOSS_LIMIT = 3;
export const TAKE_PROFIT = 4;
export const TAKE_PROFIT_LIMIT = 5;

export const GTC = 0;
export const IOC = 1;
export const FOK = 2;

export const STP_NONE = 0;
export const STP_EXPIRE_TAKER = 1;
export const STP_EXPIRE_MAKER = 2;

/** Whether orders of a type have a limit price. */
export function hasLimit(type: number): boolean {
  return type === LIMIT || type === STOP_LOSS_LIMIT || type === TAKE_PROFIT_LIMIT;
}

/** Whether a waiting order is met by a price that falls to its trigger. */
export function waitsForFall(flags: number): boolean {
  const type = (flags >> TYPE_SHIFT) & TYPE_MASK;
  const stop = type === STOP_LOSS || type === STOP_LOSS_LIMIT;
  return ((flags & SELL) !== 0) === stop;
}

/** Whether a price meets the trigger of an order with these flags. */
export function meets(flags: number, trigger: number, price: number): boolean {
  return waitsForFall(flags) ? price <= trigger : price >= trigger;
}
