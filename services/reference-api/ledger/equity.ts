/** The equity curve of an account: `GET /v1/portfolio/equity`. */
import { z } from 'zod';
import { curveOf, type EquityPoint, Holdings } from './equity-curve';
import { equityTimes } from './equity-times';
import type { AsOf, ChangesQuery, LedgerBeginning, LedgerChange, LedgerPrice } from './ledger-reader';
import type { Ledgers } from './ledgers';
import { decimalOf, Valuation } from './valuation';
import { recency } from './views';
import { formatPrice, type Instrument } from '../../domain';
import { unavailable } from '../http/errors';
import { coded } from '../http/validate';
import { INTERVALS } from '../market/candles';
import type { InstrumentCatalog } from '../market/instrument-catalog';
import type { Marks } from '../market/tickers';

const time = (name: string) => z.string().regex(/^\d{1,13}$/, {
  error: coded(`invalid_${name}`, `${name} is a time in milliseconds since 1970.`),
}).transform(Number);

/** Query of `GET /v1/portfolio/equity`. */
export const equityQuery = z.strictObject({
  interval: z.enum(Object.keys(INTERVALS) as [keyof typeof INTERVALS]).default('1h'),
  from: time('from').optional(),
  to: time('to').optional(),
});

/** A price, and since when it is known. */
interface Known {
  readonly since: number;
  readonly price: string;
}

/** Answers what accounts were worth. */
export class Equity {
  constructor(
    private readonly ledgers: Ledgers, private readonly catalog: Pick<InstrumentCatalog, 'list' | 'get' | 'requireAsset'>, private readonly marks: Marks,
  ) {}

  /**
   * The curve since the account's last reset. All partitions are added up; each is read as of one moment.
   *
   * @throws ApiError 400 for a range with too many points, 503 while a ledger cannot be read
   */
  async of(accountId: string, { interval, from, to }: z.output<typeof equityQuery>, now = Date.now()) {
    const instruments = this.catalog.list();
    if (instruments.length === 0) throw unavailable('instruments_unavailable', 'The decimals of the assets are not known yet.');
    const step = INTERVALS[interval] * 1_000;
    const begins = await this.beginningOf(accountId);
    // Nothing counts from before a reset; an opening may have found something there.
    const earliest = begins?.kind === 'reset' || from === undefined ? begins?.time.getTime() : undefined;
    const { times, present } = equityTimes({ from, to, step, now, begins: earliest });
    const since = times[0] ?? now;
    const end = times.at(-1) ?? now;
    // What is later than the last point belongs to it in the present, and to a stretch of its own in the past.
    const last = present ? Math.ceil(end / step) * step : end + step;
    const parts = await this.changes(accountId, { since, step, last });
    const valuation = new Valuation(instruments);
    const holdings = new Holdings(parts.flatMap(({ rows }) => rows), new Map(instruments.map((one) => [one.symbol, one])));
    const ends = times.slice(1).map((at, n) => (present && n === times.length - 2 ? last : at));
    const curve = curveOf(holdings.along(times, ends), times, valuation, await this.prices(valuation.symbols(holdings.assets), times, present));
    return {
      asset: valuation.asset,
      interval,
      ...(begins ? { begins: { kind: begins.kind, time: begins.time.getTime(), resetId: begins.resetId ?? undefined } } : {}),
      points: this.views(from === undefined && !begins ? withoutNothing(curve) : curve, valuation, present),
      ...recency(this.ledgers, parts.map(({ partition, seq, time: at }) => ({ partition, asOf: seq, asOfTime: at?.getTime() ?? null }))),
    };
  }

  /** The last reset of all partitions, which they had within a moment; without one the first opening. */
  private async beginningOf(accountId: string): Promise<LedgerBeginning | undefined> {
    const { partitions } = this.ledgers.partitions;
    const all = await Promise.all(partitions.map((partition) => this.ledgers.of(partition).beginnings(accountId)));
    const byTime = all.flatMap(({ rows }) => rows).sort((a, b) => a.time.getTime() - b.time.getTime());
    return byTime.findLast(({ kind }) => kind === 'reset') ?? byTime.find(({ kind }) => kind === 'opening');
  }

  private changes(accountId: string, query: ChangesQuery): Promise<readonly (AsOf<LedgerChange> & { readonly partition: number })[]> {
    return Promise.all(this.ledgers.partitions.partitions.map(async (partition) => (
      { partition, ...await this.ledgers.of(partition).changes(accountId, query) })));
  }

  /** Prices that were known at each time: of the market outside or of the venue's own trades, whichever is more recent; now those of the tickers. */
  private async prices(
    symbols: readonly string[], times: readonly number[], present: boolean,
  ): Promise<(symbol: string, n: number) => string | undefined> {
    const { partitions } = this.ledgers;
    if (symbols.length === 0 || times.length === 0) return () => undefined;
    const places = new Map<number, string[]>();
    for (const symbol of symbols) places.set(partitions.partitionOf(symbol), [...places.get(partitions.partitionOf(symbol)) ?? [], symbol]);
    const [closes, marks, ...trades] = await Promise.all([
      this.ledgers.of(partitions.defaultPartition).lastCloses(symbols, times),
      present ? this.marks.of(symbols) : new Map<string, string>(),
      ...[...places].map(([partition, those]) => this.ledgers.of(partition).lastTrades(those, times)),
    ]);
    const known = new Map<string, Known>();
    const learn = ({ symbol, at, time: since }: LedgerPrice, price: string): void => {
      const key = `${symbol} ${at}`;
      if (since.getTime() >= (known.get(key)?.since ?? -Infinity)) known.set(key, { since: since.getTime(), price });
    };
    for (const close of closes) learn(close, close.price);
    for (const trade of trades.flat()) learn(trade, formatPrice(this.catalog.get(trade.symbol) as Instrument, trade.priceTicks));
    return (symbol, n) => (present && n === times.length - 1 ? marks.get(symbol) : undefined) ?? known.get(`${symbol} ${times[n]}`)?.price;
  }

  private views(curve: readonly EquityPoint[], { decimals }: Valuation, present: boolean) {
    const money = (units: bigint): string => decimalOf(units, decimals);
    return curve.map(({ time: at, equity, cash, profit, flows, unpriced }, n) => ({
      time: at,
      equity: money(equity),
      cash: money(cash),
      profit: money(profit),
      ...(flows.length === 0 ? {} : {
        flows: flows.map(({ kind, asset, amount, value }) => ({
          kind, asset, amount: decimalOf(amount, this.catalog.requireAsset(asset).decimals), ...(value === undefined ? {} : { value: money(value) }),
        })),
      }),
      ...(unpriced.length === 0 ? {} : { unpriced }),
      ...(present && n === curve.length - 1 ? { present: true } : {}),
    }));
  }
}

/** Of an account whose beginning nobody wrote down the curve begins right before there was something. */
function withoutNothing(curve: readonly EquityPoint[]): readonly EquityPoint[] {
  const first = curve.findIndex(({ equity, cash, flows, unpriced }) => equity !== 0n || cash !== 0n || flows.length > 0 || unpriced.length > 0);
  return curve.slice(first < 0 ? -1 : Math.max(0, first - 1));
}
