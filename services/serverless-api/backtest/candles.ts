import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { Candle } from '../market/exchange';

const decimal = z.string();
const file = z.object({
  symbol: z.string(), day: z.string(), intervalSeconds: z.literal(60),
  candles: z.array(z.tuple([z.int(), decimal, decimal, decimal, decimal, decimal])),
});

/** `data/BTCUSDT/2025/12/10.json`: the candles of one day, beside each other as they will be when they are written in another format. */
export function candlesKey(symbol: string, day: number): string {
  const [year, month, date] = new Date(day).toISOString().slice(0, 10).split('-');
  return `data/${symbol}/${year}/${month}/${date}.json`;
}

/** Candles of past days in the cold store. A day is written once, when it is over. */
export class CandleStore {
  constructor(private readonly client: S3Client, private readonly bucket: string) {}

  async write(symbol: string, day: number, candles: readonly Candle[]): Promise<void> {
    const body = JSON.stringify({ symbol, day: new Date(day).toISOString().slice(0, 10), intervalSeconds: 60, candles });
    await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: candlesKey(symbol, day), Body: body, ContentType: 'application/json' }));
  }

  /** Undefined when the day is not there. */
  async read(symbol: string, day: number): Promise<Candle[] | undefined> {
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: candlesKey(symbol, day) }));
      return file.parse(JSON.parse(await Body!.transformToString())).candles;
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }
}
