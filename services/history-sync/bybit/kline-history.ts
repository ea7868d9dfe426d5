import { z } from 'zod';
import { type Candle, type CandleDay, DAY_MS, dayText, type Interval, INTERVALS } from '../../adapters/candles/candle';
import { DeadlineError, HttpStatusError, HttpTarget } from '../../runtime';
import { type CandleSource, RefusedError, TemporaryError } from '../candle-source';
import { Pacer } from '../pacer';

export interface KlineHistoryOptions {
  /** REST API of the exchange, without a path. */
  readonly url: string;
  /** Sent along when there is one; market data needs none. */
  readonly apiKey?: string;
  /** Least milliseconds between two requests. The exchange allows 120 a second from one address; default 50. */
  readonly paceMs?: number;
  /** Longest wait for one answer in milliseconds; default 10,000. */
  readonly timeoutMs?: number;
}

/** Candles per answer, at most. */
const PAGE = 1_000;
/** The exchange refuses an address that asks too often for ten minutes. */
const BANNED_MS = 600_000;
const TOO_OFTEN_MS = 5_000;
/** Answers that say "later" rather than "no": the exchange is overloaded, or we asked too often. */
const LATER = new Set([10_000, 10_006, 10_016, 10_018]);

const NAMES: Readonly<Record<Interval, string>> = { '1m': '1', '5m': '5', '15m': '15', '1h': '60', '4h': '240', '1d': 'D' };

const decimal = z.string().regex(/^(0|[1-9]\d*)(\.\d+)?$/);
const envelope = z.object({ retCode: z.int(), retMsg: z.string(), time: z.int().positive(), result: z.unknown() });
const klines = z.object({
  symbol: z.string(),
  list: z.array(z.tuple([z.string().regex(/^\d{13}$/), decimal, decimal, decimal, decimal, decimal, decimal])),
});

/** History of Bybit's spot market, version 5 of its REST API: pages of a thousand candles, the newest first. */
export class KlineHistory implements CandleSource {
  readonly name = 'bybit';
  private readonly pacer: Pacer;
  private readonly target: HttpTarget;

  constructor(private readonly options: KlineHistoryOptions) {
    this.pacer = new Pacer(options.paceMs ?? 50);
    // Whoever syncs repeats by himself, when the exchange wants it, and waits out any outage: no retry here and no breaker.
    this.target = new HttpTarget({ name: 'the exchange', timeoutMs: options.timeoutMs ?? 10_000, attempts: 1, breaker: { failures: Infinity } });
  }

  async day(symbol: string, interval: Interval, day: number, signal: AbortSignal): Promise<CandleDay> {
    const found = new Map<number, Candle>();
    // Pages come from the end of the day: the next one ends before the oldest candle of the last.
    for (let end = day + DAY_MS - 1; end >= day;) {
      const page = await this.page(symbol, interval, day, end, signal);
      for (const candle of page) add(found, candle, symbol);
      if (page.length < PAGE) break;
      const oldest = Math.min(...page.map(({ openTime }) => openTime));
      if (oldest > end) throw new TemporaryError(`${symbol}: the exchange answers with candles that were not asked for`);
      end = oldest - 1;
    }
    return { symbol, interval, day, source: this.name, candles: [...found.values()].sort((a, b) => a.openTime - b.openTime) };
  }

  private async page(symbol: string, interval: Interval, start: number, end: number, signal: AbortSignal): Promise<Candle[]> {
    const query = { category: 'spot', symbol, interval: NAMES[interval], start: String(start), end: String(end), limit: String(PAGE) };
    const { time: now, result } = await this.get('/v5/market/kline', query, signal);
    // By the exchange's clock: ours may be ahead, and a candle that is not over yet is not what it will be.
    if (now < start + DAY_MS) throw new TemporaryError(`${dayText(start)} is not over on the exchange`, start + DAY_MS - now);
    const { symbol: answered, list } = parsed(klines, result);
    if (answered !== symbol) throw new TemporaryError(`the exchange was asked for ${symbol} and answers for ${JSON.stringify(answered)}`);
    return list
      .map(([time, open, high, low, close, volume, turnover]): Candle => ({ openTime: Number(time), open, high, low, close, volume, turnover }))
      .filter(({ openTime }) => openTime >= start && openTime <= end)
      .map((candle) => checked(candle, symbol, interval));
  }

  private async get(path: string, query: Record<string, string>, signal: AbortSignal): Promise<z.output<typeof envelope>> {
    await this.pacer.pass(signal);
    const { url, apiKey } = this.options;
    let headers: Headers;
    let body: unknown;
    try {
      const answered = await this.target.get(
        `${url}${path}?${new URLSearchParams(query).toString()}`, apiKey === undefined ? {} : { 'X-BAPI-API-KEY': apiKey }, signal);
      headers = answered.headers;
      body = JSON.parse(answered.text);
    } catch (error) {
      signal.throwIfAborted();
      throw this.failure(error);
    }
    const answer = parsed(envelope, body);
    if (answer.retCode === 0) return answer;
    const message = `the exchange refuses ${query.symbol}: ${answer.retCode} ${answer.retMsg}`;
    if (!LATER.has(answer.retCode)) throw new RefusedError(message);
    const reset = Number(headers.get('x-bapi-limit-reset-timestamp') ?? NaN);
    throw this.wait(message, Number.isNaN(reset) ? TOO_OFTEN_MS : Math.max(0, reset - answer.time));
  }

  private failure(error: unknown): TemporaryError {
    if (error instanceof DeadlineError) return new TemporaryError(error.message, 0, { cause: error });
    if (!(error instanceof HttpStatusError)) return new TemporaryError(`the exchange did not answer: ${(error as Error).message}`, 0, { cause: error });
    const { status, retryAfterMs } = error;
    if (status === 403 || status === 418) return this.wait(`the exchange refuses this address with ${status}`, BANNED_MS);
    if (status === 429) return this.wait('the exchange is asked too often', retryAfterMs ?? TOO_OFTEN_MS);
    return new TemporaryError(`the exchange answered with ${status}`, retryAfterMs);
  }

  private wait(message: string, ms: number): TemporaryError {
    const pause = Number.isFinite(ms) ? Math.min(Math.max(0, ms), BANNED_MS) : TOO_OFTEN_MS;
    this.pacer.pause(pause);
    return new TemporaryError(message, pause);
  }
}

function add(found: Map<number, Candle>, candle: Candle, symbol: string): void {
  const other = found.get(candle.openTime);
  if (other !== undefined && JSON.stringify(other) !== JSON.stringify(candle)) {
    throw new TemporaryError(`${symbol}: the exchange gave two candles for ${new Date(candle.openTime).toISOString()}`);
  }
  found.set(candle.openTime, candle);
}

/** A candle that cannot be is not kept. It is no candle that is missing, either: the answer as a whole is not to be trusted. */
function checked(candle: Candle, symbol: string, interval: Interval): Candle {
  const [open, high, low, close] = [candle.open, candle.high, candle.low, candle.close].map(Number);
  const isSound = candle.openTime % INTERVALS[interval] === 0 && low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close);
  if (!isSound) throw new TemporaryError(`${symbol}: the exchange gave a candle that cannot be: ${JSON.stringify(candle)}`);
  return candle;
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new TemporaryError(`the exchange answered in another form than it should: ${path.join('.')} ${message}`);
}
