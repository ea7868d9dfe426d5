/** How accounts of a simulator begin, and begin again. */
import { hash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { fundsIn, type Share, type StartingBalances } from './starting-balances';
import { JournalUnavailableError } from '../../adapters/journal/journal-errors';
import { ACCOUNTS_BEGIN_VERSION, type Command, formatDecimal, type Funds } from '../../domain';
import type { AutomationDesk } from '../automations/automation-desk';
import { ApiError, notHere, unavailable } from '../http/errors';
import type { Beginnings, LedgerBeginning } from '../ledger/ledger-reader';
import type { Ledgers } from '../ledger/ledgers';
import { recency } from '../ledger/views';
import { type Appended, named, type Place } from '../orders/append';
import type { OrderEntry } from '../orders/entry';
import { clientId } from '../orders/order-request';

/** Body of `POST /v1/account/reset`. */
export const resetSchema = z.strictObject({
  /** A second reset of the same id has no effect. */
  clientResetId: clientId().optional(),
}).meta({ examples: [{}] });

/** Remembers for a while that an account was reset: the ledger, which knows it for good, is a moment behind. */
export interface ResetMemory {
  /** Milliseconds until the account may be reset under another id; 0 when it may be now, which is noted then. Without the cache always 0. */
  claimReset(accountId: string, resetId: string, seconds: number): Promise<number>;
  /** Forgets a reset that certainly did not reach any journal. */
  releaseReset(accountId: string, resetId: string): Promise<void>;
}

interface Ledger extends Beginnings {
  readonly partition: number;
}

/** What the ledgers have of an account's beginnings, put together. */
interface History {
  readonly ledgers: readonly Ledger[];
  readonly openedAt?: number;
  readonly lastReset?: { readonly resetId: string; readonly time: number };
}

/** What users do with their account as a whole. */
export class AccountDesk {
  /** @param starting absent where nobody is given anything */
  constructor(
    private readonly entry: OrderEntry, private readonly ledgers: Ledgers, private readonly memory: ResetMemory,
    private readonly starting: StartingBalances | undefined,
    private readonly automations: Pick<AutomationDesk, 'endAll'>,
  ) {}

  /** @throws ApiError 404, 503 */
  async get(accountId: string, now = Date.now()) {
    const { starting, shares } = this.required();
    const { ledgers, openedAt, lastReset } = await this.history(accountId);
    const available = lastReset === undefined ? 0 : lastReset.time + starting.resetSeconds * 1_000;
    return {
      status: openedAt === undefined ? 'not_open' as const : 'open' as const,
      ...(openedAt === undefined ? {} : { openedAt }),
      startingBalances: shares.map(({ asset, amount, decimals, partition }) => (
        { asset, amount: formatDecimal(amount, decimals), ...named(this.entry.partitions, partition) })),
      ...(lastReset ? { lastReset } : {}),
      ...(available > now ? { resetAvailableAt: available } : {}),
      ...recency(this.ledgers, ledgers.map(({ partition, seq, time }) => ({ partition, asOf: seq, asOfTime: time?.getTime() ?? null }))),
    };
  }

  /**
   * Gives an account what everybody begins with. May be asked for any number of times: the core gives it once, whatever is in the ledger.
   *
   * @throws ApiError 404, 409, 503; JournalUnavailableError
   */
  async open(accountId: string): Promise<{ readonly status: 'open' } | ({ readonly status: 'opening' } & Appended)> {
    const { shares } = this.required();
    const history = await this.history(accountId);
    requireVersion(history);
    const missing = history.ledgers.filter(({ rows }) => rows.length === 0).map(({ partition }) => partition);
    if (missing.length === 0) return { status: 'open' };
    // Those that give nothing are told as well: what everybody begins with may be given in another partition one day, and not once more.
    return { status: 'opening', ...await this.append(missing, shares, (funds) => ({ type: 'open_account', time: Date.now(), accountId, funds })) };
  }

  /**
   * Lets an account begin again, in every partition. What workers look after for it ends: nothing of before goes on trading.
   *
   * @throws ApiError 404, 409, 429 `reset_too_soon`, 503; JournalUnavailableError
   */
  async reset(accountId: string, clientResetId: string | undefined, now = Date.now()): Promise<{ readonly resetId: string } & Appended> {
    const { starting, shares } = this.required();
    const history = await this.history(accountId);
    requireVersion(history);
    const resetId = clientResetId === undefined ? randomUUID() : resetIdOf(accountId, clientResetId);
    const { lastReset } = history;
    // Whoever repeats a reset gets its answer again, and the core does nothing more.
    if (lastReset?.resetId !== resetId) {
      const settled = lastReset === undefined ? 0 : lastReset.time + starting.resetSeconds * 1_000 - now;
      const wait = settled > 0 ? settled : await this.memory.claimReset(accountId, resetId, starting.resetSeconds);
      if (wait > 0) throw tooSoon(wait);
    }
    const { partitions } = this.entry.partitions;
    try {
      await this.automations.endAll(accountId);
      return { resetId, ...await this.append(partitions, shares, (funds) => ({ type: 'reset_account', time: now, resetId, accountId, funds })) };
    } catch (error) {
      if (!(error instanceof JournalUnavailableError) || error.outcome === 'refused') await this.memory.releaseReset(accountId, resetId);
      throw error;
    }
  }

  private required(): { readonly starting: StartingBalances; readonly shares: readonly Share[] } {
    const { starting, entry: { catalog, partitions } } = this;
    if (starting === undefined) throw notHere('starting_balances', 'This system gives nobody anything to begin with: accounts are neither opened nor reset here.');
    return { starting, shares: starting.shares(catalog.list(), partitions) };
  }

  private async history(accountId: string): Promise<History> {
    const ledgers = await Promise.all(this.entry.partitions.partitions.map(async (partition): Promise<Ledger> => (
      { partition, ...await this.ledgers.of(partition).beginnings(accountId) })));
    const all: LedgerBeginning[] = ledgers.flatMap(({ rows }) => rows).sort((a, b) => a.time.getTime() - b.time.getTime());
    const reset = all.findLast(({ kind }) => kind === 'reset');
    return {
      ledgers,
      ...(all.length === 0 ? {} : { openedAt: all[0].time.getTime() }),
      ...(reset === undefined ? {} : { lastReset: { resetId: reset.resetId!, time: reset.time.getTime() } }),
    };
  }

  /** Each partition gives what is traded in it. @throws JournalUnavailableError `unknown` when only some have it */
  private async append(targets: readonly number[], shares: readonly Share[], command: (funds: readonly Funds[]) => Command): Promise<Appended> {
    const { appender, partitions } = this.entry;
    const places = await Promise.allSettled(targets.map(async (partition): Promise<Place> => (
      { partition, position: await appender.append(partition, command(fundsIn(shares, partition))) })));
    const done = places.flatMap((place) => (place.status === 'fulfilled' ? [place.value] : []));
    const [failed] = places.flatMap((place) => (place.status === 'rejected' ? [place.reason as unknown] : []));
    if (failed !== undefined && done.length === 0) throw failed;
    if (failed !== undefined) throw new JournalUnavailableError(`only ${done.length} of ${targets.length} partitions have the command (${String(failed)})`, 'unknown');
    return partitions.several ? { positions: done } : { position: done[0].position };
  }
}

/** Matchers that do not know the commands would stop at them: only a core that has been upgraded proves that all of them do. */
function requireVersion({ ledgers }: History): void {
  for (const { coreVersion, partition } of ledgers) {
    if (coreVersion === null) throw unavailable('core_version_unknown', 'The ledger does not say yet how the core behaves. Try again in a moment.', { partition });
    if (coreVersion < ACCOUNTS_BEGIN_VERSION) {
      throw new ApiError(409, 'core_upgrade_needed', `The core behaves as version ${coreVersion}; accounts are opened and reset from version ${ACCOUNTS_BEGIN_VERSION} on. `
        + 'An operator upgrades it by POST /v1/admin/upgrades.', { partition, version: coreVersion });
    }
  }
}

function tooSoon(waitMs: number): ApiError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return new ApiError(429, 'reset_too_soon', `The account was reset a moment ago; the next time is in ${seconds} s.`, {}, { 'retry-after': String(seconds) });
}

/** A UUID (version 8) that follows from whose reset it is and the client's id for it: nobody can take somebody else's. */
function resetIdOf(accountId: string, clientResetId: string): string {
  const digits = hash('sha256', `reset/${accountId}/${clientResetId}`, 'hex');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(12, 15)}-8${digits.slice(15, 18)}-${digits.slice(18, 30)}`;
}
