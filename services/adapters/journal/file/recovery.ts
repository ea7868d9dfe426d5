import type { JournalFile } from './disk';
import { endOfData, HEADER_BYTES, recordAt, type SegmentRecord } from './segment-format';
import type { Segment } from './segments';
import { corruptRecord } from '../records';

/** The end of a partition's last segment after a start. */
export interface RecoveredEnd {
  /** Sequence of the last whole record. */
  readonly lastSeq: number;
  /** Where the next record goes. */
  readonly end: number;
  /** What was cut off behind it, when a crash had cut a write short. */
  readonly cut?: { readonly bytes: number; readonly reason: string };
}

/**
 * Finds the last whole record of the last segment and makes the file fit for the next one. A write that a crash cut short is
 * removed: nobody was told that its records are there. The records of the last write are written once more, because a sync
 * that failed may have left them in memory only.
 *
 * @throws CorruptDataError when a record is damaged that was on the disk already when a later one was written
 */
export async function recoverEnd(file: JournalFile, segment: Segment, maxFrameBytes: number): Promise<RecoveredEnd> {
  const bytes = Buffer.alloc(segment.size);
  const size = await file.read(bytes, 0);
  let at = HEADER_BYTES;
  let seq = segment.firstSeq;
  let last: SegmentRecord | undefined;
  const lastWrite: SegmentRecord[] = [];
  let reason: string | undefined;
  for (;;) {
    const found = recordAt(bytes, at, maxFrameBytes);
    if ('none' in found) {
      if (found.none === 'damaged') reason = found.reason;
      break;
    }
    const { record } = found;
    if (record.seq !== seq || record.durableSeq >= seq) throw corruptRecord(segment.path, String(seq), `record ${record.seq} is in its place`);
    if (last && record.durableSeq >= last.seq) lastWrite.length = 0;
    lastWrite.push(record);
    last = record;
    at = record.end;
    seq += 1;
  }
  const dataEnd = endOfData(bytes, at, bytes.length);
  if (dataEnd > at) {
    reason ??= 'the write that held it was cut short';
    const witness = witnessOf(bytes, at, dataEnd, seq, maxFrameBytes);
    if (witness) throw corruptRecord(segment.path, String(seq), `${reason}, although it was on the disk when record ${witness.seq} was written`);
  }
  // What is left of a record that was cut must not look like one behind the next that is written in its place.
  const zeroTo = size < segment.size ? segment.size : dataEnd;
  if (zeroTo > at) await file.write(Buffer.alloc(zeroTo - at), zeroTo - at, at);
  if (lastWrite.length > 0) {
    const from = lastWrite[0].begin;
    await file.write(bytes.subarray(from, at), at - from, from);
  }
  if (size < segment.size) reason = `the file had ${size} bytes of ${segment.size}`;
  return { lastSeq: seq - 1, end: at, cut: reason === undefined ? undefined : { bytes: dataEnd - at, reason } };
}

/** A whole record behind the damage that was written after the damaged one was on the disk. */
function witnessOf(bytes: Buffer, from: number, to: number, seq: number, maxFrameBytes: number): SegmentRecord | undefined {
  for (let at = from + 8; at < to; at += 8) {
    if (bytes.readUInt32LE(at + 4) === 0) continue;
    const found = recordAt(bytes, at, maxFrameBytes);
    if ('record' in found && found.record.seq > seq && found.record.durableSeq >= seq && found.record.durableSeq < found.record.seq) return found.record;
  }
  return undefined;
}
