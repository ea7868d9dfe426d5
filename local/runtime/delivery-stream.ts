import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

const compress = promisify(gzip);
const POLL_MS = 250;

/** A Firehose stream from Kinesis to S3. */
export interface DeliverySpec {
  readonly name: string;
  readonly streamName: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly errorPrefix: string;
  readonly extension: string;
  readonly compressed: boolean;
  readonly intervalMs: number;
  /** Field of a document by the name that the prefix knows it by. */
  readonly partitionFields: Readonly<Record<string, string>>;
  readonly delimiter: string;
  /** File that keeps how far the shards were delivered. */
  readonly checkpointFile: string;
  readonly kinesis: KinesisClient;
  readonly s3: S3Client;
  readonly report: (sentence: string) => void;
}

/** Does what Firehose does with dynamic partitioning: documents of a key are gathered and become one object at every interval. */
export class DeliveryStream {
  private readonly buffers = new Map<string, string[]>();
  private checkpoints: Record<string, string>;
  private stopping = false;
  private running: Promise<void> = Promise.resolve();
  private files = 0;

  constructor(private readonly spec: DeliverySpec) {
    this.checkpoints = readCheckpoints(spec.checkpointFile);
  }

  start(): void {
    this.running = this.run();
  }

  /** Delivers what it has and ends. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async run(): Promise<void> {
    const { spec } = this;
    const iterators = new Map<string, string | undefined>();
    let due = Date.now() + spec.intervalMs;
    let failing = false;
    while (!this.stopping) {
      try {
        if (iterators.size === 0) await this.open(iterators);
        for (const [shard, iterator] of iterators) if (iterator !== undefined) iterators.set(shard, await this.read(shard, iterator));
        if (Date.now() >= due) {
          await this.deliver();
          due = Date.now() + spec.intervalMs;
        }
        failing = false;
      } catch (error) {
        // Begins again behind what was delivered: nothing is lost, and nothing comes twice because the buffers go as well.
        iterators.clear();
        this.buffers.clear();
        this.checkpoints = readCheckpoints(spec.checkpointFile);
        if (!failing && !this.stopping) spec.report(`The delivery stream ${spec.name} waits: ${(error as Error).message}`);
        failing = true;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    await this.deliver().catch((error: Error) => spec.report(`The delivery stream ${spec.name} keeps its last documents for the next run: ${error.message}`));
  }

  private async open(iterators: Map<string, string | undefined>): Promise<void> {
    const { kinesis, streamName: StreamName } = this.spec;
    const { Shards } = await kinesis.send(new ListShardsCommand({ StreamName }));
    for (const { ShardId } of Shards ?? []) {
      const after = this.checkpoints[ShardId!];
      const from = after === undefined ? { ShardIteratorType: 'TRIM_HORIZON' as const } : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: after };
      const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName, ShardId, ...from }));
      iterators.set(ShardId!, ShardIterator);
    }
  }

  private async read(shard: string, ShardIterator: string): Promise<string | undefined> {
    const { Records = [], NextShardIterator } = await this.spec.kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 1_000 }));
    for (const record of Records) {
      for (const document of documents(Buffer.from(record.Data!).toString('utf8'))) this.take(document);
      this.checkpoints[shard] = record.SequenceNumber!;
    }
    return NextShardIterator;
  }

  private take(document: string): void {
    const { spec } = this;
    const folder = this.folderOf(document);
    let lines = this.buffers.get(folder);
    if (!lines) this.buffers.set(folder, lines = []);
    lines.push(document + spec.delimiter);
  }

  private folderOf(document: string): string {
    const { prefix, errorPrefix, partitionFields } = this.spec;
    const now = new Date();
    let value: Record<string, unknown> = {};
    try {
      value = JSON.parse(document) as Record<string, unknown>;
    } catch {
      return fill(errorPrefix, now, { 'firehose:error-output-type': 'metadata-extraction-failed' });
    }
    const keys = Object.fromEntries(Object.entries(partitionFields).map(([name, field]) => [`partitionKeyFromQuery:${name}`, value[field]] as const));
    const lacking = Object.values(keys).some((key) => typeof key !== 'string' && typeof key !== 'number');
    if (lacking) return fill(errorPrefix, now, { 'firehose:error-output-type': 'metadata-extraction-failed' });
    return fill(prefix, now, Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, String(key)])));
  }

  private async deliver(): Promise<void> {
    const { spec } = this;
    const checkpoints = JSON.stringify(this.checkpoints);
    for (const [folder, lines] of this.buffers) {
      const text = Buffer.from(lines.join(''));
      const stamp = new Date().toISOString().replace(/[:.]/g, '-');
      await spec.s3.send(new PutObjectCommand({
        Bucket: spec.bucket,
        Key: `${folder}${spec.name}-1-${stamp}-${String(++this.files).padStart(6, '0')}${spec.extension}`,
        Body: spec.compressed ? await compress(text) : text,
      }));
      this.buffers.delete(folder);
    }
    writeFileSync(spec.checkpointFile, checkpoints);
  }
}

function readCheckpoints(file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch {
    return {};
  }
}

/** A prefix with its expressions filled in: `!{partitionKeyFromQuery:symbol}`, `!{timestamp:yyyy/MM/dd}`. */
export function fill(prefix: string, now: Date, values: Readonly<Record<string, string>>): string {
  const [yyyy, MM, dd, HH, mm] = now.toISOString().split(/[-T:]/);
  return prefix.replace(/!\{([^}]+)\}/g, (_, name: string) => {
    if (!name.startsWith('timestamp:')) return values[name] ?? '';
    return name.slice('timestamp:'.length).replace('yyyy', yyyy).replace('MM', MM).replace('dd', dd).replace('HH', HH).replace('mm', mm);
  });
}

/** The JSON documents in a text, with or without anything between them; what is no document stays one piece. */
export function documents(text: string): string[] {
  const found: string[] = [];
  let start = -1;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') {quoted = true;} else if (c === '{') {
      if (depth++ === 0) start = i;
    } else if (c === '}' && depth > 0 && --depth === 0) {found.push(text.slice(start, i + 1));}
  }
  return found.length === 0 || depth > 0 ? [text] : found;
}
