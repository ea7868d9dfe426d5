import type { Pool } from 'pg';
import { type CandleDay, DAY_MS, dayText } from './candle';

const VALUES = ['open', 'high', 'low', 'close', 'volume', 'turnover'] as const;

/** Months that have their partition before they begin: a night that fails leaves many more to mend it. */
const MONTHS_AHEAD = 3;

/** Candles of late in the database, a partition per month: table `market.candles`. */
export class CandleTable {
  /** @param keepDays days that candles stay; whole months go, so up to a month longer */
  constructor(private readonly pool: Pool, private readonly keepDays: number) {}

  /** Makes the months that are needed and those to come, and drops what is too old. */
  async prepare(today: number): Promise<{ readonly made: number; readonly dropped: number }> {
    const oldest = dayText(this.oldestDay(today));
    const { rows: [{ made }] } = await this.pool.query<{ made: number }>(
      'SELECT market.make_candle_months($1::date, $2::date) AS made', [oldest, dayText(today + MONTHS_AHEAD * 31 * DAY_MS)]);
    const { rows: [{ dropped }] } = await this.pool.query<{ dropped: number }>('SELECT market.drop_candle_months($1::date) AS dropped', [oldest]);
    return { made, dropped };
  }

  /** Whether a day is kept here. */
  keeps(day: number, today: number): boolean {
    return day >= this.oldestDay(today);
  }

  /** Writes a day; what is there already becomes what it says now. */
  async write({ symbol, interval, candles }: CandleDay): Promise<void> {
    await this.pool.query({
      name: 'put-candles',
      text: `INSERT INTO market.candles (symbol, candle_interval, open_time, open, high, low, close, volume, turnover)
        SELECT $1, $2, * FROM unnest($3::timestamptz[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[], $8::numeric[], $9::numeric[])
        ON CONFLICT (symbol, candle_interval, open_time) DO UPDATE SET open = excluded.open, high = excluded.high, low = excluded.low,
          close = excluded.close, volume = excluded.volume, turnover = excluded.turnover`,
      values: [
        symbol, interval, candles.map(({ openTime }) => new Date(openTime).toISOString()),
        ...VALUES.map((name) => candles.map((candle) => candle[name])),
      ],
    });
  }

  private oldestDay(today: number): number {
    return today - this.keepDays * DAY_MS;
  }
}
