import { readdir } from 'node:fs/promises';
import { openJournalFile } from './disk';
import { DurableMark } from './durable-mark';
import type { DurableEnd, ReadableLog } from './readable-log';
import { inspectSegment, segmentNames, type Segment } from './segments';

/** The log of a partition that another process writes. Nothing is changed here, and nothing read that is not on the disk for certain. */
export class FollowedLog implements ReadableLog {
  readonly segments: Segment[] = [];
  durable: DurableEnd = { seq: 0, segment: 0, offset: 0 };

  private constructor(private readonly path: string, private readonly partition: number, private readonly mark: DurableMark) {}

  /**
   * @returns undefined while nobody has opened the partition for writing
   * @throws CorruptDataError when a segment is missing, twice there, out of order or of another journal
   */
  static async open(path: string, partition: number): Promise<FollowedLog | undefined> {
    const mark = await DurableMark.forReading(path);
    if (!mark) return undefined;
    const log = new FollowedLog(path, partition, mark);
    try {
      await log.refresh();
    } catch (error) {
      await mark.close();
      throw error;
    }
    if (log.segments.length > 0) return log;
    await mark.close();
    return undefined;
  }

  /** Looks for what was written since. @returns whether there is more */
  async refresh(): Promise<boolean> {
    const found = this.mark.read();
    if (!found || found.seq === this.durable.seq && found.segment === this.durable.segment) return false;
    // A segment has its name before anything in it is durable.
    if (found.segment > (this.segments.at(-1)?.number ?? 0)) await this.addSegments(found.segment);
    this.durable = found;
    return true;
  }

  async close(): Promise<void> {
    await this.mark.close();
  }

  private async addSegments(until: number): Promise<void> {
    const known = this.segments.at(-1)?.number ?? 0;
    for (const { name, number } of segmentNames(await readdir(this.path))) {
      if (number <= known || number > until) continue;
      this.segments.push(await inspectSegment(this.path, name, this.partition, this.segments.at(-1), number === until, openJournalFile));
    }
  }
}
