import { formatDecimal, type Instrument, parseDecimal } from '../../domain';
import { ApiError } from '../http/api-error';
import type { Instruments } from '../instruments';
import { formatPrice, type Price, worth } from '../money';

export type Action = 'BUY' | 'SELL';

/** A paper trade as it is kept and shown. Amounts are decimals, exact. */
export interface Trade {
  readonly tradeId: string;
  /** What the client called it, or its own id. */
  readonly clientTradeId: string;
  readonly timestamp: string;
  readonly symbol: string;
  readonly action: Action;
  readonly quantity: string;
  readonly price: string;
  /** What was paid or received, in units of the quote asset. */
  readonly amount: string;
  /** What the account was worth right after; absent when something it holds had no price. */
  readonly portfolioValue?: string;
}

/** Everything that an account owns, in one item: it changes as a whole or not at all. */
export interface Wallet {
  /** Grows by one with every trade; a write names the version that it was made from. */
  readonly version: number;
  /** Smallest units by asset. */
  readonly balances: Readonly<Record<string, number>>;
  /** The trade that made this version. It is kept here until its own items are known to exist. */
  readonly last?: Trade;
}

/** What is asked for. */
export interface TradeOrder {
  readonly tradeId: string;
  readonly clientTradeId: string;
  readonly timestamp: string;
  readonly action: Action;
  /** Smallest units of the base asset. */
  readonly baseUnits: number;
}

/** A new account's play money. */
export function openWallet(instruments: Instruments, startBalance: string): Wallet {
  const balances = instruments.quotes().map((code) => [code, parseDecimal(startBalance, instruments.decimals(code) ?? 0, 'START_BALANCE')] as const);
  return { version: 0, balances: Object.fromEntries(balances) };
}

/**
 * The wallet after a trade at a price.
 *
 * @param valueOf what balances are worth, when everything has a price
 * @throws ApiError 422 when the account does not own what it would give away
 */
export function trade(
  wallet: Wallet, instrument: Instrument, order: TradeOrder, price: Price, valueOf: (balances: Wallet['balances']) => string | undefined,
): Wallet & { readonly last: Trade } {
  const buys = order.action === 'BUY';
  const amount = worth(instrument, price, order.baseUnits, buys ? 'up' : 'down');
  const { base, quote } = instrument;
  const balances = { ...wallet.balances };
  const change = (code: string, decimals: number, by: number): void => {
    const had = balances[code] ?? 0;
    const after = had + by;
    if (after < 0) {
      throw new ApiError(422, 'insufficient_balance', `This needs ${formatDecimal(-by, decimals)} ${code}; there is ${formatDecimal(had, decimals)}.`, { asset: code });
    }
    if (!Number.isSafeInteger(after)) throw new ApiError(422, 'out_of_range', `The balance of ${code} would be too large.`, { asset: code });
    balances[code] = after;
  };
  change(quote.code, quote.decimals, buys ? -amount : amount);
  change(base.code, base.decimals, buys ? order.baseUnits : -order.baseUnits);
  const portfolioValue = valueOf(balances);
  return {
    version: wallet.version + 1,
    balances,
    last: {
      tradeId: order.tradeId,
      clientTradeId: order.clientTradeId,
      timestamp: order.timestamp,
      symbol: instrument.symbol,
      action: order.action,
      quantity: formatDecimal(order.baseUnits, base.decimals),
      price: formatPrice(price),
      amount: formatDecimal(amount, quote.decimals),
      ...(portfolioValue === undefined ? {} : { portfolioValue }),
    },
  };
}

/** Sort key of a trade: two of the same millisecond are two items. */
export function tradeKey({ timestamp, tradeId }: Pick<Trade, 'timestamp' | 'tradeId'>): string {
  return `${timestamp}#${tradeId}`;
}
