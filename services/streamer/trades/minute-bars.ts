import type { Redis } from 'ioredis';
import { MARKET_MINUTES_KEPT_MS, type MarketMinute, marketMinutesKey } from '../../domain';
import type { MarketTrade } from '../model';

const MINUTE_MS = 60_000;
/** Milliseconds between two looks for what is to be written. */
const WRITE_MS = 1_000;
/** Minutes that a process remembers for the case that it has to lead. */
const REMEMBERED = 3;
/** Decimals of sums; those of a trade beyond them are cut off. */
const DECIMALS = 8;

interface Minute {
  readonly openTime: number;
  readonly open: bigint;
  high: bigint;
  low: bigint;
  close: bigint;
  volume: bigint;
  turnover: bigint;
  trades: number;
  /** False for the minute in which this process began to hear: another one may know more of it. */
  readonly whole: boolean;
  written: boolean;
}

export interface MinuteBarsOptions {
  readonly redis: Pick<Redis, 'pipeline'>;
  readonly leases: { leads(symbol: string): boolean };
  readonly writeMs?: number;
}

/**
 * Minutes of what an exchange trades, kept in the cache for a day: what a chart of today is made of until the history of it is fetched. Each
 * process counts all that it hears; who leads a symbol writes.
 */
export class MinuteBars {
  private readonly symbols = new Map<string, Minute[]>();
  private readonly timer: NodeJS.Timeout;
  private busy: Promise<void> | undefined;
  private problem: string | undefined;

  constructor(private readonly options: MinuteBarsOptions) {
    this.timer = setInterval(() => void this.write(), options.writeMs ?? WRITE_MS).unref();
  }

  /** Takes a trade that was not heard before. One that comes after its minute is over for long is left out. */
  hear({ symbol, exchangeTime, price: priceText, quantity }: MarketTrade): void {
    const openTime = exchangeTime - exchangeTime % MINUTE_MS;
    let minutes = this.symbols.get(symbol);
    if (!minutes) this.symbols.set(symbol, minutes = []);
    const [price, amount] = [scaled(priceText), scaled(quantity)];
    let minute = minutes.find((one) => one.openTime === openTime);
    if (!minute) {
      if (minutes.length > 0 && openTime < minutes[minutes.length - 1].openTime) return;
      const whole = minutes.length > 0;
      minute = { openTime, open: price, high: price, low: price, close: price, volume: 0n, turnover: 0n, trades: 0, whole, written: false };
      minutes.push(minute);
      if (minutes.length > REMEMBERED) minutes.shift();
    }
    if (price > minute.high) minute.high = price;
    if (price < minute.low) minute.low = price;
    minute.close = price;
    minute.volume += amount;
    minute.turnover += price * amount / 10n ** BigInt(DECIMALS);
    minute.trades += 1;
    minute.written = false;
  }

  /** This process begins to lead a symbol: what it remembers may be more than what its predecessor wrote. */
  lead(symbol: string): void {
    for (const minute of this.symbols.get(symbol) ?? []) minute.written = false;
  }

  state(): { readonly problem?: string } {
    return { problem: this.problem };
  }

  /** Writes what is not written and ends. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.busy;
    await this.write();
  }

  private write(): Promise<void> {
    return this.busy ??= this.flush().finally(() => { this.busy = undefined; });
  }

  private async flush(): Promise<void> {
    const { redis, leases } = this.options;
    const waiting = [...this.symbols].flatMap(([symbol, minutes]) => (
      leases.leads(symbol) ? minutes.filter(({ written }) => !written).map((minute) => ({ symbol, minute })) : []));
    if (waiting.length === 0) return;
    const pipeline = redis.pipeline();
    for (const { symbol, minute } of waiting) {
      const key = marketMinutesKey(symbol);
      const field = String(minute.openTime);
      minute.written = true;
      if (minute.whole) pipeline.hset(key, field, JSON.stringify(viewOf(minute)));
      else pipeline.hsetnx(key, field, JSON.stringify(viewOf(minute)));
      // Each minute takes the one of a day ago away.
      pipeline.hdel(key, ...Array.from({ length: REMEMBERED }, (_, i) => String(minute.openTime - MARKET_MINUTES_KEPT_MS - i * MINUTE_MS)));
      pipeline.pexpire(key, MARKET_MINUTES_KEPT_MS);
    }
    try {
      const failed = (await pipeline.exec())?.find(([error]) => error !== null)?.[0];
      if (failed) throw failed;
      this.problem = undefined;
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      for (const { minute } of waiting) minute.written = false;
    }
  }
}

function viewOf({ openTime, open, high, low, close, volume, turnover, trades }: Minute): MarketMinute {
  return { openTime, open: text(open), high: text(high), low: text(low), close: text(close), volume: text(volume), turnover: text(turnover), trades };
}

function scaled(decimal: string): bigint {
  const [whole, fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.slice(0, DECIMALS).padEnd(DECIMALS, '0'));
}

function text(units: bigint): string {
  const digits = units.toString().padStart(DECIMALS + 1, '0');
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  return `${digits.slice(0, -DECIMALS)}${fraction === '' ? '' : `.${fraction}`}`;
}
