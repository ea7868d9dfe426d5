/**
 * Where the durable part of a partition's log ends, in a small file beside the segments: readers in other processes go as far as it says.
 * It is written behind each sync and not synced itself, since what it says was true at any rate; a start writes it anew.
 */
import { close, constants, open, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import type { DurableEnd } from './readable-log';
import { readU53, writeU53 } from './segment-format';

const NAME = 'durable.mark';
const BYTES = 32;
const [openFile, closeFile] = [promisify(open), promisify(close)];

export class DurableMark {
  private readonly bytes = Buffer.alloc(BYTES);

  private constructor(private readonly fd: number) {}

  static async forWriting(folder: string): Promise<DurableMark> {
    return new DurableMark(await openFile(join(folder, NAME), constants.O_RDWR | constants.O_CREAT, 0o600));
  }

  /** @returns undefined while nobody has opened the partition for writing */
  static async forReading(folder: string): Promise<DurableMark | undefined> {
    try {
      return new DurableMark(await openFile(join(folder, NAME), constants.O_RDONLY, 0));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** A few bytes into the system's cache: quicker than a way through the thread pool. */
  write({ seq, segment, offset }: DurableEnd): void {
    const { bytes } = this;
    writeU53(bytes, seq, 8);
    writeU53(bytes, segment, 16);
    writeU53(bytes, offset, 24);
    bytes.writeUInt32LE(crc32(bytes.subarray(8)), 0);
    writeSync(this.fd, bytes, 0, BYTES, 0);
  }

  /** @returns undefined when it was caught in the middle of a write: the next look finds it whole */
  read(): DurableEnd | undefined {
    const { bytes } = this;
    if (readSync(this.fd, bytes, 0, BYTES, 0) < BYTES || crc32(bytes.subarray(8)) !== bytes.readUInt32LE(0)) return undefined;
    return { seq: readU53(bytes, 8), segment: readU53(bytes, 16), offset: readU53(bytes, 24) };
  }

  close(): Promise<void> {
    return closeFile(this.fd);
  }
}
