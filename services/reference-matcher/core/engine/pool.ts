/**
 * Bytes that a large piece of memory begins behind the beginning of a cache line, as glibc's `calloc` has it. Elsewhere it may be different:
 * then records lie across two lines, which is slower and nothing else.
 */
const BEHIND_A_LINE = 16;
const LINE = 64;

/** Words and doubles on one piece of memory that begins with a cache line. */
function lines(words: number): { i: Int32Array; f: Float64Array } {
  const buffer = new ArrayBuffer(words * 4 + LINE);
  return { i: new Int32Array(buffer, LINE - BEHIND_A_LINE, words), f: new Float64Array(buffer, LINE - BEHIND_A_LINE, words >> 1) };
}

/** Records of equal size in one piece of memory, as words and as doubles. Freed records are used again, the last one first. */
export class Pool {
  i: Int32Array;
  f: Float64Array;
  /** Records below this number have been in use. */
  top = 0;
  /** Records in use. */
  used = 0;
  private free = -1;

  /** @param words words per record, even; a free record keeps the number of the next free one in word `linkAt` */
  constructor(readonly words: number, expected: number, private readonly linkAt = 0) {
    const { i, f } = lines(Math.max(8, expected) * words);
    this.i = i;
    this.f = f;
  }

  allocate(): number {
    this.used++;
    const record = this.free;
    if (record >= 0) {
      this.free = this.i[record * this.words + this.linkAt];
      return record;
    }
    if ((this.top + 1) * this.words > this.i.length) this.grow();
    return this.top++;
  }

  release(record: number): void {
    this.used--;
    this.i[record * this.words + this.linkAt] = this.free;
    this.free = record;
  }

  /** Forgets all records. */
  clear(): void {
    this.i.fill(0);
    this.top = 0;
    this.used = 0;
    this.free = -1;
  }

  private grow(): void {
    const { i, f } = lines(this.i.length * 2);
    i.set(this.i);
    this.i = i;
    this.f = f;
  }
}
