/** A set of small integers that finds the next one in three steps: a bit per number, a bit per word of those, and once more. */
export class Bitmap {
  private readonly low: Int32Array;
  private readonly middle: Int32Array;
  private readonly high: Int32Array;

  /** @param size a power of two from 32 to 2^20 */
  constructor(readonly size: number) {
    this.low = new Int32Array(size >> 5);
    this.middle = new Int32Array(Math.max(1, size >> 10));
    this.high = new Int32Array(Math.max(1, size >> 15));
  }

  add(n: number): void {
    this.low[n >> 5] |= 1 << (n & 31);
    this.middle[n >> 10] |= 1 << ((n >> 5) & 31);
    this.high[n >> 15] |= 1 << ((n >> 10) & 31);
  }

  remove(n: number): void {
    const { low, middle, high } = this;
    if ((low[n >> 5] &= ~(1 << (n & 31))) !== 0) return;
    if ((middle[n >> 10] &= ~(1 << ((n >> 5) & 31))) !== 0) return;
    high[n >> 15] &= ~(1 << ((n >> 10) & 31));
  }

  /** Smallest member above `n`, or −1; `n` may be −1. */
  above(n: number): number {
    const { low, middle, high } = this;
    const from = n + 1;
    if (from >= this.size) return -1;
    // A shift by the position drops what is below it.
    let word = low[from >> 5] >>> (from & 31);
    if (word !== 0) return from + lowest(word);
    let w = (from >> 5) + 1;
    word = (w & 31) === 0 ? 0 : middle[w >> 5] >>> (w & 31);
    if (word === 0) {
      w = (w + 31) >> 5;
      if (w >= middle.length) return -1;
      word = (w & 31) === 0 ? 0 : high[w >> 5] >>> (w & 31);
      if (word === 0) {
        let h = (w + 31) >> 5;
        while (h < high.length && high[h] === 0) h++;
        if (h >= high.length) return -1;
        w = (h << 5) + lowest(high[h]);
      } else {
        w += lowest(word);
      }
      w = (w << 5) + lowest(middle[w]);
    } else {
      w += lowest(word);
    }
    return (w << 5) + lowest(low[w]);
  }

  /** Largest member below `n`, or −1; `n` may be the size. */
  below(n: number): number {
    const { low, middle, high } = this;
    const from = n - 1;
    if (from < 0) return -1;
    let word = low[from >> 5] << (31 - (from & 31));
    if (word !== 0) return from - Math.clz32(word);
    let w = (from >> 5) - 1;
    if (w < 0) return -1;
    word = middle[w >> 5] << (31 - (w & 31));
    if (word === 0) {
      w = (w >> 5) - 1;
      if (w < 0) return -1;
      word = high[w >> 5] << (31 - (w & 31));
      if (word === 0) {
        let h = (w >> 5) - 1;
        while (h >= 0 && high[h] === 0) h--;
        if (h < 0) return -1;
        w = (h << 5) + 31 - Math.clz32(high[h]);
      } else {
        w -= Math.clz32(word);
      }
      w = (w << 5) + 31 - Math.clz32(middle[w]);
    } else {
      w -= Math.clz32(word);
    }
    return (w << 5) + 31 - Math.clz32(low[w]);
  }
}

/** Position of the lowest bit that is set. */
function lowest(word: number): number {
  return 31 - Math.clz32(word & -word);
}
