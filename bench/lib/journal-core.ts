/**
 * The core on a thread of its own, fed through shared memory: in a venue the writer of the journal and the core are two processes.
 * Frames are encoded into a ring of slots; the core reads them there in order and says of each what it came to.
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { newCore } from './journal-runs';
import type { Workload } from './matching-workload';

/** What the thread needs to make the venue before the first order. */
export type Venue = Pick<Workload, 'mid' | 'nextId'>;

interface Ring {
  /** How many frames were handed over, how many were applied, and whether to stop. */
  readonly counts: Int32Array;
  /** Bytes of each slot's frame. */
  readonly lengths: Int32Array;
  /** The core's last sequence behind each slot's frame. */
  readonly sequences: Float64Array;
  readonly slots: readonly Int32Array[];
}

interface Opening {
  readonly venue: Venue;
  readonly ring: Ring;
}

const GIVEN = 0;
const APPLIED = 1;
const STOP = 2;
/** A frame on its way to the disk, the one behind it, and some that the core may be behind. */
const SLOTS = 4;
/** Before the thread sleeps: waking it takes longer than most frames take to come. */
const SPINS = 200;

/** Newer than the library that the project is compiled against. */
const { waitAsync } = Atomics as unknown as {
  waitAsync(of: Int32Array, index: number, value: number, timeoutMs: number): { readonly async: boolean; readonly value: unknown };
};

const shared = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);

/** The thread as the one that encodes sees it. */
export class CoreThread {
  private readonly worker: Worker;
  private ring: Ring | undefined;

  /** @param file what the thread runs; it calls `serveCore` */
  constructor(file: string) {
    this.worker = new Worker(file);
  }

  /** Begins with a new core. @param slotWords most words of a frame */
  async open(venue: Venue, slotWords: number): Promise<void> {
    const ring: Ring = {
      counts: new Int32Array(shared(12)), lengths: new Int32Array(shared(4 * SLOTS)), sequences: new Float64Array(shared(8 * SLOTS)),
      slots: Array.from({ length: SLOTS }, () => new Int32Array(shared(4 * slotWords))),
    };
    const opened = new Promise((resolve, reject) => {
      this.worker.once('message', resolve);
      this.worker.once('error', reject);
    });
    this.worker.postMessage({ venue, ring } satisfies Opening);
    await opened;
    this.worker.removeAllListeners('error');
    this.worker.once('error', (error) => { throw error; });
    this.ring = ring;
  }

  /** Memory for the next frame, as soon as the core is through with what was in it. */
  async slot(): Promise<Int32Array> {
    const { counts, slots } = this.ring!;
    const given = counts[GIVEN];
    await this.until(given - SLOTS + 1);
    return slots[given % SLOTS];
  }

  /** Hands over the frame that was put into the memory that `slot` gave. */
  give(bytes: number): void {
    const { counts, lengths } = this.ring!;
    lengths[counts[GIVEN] % SLOTS] = bytes;
    Atomics.add(counts, GIVEN, 1);
    Atomics.notify(counts, GIVEN);
  }

  get given(): number {
    return this.ring!.counts[GIVEN];
  }

  /** Resolves when so many frames were applied. @returns the core's last sequence behind the last of them */
  async until(frames: number): Promise<number> {
    const { counts, sequences } = this.ring!;
    for (;;) {
      const applied = Atomics.load(counts, APPLIED);
      if (applied >= frames) return sequences[(frames - 1 + SLOTS) % SLOTS];
      const { async, value } = waitAsync(counts, APPLIED, applied, 1_000);
      if (async) await value;
    }
  }

  /** Ends the core that was opened last. */
  async finish(): Promise<void> {
    const { counts } = this.ring!;
    const finished = new Promise((resolve) => { this.worker.once('message', resolve); });
    Atomics.store(counts, STOP, 1);
    Atomics.notify(counts, GIVEN);
    await finished;
    this.ring = undefined;
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

/** What the thread does: one core after the other, each until it is told to stop. */
export function serveCore(): void {
  if (isMainThread) throw new Error('this is not a thread');
  parentPort!.on('message', ({ venue, ring }: Opening) => {
    const core = newCore(venue);
    parentPort!.postMessage('opened');
    const frames = ring.slots.map((slot) => Buffer.from(slot.buffer));
    const { counts, lengths, sequences } = ring;
    for (let next = 0; ; next++) {
      for (let spin = 0; spin < SPINS && Atomics.load(counts, GIVEN) === next; spin++);
      while (Atomics.load(counts, GIVEN) === next && Atomics.load(counts, STOP) === 0) Atomics.wait(counts, GIVEN, next, 1_000);
      if (Atomics.load(counts, GIVEN) === next) break;
      const slot = next % SLOTS;
      core.replay(frames[slot].subarray(0, lengths[slot]));
      sequences[slot] = core.lastSeq;
      Atomics.add(counts, APPLIED, 1);
      Atomics.notify(counts, APPLIED);
    }
    parentPort!.postMessage('finished');
  });
}
