import { setTimeout as sleep } from 'node:timers/promises';
import type { CandleFiles } from '../../adapters/candles/candle-files';
import type { Logger } from '../../runtime';
import type { ExchangeRest } from '../market/exchange';
import type { PriceTable } from '../market/price-table';
import type { Quote } from '../market/prices';

const DAY = 86_400_000;
const MINUTE = 60_000;

export interface IngestionOptions {
  readonly exchange: ExchangeRest;
  readonly prices: PriceTable;
  readonly candles: Pick<CandleFiles, 'read' | 'write'>;
  readonly symbols: readonly string[];
  readonly retentionSeconds: number;
  readonly backfillDays: number;
  /** Times per run that prices are taken. */
  readonly rounds: number;
  readonly logger: Logger;
  /** Told about new prices. */
  readonly publish?: (quotes: readonly Quote[]) => Promise<void>;
}

/** Takes the market of an exchange into the stores of the simulator. Each run may be repeated: what is there stays as it is. */
export class Ingestion {
  constructor(private readonly options: IngestionOptions) {}

  /**
   * The latest prices, once or several times spread over a minute. A round that fails does not end the others.
   *
   * @throws the last error when no round succeeded
   */
  async takePrices(): Promise<{ prices: number }> {
    const { rounds, logger } = this.options;
    let taken = 0;
    let failure: unknown;
    const started = Date.now();
    for (let round = 0; round < rounds; round++) {
      await sleep(Math.max(0, started + round * MINUTE / rounds - Date.now()));
      try {
        taken += await this.takeOnce();
      } catch (error) {
        failure = error;
        logger.warn({ err: error }, 'prices could not be taken');
      }
    }
    if (taken === 0) throw failure ?? new Error(`the exchange has no price of ${this.options.symbols.join(', ')}`);
    return { prices: taken };
  }

  /** The candles of past days that are missing, the newest day first, until there is no time left. */
  async takeCandles(hasTime: () => boolean, now = Date.now()): Promise<{ days: number; complete: boolean }> {
    const { exchange, candles, symbols, backfillDays, logger } = this.options;
    const today = now - now % DAY;
    let days = 0;
    for (let back = 1; back <= backfillDays; back++) {
      for (const symbol of symbols) {
        if (!hasTime()) return { days, complete: false };
        const day = today - back * DAY;
        if (await candles.read(symbol, '1m', day) !== undefined) continue;
        const found = await exchange.candles(symbol, day, day + DAY);
        if (found.length === 0) {
          logger.warn({ symbol, day: new Date(day).toISOString().slice(0, 10) }, 'the exchange has no candles of a day');
          continue;
        }
        await candles.write({ symbol, interval: '1m', day, source: 'bybit', candles: found });
        days++;
      }
    }
    return { days, complete: true };
  }

  private async takeOnce(): Promise<number> {
    const { exchange, prices, symbols, retentionSeconds, publish, logger } = this.options;
    const quotes = await exchange.latest(symbols);
    await Promise.all(quotes.map((quote) => prices.put(quote, retentionSeconds)));
    // Listeners are told what they can; a price that is stored is not lost because somebody hung up.
    await publish?.(quotes).catch((error: unknown) => logger.warn({ err: error }, 'listeners could not be told'));
    return quotes.length;
  }
}
