import { dayText, type Interval } from '../../adapters/candles/candle';
import type { IndexedDay } from '../../adapters/candles/candle-index';
import { type CandleReader, type DayFault, type Gap, MINUTES_OF_DAY } from '../../adapters/candles/candle-reader';
import type { PackedBars } from '../../adapters/candles/packed-bars';
import { CandleFileError } from '../../adapters/candles/parquet';
import type { Logger } from '../../runtime';
import { notHere, unavailable } from '../http/errors';

/** Bars of a day, as far as they can be read, and what is wrong with it. */
export interface HistoryDay {
  readonly bars?: PackedBars;
  readonly gap?: Gap;
}

/** Past bars, with errors that clients understand. */
export class History {
  /** @param reader undefined where the system keeps no history */
  constructor(private readonly reader: CandleReader | undefined, private readonly logger: Logger) {}

  /** @throws ApiError 404 where there is no history */
  required(): void {
    if (this.reader === undefined) throw notHere('history', 'This system keeps no history.');
  }

  get bytes(): number {
    return this.reader?.bytes ?? 0;
  }

  /** @throws ApiError 404, 503 */
  async days(symbol: string, from: number, to: number): Promise<ReadonlyMap<number, IndexedDay>> {
    this.required();
    return this.away('the index', () => this.reader!.days(symbol, from, to));
  }

  /**
   * One day. A file that cannot be used is told as a gap: the days around it are as good as ever.
   *
   * @param known what the index says of it; undefined when it has no such day
   * @throws ApiError 503 when the store cannot be asked
   */
  async day(symbol: string, day: number, known: IndexedDay | undefined, interval: Interval): Promise<HistoryDay> {
    const gap = (status: DayFault): Gap => ({ day: dayText(day), status, minutes: known?.candles ?? 0, expected: MINUTES_OF_DAY });
    if (known === undefined) return { gap: gap('missing') };
    try {
      const bars = await this.away('the store', () => this.reader!.bars(symbol, known, interval));
      return known.status === 'complete' ? { bars } : { bars, gap: gap('incomplete') };
    } catch (error) {
      if (!(error instanceof CandleFileError)) throw error;
      this.logger.error({ err: error, symbol, day: dayText(day) }, 'a day of candles cannot be read');
      return { gap: gap('unreadable') };
    }
  }

  private async away<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof CandleFileError) throw error;
      this.logger.warn({ err: error }, `${what} of the history cannot be asked`);
      throw unavailable('history_unavailable', 'The history cannot be read at the moment; try again.');
    }
  }
}
