/** Amounts as whole counts of their last decimal, so that nothing on the screen was ever a float. */
export interface Decimal {
  readonly units: bigint;
  /** Decimals of a unit: `units × 10^-scale`. */
  readonly scale: number;
}

const PATTERN = /^(-?)(\d+)(?:\.(\d+))?$/;

export const ZERO: Decimal = { units: 0n, scale: 0 };

/** Reads plain decimal text; undefined when it is anything else. */
export function parse(written: string): Decimal | undefined {
  const [, sign, whole, fraction = ''] = PATTERN.exec(written.trim()) ?? [];
  return whole === undefined ? undefined : { units: BigInt(`${sign}${whole}${fraction}`), scale: fraction.length };
}

/** Reads text that a server wrote. @throws Error when it is no decimal: better no number than a wrong one */
export function decimal(written: string): Decimal {
  const value = parse(written);
  if (!value) throw new Error(`not a decimal: ${written}`);
  return value;
}

/** The same amount in smaller units, or rounded toward zero in larger ones. */
export function rescale({ units, scale }: Decimal, to: number): Decimal {
  return { units: to >= scale ? units * 10n ** BigInt(to - scale) : units / 10n ** BigInt(scale - to), scale: to };
}

export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: rescale(a, scale).units + rescale(b, scale).units, scale };
}

export function negate({ units, scale }: Decimal): Decimal {
  return { units: -units, scale };
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  return add(a, negate(b));
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

/** Below zero, zero or above, as `a` is smaller than `b`, equal or larger. */
export function compare(a: Decimal, b: Decimal): number {
  const { units } = subtract(a, b);
  return units < 0n ? -1 : units > 0n ? 1 : 0;
}

export function least(a: Decimal, b: Decimal): Decimal {
  return compare(a, b) <= 0 ? a : b;
}

/** Whether `value` is a whole number of `step`s. */
export function isMultiple(value: Decimal, step: Decimal): boolean {
  const scale = Math.max(value.scale, step.scale);
  return rescale(value, scale).units % rescale(step, scale).units === 0n;
}

/** Plain text without zeros at the end, as the API takes it. */
export function text({ units, scale }: Decimal): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const whole = scale === 0 ? digits : digits.slice(0, -scale);
  const fraction = scale === 0 ? '' : digits.slice(-scale).replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}

/** Decimals of a step such as `0.10`: 1. */
export function decimalsOf(step: string): number {
  return (step.split('.')[1] ?? '').replace(/0+$/, '').length;
}

/**
 * For people: thousands in groups and at least `decimals` decimals. Never rounds: what has more decimals shows them all.
 */
export function shown(value: string, decimals = 0): string {
  const [, sign, whole, fraction = ''] = PATTERN.exec(value) ?? [];
  if (whole === undefined) return value;
  const padded = fraction.replace(/0+$/, '').padEnd(decimals, '0');
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${padded ? `.${padded}` : ''}`;
}

/** For people, where digits are cut off on purpose: marked as about. */
export function about(value: Decimal, decimals: number): string {
  const cut = rescale(value, decimals);
  const exact = compare(cut, value) === 0;
  return `${exact ? '' : '≈ '}${shown(text(cut), Math.min(2, decimals))}`;
}
