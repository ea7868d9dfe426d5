/** What operators do to the venue: each is one command in the journal. */
import { z } from 'zod';
import { appendAll, type Appended, requirePartition } from './append';
import type { OrderEntry } from './entry';
import { ACCOUNT_KINDS, type Command, EXTERNAL_ACCOUNT, FEE_ACCOUNT, NIL_UUID, parsePrice, TRADING_STATES } from '../../domain';
import { ApiError, unavailable } from '../http/errors';
import { coded, decimalText, partitionNumber, uuidText } from '../http/validate';

/** To the partition of a symbol, or for an empty one to all of them. */
function append(entry: OrderEntry, symbol: string, command: Command): Promise<Appended> {
  const { partitions } = entry;
  return appendAll(entry, symbol === '' ? partitions.partitions : [partitions.partitionOf(symbol)], command);
}

/** Body of `POST /v1/admin/trading-states`: of one instrument, or without a symbol of the venue. */
export const tradingStateSchema = z.strictObject({ symbol: z.string().max(32).optional(), state: z.enum(TRADING_STATES) })
  .meta({ examples: [{ symbol: 'BTCUSDT', state: 'open' }] });

/** Opens, winds down or halts an instrument or the venue. */
export function setTradingState(entry: OrderEntry, { symbol, state }: z.output<typeof tradingStateSchema>): Promise<Appended> {
  const of = symbol === undefined ? '' : entry.catalog.require(symbol).symbol;
  return append(entry, of, { type: 'set_trading_state', time: Date.now(), symbol: of, state });
}

/** Account of a customer or a house, not one that the ledger keeps for itself. */
export const tradingAccount = () => uuidText().refine((id) => id !== EXTERNAL_ACCOUNT && id !== FEE_ACCOUNT, {
  error: coded('invalid_id', 'This account stands for the world outside or for the venue\'s fees.'),
});

/** Body of `POST /v1/admin/accounts`. Both are said every time: what is left out would be guessed. */
export const accountSchema = z.strictObject({ accountId: tradingAccount(), kind: z.enum(ACCOUNT_KINDS), killed: z.boolean() })
  .meta({ examples: [{ accountId: '0a000000-0000-4000-8000-00000000000a', kind: 'customer', killed: false }] });

/** Says in every partition what an account is and whether it may trade; killing it takes back all of its orders. */
export function configureAccount(entry: OrderEntry, { accountId, kind, killed }: z.output<typeof accountSchema>): Promise<Appended> {
  return append(entry, '', { type: 'configure_account', time: Date.now(), accountId, kind, killed });
}

/** Body of `POST /v1/admin/mark-prices`. */
export const markPriceSchema = z.strictObject({ symbol: z.string().max(32), price: decimalText() })
  .meta({ examples: [{ symbol: 'BTCUSDT', price: '30000' }] });

/** Sets the price outside, which triggers orders that wait and centres the price band. */
export function setMarkPrice(entry: OrderEntry, { symbol, price }: z.output<typeof markPriceSchema>): Promise<Appended> {
  const instrument = entry.catalog.require(symbol);
  return append(entry, instrument.symbol, { type: 'set_mark_price', time: Date.now(), symbol: instrument.symbol, priceTicks: parsePrice(instrument, price) });
}

/** Whoever knows what the matchers of the partition can do. */
export interface UpgradeAdvice {
  /** Newest behaviour that every matcher that answers knows; undefined when none answers. */
  newestVersion(): Promise<number | undefined>;
}

/** Advice by partition. */
export type UpgradeAdvisers = ReadonlyMap<number, UpgradeAdvice>;

/** Body of `POST /v1/admin/upgrades`: of one partition, or of all. */
export const upgradeSchema = z.strictObject({ version: z.int().min(1).max(0xffff), partition: partitionNumber().optional() })
  .meta({ examples: [{ version: 1 }] });

/**
 * Lets the cores behave as a later version from here on. Only when all matchers that answer know it, and in each partition one does: one that does
 * not know it would stop there.
 *
 * @throws ApiError 409 when one does not know it, 503 when none can be asked
 */
export async function upgrade(
  entry: OrderEntry, advisers: UpgradeAdvisers, { version, partition }: z.output<typeof upgradeSchema>,
): Promise<Appended> {
  const targets = partition === undefined ? entry.partitions.partitions : [requirePartition(entry.partitions, partition)];
  const known = await Promise.all(targets.map((target) => advisers.get(target)?.newestVersion()));
  if (known.includes(undefined)) throw unavailable('matchers_unavailable', 'No matcher can be asked whether it knows this version.');
  const newest = Math.min(...known as number[]);
  if (version > newest) throw new ApiError(409, 'unknown_version', `A matcher knows no version above ${newest}; replace it first.`, { newest });
  return appendAll(entry, targets, { type: 'upgrade', time: Date.now(), version });
}

/** Query of `DELETE /v1/admin/orders`. */
export const sweepSchema = z.strictObject({ accountId: tradingAccount().optional(), symbol: z.string().max(32).optional() })
  .refine(({ accountId, symbol }) => accountId !== undefined || symbol !== undefined, {
    error: coded('missing_field', 'Say whose orders or of which symbol; halting the venue is another request.'),
  });

/** Takes back all orders of an account, of an instrument, or of an account in an instrument. */
export function sweepOrders(entry: OrderEntry, { accountId, symbol }: z.output<typeof sweepSchema>): Promise<Appended> {
  const of = symbol === undefined ? '' : entry.catalog.require(symbol).symbol;
  return append(entry, of, { type: 'cancel_all', time: Date.now(), accountId: accountId ?? NIL_UUID, symbol: of });
}
