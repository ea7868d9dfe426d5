import { aggregate } from './aggregate';
import { BoundedCache } from './bounded-cache';
import { type CandleDay, candlesPerDay, DAY_MS, type Interval, INTERVALS } from './candle';
import type { CandleFiles } from './candle-files';
import type { CandleIndex, IndexedDay } from './candle-index';
import { PackedBars } from './packed-bars';
import { CandleFileError } from './parquet';

/** Why bars of a day are not there, or not all of them. */
export type DayFault = 'missing' | 'incomplete' | 'unreadable';

/** What is wrong with a day, as readers are told. */
export interface Gap {
  /** `2025-12-10` */
  readonly day: string;
  /** Not in the index; fewer minutes than a day has; or a file that is away, damaged or not the one of the index. */
  readonly status: DayFault;
  /** Minutes that the index has of it. */
  readonly minutes: number;
  readonly expected: number;
}

export interface CandleReaderOptions {
  readonly index: Pick<CandleIndex, 'days'>;
  readonly files: Pick<CandleFiles, 'read'>;
  /** Most bytes of bars that are kept. Default: 64 MiB, about 300 days of minutes. */
  readonly maxBytes?: number;
  /** Files that are fetched and decoded at the same time. */
  readonly readsAtOnce?: number;
}

/** Candles that a whole day has. */
export const MINUTES_OF_DAY = candlesPerDay('1m');

/** Bars of past days. The index says which there are; each file is read once, as long as its bars are among those used last. */
export class CandleReader {
  private readonly cache: BoundedCache<PackedBars>;
  private readonly waiting: (() => void)[] = [];
  private free: number;

  constructor(private readonly options: CandleReaderOptions) {
    this.cache = new BoundedCache(options.maxBytes ?? 64 * 1024 * 1024);
    this.free = options.readsAtOnce ?? 4;
  }

  /** Bytes of bars that are kept. */
  get bytes(): number {
    return this.cache.bytes;
  }

  /** Days that the index has, by their first moment: from one day to another, both included. */
  async days(symbol: string, from: number, to: number): Promise<ReadonlyMap<number, IndexedDay>> {
    return new Map((await this.options.index.days(symbol, '1m', from, to)).map((day) => [day.day, day]));
  }

  /**
   * Bars of a day of the index.
   *
   * @throws CandleFileError when the file is not there, is damaged, or is not the one that the index means
   */
  bars(symbol: string, day: IndexedDay, interval: Interval): Promise<PackedBars> {
    // A day that is written again has another digest, and so another place here.
    return this.cache.get(`${day.key} ${day.sha256} ${interval}`, async () => {
      if (interval === '1m') return PackedBars.of(await this.minutes(symbol, day));
      const minutes = await this.bars(symbol, day, '1m');
      return PackedBars.of(aggregate(JSON.parse(minutes.json(0, minutes.length)) as CandleDay['candles'], interval));
    });
  }

  private async minutes(symbol: string, day: IndexedDay): Promise<CandleDay['candles']> {
    const found = await this.inTurn(() => this.options.files.read(symbol, '1m', day.day, day.sha256));
    if (found === undefined) throw new CandleFileError(`${day.key} is in the index and not in the store`);
    const { candles } = found;
    if (candles.length !== day.candles) throw new CandleFileError(`${day.key} has ${candles.length} candles, the index says ${day.candles}`);
    let last = day.day - 1;
    for (const { openTime } of candles) {
      if (openTime <= last || openTime >= day.day + DAY_MS || openTime % INTERVALS['1m'] !== 0) {
        throw new CandleFileError(`${day.key} has a candle of ${openTime}, which is out of order or no minute of its day`);
      }
      last = openTime;
    }
    return candles;
  }

  /** Runs some at a time; the others wait for their turn. */
  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
