/** What the journal benchmark measures, one thing per function. */
import { constants, closeSync, fdatasyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { CoreThread, Venue } from './journal-core';
import { frameWords, preparation, WorkloadEncoder } from './journal-encoder';
import type { Workload } from './matching-workload';
import { openJournalFile, type JournalFile } from '../../services/adapters/journal/file/disk';
import { FileJournal } from '../../services/adapters/journal/file/file-journal';
import type { Core } from '../../services/domain';
import { createCore } from '../../services/reference-matcher/core';
import { createLogger } from '../../services/runtime';

const logger = createLogger({ service: 'bench', environment: 'bench', level: 'warn' });
const MIB = 1024 * 1024;
/** Room for everything that one run writes, so that no segment is begun while it is measured; made and filled beforehand. */
const RUN_SEGMENT_BYTES = 256 * MIB;

export interface Rate {
  readonly commands: number;
  readonly seconds: number;
}

/** A core with the instrument and everybody's money. */
export function newCore(venue: Venue): Core {
  const core = createCore({ partition: 0, idempotencyWindowMs: 3_600_000, expectedOrders: venue.nextId });
  for (const command of preparation(venue)) core.apply(command);
  return core;
}

/** What the journal did in one slice: each write's place in the segment, and when all of it was over. */
export interface Slice extends Rate {
  readonly writes: readonly (readonly [begin: number, end: number])[];
}

/**
 * Encodes, writes, syncs and matches: one sync per batch. While a batch is on its way to the disk the next one is encoded and put together
 * for its write, and the core, on its thread, applies what it has; what the core says of a batch is held back until the disk has it.
 */
export class DurableSession {
  private readonly writes: [number, number][] = [];
  private readonly path: string;
  private readonly journal: FileJournal;
  private readonly encoder: WorkloadEncoder;
  private durable = 0;

  private constructor(workload: Workload, private readonly core: CoreThread, folder: string, private readonly size: number) {
    this.path = join(folder, `durable-${size}`);
    this.journal = new FileJournal({ path: this.path, logger, segmentBytes: RUN_SEGMENT_BYTES, openFile: (name, mode) => this.watched(name, mode) });
    this.encoder = new WorkloadEncoder(workload);
  }

  static async open(workload: Workload, core: CoreThread, folder: string, size: number): Promise<DurableSession> {
    const session = new DurableSession(workload, core, folder, size);
    const { mid, nextId } = workload;
    await Promise.all([session.journal.open(0), core.open({ mid, nextId }, frameWords(Math.max(size, workload.prefill)))]);
    const prefill = session.encoder.frame(workload.prefill, await core.slot());
    core.give(prefill.length);
    await session.journal.append(0, prefill);
    session.durable = await core.until(core.given);
    return session;
  }

  /** Whether there are commands for another batch. */
  get more(): boolean {
    return this.encoder.left >= this.size;
  }

  /** Goes on for some milliseconds, one batch at least. */
  async slice(limitMs: number): Promise<Slice> {
    const { journal, core, encoder, size, writes } = this;
    writes.length = 0;
    let batches = 0;
    const began = performance.now();
    let frame = encoder.frame(size, await core.slot());
    let onItsWay: Promise<unknown> | undefined;
    for (;;) {
      const durable = journal.append(0, frame);
      batches += 1;
      core.give(frame.length);
      const next = this.more && performance.now() - began < limitMs ? encoder.frame(size, await core.slot()) : undefined;
      await onItsWay;
      // Each leaves in a write of its own: nothing is added before it is gone.
      await handedOver(writes, batches);
      onItsWay = durable;
      if (next === undefined) break;
      frame = next;
    }
    await onItsWay;
    // Only now may the last of what the core said leave.
    const released = await core.until(core.given);
    const seconds = (performance.now() - began) / 1_000;
    if (released <= this.durable || writes.length !== batches) throw new Error(`${batches} batches were ${writes.length} writes, or nothing came out of the core`);
    this.durable = released;
    return { commands: batches * size, seconds, writes: writes.slice() };
  }

  /** The bytes that a slice wrote, read back. */
  bytesOf({ writes }: Slice): Buffer {
    const from = writes[0][0];
    const bytes = Buffer.allocUnsafeSlow(writes[writes.length - 1][1] - from);
    const fd = openSync(join(this.path, 'partition-0', 'segment-00000001.journal'), 'r');
    try {
      readSync(fd, bytes, 0, bytes.length, from);
    } finally {
      closeSync(fd);
    }
    return bytes;
  }

  async close(): Promise<void> {
    await Promise.all([this.journal.close(), this.core.finish()]);
    forget(this.path);
  }

  private async watched(name: string, mode: 'read' | 'write' | 'create'): Promise<JournalFile> {
    const file = await openJournalFile(name, mode);
    if (mode !== 'write') return file;
    const write = file.write.bind(file);
    file.write = (bytes, length, position) => {
      this.writes.push([position, position + length]);
      return write(bytes, length, position);
    };
    return file;
  }
}

/** Some turns of the microtask queue, until the journal has begun so many writes. */
async function handedOver(writes: readonly unknown[], count: number): Promise<void> {
  for (let turn = 0; writes.length < count && turn < 50; turn++) await undefined;
}

/** A file of zeros that is on the disk. */
export function zeroFile(path: string): void {
  const fd = openSync(path, 'w');
  const zeros = Buffer.alloc(MIB);
  for (let at = 0; at < RUN_SEGMENT_BYTES; at += MIB) writeSync(fd, zeros, 0, MIB, at);
  fdatasyncSync(fd);
  closeSync(fd);
}

/** The same bytes in the same pieces at the same places of a file that was filled beforehand, and nothing else: write and sync. */
export function rawRun({ commands, writes }: Slice, bytes: Buffer, path: string, primitive: 'fdatasync' | 'O_DSYNC'): Rate {
  const fd = openSync(path, constants.O_RDWR | (primitive === 'O_DSYNC' ? constants.O_DSYNC : 0));
  try {
    const first = writes[0][0];
    const began = performance.now();
    for (const [begin, end] of writes) {
      writeSync(fd, bytes, begin - first, end - begin, begin);
      if (primitive === 'fdatasync') fdatasyncSync(fd);
    }
    return { commands, seconds: (performance.now() - began) / 1_000 };
  } finally {
    closeSync(fd);
  }
}

/** Writes the whole workload into a journal of ordinary segments. */
export async function fillJournal(workload: Workload, path: string): Promise<void> {
  const journal = new FileJournal({ path, logger });
  try {
    const encoder = new WorkloadEncoder(workload);
    while (encoder.left > 0) await journal.append(0, encoder.frame(Math.min(1_000, encoder.left)));
  } finally {
    await journal.close();
  }
}

/** Opens a journal, with all the checks of a start, and replays it to its end. */
export async function replayRun(workload: Workload, path: string): Promise<Rate & { readonly core: Core }> {
  const core = newCore(workload);
  const began = performance.now();
  const journal = new FileJournal({ path, logger });
  let commands = 0;
  try {
    const stop = new AbortController();
    for await (const records of journal.read(0, undefined, stop.signal)) {
      for (const { frame } of records) commands += core.replay(frame);
      if (records.length === 0) break;
    }
    const seconds = (performance.now() - began) / 1_000;
    return { commands, seconds, core };
  } finally {
    await journal.close();
  }
}

export function forget(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
