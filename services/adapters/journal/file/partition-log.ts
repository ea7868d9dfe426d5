import type { JournalFile, OpenJournalFile } from './disk';
import { DurableMark } from './durable-mark';
import type { DurableEnd, ReadableLog } from './readable-log';
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
  /** Whether other processes may read: the end is then marked for them after each write. */
  readonly followers: boolean;
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

/** Records that will be one write, and who waits for them. */
class Stage {
  size = 0;
  readonly waiting: Waiting[] = [];

  constructor(readonly bytes: Buffer) {}

  clear(): void {
    this.size = 0;
    this.waiting.length = 0;
  }
}

/**
 * The log of one partition. One write is on its way at a time; what arrives meanwhile forms the next one, so load makes
 * batches and idle adds no wait. It is put together as it arrives, so that the disk does not wait for copies and checksums.
 */
export class PartitionLog implements ReadableLog {
  /** What arrived and found no room in the next write. */
  private readonly queue: Waiting[] = [];
  private next: Stage;
  private free: Stage;
  /** Where the next write begins: behind the one on its way. It leaves only when that one is on the disk, so its records may say so. */
  private begin: DurableEnd;
  private running: Promise<void> | undefined;
  private failure: Error | undefined;
  private closed = false;
  private readonly listeners = new Set<() => void>();

  private constructor(
    private readonly options: PartitionLogOptions, private readonly folder: SegmentFolder, readonly segments: Segment[],
    private file: JournalFile, private end: DurableEnd, private readonly mark: DurableMark | undefined,
  ) {
    const stage = (): Stage => new Stage(Buffer.allocUnsafeSlow(Math.max(MAX_WRITE_BYTES, recordBytes(options.maxFrameBytes))));
    [this.next, this.free, this.begin] = [stage(), stage(), end];
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
      const durable = { seq: lastSeq, segment: last.number, offset: end };
      const mark = options.followers ? await DurableMark.forWriting(options.path) : undefined;
      mark?.write(durable);
      const log = new PartitionLog(options, folder, segments, file, durable, mark);
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
      this.check();
      const item = { frame, resolve, reject };
      if (this.queue.length > 0 || !this.stage(item)) this.queue.push(item);
      this.running ??= this.drain();
    });
  }

  /** @throws JournalUnavailableError when it takes nothing any more */
  check(): void {
    if (this.failure) throw new JournalUnavailableError(`the journal is closed for good since ${this.failure.message}`, 'refused', { cause: this.failure });
    if (this.closed) throw new JournalUnavailableError('the journal is closed', 'refused');
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
    await this.mark?.close();
    this.wake();
  }

  private async drain(): Promise<void> {
    // Whatever the same turn of the event loop brings belongs to the first write.
    await null;
    while ((this.next.size > 0 || this.queue.length > 0) && !this.failure) await this.writeOnce();
    this.running = undefined;
  }

  /** @returns false when the next write has no room for it */
  private stage(item: Waiting): boolean {
    const { next, begin, segments } = this;
    const room = Math.min(next.bytes.length, segments[segments.length - 1].size - begin.offset) - next.size;
    if (recordBytes(item.frame.length) > room) return false;
    next.size = writeRecord(next.bytes, next.size, item.frame, begin.seq + next.waiting.length + 1, begin.seq);
    next.waiting.push(item);
    return true;
  }

  private stageQueued(): void {
    let count = 0;
    while (count < this.queue.length && this.stage(this.queue[count])) count += 1;
    this.queue.splice(0, count);
  }

  private async writeOnce(): Promise<void> {
    const { end, next: stage } = this;
    const { waiting } = stage;
    try {
      if (stage.size === 0) {
        await this.roll(this.segments[this.segments.length - 1]);
        this.stageQueued();
        return;
      }
      const after = { seq: end.seq + waiting.length, segment: end.segment, offset: end.offset + stage.size };
      const written = this.file.write(stage.bytes, stage.size, end.offset);
      [this.next, this.free, this.begin] = [this.free, stage, after];
      this.stageQueued();
      await written;
      this.end = after;
      this.mark?.write(after);
    } catch (error) {
      this.fail(error as Error, stage === this.free ? waiting : []);
      return;
    }
    for (let i = 0; i < waiting.length; i++) waiting[i].resolve(String(end.seq + i + 1));
    stage.clear();
    this.wake();
  }

  /** Goes on in the next segment: everything in this one is on the disk. */
  private async roll(full: Segment): Promise<void> {
    const segment = await this.folder.add(full, this.end.seq + 1);
    const file = await this.options.openFile(segment.path, 'write');
    await this.file.close();
    this.file = file;
    this.segments.push(segment);
    this.begin = this.end = { seq: this.end.seq, segment: segment.number, offset: HEADER_BYTES };
    this.mark?.write(this.end);
    void this.folder.prepare();
  }

  /** A sync that failed is final: what the disk's cache then holds, and whether a second sync tells the truth, nobody knows. */
  private fail(error: Error, written: readonly Waiting[]): void {
    this.failure = error;
    const message = `the journal in ${this.options.path} could not write, and takes nothing more: ${error.message}`;
    for (const { reject } of written) reject(new JournalUnavailableError(message, 'unknown', { cause: error }));
    for (const { reject } of [...this.next.waiting, ...this.queue.splice(0)]) reject(new JournalUnavailableError(message, 'refused', { cause: error }));
    this.options.logger.fatal({ err: error, path: this.options.path }, 'the journal could not write; nothing is acknowledged any more');
    this.options.onFailure(new JournalUnavailableError(message, 'unknown', { cause: error }));
  }

  private wake(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
