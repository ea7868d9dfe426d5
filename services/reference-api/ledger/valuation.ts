/** What assets are worth in one of them. */
import type { Instrument } from '../../domain';

/** Digits behind the point that prices are counted with. */
const PRICE_DECIMALS = 18;
const ONE = 10n ** BigInt(PRICE_DECIMALS);

/** A price of a symbol as text; undefined when nobody knows. */
export type PriceOf = (symbol: string) => string | undefined;

/** A decimal of any precision, as a count of 10^-18; the rest is cut off. */
function scaled(text: string): bigint {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole + fraction.slice(0, PRICE_DECIMALS).padEnd(PRICE_DECIMALS, '0'));
}

/** Writes smallest units as a decimal; unlike `formatDecimal` beyond 53 bits too, which sums may pass. */
export function decimalOf(units: bigint, decimals: number): string {
  const one = 10n ** BigInt(decimals);
  const size = units < 0n ? -units : units;
  const fraction = decimals === 0 ? '' : String(size % one).padStart(decimals, '0').replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${size / one}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Ways from assets to the one that everything is valued in: by an instrument between the two, else by two of them. */
export class Valuation {
  /** Code of the asset that values are in: the one that most instruments are quoted in. */
  readonly asset: string;
  readonly decimals: number;
  private readonly ways = new Map<string, readonly Instrument[]>();

  /** @param instruments at least one */
  constructor(instruments: readonly Instrument[]) {
    const quotes = new Map<string, number>();
    for (const { quote } of instruments) quotes.set(quote.code, (quotes.get(quote.code) ?? 0) + 1);
    [[this.asset]] = [...quotes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    this.decimals = instruments.find(({ quote }) => quote.code === this.asset)!.quote.decimals;
    const direct = instruments.filter(({ quote }) => quote.code === this.asset);
    for (const one of direct) this.ways.set(one.base.code, [one]);
    for (const one of instruments) {
      const rest = this.ways.get(one.quote.code);
      if (!this.ways.has(one.base.code) && one.base.code !== this.asset && rest?.length === 1) this.ways.set(one.base.code, [one, rest[0]]);
    }
  }

  /** Symbols whose prices say what these assets are worth. */
  symbols(assets: Iterable<string>): readonly string[] {
    return [...new Set([...assets].flatMap((asset) => this.ways.get(asset)?.map(({ symbol }) => symbol) ?? []))];
  }

  /** What an amount is worth, in smallest units, less what is smaller than one; undefined without a price. */
  worth(asset: string, amount: bigint, priceOf: PriceOf): bigint | undefined {
    if (asset === this.asset) return amount;
    const way = this.ways.get(asset);
    if (!way) return undefined;
    let [over, under] = [amount, 1n];
    for (const { symbol, base, quote } of way) {
      const price = priceOf(symbol);
      if (price === undefined) return undefined;
      over *= scaled(price) * 10n ** BigInt(quote.decimals);
      under *= ONE * 10n ** BigInt(base.decimals);
    }
    return over / under;
  }
}
