/** Layout of an event in the engine: a record of 12 doubles, whose first two are four words. */
export const EVENT_DOUBLES = 12;
export const EVENT_WORDS = 24;
/** One of the codes below. */
export const E_CODE = 0;
/** A rejection or a reason as its position in the list; flags of an acceptance; 1 where an amendment kept its place. */
export const E_DETAIL = 1;
/** Memory record of the order that it is about; with a trade, the taker's. */
export const E_ORDER = 2;
/** With a trade, the maker's memory record; with a duplicate, the original's; else the instrument, or the number of the order in a list. */
export const E_OTHER = 3;
export const EF_SEQ = 2;
/** Amounts from here on: what they are depends on the code. */
export const EF_VALUES = 3;

export const EV_ACCEPTED = 1;
export const EV_REJECTED = 2;
export const EV_DUPLICATE = 3;
export const EV_TRADE = 4;
export const EV_CANCELLED = 5;
export const EV_CANCEL_REJECTED = 6;
export const EV_TRIGGERED = 7;
export const EV_AMENDED = 8;
export const EV_AMEND_REJECTED = 9;
/** Says no more than that a command of an operator took effect; what it did is in the command. */
export const EV_DONE = 10;
/** The same, refused. */
export const EV_REFUSED = 11;

/**
 * What the command in hand has caused, as numbers. Filled again from the start by every command, so whoever wants the events takes them
 * before the next one. While `silent` events only count.
 */
export class EventBuffer {
  i: Int32Array;
  f: Float64Array;
  count = 0;
  /** Sequence of the last event. */
  seq = 0;
  silent = false;

  constructor(expected = 64) {
    const buffer = new ArrayBuffer(expected * EVENT_WORDS * 4);
    this.i = new Int32Array(buffer);
    this.f = new Float64Array(buffer);
  }

  /** Begins an event. @returns its first double, or −1 when nobody wants to know */
  begin(code: number, detail: number, order: number, other: number): number {
    const seq = ++this.seq;
    if (this.silent) return -1;
    const n = this.count++;
    if (this.count * EVENT_WORDS > this.i.length) this.grow();
    const { i, f } = this;
    const word = n * EVENT_WORDS;
    i[word] = code;
    i[word + E_DETAIL] = detail;
    i[word + E_ORDER] = order;
    i[word + E_OTHER] = other;
    f[n * EVENT_DOUBLES + EF_SEQ] = seq;
    return n * EVENT_DOUBLES;
  }

  private grow(): void {
    const grown = new Int32Array(this.i.length * 2);
    grown.set(this.i);
    this.i = grown;
    this.f = new Float64Array(grown.buffer);
  }
}
