import { formatDecimal } from '../../domain';
import type { Instruments } from '../instruments';
import type { Quote } from '../market/prices';
import { parsePrice, worth } from '../money';
import type { Wallet } from '../wallets/wallet';

/** One line of a portfolio, as decimals. */
export interface Position {
  readonly asset: string;
  readonly amount: string;
  /** In units of the first quote asset; absent without a price. */
  readonly value?: string;
}

export interface Valuation {
  readonly positions: readonly Position[];
  /** Sum of all values, absent when one is. */
  readonly value?: string;
}

/** What balances are worth in the first quote asset, each position rounded down. */
export function valuation(instruments: Instruments, balances: Wallet['balances'], quotes: readonly Quote[]): Valuation {
  const [unit] = instruments.quotes();
  const decimals = instruments.decimals(unit) ?? 0;
  const lines = Object.entries(balances).map(([asset, units]) => ({ asset, units, value: valueOf(instruments, unit, asset, units, quotes) }));
  const total = lines.every(({ value }) => value !== undefined) ? lines.reduce((sum, { value }) => sum + (value ?? 0), 0) : undefined;
  return {
    positions: lines.map(({ asset, units, value }) => ({
      asset,
      amount: formatDecimal(units, instruments.decimals(asset) ?? 0),
      ...(value === undefined ? {} : { value: formatDecimal(value, decimals) }),
    })),
    ...(total === undefined || !Number.isSafeInteger(total) ? {} : { value: formatDecimal(total, decimals) }),
  };
}

function valueOf(instruments: Instruments, unit: string, asset: string, units: number, quotes: readonly Quote[]): number | undefined {
  if (asset === unit) return units;
  if (units === 0) return 0;
  const instrument = instruments.list().find(({ base, quote }) => base.code === asset && quote.code === unit);
  const quote = quotes.find(({ symbol }) => symbol === instrument?.symbol);
  return instrument && quote && worth(instrument, parsePrice(quote.price), units, 'down');
}
