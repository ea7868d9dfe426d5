import { z } from 'zod';
import { defineInstrument, type InstrumentSpec } from '../domain';
import { ConfigurationError } from '../runtime';

const asset = z.strictObject({ code: z.string(), decimals: z.number() });
const rules = z.strictObject({
  makerFeePpm: z.number(), takerFeePpm: z.number(), minNotional: z.string(), priceBandBps: z.number(), maxOpenOrders: z.number(),
  maxPosition: z.string(),
}).partial();
const shape = z.array(z.strictObject({
  symbol: z.string(), base: asset, quote: asset, tickSize: z.string(), lotSize: z.string(), version: z.number(), rules: rules.optional(),
}));

/**
 * Checks the instruments of the configuration, all of them before anything is done with one.
 *
 * @throws ConfigurationError one sentence with everything that is wrong
 */
export function checkInstruments(value: unknown): InstrumentSpec[] {
  const parsed = shape.safeParse(value);
  if (!parsed.success) fail(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the list'}: ${issue.message}`));
  const problems: string[] = [];
  const decimals = new Map<string, number>();
  const symbols = new Set<string>();
  for (const spec of parsed.data) {
    try {
      defineInstrument(spec);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
    if (symbols.has(spec.symbol)) problems.push(`instrument "${spec.symbol}": appears twice`);
    symbols.add(spec.symbol);
    for (const { code, decimals: count } of [spec.base, spec.quote]) {
      const other = decimals.get(code) ?? count;
      if (other !== count) problems.push(`instrument "${spec.symbol}": ${code} has ${count} decimals here and ${other} before`);
      decimals.set(code, other);
    }
  }
  if (problems.length > 0) fail(problems);
  return parsed.data;
}

function fail(problems: readonly string[]): never {
  throw new ConfigurationError(`INSTRUMENTS cannot be used: ${problems.join('; ')}`);
}
