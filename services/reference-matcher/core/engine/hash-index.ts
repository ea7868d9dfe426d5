/** Spreads the 128 bits of an id over 32. */
export function hashId(a: number, b: number, c: number, d: number): number {
  let h = (Math.imul(a, 0x9e3779b1) + Math.imul(b, 0x85ebca77) + Math.imul(c, 0xc2b2ae3d) + Math.imul(d, 0x27d4eb2f)) | 0;
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

/** Adds a word to a hash. */
export function hashMore(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x9e3779b1);
  return h ^ (h >>> 15);
}

/**
 * From hashes to record numbers: open addressing with linear probing. The records and their keys are somewhere else; whoever looks
 * something up walks the entries from `tag & mask` on until one is empty, and compares keys where the tag fits:
 *
 *     for (let at = tag & mask; (value = entries[(at << 1) | 1]) !== 0; at = (at + 1) & mask) if (entries[at << 1] === tag && …)
 *
 * At most half of the entries are in use, and a removal closes its gap, so a walk is short however long the table has lived.
 */
export class HashIndex {
  /** Pairs of a tag (the whole hash) and the record's number plus one; 0 for an empty entry. */
  entries: Int32Array;
  /** Number of entries, a power of two, less one. */
  mask: number;
  used = 0;

  constructor(expected: number) {
    // An integer to V8 as well: what comes from a power is a boxed double to it.
    const size = (2 ** Math.ceil(Math.log2(Math.max(8, expected * 2)))) | 0;
    this.entries = new Int32Array(size * 2);
    this.mask = size - 1;
  }

  insert(tag: number, record: number): void {
    if (this.used * 2 > this.mask) this.grow();
    this.used++;
    this.put(tag, record + 1);
  }

  /** Removes an entry that is there. */
  remove(tag: number, record: number): void {
    const { entries, mask } = this;
    let hole = tag & mask;
    while (entries[(hole << 1) | 1] !== record + 1) hole = (hole + 1) & mask;
    this.used--;
    for (let at = (hole + 1) & mask; entries[(at << 1) | 1] !== 0; at = (at + 1) & mask) {
      // An entry may move into the hole unless that is before the place where its walk begins.
      if (((at - entries[at << 1]) & mask) < ((at - hole) & mask)) continue;
      entries[hole << 1] = entries[at << 1];
      entries[(hole << 1) | 1] = entries[(at << 1) | 1];
      hole = at;
    }
    entries[(hole << 1) | 1] = 0;
  }

  clear(): void {
    this.entries.fill(0);
    this.used = 0;
  }

  private put(tag: number, value: number): void {
    const { entries, mask } = this;
    let at = tag & mask;
    while (entries[(at << 1) | 1] !== 0) at = (at + 1) & mask;
    entries[at << 1] = tag;
    entries[(at << 1) | 1] = value;
  }

  private grow(): void {
    const old = this.entries;
    this.entries = new Int32Array(old.length * 2);
    this.mask = old.length - 1;
    for (let at = 0; at < old.length; at += 2) if (old[at + 1] !== 0) this.put(old[at], old[at + 1]);
  }
}
