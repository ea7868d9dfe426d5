import { createHash } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { Unreadable } from './audit-table';
import type { AuditEntry } from './entry';

/** Folder of the archive; the manifest of the archiver names it too. */
export const ARCHIVE_PREFIX = 'audit/';

const place = { entity: z.string(), timestampEventId: z.string() };
const line = z.strictObject({
  ...place,
  version: z.int(),
  actor: z.string(),
  action: z.string(),
  outcome: z.string(),
  source: z.string(),
  detail: z.record(z.string(), z.string()),
  chain: z.string(),
  sequence: z.int().min(0),
  previous: z.strictObject(place).optional(),
  previousHash: z.string(),
  expiresAt: z.int(),
  hash: z.string(),
});

/**
 * Entries as files that are never replaced: one for each chain, day and batch, a line of JSON per entry. The name holds the digest of the
 * contents, so a batch that comes again makes the same file, and one with other contents another.
 */
export class AuditArchive {
  constructor(private readonly client: S3Client, private readonly bucket: string) {}

  async write(entries: readonly AuditEntry[]): Promise<string[]> {
    const files = new Map<string, AuditEntry[]>();
    for (const entry of entries) {
      const folder = `${ARCHIVE_PREFIX}${entry.timestampEventId.slice(0, 10).replaceAll('-', '/')}/${entry.chain.replaceAll('/', '_')}/`;
      files.set(folder, [...files.get(folder) ?? [], entry]);
    }
    return Promise.all([...files].map(([folder, those]) => this.put(folder, those.sort((a, b) => a.sequence - b.sequence))));
  }

  /** Every entry of the archive, or of the days whose folder begins with `days`, such as '2026/11'. */
  async* read(days = ''): AsyncGenerator<AuditEntry | Unreadable> {
    let token: string | undefined;
    do {
      const page = await this.client.send(new ListObjectsV2Command({ Bucket: this.bucket, Prefix: `${ARCHIVE_PREFIX}${days}`, ContinuationToken: token }));
      for (const { Key } of page.Contents ?? []) {
        const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key }));
        const lines = (await Body!.transformToString('utf8')).split('\n').filter((each) => each !== '');
        yield* lines.map((each) => parsed(each, Key!));
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  private async put(folder: string, entries: readonly AuditEntry[]): Promise<string> {
    const body = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    const digest = createHash('sha256').update(body).digest('hex').slice(0, 16);
    const padded = (entry: AuditEntry): string => String(entry.sequence).padStart(9, '0');
    const key = `${folder}${padded(entries[0])}-${padded(entries.at(-1)!)}-${digest}.ndjson`;
    try {
      await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ContentType: 'application/x-ndjson', IfNoneMatch: '*' }));
    } catch (error) {
      // It is there: a batch that came again.
      if (!(error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412)) throw error;
    }
    return key;
  }
}

function parsed(text: string, file: string): AuditEntry | Unreadable {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return { key: file, problem: 'holds a line that is no entry' };
  }
}
