import { constants, fdatasync, read, write } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** A file as the journal uses it. */
export interface JournalFile {
  /** Writes the first `length` bytes of a buffer at a place; resolves when they are on the disk, not only in its cache. */
  write(bytes: Buffer, length: number, position: number): Promise<void>;
  /** Reads into a buffer. @returns number of bytes, fewer than asked for only at the end of the file */
  read(bytes: Buffer, position: number): Promise<number>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** Opens files; tests put one here whose disk fails. */
export type OpenJournalFile = (path: string, mode: 'read' | 'write' | 'create') => Promise<JournalFile>;

/** On Linux the write itself waits for the disk: one way into the thread pool and back instead of two. Elsewhere a sync follows. */
const SYNCED_WRITES = process.platform === 'linux';
const FLAGS = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR | (SYNCED_WRITES ? constants.O_DSYNC : 0),
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
};

class RealFile implements JournalFile {
  constructor(private readonly handle: FileHandle, private readonly synced: boolean) {}

  /** Both in the thread pool of libuv: the thread that matches goes on meanwhile. */
  write(bytes: Buffer, length: number, position: number): Promise<void> {
    const { fd } = this.handle;
    return new Promise((resolve, reject) => {
      const finish = (error: Error | null): void => (error ? reject(error) : resolve());
      const next = (from: number): void => {
        write(fd, bytes, from, length - from, position + from, (error, written) => {
          if (error) reject(error);
          else if (from + written < length) next(from + written);
          else if (this.synced) resolve();
          else fdatasync(fd, finish);
        });
      };
      next(0);
    });
  }

  read(bytes: Buffer, position: number): Promise<number> {
    const { fd } = this.handle;
    return new Promise((resolve, reject) => {
      const next = (from: number): void => {
        read(fd, bytes, from, bytes.length - from, position + from, (error, got) => {
          if (error) reject(error);
          else if (got === 0 || from + got === bytes.length) resolve(from + got);
          else next(from + got);
        });
      };
      next(0);
    });
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

export const openJournalFile: OpenJournalFile = async (path, mode) => new RealFile(await open(path, FLAGS[mode], 0o600), mode === 'write' && SYNCED_WRITES);

/** Makes names in a folder durable: a file that was synced is still lost when its name was not. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
