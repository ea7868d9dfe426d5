import type { Pool } from 'pg';
import { type CandleDay, dayText, type Interval, missingTimes, parseDay } from './candle';
import type { WrittenFile } from './candle-files';

/** What the index knows of a day. */
export interface IndexedDay {
  readonly day: number;
  readonly status: 'complete' | 'incomplete';
  readonly candles: number;
  readonly key: string;
  readonly sha256: string;
  readonly source: string;
}

/** Which days of candles there are: table `market.candle_days` of the ledger. */
export class CandleIndex {
  constructor(private readonly pool: Pool) {}

  /** Says that a file is there. The last step of a day: whoever finds the row finds the file. */
  async put(day: CandleDay, file: WrittenFile): Promise<IndexedDay> {
    const missing = missingTimes(day);
    const status = missing.length === 0 ? 'complete' : 'incomplete';
    await this.pool.query({
      name: 'put-candle-day',
      text: `INSERT INTO market.candle_days (symbol, candle_interval, day, status, candles, missing, object_key, bytes, sha256, source)
        VALUES ($1, $2, $3::date, $4, $5, $6::timestamptz[], $7, $8, $9, $10)
        ON CONFLICT (symbol, candle_interval, day) DO UPDATE SET status = excluded.status, candles = excluded.candles, missing = excluded.missing,
          object_key = excluded.object_key, bytes = excluded.bytes, sha256 = excluded.sha256, source = excluded.source, updated_at = now()`,
      values: [
        day.symbol, day.interval, dayText(day.day), status, day.candles.length, missing.map((time) => new Date(time).toISOString()),
        file.key, file.bytes, file.sha256, day.source,
      ],
    });
    return { day: day.day, status, candles: day.candles.length, key: file.key, sha256: file.sha256, source: day.source };
  }

  /** What is there of an instrument, from one day to another, both included, oldest first. */
  async days(symbol: string, interval: Interval, from: number, to: number): Promise<IndexedDay[]> {
    const { rows } = await this.pool.query<{ day: string; status: IndexedDay['status']; candles: number; key: string; sha256: string; source: string }>({
      name: 'candle-days',
      text: `SELECT to_char(day, 'YYYY-MM-DD') AS day, status, candles, object_key AS key, sha256, source FROM market.candle_days
        WHERE symbol = $1 AND candle_interval = $2 AND day BETWEEN $3::date AND $4::date ORDER BY market.candle_days.day`,
      values: [symbol, interval, dayText(from), dayText(to)],
    });
    return rows.map((row) => ({ ...row, day: parseDay(row.day) }));
  }
}
