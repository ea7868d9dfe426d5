/**
 * Fixed-point amounts. Every amount is an integer count of an asset's smallest unit and stays inside the range in which
 * a double represents every integer (±(2^53 − 1)); decimals exist only as text at the edge.
 */
import { DomainError } from './errors';

/** Highest number of decimals that an asset, tick or lot may have. */
export const MAX_DECIMALS = 12;

/** Plain decimal notation: no sign, no exponent, no leading zeros, no bare dot. */
const DECIMAL = /^(0|[1-9]\d{0,15})(?:\.(\d{1,18}))?$/;

/**
 * Reads a decimal as a count of `10^-decimals`.
 *
 * @param text      a non-negative decimal in plain notation, such as `30000.1`
 * @param decimals  number of decimals of the result's unit
 * @throws DomainError `invalid_number` when the text is anything else, `too_precise` when it has more decimals than the
 *   unit, `out_of_range` when the count does not fit 53 bits
 */
export function parseDecimal(text: string, decimals: number, field = 'value'): number {
  const match = typeof text === 'string' ? DECIMAL.exec(text) : null;
  if (!match) {
    throw new DomainError('invalid_number', `${field} must be a decimal such as "30000.1", without sign or exponent`, { field });
  }
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > decimals) {
    throw new DomainError('too_precise', `${field} may have at most ${decimals} decimals, got ${fraction.length}`, { field });
  }
  const units = BigInt(match[1] + fraction.padEnd(decimals, '0'));
  if (units > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new DomainError('out_of_range', `${field} is too large`, { field });
  }
  return Number(units);
}

/** Writes a count of `10^-decimals` as a decimal without trailing zeros: the inverse of `parseDecimal`. */
export function formatDecimal(units: number, decimals: number): string {
  const negative = units < 0;
  const digits = String(Math.abs(units)).padStart(decimals + 1, '0');
  const whole = decimals === 0 ? digits : digits.slice(0, -decimals);
  const fraction = decimals === 0 ? '' : digits.slice(-decimals).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}

/** The product of two non-negative integers, or undefined when it leaves the 53-bit range. */
export function multiplyExact(a: number, b: number): number | undefined {
  const product = a * b;
  return product <= Number.MAX_SAFE_INTEGER ? product : undefined;
}
