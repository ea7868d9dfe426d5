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
    const buffer = new ArrayBuffer(Math.max(8, expected) * words * 4);
    this.i = new Int32Array(buffer);
    this.f = new Float64Array(buffer);
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
    const grown = new Int32Array(this.i.length * 2);
    grown.set(this.i);
    this.i = grown;
    this.f = new Float64Array(grown.buffer);
  }
}
