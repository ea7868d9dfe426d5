import type { AccessCopy } from './access-copy';
import type { AccessStore, Member } from '../../adapters/access/store';
import type { Logger } from '../../runtime';
import { Lru } from '../auth/lru';
import type { Caller } from '../auth/token-verifier';
import { unavailable } from '../http/errors';

type Store = Pick<AccessStore, 'noteGroups' | 'groupsOf'>;

/** Milliseconds for which a task goes by what it knows of somebody's groups. */
const KNOWN_MS = 3_000;
/** Milliseconds for which what is to be written down is collected, and most of it. */
const COLLECT_MS = 1_000;
const MOST_NOTES = 1_000;
/** More groups than this no user pool gives anybody. */
const MOST_GROUPS = 100;

interface Known {
  readonly groups: readonly string[];
  readonly until: number;
}

function memberOf({ accountId, groups, expiresAt }: Caller): Member {
  return { accountId, groups: groups.slice(0, MOST_GROUPS), tokenUntil: new Date(expiresAt) };
}

/**
 * Groups of those who ask with API keys. A key knows its account alone, and the user pool is not asked: what counts is what the owner's newest token
 * said, and every task writes down what is new in one.
 */
export class Members {
  private readonly known = new Lru<string, Known>(10_000);
  /** End of the newest token that was looked at, by account. */
  private readonly noted = new Lru<string, number>(10_000);
  private notes = new Map<string, Member>();
  private timer: NodeJS.Timeout | undefined;

  /** @param store undefined where the system keeps no rules */
  constructor(private readonly store: Store | undefined, private readonly copy: Pick<AccessCopy, 'hasGroups'>, private readonly logger: Logger) {}

  /** Learns the groups of a caller from a verified token, and writes them down soon where the account has API keys. */
  note(caller: Caller): void {
    const { accountId, expiresAt } = caller;
    if (this.store === undefined || (this.noted.get(accountId) ?? 0) >= expiresAt) return;
    // Those that find no room are noted with a later request.
    if (this.notes.size >= MOST_NOTES) return;
    this.noted.set(accountId, expiresAt);
    this.notes.set(accountId, memberOf(caller));
    this.timer ??= setTimeout(() => void this.write(), COLLECT_MS).unref();
  }

  /** The same at once, before somebody gets an API key. @throws ApiError 503 */
  async remember(caller: Caller): Promise<void> {
    await this.asked((store) => store.noteGroups([memberOf(caller)], false));
    this.known.delete(caller.accountId);
  }

  /** Groups of an account, as far as they matter. @throws ApiError 503 */
  async groupsOf(accountId: string): Promise<readonly string[]> {
    if (!this.copy.hasGroups) return [];
    const known = this.known.get(accountId);
    if (known && known.until > Date.now()) return known.groups;
    const groups = await this.asked((store) => store.groupsOf(accountId)) ?? [];
    this.known.set(accountId, { groups, until: Date.now() + KNOWN_MS });
    return groups;
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private async write(): Promise<void> {
    const members = [...this.notes.values()];
    this.notes = new Map();
    this.timer = undefined;
    try {
      await this.store?.noteGroups(members, true);
    } catch (error) {
      for (const { accountId } of members) this.noted.delete(accountId);
      this.logger.warn({ err: error, members: members.length }, 'groups of callers were not written down');
    }
  }

  private async asked<T>(ask: (store: Store) => Promise<T>): Promise<T | undefined> {
    if (this.store === undefined) return undefined;
    try {
      return await ask(this.store);
    } catch (error) {
      throw Object.assign(unavailable('access_unavailable', 'Groups cannot be looked up at the moment.'), { cause: error });
    }
  }
}
