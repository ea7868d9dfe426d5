import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { readObject } from './objects';

/** Where files of candles lie, by their keys such as `data/BTCUSDT/2025/12/10.parquet`. */
export interface CandleSource {
  /** Undefined when there is no such file. */
  read(key: string): Promise<Uint8Array | undefined>;
}

/** Files below a folder: the bucket's root, or its `data`. */
export class FolderSource implements CandleSource {
  constructor(private readonly folder: string) {}

  async read(key: string): Promise<Uint8Array | undefined> {
    return await fileAt(join(this.folder, key)) ?? fileAt(join(this.folder, key.replace(/^data\//, '')));
  }
}

/** Objects of a bucket. */
export class BucketSource implements CandleSource {
  constructor(private readonly s3: S3Client, private readonly bucket: string) {}

  read(key: string): Promise<Uint8Array | undefined> {
    return readObject(this.s3, this.bucket, key);
  }
}

async function fileAt(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
