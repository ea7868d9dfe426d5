import { join } from 'node:path';
import { openJournalFile } from './disk';
import { FollowedLog } from './followed-log';
import { LogCursor } from './log-cursor';
import { pause } from '../backoff';
import type { JournalPosition, JournalReader, JournalRecord } from '../journal';
import { checkedRecords } from '../records';
import { sequenceAfter } from '../sequences';

export interface FileFollowerOptions {
  /** Folder of the journal. The process that writes it has `followers` switched on. */
  readonly path: string;
  /** Milliseconds between two looks without news; default 5. */
  readonly pollIntervalMs?: () => number;
  /** Largest frame, in bytes; default 4 MiB. */
  readonly maxFrameBytes?: number;
  /**
   * Milliseconds for which the journal may seem to end before the position that is asked for: after a crash of the machine its mark is old
   * until the process that writes it has started. Default 10,000.
   */
  readonly patienceMs?: number;
}

/** Reads a file journal that another process of this machine writes. */
export class FileFollower implements JournalReader {
  constructor(private readonly options: FileFollowerOptions) {}

  async* read(partition: number, after: JournalPosition | undefined, signal: AbortSignal): AsyncGenerator<readonly JournalRecord[]> {
    const { path, pollIntervalMs = () => 5, maxFrameBytes = 4 * 1024 * 1024 } = this.options;
    const folder = join(path, `partition-${partition}`);
    const where = `journal ${path}, partition ${partition}`;
    let log: FollowedLog | undefined;
    // Nobody has begun the journal yet: there is nothing that could be missed.
    while (!signal.aborted && !(log = await FollowedLog.open(folder, partition))) {
      if (after === undefined) yield [];
      await pause(50, signal);
    }
    if (!log) return;
    let cursor: LogCursor | undefined;
    try {
      await this.untilReached(log, Number(after ?? 0), signal);
      if (signal.aborted) return;
      const wanted = sequenceAfter(after, log.durable.seq, log.segments[0].firstSeq, where);
      cursor = new LogCursor(log, wanted, openJournalFile, maxFrameBytes);
      while (!signal.aborted) {
        const found = await cursor.next();
        if (signal.aborted) return;
        const { records, corrupt } = checkedRecords(found.map(({ seq, frame }) => ({ position: String(seq), frame })), partition, 0, where);
        if (records.length > 0) yield records;
        if (corrupt) throw corrupt;
        if (found.length > 0 || await log.refresh()) continue;
        yield [];
        if (!await log.refresh()) await pause(pollIntervalMs(), signal);
      }
    } finally {
      await cursor?.close();
      await log.close();
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Waits for the journal's end to be where a reader was before. */
  private async untilReached(log: FollowedLog, seq: number, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + (this.options.patienceMs ?? 10_000);
    while (log.durable.seq < seq && performance.now() < deadline && !signal.aborted) {
      await pause(50, signal);
      await log.refresh();
    }
  }
}
