import { DomainError, type Instrument } from '../domain';

const PRICE = /^(0|[1-9]\d{0,15})(?:\.(\d{1,18}))?$/;

/** A price as an exchange writes it: a count of `10^-decimals` of the quote asset, as fine as the exchange likes. */
export interface Price {
  readonly digits: bigint;
  readonly decimals: number;
}

/** @throws DomainError `invalid_price` when the text is no decimal above zero */
export function parsePrice(text: string): Price {
  const match = PRICE.exec(text);
  const digits = match ? BigInt(match[1] + (match[2] ?? '')) : 0n;
  if (digits === 0n) throw new DomainError('invalid_price', `a price must be a decimal above zero, got ${JSON.stringify(text)}`);
  return { digits, decimals: match?.[2]?.length ?? 0 };
}

/**
 * What a quantity is worth at a price, in smallest units of the quote asset: exact until the one rounding at the end. Buyers pay the
 * amount rounded up and sellers get it rounded down, so that no sequence of trades makes money out of rounding.
 *
 * @param baseUnits quantity in smallest units of the base asset
 * @throws DomainError `out_of_range` when the amount does not fit 53 bits
 */
export function worth(instrument: Instrument, price: Price, baseUnits: number, rounding: 'up' | 'down'): number {
  const exact = price.digits * BigInt(baseUnits) * 10n ** BigInt(instrument.quote.decimals);
  const scale = 10n ** BigInt(price.decimals + instrument.base.decimals);
  const units = (rounding === 'up' ? exact + scale - 1n : exact) / scale;
  if (units > BigInt(Number.MAX_SAFE_INTEGER)) throw new DomainError('out_of_range', 'the amount is too large');
  return Number(units);
}

/** The price in plain notation. */
export function formatPrice({ digits, decimals }: Price): string {
  const text = String(digits).padStart(decimals + 1, '0');
  if (decimals === 0) return text;
  const fraction = text.slice(-decimals).replace(/0+$/, '');
  return fraction === '' ? text.slice(0, -decimals) : `${text.slice(0, -decimals)}.${fraction}`;
}

/** The price in ticks of the instrument, rounded down; at least one. */
export function ticksOf(instrument: Instrument, price: Price): number {
  const scaled = price.digits * 10n ** BigInt(instrument.tickDecimals) / 10n ** BigInt(price.decimals) / BigInt(instrument.tickUnits);
  if (scaled > BigInt(Number.MAX_SAFE_INTEGER)) throw new DomainError('out_of_range', 'the price is too large');
  return Math.max(1, Number(scaled));
}

