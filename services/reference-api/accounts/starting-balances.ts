/** What everybody begins with in a simulator, as the environment says it. */
import { z } from 'zod';
import { type Asset, DomainError, type Funds, type Instrument, parseDecimal, type PartitionMap } from '../../domain';
import { ConfigurationError } from '../../runtime';
import { unavailable } from '../http/errors';

const schema = z.record(z.string().min(1).max(16), z.string().max(40)).refine((balances) => Object.keys(balances).length > 0, 'name at least one asset');

const DECIMAL = /^(0|[1-9]\d{0,15})(\.\d{1,18})?$/;

/** One asset of what everybody begins with, and the partition that it is given in. */
export interface Share {
  readonly asset: string;
  readonly partition: number;
  /** Smallest units. */
  readonly amount: number;
  readonly decimals: number;
}

/**
 * Reads `STARTING_BALANCES`, an object with an amount of each asset; undefined where a system has none.
 *
 * @param resetSeconds shortest time between two resets of an account
 * @throws ConfigurationError
 */
export function startingBalancesOf(value: unknown, resetSeconds: number): StartingBalances | undefined {
  if (value === undefined) return undefined;
  const parsed = schema.safeParse(value);
  const fail = (problem: string): never => {
    throw new ConfigurationError(`reference-api cannot start: STARTING_BALANCES: ${problem}`);
  };
  if (!parsed.success) return fail(parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`).join('; '));
  for (const [asset, amount] of Object.entries(parsed.data)) {
    // The decimals of an asset come from the instruments, which are not known yet.
    if (!DECIMAL.test(amount) || Number(amount) === 0) fail(`${asset}: ${JSON.stringify(amount)} is no decimal above zero, such as "100000"`);
  }
  return new StartingBalances(new Map(Object.entries(parsed.data)), resetSeconds);
}

/** What everybody begins with. */
export class StartingBalances {
  /** @param resetSeconds shortest time between two resets of an account */
  constructor(private readonly balances: ReadonlyMap<string, string>, readonly resetSeconds: number) {}

  /**
   * Each asset once: in the default partition if it is traded there, as deposits are, otherwise in the first one that trades it.
   *
   * @throws ApiError 503 `starting_balances_unavailable` while an asset is not known, or when it cannot be given so exactly
   */
  shares(instruments: readonly Instrument[], partitions: PartitionMap): readonly Share[] {
    const assets = new Map<string, Asset>();
    const places = new Map<string, number[]>();
    for (const { symbol, base, quote } of instruments) {
      for (const asset of [base, quote]) {
        assets.set(asset.code, asset);
        places.set(asset.code, [...places.get(asset.code) ?? [], partitions.partitionOf(symbol)]);
      }
    }
    return [...this.balances].map(([code, text]): Share => {
      const asset = assets.get(code);
      if (!asset) throw unavailable('starting_balances_unavailable', `No instrument trades ${code}, which everybody begins with; or it is not known here yet.`);
      const trading = places.get(code)!;
      const partition = trading.includes(partitions.defaultPartition) ? partitions.defaultPartition : Math.min(...trading);
      return { asset: code, partition, amount: exact(text, asset), decimals: asset.decimals };
    });
  }
}

function exact(text: string, { code, decimals }: Asset): number {
  try {
    return parseDecimal(text, decimals, code);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw unavailable('starting_balances_unavailable', `What everybody begins with cannot be given: ${error.message}.`);
  }
}

/** What of the shares is given in one partition. */
export function fundsIn(shares: readonly Share[], partition: number): readonly Funds[] {
  return shares.filter((share) => share.partition === partition).map(({ asset, amount }) => ({ asset, amount }));
}
