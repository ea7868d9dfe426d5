import { CorruptDataError } from '../errors';

const TWO_32 = 2 ** 32;

/** Appends little-endian values to a buffer that grows. */
export class ByteWriter {
  private buffer: Buffer;
  private offset = 0;

  constructor(initialSize = 256) {
    this.buffer = Buffer.allocUnsafe(initialSize);
  }

  get length(): number {
    return this.offset;
  }

  u8(value: number): void {
    this.reserve(1);
    this.offset = this.buffer.writeUInt8(value, this.offset);
  }

  u16(value: number): void {
    this.reserve(2);
    this.offset = this.buffer.writeUInt16LE(value, this.offset);
  }

  u32(value: number): void {
    this.reserve(4);
    this.offset = this.buffer.writeUInt32LE(value, this.offset);
  }

  /** A non-negative integer inside the 53-bit range, as eight bytes. */
  u53(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not a non-negative safe integer`);
    this.reserve(8);
    this.offset = this.buffer.writeUInt32LE(value % TWO_32, this.offset);
    this.offset = this.buffer.writeUInt32LE(Math.floor(value / TWO_32), this.offset);
  }

  bytes(value: Uint8Array): void {
    this.reserve(value.length);
    this.buffer.set(value, this.offset);
    this.offset += value.length;
  }

  /** UTF-8 behind its length in two bytes. */
  text(value: string): void {
    const encoded = Buffer.from(value, 'utf8');
    if (encoded.length > 0xffff) throw new RangeError(`a text of ${encoded.length} bytes does not fit; at most 65535`);
    this.u16(encoded.length);
    this.bytes(encoded);
  }

  /** Zeros up to a multiple of four bytes. */
  align(): void {
    while (this.offset % 4 !== 0) this.u8(0);
  }

  /** Overwrites four bytes that were written before. */
  patchU32(value: number, at: number): void {
    this.buffer.writeUInt32LE(value, at);
  }

  /** What was written; shares memory with the writer. */
  view(from = 0): Buffer {
    return this.buffer.subarray(from, this.offset);
  }

  private reserve(size: number): void {
    if (this.offset + size <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.offset + size));
    this.buffer.copy(grown, 0, 0, this.offset);
    this.buffer = grown;
  }
}

/** Reads what a `ByteWriter` wrote. @throws CorruptDataError when the bytes end early */
export class ByteReader {
  private readonly buffer: Buffer;
  private offset = 0;

  constructor(data: Uint8Array) {
    this.buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  }

  get remaining(): number {
    return this.buffer.length - this.offset;
  }

  u8(): number {
    return this.buffer.readUInt8(this.take(1));
  }

  u16(): number {
    return this.buffer.readUInt16LE(this.take(2));
  }

  u32(): number {
    return this.buffer.readUInt32LE(this.take(4));
  }

  u53(): number {
    const at = this.take(8);
    const value = this.buffer.readUInt32LE(at) + this.buffer.readUInt32LE(at + 4) * TWO_32;
    if (!Number.isSafeInteger(value)) throw new CorruptDataError(`an integer at byte ${at} is beyond 53 bits`);
    return value;
  }

  bytes(size: number): Buffer {
    const at = this.take(size);
    return this.buffer.subarray(at, at + size);
  }

  text(): string {
    return this.bytes(this.u16()).toString('utf8');
  }

  /** Skips the zeros up to a multiple of four bytes. */
  align(): void {
    while (this.offset % 4 !== 0) if (this.u8() !== 0) throw new CorruptDataError(`the padding at byte ${this.offset - 1} is not zero`);
  }

  private take(size: number): number {
    const at = this.offset;
    if (at + size > this.buffer.length) {
      throw new CorruptDataError(`data ends at byte ${this.buffer.length}, ${at + size} bytes were expected`);
    }
    this.offset = at + size;
    return at;
  }
}
