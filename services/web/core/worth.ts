import { add, type Decimal, decimal, multiply, ZERO } from './decimal';
import type { Balance, Instrument } from './model';

/** What everything is worth together, in the quote asset. */
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
