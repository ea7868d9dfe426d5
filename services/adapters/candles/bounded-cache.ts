/** Something that knows how many bytes it holds. */
export interface Sized {
  readonly bytes: number;
}

/**
 * What was loaded, up to a number of bytes; what was not used for longest goes first. Whoever asks while something is being loaded
 * waits for that load. A load that fails is forgotten. (Libraries count entries or let the caller guess; here each entry says its own bytes.)
 */
export class BoundedCache<V extends Sized> {
  private readonly entries = new Map<string, V>();
  private readonly loading = new Map<string, Promise<V>>();
  private held = 0;

  constructor(private readonly maxBytes: number) {}

  /** Bytes that it holds. */
  get bytes(): number {
    return this.held;
  }

  get size(): number {
    return this.entries.size;
  }

  /** What is there under a key, or what `load` answers. */
  get(key: string, load: () => Promise<V>): Promise<V> {
    const found = this.entries.get(key);
    if (found !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, found);
      return Promise.resolve(found);
    }
    let promise = this.loading.get(key);
    if (promise === undefined) {
      promise = load().then((value) => this.keep(key, value)).finally(() => this.loading.delete(key));
      this.loading.set(key, promise);
    }
    return promise;
  }

  /** Keeps a value, unless it alone is larger than all that may be kept. */
  private keep(key: string, value: V): V {
    if (value.bytes > this.maxBytes) return value;
    this.entries.set(key, value);
    this.held += value.bytes;
    for (const [oldest, { bytes }] of this.entries) {
      if (this.held <= this.maxBytes) break;
      this.entries.delete(oldest);
      this.held -= bytes;
    }
    return value;
  }
}
