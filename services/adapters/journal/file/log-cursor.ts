import type { JournalFile, OpenJournalFile } from './disk';
import type { ReadableLog } from './readable-log';
import { HEADER_BYTES, recordAt, type SegmentRecord } from './segment-format';
import type { Segment } from './segments';
import { corruptRecord } from '../records';

/** Bytes of one read: large, because a recovery reads everything. */
const CHUNK_BYTES = 4 * 1024 * 1024;

interface Chunk {
  readonly bytes: Buffer;
  /** Whether the file had as many as were asked for. */
  readonly complete: boolean;
}

/** Goes through the durable records of a partition, and reads one chunk ahead while the last one is looked at. */
export class LogCursor {
  private index: number;
  private file: JournalFile | undefined;
  private offset = HEADER_BYTES;
  private ahead: Promise<Chunk> | undefined;
  private expected: number;

  /** @param seq of the first record that is wanted; it must be there, or be the next one */
  constructor(
    private readonly log: ReadableLog, private readonly wanted: number,
    private readonly openFile: OpenJournalFile, private readonly maxFrameBytes: number,
  ) {
    let index = log.segments.length - 1;
    while (index > 0 && log.segments[index].firstSeq > wanted) index -= 1;
    this.index = index;
    this.expected = log.segments[index].firstSeq;
  }

  /** @returns the next records, or an empty array when there are no more yet @throws CorruptDataError naming the one that is damaged or missing */
  async next(): Promise<readonly SegmentRecord[]> {
    for (;;) {
      const segment = this.log.segments[this.index];
      const limit = this.limitOf(segment);
      const records = this.offset < limit ? await this.records(segment, limit) : [];
      if (records.length > 0) return records;
      if (this.offset < limit) continue;
      if (this.index === this.log.segments.length - 1) return [];
      await this.advance();
    }
  }

  async close(): Promise<void> {
    await this.ahead?.catch(() => undefined);
    await this.file?.close();
    this.file = undefined;
  }

  private limitOf(segment: Segment): number {
    const { durable } = this.log;
    return segment.number === durable.segment ? durable.offset : segment.size;
  }

  private async records(segment: Segment, limit: number): Promise<SegmentRecord[]> {
    this.file ??= await this.openFile(segment.path, 'read');
    const pending = this.ahead ?? this.load(this.offset, Math.min(CHUNK_BYTES, limit - this.offset));
    this.ahead = undefined;
    const { bytes, complete } = await pending;
    const records: SegmentRecord[] = [];
    let at = 0;
    do {
      const found = recordAt(bytes, at, this.maxFrameBytes);
      if ('record' in found) {
        const { record } = found;
        if (record.seq !== this.expected) throw corruptRecord(segment.path, String(this.expected), `record ${record.seq} is in its place`);
        if (record.seq >= this.wanted) records.push(record);
        this.expected += 1;
        at = record.end;
        continue;
      }
      // What came before is handed out first; the next call begins here.
      if (at > 0) break;
      if (found.none === 'more' && this.offset + found.bytes <= limit && bytes.length < found.bytes && complete) {
        // Larger than a chunk: it is read by itself.
        this.ahead = this.load(this.offset, found.bytes);
        return [];
      }
      this.endOf(segment, found.none === 'damaged' ? found.reason : 'it is not there');
      this.offset = limit;
      return [];
    } while (at < bytes.length);
    this.offset += at;
    if (this.offset < limit) this.ahead ??= this.load(this.offset, Math.min(CHUNK_BYTES, limit - this.offset));
    this.ahead?.catch(() => undefined);
    return records;
  }

  /** A full segment ends where the next record did not fit; the next segment says which record that was. */
  private endOf(segment: Segment, reason: string): void {
    const next = this.log.segments[this.index + 1] as Segment | undefined;
    if (segment.number === this.log.durable.segment || next?.firstSeq !== this.expected) {
      throw corruptRecord(segment.path, String(this.expected), reason);
    }
  }

  private async load(offset: number, size: number): Promise<Chunk> {
    const bytes = Buffer.allocUnsafeSlow(size);
    const got = await this.file!.read(bytes, offset);
    return { bytes: bytes.subarray(0, got), complete: got === size };
  }

  private async advance(): Promise<void> {
    await this.close();
    this.ahead = undefined;
    this.index += 1;
    this.offset = HEADER_BYTES;
  }
}
