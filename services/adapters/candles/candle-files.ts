import { createHash } from 'node:crypto';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type CandleDay, candleKey, type Interval } from './candle';
import { CandleFileError, decodeCandles, encodeCandles } from './parquet';

/** A file of candles that was written. */
export interface WrittenFile {
  readonly key: string;
  readonly bytes: number;
  /** Digest of the file, hex. */
  readonly sha256: string;
}

/** Days of candles in the cold store, one parquet file each. */
export class CandleFiles {
  constructor(private readonly client: S3Client, private readonly bucket: string) {}

  /** Writes or replaces a day. The store checks the digest, so a file is either as it was sent or not there. */
  async write(day: CandleDay): Promise<WrittenFile> {
    const body = encodeCandles(day);
    const digest = createHash('sha256').update(body).digest();
    const key = candleKey(day.symbol, day.interval, day.day);
    await this.client.send(new PutObjectCommand({
      Bucket: this.bucket, Key: key, Body: body, ContentType: 'application/vnd.apache.parquet', ChecksumSHA256: digest.toString('base64'),
    }));
    return { key, bytes: body.length, sha256: digest.toString('hex') };
  }

  /**
   * A day, or undefined when there is none.
   *
   * @param sha256 digest that the file must have, as the index says
   * @throws CandleFileError when the file is another one, or of another day
   */
  async read(symbol: string, interval: Interval, day: number, sha256?: string): Promise<CandleDay | undefined> {
    const key = candleKey(symbol, interval, day);
    const body = await this.bytesOf(key);
    if (body === undefined) return undefined;
    const digest = createHash('sha256').update(body).digest('hex');
    if (sha256 !== undefined && digest !== sha256) throw new CandleFileError(`${key} is not the file that the index names: its digest is ${digest}`);
    const found = await decodeCandles(body);
    if (found.symbol !== symbol || found.interval !== interval || found.day !== day) throw new CandleFileError(`${key} holds another day: ${found.symbol} ${found.interval} ${new Date(found.day).toISOString()}`);
    return found;
  }

  private async bytesOf(key: string): Promise<Uint8Array | undefined> {
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      return await Body?.transformToByteArray();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }
}
