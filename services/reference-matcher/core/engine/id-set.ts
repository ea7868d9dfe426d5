import { hashId, HashIndex } from './hash-index';

/** Ids that are never forgotten, 16 bytes each and 16 more for finding them. */
export class IdSet {
  /** Four words per id. */
  words = new Int32Array(256);
  count = 0;
  private readonly index = new HashIndex(64);

  has(source: Int32Array, at: number): boolean {
    const { words } = this;
    const [a, b, c, d] = [source[at], source[at + 1], source[at + 2], source[at + 3]];
    const tag = hashId(a, b, c, d);
    const { entries, mask } = this.index;
    let value: number;
    for (let i = tag & mask; (value = entries[(i << 1) | 1]) !== 0; i = (i + 1) & mask) {
      const w = (value - 1) * 4;
      if (entries[i << 1] === tag && words[w] === a && words[w + 1] === b && words[w + 2] === c && words[w + 3] === d) return true;
    }
    return false;
  }

  clear(): void {
    this.count = 0;
    this.index.clear();
  }

  /** Adds an id that is not there yet. */
  add(source: Int32Array, at: number): void {
    if (this.count * 4 === this.words.length) {
      const grown = new Int32Array(this.words.length * 2);
      grown.set(this.words);
      this.words = grown;
    }
    const w = this.count * 4;
    for (let i = 0; i < 4; i++) this.words[w + i] = source[at + i];
    this.index.insert(hashId(source[at], source[at + 1], source[at + 2], source[at + 3]), this.count);
    this.count++;
  }
}
