import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { packSnapshot, unpackSnapshot } from './snapshot-format';
import type { SnapshotStore, StoredSnapshot } from './snapshot-store';
import { CorruptDataError } from '../../domain';
import { awsClientSettings } from '../../runtime';

export interface S3SnapshotsOptions {
  readonly bucket: string;
  /** Beginning of every key, with its closing slash. */
  readonly prefix: string;
  /** Snapshots per partition that are kept whatever their age; default 3. */
  readonly keep?: number;
  /** Milliseconds for which older ones are kept as well; default an hour. What the journal no longer reaches back to serves nobody. */
  readonly keepMs?: number;
}

const SUFFIX = '.snapshot.gz';
const KEY = /(\d{16})-(\d{16})\.snapshot\.gz$/;

function savedAtOf(key: string): number {
  return Number(KEY.exec(key)![2]);
}

/** Snapshots as objects whose keys sort by sequence, then by time. */
export class S3Snapshots implements SnapshotStore {
  private readonly client: S3Client;

  constructor(private readonly options: S3SnapshotsOptions) {
    this.client = new S3Client(awsClientSettings(30_000));
  }

  async load(partition: number): Promise<StoredSnapshot | undefined> {
    const key = (await this.keys(partition)).pop();
    if (key === undefined) return undefined;
    const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.options.bucket, Key: key }));
    try {
      return await unpackSnapshot(await Body!.transformToByteArray(), partition);
    } catch (error) {
      if (!(error instanceof CorruptDataError)) throw error;
      throw new CorruptDataError(`snapshot s3://${this.options.bucket}/${key} cannot be used: ${error.message}. `
        + 'Start a build that can read it, or move the object away to start from the one before it and more of the journal');
    }
  }

  async newestAt(partition: number): Promise<number | undefined> {
    const key = (await this.keys(partition)).pop();
    return key === undefined ? undefined : savedAtOf(key);
  }

  async save(snapshot: Omit<StoredSnapshot, 'savedAt'>): Promise<void> {
    const { bucket, keep = 3, keepMs = 3_600_000 } = this.options;
    const savedAt = Date.now();
    const digits = (value: number): string => String(value).padStart(16, '0');
    await this.client.send(new PutObjectCommand({
      Bucket: bucket,
      Key: `${this.folder(snapshot.partition)}${digits(snapshot.seq)}-${digits(savedAt)}${SUFFIX}`,
      Body: await packSnapshot({ ...snapshot, savedAt }),
      ContentType: 'application/gzip',
    }));
    for (const key of (await this.keys(snapshot.partition)).slice(0, -keep)) {
      if (savedAt - savedAtOf(key) <= keepMs) continue;
      await this.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    }
  }

  async close(): Promise<void> {
    this.client.destroy();
  }

  private folder(partition: number): string {
    return `${this.options.prefix}${partition}/`;
  }

  /** Oldest first. */
  private async keys(partition: number): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.client.send(new ListObjectsV2Command({
        Bucket: this.options.bucket, Prefix: this.folder(partition), ContinuationToken: token,
      }));
      for (const { Key } of page.Contents ?? []) if (Key && KEY.test(Key)) keys.push(Key);
      token = page.NextContinuationToken;
    } while (token);
    return keys.sort();
  }
}
