import type { Book } from './book';
import * as o from './orders';
import { CorruptDataError } from '../../../domain';
import * as at from '../../../domain/codec/command-layout';

const TWO_32 = 2 ** 32;
const HIGH_LIMIT = 2 ** 21;

function broken(): never {
  throw new CorruptDataError('a command in the journal is not what the codec writes');
}

/** A non-negative integer of 53 bits from two words. */
export function u53(w: Int32Array, index: number): number {
  const high = w[index + 1];
  if (high < 0 || high >= HIGH_LIMIT) broken();
  return (w[index] >>> 0) + high * TWO_32;
}

/** An order as it stands in the journal, taken apart. One object, used again for every command. */
export class Request {
  book: Book | undefined = undefined;
  side = 0;
  type = 0;
  tif = 0;
  postOnly = 0;
  /** Flags of the order that it becomes. */
  flags = 0;
  price = 0;
  trigger = 0;
  lots = 0;
  budget = 0;
  /** Words at which the ids stand. */
  orderIdAt = 0;
  accountIdAt = 0;
  digestAt = 0;
  symbolAt = 0;
  symbolBytes = 0;
  clientIdAt = 0;
  clientIdBytes = 0;
  /** 1 for the second order of a list. */
  shared = 0;
  /** Limit of the second order of a list, for the first. */
  twinPrice = 0;
  /** Orders of the same list that will be open besides. */
  siblings = 0;

  /** Reads the order at a word. @returns the word behind it */
  read(w: Int32Array, from: number, end: number): number {
    if (from + at.ORDER_TAIL_AT > end) broken();
    const first = w[from];
    const second = w[from + 1];
    const side = (first >> 8) & 255;
    const type = (first >> 16) & 255;
    const tif = first >>> 24;
    const flags = second & 255;
    const stp = (second >> 8) & 255;
    const clientIdBytes = (second >> 16) & 255;
    const symbolBytes = second >>> 24;
    if (side > 1 || type > o.TAKE_PROFIT_LIMIT || tif > o.FOK || flags > 7 || stp > 3
      || clientIdBytes > at.MAX_CLIENT_ID_BYTES || symbolBytes > at.MAX_SYMBOL_BYTES) broken();
    let next = from + at.ORDER_TAIL_AT;
    this.side = side;
    this.type = type;
    this.tif = type === o.MARKET && tif === o.GTC ? o.IOC : tif;
    this.postOnly = flags & at.FLAG_POST_ONLY;
    this.price = u53(w, from + at.PRICE_AT);
    this.lots = u53(w, from + at.QUANTITY_AT);
    this.trigger = 0;
    this.budget = 0;
    if ((flags & at.FLAG_TRIGGER) !== 0) {
      this.trigger = u53(w, next);
      next += 2;
    }
    if ((flags & at.FLAG_BUDGET) !== 0) {
      this.budget = u53(w, next);
      next += 2;
    }
    this.flags = side | (type << o.TYPE_SHIFT) | (this.tif << o.TIF_SHIFT) | (this.postOnly !== 0 ? o.POST_ONLY : 0) | (stp << o.STP_SHIFT)
      | (this.budget > 0 ? o.BUDGET : 0);
    this.orderIdAt = from + at.ORDER_ID_AT;
    this.accountIdAt = from + at.ACCOUNT_ID_AT;
    this.digestAt = from + at.DIGEST_AT;
    this.symbolAt = next;
    this.symbolBytes = symbolBytes;
    this.clientIdAt = next + ((symbolBytes + 3) >> 2);
    this.clientIdBytes = clientIdBytes;
    this.shared = 0;
    this.twinPrice = 0;
    this.siblings = 0;
    next = this.clientIdAt + ((clientIdBytes + 3) >> 2);
    if (next > end) broken();
    return next;
  }
}
