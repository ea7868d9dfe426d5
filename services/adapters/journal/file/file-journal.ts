import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openJournalFile, type OpenJournalFile } from './disk';
import { takeFolder, type FolderLock } from './folder-lock';
import { LogCursor } from './log-cursor';
import { PartitionLog } from './partition-log';
import { HEADER_BYTES, recordBytes } from './segment-format';
import type { Logger } from '../../../runtime';
import { refuseForeignFrame } from '../frame-check';
import type { JournalPosition, JournalReader, JournalRecord, ProbedWriter } from '../journal';
import { JournalUnavailableError } from '../journal-errors';
import { checkedRecords } from '../records';
import { sequenceAfter } from '../sequences';

export interface FileJournalOptions {
  /** Folder of the journal; made when missing. One process at a time has it open. */
  readonly path: string;
  readonly logger: Logger;
  /** Called once when the disk is full or fails. The process should end: what was acknowledged is safe, nothing more is taken. */
  readonly onFailure?: (error: Error) => void;
  /** Whether other processes may read the journal (`FileFollower`); default false. */
  readonly followers?: boolean;
  /** Length of a segment, in bytes; default 64 MiB. */
  readonly segmentBytes?: number;
  /** Largest frame, in bytes; default 4 MiB. */
  readonly maxFrameBytes?: number;
  /** Opens the journal's files; default: those of this machine. */
  readonly openFile?: OpenJournalFile;
}

/**
 * The journal in files of this machine: for the benchmark, for recovery tests, and for whoever has one machine with a disk that is
 * replicated below. Writes in groups, each with one sync. Readers see what is on the disk, never more:
 * they are in the same process, or, with `followers`, in any other one of this machine.
 */
export class FileJournal implements ProbedWriter, JournalReader {
  private readonly options: Required<FileJournalOptions>;
  private readonly logs = new Map<number, Promise<PartitionLog>>();
  private lock: Promise<FolderLock> | undefined;
  private closed = false;

  constructor(options: FileJournalOptions) {
    this.options = {
      onFailure: () => undefined, followers: false, segmentBytes: 64 * 1024 * 1024, maxFrameBytes: 4 * 1024 * 1024, openFile: openJournalFile,
      ...options,
    };
    const { segmentBytes, maxFrameBytes } = this.options;
    if (HEADER_BYTES + recordBytes(maxFrameBytes) > segmentBytes) throw new RangeError(`a segment of ${segmentBytes} bytes cannot hold a frame of ${maxFrameBytes}`);
  }

  /** @throws CorruptDataError when the partition's journal cannot be opened as it is */
  async append(partition: number, frame: Uint8Array): Promise<JournalPosition> {
    refuseForeignFrame(frame, partition, this.options.maxFrameBytes);
    const log = await this.logOf(partition);
    return log.append(frame);
  }

  async* read(partition: number, after: JournalPosition | undefined, signal: AbortSignal): AsyncGenerator<readonly JournalRecord[]> {
    const { openFile, maxFrameBytes, path } = this.options;
    const log = await this.logOf(partition);
    const wanted = sequenceAfter(after, log.durable.seq, log.firstSeq, `journal ${path}, partition ${partition}`);
    const cursor = new LogCursor(log, wanted, openFile, maxFrameBytes);
    try {
      while (!signal.aborted && !log.isClosed) {
        const found = await cursor.next();
        if (signal.aborted) return;
        const raw = found.map(({ seq, frame }) => ({ position: String(seq), frame }));
        const { records, corrupt } = checkedRecords(raw, partition, 0, `journal ${path}, partition ${partition}`);
        if (records.length > 0) yield records;
        if (corrupt) throw corrupt;
        if (found.length > 0) continue;
        const { seq } = log.durable;
        yield [];
        if (log.durable.seq === seq) await log.changed(signal, 1_000);
      }
      if (!signal.aborted) throw new JournalUnavailableError('the journal is closed', 'refused');
    } finally {
      await cursor.close();
    }
  }

  /** Opens partitions ahead of their first use: a segment is made, or the last one recovered, and the next one is ready. */
  async open(...partitions: number[]): Promise<void> {
    await Promise.all(partitions.map(async (partition) => (await this.logOf(partition)).ready()));
  }

  /** Whether a partition takes appends. @throws JournalUnavailableError */
  async probe(partition: number): Promise<void> {
    (await this.logOf(partition)).check();
  }

  /** Writes what waits, closes the files and lets go of the folder. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const logs = await Promise.allSettled(this.logs.values());
    await Promise.all(logs.map((log) => (log.status === 'fulfilled' ? log.value.close() : undefined)));
    await (await this.lock?.catch(() => undefined))?.release();
  }

  private logOf(partition: number): Promise<PartitionLog> {
    if (this.closed) return Promise.reject(new JournalUnavailableError('the journal is closed', 'refused'));
    let log = this.logs.get(partition);
    if (!log) this.logs.set(partition, log = this.openLog(partition));
    return log;
  }

  private async openLog(partition: number): Promise<PartitionLog> {
    const { path, segmentBytes, maxFrameBytes, openFile, logger, followers, onFailure } = this.options;
    this.lock ??= mkdir(path, { recursive: true, mode: 0o700 }).then(() => takeFolder(resolve(path)));
    await this.lock;
    return PartitionLog.open({
      path: join(path, `partition-${partition}`), partition, segmentBytes, maxFrameBytes, openFile, logger, followers, onFailure,
    });
  }
}
