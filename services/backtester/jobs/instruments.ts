import { z } from 'zod';
import { defineInstrument, DomainError, type Instrument } from '../../domain';

const asset = z.object({ code: z.string(), decimals: z.int() });
const specs = z.array(z.object({
  symbol: z.string(), base: asset, quote: asset, tickSize: z.string(), lotSize: z.string(),
  version: z.int(),
})).min(1);

/** The instruments of a configuration. @throws Error when it is no list of them */
export function readInstruments(configured: unknown): (symbol: string) => Instrument {
  const bySymbol = new Map(specs.parse(configured).map((spec) => [spec.symbol, defineInstrument(spec)]));
  return (symbol) => {
    const found = bySymbol.get(symbol);
    if (found === undefined) throw new DomainError('unknown_symbol', `${symbol} is not traded; there are ${[...bySymbol.keys()].join(', ')}`);
    return found;
  };
}
