import { z } from 'zod';
import { defineInstrument, type Instrument } from '../domain';
import { ApiError } from './http/api-error';

const asset = z.object({ code: z.string(), decimals: z.int() });
const specs = z.array(z.object({
  symbol: z.string(), base: asset, quote: asset, tickSize: z.string(), lotSize: z.string(), version: z.int(),
})).min(1);

/** The instruments that paper trades are made in. */
export class Instruments {
  private readonly bySymbol: ReadonlyMap<string, Instrument>;

  /** @throws Error when the configuration is no list of instruments */
  constructor(configured: unknown) {
    this.bySymbol = new Map(specs.parse(configured).map((spec) => [spec.symbol, defineInstrument(spec)]));
  }

  list(): Instrument[] {
    return [...this.bySymbol.values()];
  }

  /** @throws ApiError 404 when it is not traded */
  get(symbol: string): Instrument {
    const found = this.bySymbol.get(symbol);
    if (!found) throw new ApiError(404, 'unknown_symbol', `${symbol} is not traded; there are ${[...this.bySymbol.keys()].join(', ')}.`);
    return found;
  }

  /** Decimals of an asset. */
  decimals(code: string): number | undefined {
    for (const { base, quote } of this.list()) {
      if (base.code === code) return base.decimals;
      if (quote.code === code) return quote.decimals;
    }
    return undefined;
  }

  /** Assets that prices are given in: what accounts start with. */
  quotes(): string[] {
    return [...new Set(this.list().map(({ quote }) => quote.code))];
  }
}
