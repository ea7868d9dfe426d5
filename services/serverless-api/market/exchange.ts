import { z } from 'zod';
import type { PriceSource, Quote } from './prices';
import type { Candle } from '../../adapters/candles/candle';
import { HttpTarget } from '../../runtime';

const decimal = z.string().regex(/^\d+(\.\d+)?$/);
const envelope = z.object({ retCode: z.int(), retMsg: z.string(), time: z.int().positive(), result: z.unknown() });
const tickers = z.object({ list: z.array(z.object({ symbol: z.string(), lastPrice: decimal })) });
const kline = z.object({ list: z.array(z.tuple([z.string().regex(/^\d+$/), decimal, decimal, decimal, decimal, decimal, decimal]).rest(z.string())) });

const MINUTE = 60_000;
/** Candles that the exchange gives at most at a time. */
const PAGE = 1_000;

/** The exchange did not answer as it should. */
export class ExchangeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExchangeError';
  }
}

/** The public REST API of an exchange, in Bybit's version 5: spot, no key, no account. */
export class ExchangeRest implements PriceSource {
  private readonly target: HttpTarget;

  /**
   * @param url without a path
   * @param timeoutMs longest wait for one answer, a second attempt included
   */
  constructor(private readonly url: string, timeoutMs = 4_000) {
    this.target = new HttpTarget({ name: 'the exchange', timeoutMs: timeoutMs * 0.7, attempts: 2, deadlineMs: timeoutMs });
  }

  /** One request per symbol: the answer for all is a few hundred kilobytes. */
  async latest(symbols: readonly string[]): Promise<Quote[]> {
    const quotes = await Promise.all(symbols.map(async (symbol) => {
      const { time, result } = await this.get('/v5/market/tickers', { symbol });
      const found = parsed(tickers, result).list.find((one) => one.symbol === symbol);
      return found && { symbol, price: found.lastPrice, time };
    }));
    return quotes.filter((quote) => quote !== undefined);
  }

  async recent(symbol: string): Promise<Quote[]> {
    return this.latest([symbol]);
  }

  /** The candles of one minute each that open in a span, oldest first; minutes without a trade may be missing. */
  async candles(symbol: string, from: number, to: number): Promise<Candle[]> {
    const candles: Candle[] = [];
    for (let start = from; start < to; start += PAGE * MINUTE) {
      const end = Math.min(to, start + PAGE * MINUTE) - 1;
      const { result } = await this.get('/v5/market/kline', { symbol, interval: '1', start: String(start), end: String(end), limit: String(PAGE) });
      // Newest first, and also the one that is not over yet.
      const page = parsed(kline, result).list.map(([time, open, high, low, close, volume, turnover]): Candle => ({
        openTime: Number(time), open,
        high, low, close, volume, turnover,
      }));
      candles.push(...page.filter(({ openTime }) => openTime >= start && openTime <= end).reverse());
    }
    return candles;
  }

  private async get(path: string, query: Record<string, string>): Promise<z.output<typeof envelope>> {
    const url = `${this.url}${path}?${new URLSearchParams({ category: 'spot', ...query }).toString()}`;
    let body: unknown;
    try {
      body = JSON.parse((await this.target.get(url)).text);
    } catch (error) {
      throw new ExchangeError(`${path} of the exchange did not answer: ${(error as Error).message}`, { cause: error });
    }
    const answer = parsed(envelope, body);
    if (answer.retCode !== 0) throw new ExchangeError(`${path} of the exchange refused: ${answer.retCode} ${answer.retMsg}`);
    return answer;
  }
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ExchangeError(`the exchange answered in another form than it should: ${result.error.issues[0].path.join('.')} ${result.error.issues[0].message}`);
}
