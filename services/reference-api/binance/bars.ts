import { compare, dividedBy, plus } from './amounts';
import { Recent } from './recent';
import { formatDecimal, formatPrice, formatQuantity, type Instrument } from '../../domain';
import type { LedgerMinute } from '../ledger/ledger-reader';
import type { Ledgers } from '../ledger/ledgers';
import type { InstrumentCatalog } from '../market/instrument-catalog';
import type { MarketMinutes } from '../market/market-minutes';

/** A bar, as decimals. */
export interface Bar {
  /** Milliseconds since 1970. */
  readonly openTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly trades: number;
  /** Of these, what takers bought. */
  readonly takerVolume: string;
  readonly takerQuoteVolume: string;
  /** First and last trade; -1 without any. */
  readonly firstTrade: number;
  readonly lastTrade: number;
}

export const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Lengths of bars in minutes; weeks begin on Monday, months on their first. */
export const BAR_MINUTES = {
  '1m': 1, '3m': 3, '5m': 5, '15m': 15, '30m': 30, '1h': 60, '2h': 120, '4h': 240, '6h': 360, '8h': 480, '12h': 720, '1d': 1_440, '3d': 4_320, '1w': 10_080,
} as const;
export type BarInterval = keyof typeof BAR_MINUTES;

/** Hours of the venue's own trades that bars are made of. */
const KEPT_MS = 25 * 3_600_000;
/** Milliseconds for which minutes that were read are taken as they are. */
const FRESH_MS = 500;
/** Milliseconds for which the same question gets the same answer. */
const ANSWER_MS = 1_000;
/** Most minutes of history of one question. */
const MOST_MINUTES = 100_000;

/** 1970-01-01 was a Thursday. */
const WEEK_OFFSET_MS = 4 * DAY_MS;

/** When the bar began that a time is in. */
export function barStart(time: number, interval: BarInterval): number {
  const length = BAR_MINUTES[interval] * MINUTE_MS;
  const offset = interval === '1w' ? WEEK_OFFSET_MS : 0;
  return Math.floor((time - offset) / length) * length + offset;
}

/** What is not known of bars of another market. */
const UNKNOWN = { trades: 0, takerVolume: '0', takerQuoteVolume: '0', firstTrade: -1, lastTrade: -1 } as const;

/** Which bars are wanted: with a beginning the first ones behind it, else the newest. */
export interface BarRange {
  /** Milliseconds since 1970. */
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
}

interface Kept {
  minutes: Map<number, Bar>;
  readAt: number;
  reading?: Promise<void>;
}

/** Bars of an instrument: of the venue's own trades where there were any, else of the market that is streamed, today as it was heard. */
export class Bars {
  private readonly kept = new Map<string, Kept>();
  private readonly answers = new Recent<readonly Bar[]>(ANSWER_MS);

  constructor(private readonly ledgers: Ledgers, private readonly catalog: InstrumentCatalog, private readonly market: Pick<MarketMinutes, 'between'>) {}

  /** The venue's minutes of the last day, oldest first. */
  async lastDay(symbol: string, now = Date.now()): Promise<readonly Bar[]> {
    const minutes = await this.minutes(symbol, now);
    return [...minutes.values()].filter(({ openTime }) => openTime >= now - DAY_MS);
  }

  /** The bar of this moment; undefined before its first trade. */
  async current(symbol: string, interval: BarInterval, now = Date.now()): Promise<Bar | undefined> {
    return (await this.read(symbol, interval, { from: barStart(now, interval), limit: 1 }, now))[0];
  }

  /** The newest bars of a range, oldest first; of one with a beginning its first ones. Who asks the same again within a second gets the same. */
  read(symbol: string, interval: BarInterval, { limit, ...range }: BarRange, now = Date.now()): Promise<readonly Bar[]> {
    const length = BAR_MINUTES[interval] * MINUTE_MS;
    const end = Math.min(range.to ?? now, now);
    const start = barStart(Math.max(range.from ?? end - limit * length, end - MOST_MINUTES * MINUTE_MS), interval);
    if (start > end) return Promise.resolve([]);
    // With a beginning the first bars after it are wanted, as at Binance.
    const until = range.from === undefined ? end : Math.min(end, start + limit * length - 1);
    return this.answers.get(`${symbol}/${interval}/${start}/${Math.floor(until / ANSWER_MS)}/${limit}`, now, () => this.make(symbol, interval, start, until, limit, now));
  }

  private async make(symbol: string, interval: BarInterval, start: number, until: number, limit: number, now: number): Promise<readonly Bar[]> {
    const venue = await this.minutes(symbol, now);
    // What lies further back comes in whole bars; since then minute by minute, where the venue's own trades count.
    const border = Math.floor((now - KEPT_MS) / MINUTE_MS) * MINUTE_MS;
    const seconds = Math.min(BAR_MINUTES[interval] * 60, DAY_MS / 1_000);
    const [old, heard, late] = await Promise.all([
      this.history(symbol, seconds, start, Math.min(until + 1, border)), this.heard(symbol, Math.max(start, border), until + 1, now),
      this.history(symbol, 60, Math.max(start, border), until + 1),
    ]);
    // What was fetched is complete, what was heard may not be.
    const byTime = new Map([...old, ...heard, ...late].map((bar) => [bar.openTime, bar]));
    for (const bar of venue.values()) if (bar.openTime >= start && bar.openTime <= until) byTime.set(bar.openTime, bar);
    const groups = new Map<number, Bar[]>();
    for (const bar of [...byTime.values()].sort((a, b) => a.openTime - b.openTime)) {
      const at = barStart(bar.openTime, interval);
      const group = groups.get(at);
      if (group) group.push(bar);
      else groups.set(at, [bar]);
    }
    return [...groups].flatMap(([at, bars]) => joined(at, bars) ?? []).slice(-limit);
  }

