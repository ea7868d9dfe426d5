/**
 * The two workloads of the matching benchmark, command by command. They are defined here and nowhere else: a random generator, the
 * prices and the odds, and a plain book that knows what is alive. The numbers that come out are compared with those that unrelated
 * implementations agreed on (`EXPECTED`), so a benchmark of something else cannot pass.
 */
import { createHash } from 'node:crypto';

export type WorkloadName = 'S1K' | 'D1M';

/** A command is eight words. */
export const COMMAND_WORDS = 8;
export const C_TYPE = 0;
export const C_SIDE = 1;
export const C_IOC = 2;
export const C_QUANTITY = 3;
export const C_ID = 4;
export const C_PRICE = 5;

export const NEW = 0;
export const CANCEL = 1;
export const MODIFY = 2;

export interface Workload {
  readonly name: WorkloadName;
  /** Commands that fill the book first, not measured. */
  readonly prefill: number;
  readonly records: number;
  readonly commands: Int32Array;
  /** One more than the highest id. */
  readonly nextId: number;
  /** Price in the middle. */
  readonly mid: number;
  readonly trades: number;
  readonly checksum: number;
  /** Of the commands as a file: a header of 16 bytes, 40 bytes per command. */
  readonly sha256: string;
}

export const EXPECTED: Readonly<Record<WorkloadName, Pick<Workload, 'records' | 'trades' | 'checksum' | 'sha256'>>> = {
  S1K: { records: 2_001_000, trades: 160_054, checksum: 1_011_081_480, sha256: '13c01d980cfa27edba2be0906e82c1049e7a847dba5869c280dc80a582d3591b' },
  D1M: { records: 3_000_000, trades: 205_643, checksum: 70_687_631, sha256: '135c8f40e75064df23ea083b15092c50af982c13ea8efdcdc32e0ca743a5f2a3' },
};

const TIMED = 2_000_000;
const SEED = 23;
const LADDER = 131_072;

/** Adds a trade to the checksum that every implementation computes. */
export function addTrade(checksum: number, maker: number, taker: number, price: number, quantity: number): number {
  let h = (Math.imul(checksum, 31) + maker) | 0;
  h = (Math.imul(h, 31) + taker) | 0;
  h = (Math.imul(h, 31) + price) | 0;
  return (Math.imul(h, 31) + quantity) | 0;
}

