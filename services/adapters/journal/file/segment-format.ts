/**
 * A partition of a file journal is a row of segments: files of one size, filled with zeros before the first record, so that
 * a record changes no length and a sync writes data alone. All numbers are little-endian, all places multiples of eight.
 */
import { crc32 } from 'node:zlib';
import { CorruptDataError } from '../../../domain';

export const HEADER_BYTES = 64;
const MAGIC = Buffer.from('CTPJRNL1', 'latin1');
const TWO_32 = 2 ** 32;

/** What the first bytes of a segment say. */
export interface SegmentHeader {
  readonly partition: number;
  /** Counts up from 1. */
  readonly number: number;
  /** Sequence of the first record, when it comes. */
  readonly firstSeq: number;
  /** Length of the file. */
  readonly size: number;
  /** 32 hex digits, the same in all segments of a partition. */
  readonly journalId: string;
}

export function encodeHeader({ partition, number, firstSeq, size, journalId }: SegmentHeader): Buffer {
  const out = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(out);
  out.writeUInt16LE(partition, 12);
  out.writeUInt32LE(number, 16);
  writeU53(out, firstSeq, 24);
  writeU53(out, size, 32);
  out.write(journalId, 40, 'hex');
  out.writeUInt32LE(crc32(out.subarray(12)), 8);
  return out;
}

/** @throws CorruptDataError when the bytes are no header */
export function decodeHeader(bytes: Buffer): SegmentHeader {
  if (bytes.length < HEADER_BYTES) throw new CorruptDataError(`it has ${bytes.length} bytes, fewer than a header`);
  if (!bytes.subarray(0, 8).equals(MAGIC)) throw new CorruptDataError('it does not begin like a segment of this version');
  if (crc32(bytes.subarray(12, HEADER_BYTES)) !== bytes.readUInt32LE(8)) throw new CorruptDataError('the checksum of its header does not match');
  return {
    partition: bytes.readUInt16LE(12), number: bytes.readUInt32LE(16), firstSeq: readU53(bytes, 24), size: readU53(bytes, 32),
    journalId: bytes.toString('hex', 40, 56),
  };
}

/** Checksum, length, sequence, durable sequence. */
export const RECORD_OVERHEAD = 24;

/** Bytes that a frame takes as a record. */
export const recordBytes = (frameBytes: number): number => RECORD_OVERHEAD + (frameBytes + 7 & ~7);

/**
 * Writes a record. `durableSeq` is the last sequence that was on the disk for certain when this one was written: it tells
 * damage to what was acknowledged from a write that a crash cut short.
 */
export function writeRecord(out: Buffer, at: number, frame: Uint8Array, seq: number, durableSeq: number): number {
  const end = at + recordBytes(frame.length);
  out.writeUInt32LE(frame.length, at + 4);
  writeU53(out, seq, at + 8);
  writeU53(out, durableSeq, at + 16);
  out.set(frame, at + RECORD_OVERHEAD);
  out.fill(0, at + RECORD_OVERHEAD + frame.length, end);
  out.writeUInt32LE(crc32(out.subarray(at + 4, end)), at);
  return end;
}

export interface SegmentRecord {
  readonly seq: number;
  readonly durableSeq: number;
  readonly frame: Buffer;
  /** Where it begins and where the next one would. */
  readonly begin: number;
  readonly end: number;
}

/** What is at a place: a record; nothing yet; more than the bytes at hand; or no record. */
export type Found =
  | { readonly record: SegmentRecord }
  | { readonly none: 'empty' | 'more'; readonly bytes: number }
  | { readonly none: 'damaged'; readonly reason: string };

/** Looks at a place in the bytes at hand. */
export function recordAt(bytes: Buffer, at: number, maxFrameBytes: number): Found {
  if (bytes.length - at < RECORD_OVERHEAD) return { none: 'more', bytes: RECORD_OVERHEAD };
  const length = bytes.readUInt32LE(at + 4);
  if (length === 0) return isZero(bytes, at, at + RECORD_OVERHEAD) ? { none: 'empty', bytes: 0 } : { none: 'damaged', reason: 'its length is 0' };
  if (length > maxFrameBytes) return { none: 'damaged', reason: `its length says ${length} bytes` };
  const size = recordBytes(length);
  if (bytes.length - at < size) return { none: 'more', bytes: size };
  if (crc32(bytes.subarray(at + 4, at + size)) !== bytes.readUInt32LE(at)) return { none: 'damaged', reason: 'its checksum does not match' };
  const begin = at + RECORD_OVERHEAD;
  return {
    record: {
      seq: readU53(bytes, at + 8), durableSeq: readU53(bytes, at + 16), frame: bytes.subarray(begin, begin + length), begin: at, end: at + size,
    },
  };
}

/** Whether all bytes from one place to another are 0. */
export function isZero(bytes: Buffer, from: number, to: number): boolean {
  return endOfData(bytes, from, to) === from;
}

/** The place behind the last byte that is not 0, or `from` when there is none. */
export function endOfData(bytes: Buffer, from: number, to: number): number {
  let end = to;
  while (end > from && bytes[end - 1] === 0) end -= 1;
  return end;
}

export function writeU53(out: Buffer, value: number, at: number): void {
  out.writeUInt32LE(value % TWO_32, at);
  out.writeUInt32LE(Math.floor(value / TWO_32), at + 4);
}

export function readU53(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * TWO_32;
}
