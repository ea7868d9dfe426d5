/**
 * A hash index for what is mostly not there: a byte per entry says whether it is in use and seven bits of its hash, so a walk over what does
 * not fit stays in an eighth of the memory, and the entries are only read where those bits agree. Otherwise as `HashIndex`:
 *
 *     for (let at = tag & mask; (mark = marks[at]) !== 0; at = (at + 1) & mask) if (mark === markOf(tag) && entries[at << 1] === tag && …)
 */
export class MarkedIndex {
  /** 0 for an empty entry. */
  marks: Uint8Array;
  /** Pairs of a tag (the whole hash) and the record's number. */
  entries: Int32Array;
  /** Number of entries, a power of two, less one. */
  mask: number;
  used = 0;

  constructor(expected: number) {
    const size = (2 ** Math.ceil(Math.log2(Math.max(8, expected * 1.5)))) | 0;
    this.marks = new Uint8Array(size);
    this.entries = new Int32Array(size * 2);
    this.mask = size - 1;
  }

  insert(tag: number, record: number): void {
    if (this.used * 3 > this.mask * 2) this.grow();
    this.used++;
    this.put(tag, record);
  }

  /** Removes an entry that is there. */
  remove(tag: number, record: number): void {
    const { marks, entries, mask } = this;
    let hole = tag & mask;
    while (entries[(hole << 1) | 1] !== record || entries[hole << 1] !== tag || marks[hole] === 0) hole = (hole + 1) & mask;
    this.used--;
    for (let at = (hole + 1) & mask; marks[at] !== 0; at = (at + 1) & mask) {
      // An entry may move into the hole unless that is before the place where its walk begins.
      if (((at - entries[at << 1]) & mask) < ((at - hole) & mask)) continue;
      marks[hole] = marks[at];
      entries[hole << 1] = entries[at << 1];
      entries[(hole << 1) | 1] = entries[(at << 1) | 1];
      hole = at;
    }
    marks[hole] = 0;
  }

  clear(): void {
    this.marks.fill(0);
    this.used = 0;
  }

  private put(tag: number, record: number): void {
    const { marks, entries, mask } = this;
    let at = tag & mask;
    while (marks[at] !== 0) at = (at + 1) & mask;
    marks[at] = markOf(tag);
    entries[at << 1] = tag;
    entries[(at << 1) | 1] = record;
  }

  private grow(): void {
    const { marks, entries } = this;
    this.marks = new Uint8Array(marks.length * 2);
    this.entries = new Int32Array(entries.length * 2);
    this.mask = marks.length * 2 - 1;
    for (let at = 0; at < marks.length; at++) if (marks[at] !== 0) this.put(entries[at << 1], entries[(at << 1) | 1]);
  }
}

/** Seven bits of a hash, those that its place says nothing about, and one that is always set. */
export function markOf(tag: number): number {
  return (tag >>> 25) | 128;
}
