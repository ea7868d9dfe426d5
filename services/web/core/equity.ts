import { add, type Decimal, decimal, multiply, subtract, ZERO } from './decimal';
import type { Balance, Fill, Instrument } from './model';

/** What everything was worth at a moment, in the quote asset. */
export interface EquityPoint {
  readonly time: number;
  readonly equity: Decimal;
}

/** Price of a symbol at a time; undefined when nobody knows. */
export type PriceAt = (symbol: string, time: number) => string | undefined;

/** What is worth nothing that we know of. */
export interface Worth {
  readonly equity: Decimal;
  /** Assets without a price, which are not in the sum. */
  readonly unpriced: readonly string[];
}

function instrumentsFor(quote: string, instruments: readonly Instrument[]): ReadonlyMap<string, Instrument> {
  return new Map(instruments.filter((one) => one.quote.code === quote).map((one) => [one.base.code, one]));
}

/** Adds up what is there at given prices. */
export function worthOf(
  totals: ReadonlyMap<string, Decimal>,
  quote: string,
  instruments: readonly Instrument[],
  priceOf: (symbol: string) => string | undefined,
): Worth {
  const markets = instrumentsFor(quote, instruments);
  const unpriced: string[] = [];
  let equity = ZERO;
  for (const [asset, amount] of totals) {
    if (amount.units === 0n) continue;
    if (asset === quote) {
      equity = add(equity, amount);
      continue;
    }
    const price = markets.has(asset) ? priceOf(markets.get(asset)!.symbol) : undefined;
    if (price === undefined) unpriced.push(asset);
    else equity = add(equity, multiply(amount, decimal(price)));
  }
  return { equity, unpriced };
}

export function totalsOf(balances: readonly Balance[]): Map<string, Decimal> {
  const totals = new Map<string, Decimal>();
  for (const { asset, total } of balances) totals.set(asset, add(totals.get(asset) ?? ZERO, decimal(total)));
  return totals;
}

/**
 * The equity curve: today's balances, taken back fill by fill, at the prices of the time. Deposits are not among the fills, so the curve begins
 * where the fills do and says what trading made of what is there.
 *
 * @param fills in any order
 * @returns oldest first; times without a price of everything are left out
 */
export function equityCurve(
  balances: readonly Balance[],
  fills: readonly Fill[],
  quote: string,
  instruments: readonly Instrument[],
  times: readonly number[],
  priceAt: PriceAt,
): readonly EquityPoint[] {
  const bySymbol = new Map(instruments.map((one) => [one.symbol, one]));
  const back = [...fills].sort((a, b) => b.time - a.time || b.seq - a.seq);
  const totals = totalsOf(balances);
  const points: EquityPoint[] = [];
  let next = 0;
  for (const time of [...new Set(times)].sort((a, b) => b - a)) {
    for (; next < back.length && back[next].time > time; next++) undo(totals, back[next], bySymbol.get(back[next].symbol));
    const { equity, unpriced } = worthOf(totals, quote, instruments, (symbol) => priceAt(symbol, time));
    if (unpriced.length === 0) points.push({ time, equity });
  }
  return points.reverse();
}

function undo(totals: Map<string, Decimal>, { side, price, quantity, fee, feeAsset }: Fill, instrument: Instrument | undefined): void {
  if (!instrument || price === undefined || quantity === undefined) return;
  const change = (asset: string, by: Decimal): void => void totals.set(asset, add(totals.get(asset) ?? ZERO, by));
  const base = decimal(quantity);
  const quote = multiply(decimal(price), base);
  const none = subtract(ZERO, base);
  change(instrument.base.code, side === 'buy' ? none : base);
  change(instrument.quote.code, side === 'buy' ? quote : subtract(ZERO, quote));
  if (fee !== undefined && feeAsset !== undefined) change(feeAsset, decimal(fee));
}