  /** What the streamer heard of the market; nothing while the cache is away, as of everything that is a projection. */
  private async heard(symbol: string, from: number, to: number, now: number): Promise<readonly Bar[]> {
    const minutes = await this.market.between(symbol, from, to, now).catch(() => []);
    return minutes.map(({ turnover: quoteVolume, ...bar }) => ({ ...bar, ...UNKNOWN, quoteVolume }));
  }

  /** @param to the first time that is not wanted any more */
  private async history(symbol: string, seconds: number, from: number, to: number): Promise<readonly Bar[]> {
    if (from >= to) return [];
    const ledger = this.ledgers.of(this.ledgers.partitions.defaultPartition);
    const rows = await ledger.candles({ symbol, seconds, from, to, limit: Math.ceil((to - from) / (seconds * 1_000)) + 1 });
    return rows.map(({ openTime, open, high, low, close, volume, turnover }) => ({
      openTime: openTime.getTime(), open, high, low, close, volume, quoteVolume: turnover, ...UNKNOWN,
    }));
  }

  /** Reads what is new since the last time: the last minute may have grown. */
  private async minutes(symbol: string, now: number): Promise<ReadonlyMap<number, Bar>> {
    const instrument = this.catalog.require(symbol);
    let kept = this.kept.get(symbol);
    if (!kept) this.kept.set(symbol, kept = { minutes: new Map(), readAt: 0 });
    if (now - kept.readAt < FRESH_MS) return kept.minutes;
    kept.reading ??= this.load(instrument, kept, now).finally(() => { kept.reading = undefined; });
    await kept.reading;
    return kept.minutes;
  }

  private async load(instrument: Instrument, kept: Kept, now: number): Promise<void> {
    const { symbol } = instrument;
    const last = [...kept.minutes.keys()].at(-1);
    // Settlement may still be at the minute before the last one.
    const since = Math.max(now - KEPT_MS, (last ?? 0) - 2 * MINUTE_MS);
    const ledger = this.ledgers.of(this.ledgers.partitions.partitionOf(symbol));
    const rows = await ledger.minutes(symbol, new Date(Math.floor(since / MINUTE_MS) * MINUTE_MS));
    const fresh = new Map([...kept.minutes].filter(([at]) => at >= now - KEPT_MS));
    for (const row of rows) fresh.set(row.openTime.getTime(), ofMinute(instrument, row));
    kept.minutes = new Map([...fresh].sort(([a], [b]) => a - b));
    kept.readAt = now;
  }
}

function ofMinute(instrument: Instrument, row: LedgerMinute): Bar {
  const quote = (units: number): string => formatDecimal(units, instrument.quote.decimals);
  const price = (ticks: number): string => formatPrice(instrument, ticks);
  return {
    openTime: row.openTime.getTime(),
    open: price(row.openTicks), high: price(row.highTicks), low: price(row.lowTicks), close: price(row.closeTicks),
    volume: formatQuantity(instrument, row.lots), quoteVolume: quote(row.quote), trades: row.trades,
    takerVolume: formatQuantity(instrument, row.takerLots), takerQuoteVolume: quote(row.takerQuote), firstTrade: row.firstSeq, lastTrade: row.lastSeq,
  };
}

/** One bar of several that follow each other; undefined of none. */
export function joined(openTime: number, bars: readonly Bar[]): Bar | undefined {
  if (bars.length === 0) return undefined;
  const sum = (of: (bar: Bar) => string): string => bars.reduce((total, bar) => plus(total, of(bar)), '0');
  const traded = bars.filter(({ trades }) => trades > 0);
  return {
    openTime, open: bars[0].open, close: bars[bars.length - 1].close,
    high: bars.reduce((best, { high }) => (compare(high, best) > 0 ? high : best), bars[0].high),
    low: bars.reduce((best, { low }) => (compare(low, best) < 0 ? low : best), bars[0].low),
    volume: sum(({ volume }) => volume), quoteVolume: sum(({ quoteVolume }) => quoteVolume),
    trades: bars.reduce((total, { trades }) => total + trades, 0),
    takerVolume: sum(({ takerVolume }) => takerVolume), takerQuoteVolume: sum(({ takerQuoteVolume }) => takerQuoteVolume),
    firstTrade: traded[0]?.firstTrade ?? -1, lastTrade: traded.at(-1)?.lastTrade ?? -1,
  };
}

/** The average price of a bar, by volume. */
export function averageOf({ volume, quoteVolume, close }: Bar): string {
  return /[1-9]/.test(volume) ? dividedBy(quoteVolume, volume) : close;
}
