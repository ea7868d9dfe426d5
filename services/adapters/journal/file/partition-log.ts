import type { JournalFile, OpenJournalFile } from './disk';
import { recoverEnd } from './recovery';
import { HEADER_BYTES, recordBytes, writeRecord } from './segment-format';
import { SegmentFolder, type Segment } from './segments';
import type { Logger } from '../../../runtime';
import { JournalUnavailableError } from '../journal-errors';

export interface PartitionLogOptions {
  readonly path: string;
  readonly partition: number;
  readonly segmentBytes: number;
  readonly maxFrameBytes: number;
  readonly openFile: OpenJournalFile;
  readonly logger: Logger;
  /** Called once, when a write or a sync failed: nothing is taken any more. */
  readonly onFailure: (error: Error) => void;
}

interface Waiting {
  readonly frame: Uint8Array;
  readonly resolve: (position: string) => void;
  readonly reject: (error: Error) => void;
}

/** Most bytes that go to the disk in one write. */
const MAX_WRITE_BYTES = 4 * 1024 * 1024;

/** Where the durable part of the log ends. */
export interface DurableEnd {
  readonly seq: number;
  readonly segment: number;
  readonly offset: number;
}

/**
 * The log of one partition. One write is on its way at a time; what arrives meanwhile forms the next one, so load makes
 * batches and idle adds no wait.
 */
export class PartitionLog {
  private readonly queue: Waiting[] = [];
  private readonly staging: Buffer;
  private running: Promise<void> | undefined;
  private failure: Error | undefined;
  private closed = false;
  private readonly listeners = new Set<() => void>();

  private constructor(
    private readonly options: PartitionLogOptions, private readonly folder: SegmentFolder, readonly segments: Segment[],
    private file: JournalFile, private end: DurableEnd,
  ) {
    this.staging = Buffer.allocUnsafeSlow(Math.max(MAX_WRITE_BYTES, recordBytes(options.maxFrameBytes)));
  }

  /** @throws CorruptDataError when what is in the folder is no whole journal of this partition */
  static async open(options: PartitionLogOptions): Promise<PartitionLog> {
    const folder = new SegmentFolder(options.path, options.partition, options.segmentBytes, options.openFile);
    const segments = await folder.open();
    const last = segments[segments.length - 1];
    const file = await options.openFile(last.path, 'write');
    try {
      const { lastSeq, end, cut } = await recoverEnd(file, last, options.maxFrameBytes);
      if (cut) options.logger.warn({ segment: last.path, lastRecord: lastSeq, ...cut }, 'the journal was cut at its last whole record: a crash interrupted the write behind it');
      const log = new PartitionLog(options, folder, segments, file, { seq: lastSeq, segment: last.number, offset: end });
      void folder.prepare();
      return log;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get durable(): DurableEnd {
    return this.end;
  }

  /** Sequence of the oldest record that is kept, when there is one. */
  get firstSeq(): number {
    return this.segments[0].firstSeq;
  }

  append(frame: Uint8Array): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.failure) throw new JournalUnavailableError(`the journal is closed for good since ${this.failure.message}`, 'refused', { cause: this.failure });
      if (this.closed) throw new JournalUnavailableError('the journal is closed', 'refused');
      this.queue.push({ frame, resolve, reject });
      this.running ??= this.drain();
    });
  }

  /** Resolves when the durable end moved, the log was closed, the time is up or the signal aborts. */
  changed(signal: AbortSignal, limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.listeners.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, limitMs);
      this.listeners.add(done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted || this.closed) done();
    });
  }

  /** Resolves when the next segment is there as well. */
  async ready(): Promise<void> {
    await this.folder.prepare();
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Takes nothing more, writes what waits, and lets go of the files. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
    await this.folder.close();
    await this.file.close();
    this.wake();
  }

  private async drain(): Promise<void> {
    // Whatever the same turn of the event loop brings belongs to the first write.
    await null;
    while (this.queue.length > 0 && !this.failure) await this.writeOnce();
    this.running = undefined;
  }

  private async writeOnce(): Promise<void> {
    const { end, staging } = this;
    let count = 0;
    let size = 0;
    let batch: Waiting[] = [];
    try {
      const segment = this.segments[this.segments.length - 1];
      const room = Math.min(staging.length, segment.size - end.offset);
      while (count < this.queue.length && size + recordBytes(this.queue[count].frame.length) <= room) {
        size = writeRecord(staging, size, this.queue[count].frame, end.seq + count + 1, end.seq);
        count += 1;
      }
      if (count === 0) {
        await this.roll(segment);
        return;
      }
      batch = this.queue.splice(0, count);
      await this.file.write(staging, size, end.offset);
    } catch (error) {
      this.fail(error as Error, batch);
      return;
    }
    this.end = { seq: end.seq + count, segment: end.segment, offset: end.offset + size };
    for (let i = 0; i < count; i++) batch[i].resolve(String(end.seq + i + 1));
    this.wake();
  }

  /** Goes on in the next segment: everything in this one is on the disk. */
  private async roll(full: Segment): Promise<void> {
    const segment = await this.folder.add(full, this.end.seq + 1);
    const file = await this.options.openFile(segment.path, 'write');
    await this.file.close();
    this.file = file;
    this.segments.push(segment);
    this.end = { seq: this.end.seq, segment: segment.number, offset: HEADER_BYTES };
    void this.folder.prepare();
  }

  /** A sync that failed is final: what the disk's cache then holds, and whether a second sync tells the truth, nobody knows. */
  private fail(error: Error, written: readonly Waiting[]): void {
    this.failure = error;
    const message = `the journal in ${this.options.path} could not write, and takes nothing more: ${error.message}`;
    for (const { reject } of written) reject(new JournalUnavailableError(message, 'unknown', { cause: error }));
    for (const { reject } of this.queue.splice(0)) reject(new JournalUnavailableError(message, 'refused', { cause: error }));
    this.options.logger.fatal({ err: error, path: this.options.path }, 'the journal could not write; nothing is acknowledged any more');
    this.options.onFailure(new JournalUnavailableError(message, 'unknown', { cause: error }));
  }

  private wake(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
