import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startFauxqs } from '../../../local/servers/fauxqs';
import { type Candle, candleKey, DAY_MS } from '../../adapters/candles/candle';
import { CandleFiles } from '../../adapters/candles/candle-files';
import { CandleIndex } from '../../adapters/candles/candle-index';
import type { CandleReaderOptions } from '../../adapters/candles/candle-reader';
import { awsClientSettings } from '../../runtime';
import { startTestLedger, type TestLedger } from '../../setup/testing/ledger';

const Bucket = 'cold-storage';

/** A candle of a minute whose values follow from its time. */
export function candleAt(openTime: number): Candle {
  const minute = openTime / 60_000 % 1_440;
  const volume = `${minute}.00000001`;
  return { openTime, open: '90000.1', high: `${90_001 + minute}.25`, low: '89000', close: '90000', volume, turnover: '12345.678901' };
}

export function minutesOf(day: number, leftOut: readonly number[] = []): Candle[] {
  const minutes = Array.from({ length: 1_440 }, (_, minute) => minute).filter((minute) => !leftOut.includes(minute));
  return minutes.map((minute) => candleAt(day + minute * 60_000));
}

/** The index in a real PostgreSQL, parquet files in an emulated S3, written the way the nightly run writes them. */
export class HistoryStore {
  private readonly dir = mkdtempSync(join(tmpdir(), 'replay-'));
  private ledger!: TestLedger;
  private fauxqs!: Awaited<ReturnType<typeof startFauxqs>>;
  private s3!: S3Client;
  private files!: CandleFiles;
  private writing!: CandleIndex;
  private reading!: CandleIndex;
  /** Files that were read, by their keys, as often as they were. */
  readonly reads: string[] = [];
  /** Called before each file is read. */
  before: () => Promise<void> | void = () => undefined;

  async start(): Promise<this> {
    [this.ledger, this.fauxqs] = await Promise.all([startTestLedger(), startFauxqs({ dataDir: this.dir })]);
    Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_ENDPOINT_URL_S3: this.fauxqs.url });
    this.s3 = new S3Client(awsClientSettings());
    await this.s3.send(new CreateBucketCommand({ Bucket }));
    this.files = new CandleFiles(this.s3, Bucket);
    this.writing = new CandleIndex(this.ledger.pool('history'));
    // The role that the API has.
    this.reading = new CandleIndex(this.ledger.pool('api'));
    return this;
  }

  /** What an API task is given. */
  get options(): CandleReaderOptions {
    return {
      index: { days: (...range) => this.reading.days(...range) },
      files: {
        read: async (symbol, interval, day, sha256) => {
          this.reads.push(candleKey(symbol, interval, day));
          await this.before();
          return this.files.read(symbol, interval, day, sha256);
        },
      },
    };
  }

  /** Writes days, the minutes of each with those left out that are said to be. */
  async write(symbol: string, first: number, days: number, leftOut: readonly number[] = []): Promise<void> {
    for (let day = first; day < first + days * DAY_MS; day += DAY_MS) {
      const found = { symbol, interval: '1m' as const, day, source: 'bybit', candles: minutesOf(day, leftOut) };
      await this.writing.put(found, await this.files.write(found));
    }
  }

  /** Flips a bit in the middle of a file, or takes it away. */
  async damage(symbol: string, day: number, how: 'flip' | 'delete'): Promise<void> {
    const Key = candleKey(symbol, '1m', day);
    if (how === 'delete') return void await this.s3.send(new DeleteObjectCommand({ Bucket, Key }));
    const bytes = await (await this.s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToByteArray();
    bytes[bytes.length >> 1] ^= 1;
    await this.s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes }));
  }

  async stop(): Promise<void> {
    this.s3?.destroy();
    await Promise.all([this.ledger?.stop(), this.fauxqs?.stop()]);
    rmSync(this.dir, { recursive: true, force: true });
  }
}
