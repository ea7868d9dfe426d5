import * as code from './codes';
import type { Engine } from './engine';
import { EV_REJECTED } from './event-buffer';
import * as o from './orders';
import { accept, enterMarket, refusal, repeated, wait } from './place';
import type { Request } from './request';
import * as at from '../../../domain/codec/command-layout';

function sameWords(w: Int32Array, a: number, b: number, count: number): boolean {
  for (let n = 0; n < count; n++) if (w[a + n] !== w[b + n]) return false;
  return true;
}

/** Why two orders cannot be a list; looks only. */
function listRefusal(e: Engine, w: Int32Array, resting: Request, waiting: Request, distinct: boolean, seat: number): number {
  const { book } = resting;
  if (book === undefined || waiting.book === undefined) return code.UNKNOWN_SYMBOL;
  if (!distinct || book !== waiting.book || !sameWords(w, resting.accountIdAt, waiting.accountIdAt, 4) || resting.side !== waiting.side
    || resting.lots !== waiting.lots || resting.type !== o.LIMIT || resting.tif !== o.GTC || waiting.type < o.STOP_LOSS) return code.INVALID_ORDER;
  const first = refusal(e, resting, book, seat);
  if (first !== code.FINE) return first;
  const second = refusal(e, waiting, book, seat);
  if (second !== code.FINE) return second;
  return (resting.side === 0 ? resting.price >= book.ask : resting.price <= book.bid) ? code.WOULD_TAKE : code.FINE;
}

/** A client asks for two orders of which one cancels the other: both come in, or neither. */
export function placeOco(e: Engine, w: Int32Array, from: number, resting: Request, waiting: Request): void {
  const { memory } = e;
  const listAt = from + at.LIST_ID_AT;
  if (e.knows(w, listAt) || e.knows(w, resting.orderIdAt) || e.knows(w, waiting.orderIdAt)) return;
  const ids = [listAt, resting.orderIdAt, waiting.orderIdAt];
  if (sameWords(w, ids[0], ids[1], 4) || sameWords(w, ids[0], ids[2], 4) || sameWords(w, ids[1], ids[2], 4)) return;
  const first = e.accounts.ensure(w, resting.accountIdAt);
  const second = e.accounts.ensure(w, waiting.accountIdAt);
  const claimant = (account: number, r: Request): number => memory.claimant(account, w, r.accountIdAt, r.clientIdAt, r.clientIdBytes);
  const originals = [claimant(first, resting), claimant(second, waiting)];
  // A list that was appended twice, after both of its orders ended.
  if (originals[0] >= 0 && memory.is(originals[0], w, resting.orderIdAt)) return;
  if (originals[1] >= 0 && memory.is(originals[1], w, waiting.orderIdAt)) return;
  memory.end(memory.stray(w, listAt, first), e.time);
  const same = (original: number, r: Request): boolean => original >= 0 && memory.sameDigest(original, w, r.digestAt);
  if (same(originals[0], resting) && same(originals[1], waiting)) {
    repeated(e, resting, first, originals[0], w, 0);
    repeated(e, waiting, second, originals[1], w, 1);
    return;
  }
  const taken = originals[0] >= 0 || originals[1] >= 0;
  const records = [resting, waiting].map((r, leg) => {
    const account = leg === 0 ? first : second;
    if (taken || claimant(account, r) >= 0) return { record: memory.stray(w, r.orderIdAt, account), claims: false };
    return { record: memory.claim(w, r.orderIdAt, account, r.clientIdAt, r.clientIdBytes, r.digestAt), claims: true };
  });
  const { book } = resting;
  const seat = book === undefined ? -1 : e.accounts.ensureSeat(w, resting.accountIdAt, book.index, book.baseAsset, book.quoteAsset);
  resting.twinPrice = waiting.price;
  waiting.shared = 1;
  waiting.siblings = 1;
  waiting.flags |= o.SHARED;
  const reason = taken ? code.DUPLICATE_CLIENT_ID : listRefusal(e, w, resting, waiting, records[1].claims, seat);
  if (book === undefined || reason !== code.FINE) {
    records.forEach(({ record }, leg) => {
      memory.end(record, e.time);
      e.events.begin(EV_REJECTED, reason, record, leg);
    });
    return;
  }
  const one = accept(e, resting, w, book, seat, records[0].record);
  const other = accept(e, waiting, w, book, seat, records[1].record);
  e.orders.i[(one << o.ORDER_SHIFT) | o.TWIN] = other;
  e.orders.i[(other << o.ORDER_SHIFT) | o.TWIN] = one;
  wait(e, book, other);
  enterMarket(e, book, one, 0);
}

