/**
 * Where the fields of the frequent commands stand, in 32-bit words from the command's first. Every command begins at a multiple of
 * four bytes and has these four words in front:
 *
 *   0  code, and three bytes that depend on it
 *   1  bytes that depend on the code; for a command without a fixed layout the length of its body in bytes
 *   2  time, low and high word
 *
 * so that a reader that has the frame as words takes every field with one load, without objects or text. Whatever is not listed
 * here follows the description in `messages.ts`.
 */
export const PLACE_ORDER = 0;
export const CANCEL_ORDER = 1;
export const PLACE_OCO = 4;
export const AMEND_ORDER = 6;

export const HEAD_WORDS = 4;
export const TIME_AT = 2;

/** Word 0 of an order: code, side, type, time in force; word 1: flags, self-trade prevention, length of the client's id, of the symbol. */
export const FLAG_POST_ONLY = 1;
export const FLAG_TRIGGER = 2;
export const FLAG_BUDGET = 4;
export const ORDER_ID_AT = 4;
export const ACCOUNT_ID_AT = 8;
export const DIGEST_AT = 12;
export const PRICE_AT = 16;
export const QUANTITY_AT = 18;
/** Then, each only when its flag says so, trigger and budget; then symbol and client id, each padded with zeros to whole words. */
export const ORDER_TAIL_AT = 20;

/** A cancellation's client id follows the account id; its length is the second byte of word 0. */
export const CANCEL_TAIL_AT = 12;

export const AMEND_ID_AT = 12;
export const AMEND_WORDS = 20;

/** A list's id, then two orders in the form of commands of their own. */
export const LIST_ID_AT = 4;
export const LIST_ORDERS_AT = 8;

export const MAX_SYMBOL_BYTES = 16;
export const MAX_CLIENT_ID_BYTES = 36;
