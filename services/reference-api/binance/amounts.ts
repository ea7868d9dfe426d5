/** Decimals as Binance writes them, and exact sums of them. */

/** Decimals that Binance shows, whatever the asset has. */
const SHOWN = 8;

/** `0.5` → `0.50000000`. More decimals than eight stay as they are. */
export function eight(value: string | undefined): string {
  const [whole, fraction = ''] = (value ?? '0').split('.');
  return `${whole}.${fraction.padEnd(SHOWN, '0')}`;
}

interface Exact {
  readonly units: bigint;
  readonly decimals: number;
}

function exact(value: string): Exact {
  const [whole, fraction = ''] = value.split('.');
  return { units: BigInt(whole + fraction), decimals: fraction.length };
}

function text({ units, decimals }: Exact): string {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(decimals + 1, '0');
  const fraction = decimals === 0 ? '' : digits.slice(-decimals).replace(/0+$/, '');
  const whole = decimals === 0 ? digits : digits.slice(0, -decimals);
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

export function times(a: string, b: string): string {
  const [x, y] = [exact(a), exact(b)];
  return text({ units: x.units * y.units, decimals: x.decimals + y.decimals });
}

export function plus(a: string, b: string): string {
  const [x, y] = [exact(a), exact(b)];
  const decimals = Math.max(x.decimals, y.decimals);
  return text({ units: at(x, decimals) + at(y, decimals), decimals });
}

export function minus(a: string, b: string): string {
  const [x, y] = [exact(a), exact(b)];
  const decimals = Math.max(x.decimals, y.decimals);
  return text({ units: at(x, decimals) - at(y, decimals), decimals });
}

/** The quotient, cut off after so many decimals; `0` when there is nothing to divide by. */
export function dividedBy(a: string, b: string, decimals = SHOWN): string {
  const [x, y] = [exact(a), exact(b)];
  if (y.units === 0n) return '0';
  return text({ units: x.units * 10n ** BigInt(decimals + y.decimals) / (y.units * 10n ** BigInt(x.decimals)), decimals });
}

/** Below, at, or above zero when the first is less than, equal to, or more than the second. */
export function compare(a: string, b: string): number {
  const difference = minus(a, b);
  if (difference.startsWith('-')) return -1;
  return /[1-9]/.test(difference) ? 1 : 0;
}

export const isZero = (value: string): boolean => !/[1-9]/.test(value);

function at({ units, decimals }: Exact, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - decimals);
}