/** mulberry32: every value is 32 bits, unsigned. */
function generator(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** A book for making the workload: clear rather than fast. */
class PlainBook {
  readonly side: Uint8Array;
  readonly price: Int32Array;
  readonly remaining: Int32Array;
  bestBid = -1;
  bestAsk = LADDER;
  trades = 0;
  checksum = 0;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly head = new Int32Array(LADDER);
  private readonly tail = new Int32Array(LADDER);

  constructor(orders: number) {
    this.side = new Uint8Array(orders);
    this.price = new Int32Array(orders);
    this.remaining = new Int32Array(orders);
    this.next = new Int32Array(orders);
    this.previous = new Int32Array(orders);
  }

  /** @param filled told of every maker that is gone @returns whether the order rests */
  arrive(id: number, side: number, quantity: number, price: number, ioc: boolean, filled: (maker: number) => void): boolean {
    let left = quantity;
    while (left > 0) {
      const best = side === 0 ? this.bestAsk : this.bestBid;
      if (side === 0 ? best > price || best === LADDER : best < price || best === -1) break;
      const maker = this.head[best];
      const lots = Math.min(left, this.remaining[maker]);
      this.trades++;
      this.checksum = addTrade(this.checksum, maker, id, best, lots);
      left -= lots;
      this.remaining[maker] -= lots;
      if (this.remaining[maker] > 0) continue;
      this.remove(maker);
      filled(maker);
    }
    if (left === 0 || ioc) return false;
    this.side[id] = side;
    this.price[id] = price;
    this.remaining[id] = left;
    this.previous[id] = this.tail[price];
    this.next[id] = 0;
    if (this.tail[price] === 0) this.head[price] = id;
    else this.next[this.tail[price]] = id;
    this.tail[price] = id;
    if (side === 0) this.bestBid = Math.max(this.bestBid, price);
    else this.bestAsk = Math.min(this.bestAsk, price);
    return true;
  }

  remove(id: number): void {
    const price = this.price[id];
    if (this.previous[id] === 0) this.head[price] = this.next[id];
    else this.next[this.previous[id]] = this.next[id];
    if (this.next[id] === 0) this.tail[price] = this.previous[id];
    else this.previous[this.next[id]] = this.previous[id];
    if (this.head[price] !== 0) return;
    if (price === this.bestBid) while (this.bestBid >= 0 && this.head[this.bestBid] === 0) this.bestBid--;
    else if (price === this.bestAsk) while (this.bestAsk < LADDER && this.head[this.bestAsk] === 0) this.bestAsk++;
  }
}

/** Ids that rest, in an order that depends on what happened, so that a draw picks one. */
class LiveList {
  length = 0;
  private readonly ids: Int32Array;
  private readonly at: Int32Array;

  constructor(orders: number) {
    this.ids = new Int32Array(orders);
    this.at = new Int32Array(orders).fill(-1);
  }

  pick(n: number): number {
    return this.ids[n];
  }

  set(id: number, rests: boolean): void {
    const at = this.at[id];
    if (rests === at >= 0) return;
    if (rests) {
      this.at[id] = this.length;
      this.ids[this.length++] = id;
      return;
    }
    const last = this.ids[--this.length];
    this.ids[at] = last;
    this.at[last] = at;
    this.at[id] = -1;
  }
}

/** Makes a workload. */
export function buildWorkload(name: WorkloadName): Workload {
  const small = name === 'S1K';
  const prefill = small ? 1_000 : 1_000_000;
  const mid = small ? 50_000 : 65_536;
  const records = prefill + TIMED;
  const commands = new Int32Array(records * COMMAND_WORDS);
  const book = new PlainBook(records + 1);
  const live = new LiveList(records + 1);
  const draw = generator(SEED);
  const below = (n: number): number => Math.floor((draw() * n) / 2 ** 32);
  let nextId = 1;
  let record = 0;

  const passivePrice = (side: number): number => {
    let distance: number;
    if (small) {
      distance = 1 + below(800);
    } else {
      const v = draw() >>> 16;
      distance = 1 + Math.floor((v * v * 20_000) / 2 ** 32);
    }
    return side === 0 ? Math.min(mid - distance, book.bestAsk - 1) : Math.max(mid + distance, book.bestBid + 1);
  };
  const write = (type: number, side: number, ioc: number, quantity: number, id: number, price: number): void => {
    commands.set([type, side, ioc, quantity, id, price], record++ * COMMAND_WORDS);
  };
  const filled = (maker: number): void => live.set(maker, false);
  const arrive = (id: number, side: number, quantity: number, price: number, ioc: boolean): void => {
    live.set(id, book.arrive(id, side, quantity, price, ioc, filled));
  };
  const good = (): void => {
    const side = below(2);
    const quantity = 1 + below(100);
    const id = nextId++;
    const price = passivePrice(side);
    write(NEW, side, 0, quantity, id, price);
    arrive(id, side, quantity, price, false);
  };
  const immediate = (): void => {
    const side = below(2);
    const quantity = 1 + below(small ? 100 : 200);
    const price = side === 0 ? book.bestAsk + 10 : book.bestBid - 10;
    const id = nextId++;
    write(NEW, side, 1, quantity, id, price);
    arrive(id, side, quantity, price, true);
  };
  const cancel = (): void => {
    const id = live.pick(below(live.length));
    write(CANCEL, 0, 0, 0, id, 0);
    book.remove(id);
    live.set(id, false);
  };
  const modify = (): void => {
    const id = live.pick(below(live.length));
    const side = book.side[id];
    const quantity = book.remaining[id];
    const opposite = side === 0 ? book.bestAsk : book.bestBid;
    const price = small && below(82) < 3 ? opposite : passivePrice(side);
    write(MODIFY, side, 0, quantity, id, price);
    book.remove(id);
    arrive(id, side, quantity, price, false);
  };

  for (let n = 0; n < prefill; n++) good();
  const limits = small ? [9, 12, 18] : [47, 52, 95];
  for (let n = 0; n < TIMED; n++) {
    const r = below(100);
    if (small && live.length > 1_050 && r < 9) cancel();
    else if (small && live.length < 950 && r >= 12 && r < 18) good();
    else if (r < limits[0]) good();
    else if (r < limits[1]) immediate();
    else if (r < limits[2]) cancel();
    else modify();
  }
  return { name, prefill, records, commands, nextId, mid, trades: book.trades, checksum: book.checksum >>> 0, sha256: fileHash(commands, records) };
}

function fileHash(commands: Int32Array, records: number): string {
  const hash = createHash('sha256').update(Buffer.from(Int32Array.of(0x4d45, 0, 1, records).buffer));
  const chunk = new Int32Array(10 * 10_000);
  const bytes = Buffer.from(chunk.buffer);
  for (let from = 0; from < records; from += 10_000) {
    const count = Math.min(10_000, records - from);
    for (let k = 0; k < count; k++) {
      const c = (from + k) * COMMAND_WORDS;
      const out = k * 10;
      chunk[out] = commands[c + C_TYPE] | (commands[c + C_SIDE] << 8) | (commands[c + C_IOC] << 16);
      chunk[out + 1] = commands[c + C_QUANTITY];
      chunk[out + 2] = from + k;
      chunk[out + 4] = commands[c + C_ID];
      chunk[out + 6] = commands[c + C_PRICE];
    }
    hash.update(bytes.subarray(0, count * 40));
  }
  return hash.digest('hex');
}

/** @throws Error naming what differs from the definition that others share */
export function checkWorkload(workload: Workload): void {
  const expected = EXPECTED[workload.name];
  for (const key of ['records', 'trades', 'checksum', 'sha256'] as const) {
    if (workload[key] !== expected[key]) throw new Error(`workload ${workload.name}: ${key} is ${workload[key]}, ${expected[key]} was expected`);
  }
}
