import type { Bar } from './aggregate';

/** Bars as the JSON text that is sent of them, outside of the heap: what they cost is known to the byte, and a run of them is one slice. */
export class PackedBars {
  private constructor(private readonly times: Float64Array, private readonly ends: Uint32Array, private readonly text: Buffer) {}

  /** @param bars oldest first */
  static of(bars: readonly Bar[]): PackedBars {
    const parts = bars.map((bar) => JSON.stringify(bar));
    let end = -1;
    // Each text is followed by a comma; decimals and names are ASCII.
    const ends = Uint32Array.from(parts, (part) => (end += part.length + 1));
    return new PackedBars(Float64Array.from(bars, ({ openTime }) => openTime), ends, Buffer.from(parts.join(','), 'latin1'));
  }

  get length(): number {
    return this.times.length;
  }

  get bytes(): number {
    return this.text.length + this.times.byteLength + this.ends.byteLength;
  }

  /** Opening time of a bar. */
  time(at: number): number {
    return this.times[at];
  }

  /** The first bar that opens at a time or later; `length` when there is none. */
  indexOf(time: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Bars as a JSON list, the last one excluded. */
  json(from: number, to: number): string {
    return `[${to > from ? this.text.toString('latin1', from === 0 ? 0 : this.ends[from - 1] + 1, this.ends[to - 1]) : ''}]`;
  }
}
