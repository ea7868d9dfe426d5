import type { Redis } from 'ioredis';
import type { Levels } from '../../adapters/access/combine';
import { type AccessRule, EVERYBODY, type StoredRule, type SubjectKind } from '../../adapters/access/rule';
import type { AccessStore } from '../../adapters/access/store';
import type { Logger } from '../../runtime';

export interface AccessCopyOptions {
  /** Undefined where the system keeps no rules. */
  readonly store?: Pick<AccessStore, 'changesAfter'>;
  readonly cache: Redis;
  /** Connection in subscriber mode; hears of changes. */
  readonly subscriber: Redis;
  readonly logger: Logger;
  /** Milliseconds between two regular looks. */
  readonly refreshMs?: number;
  /** Milliseconds after which a copy is too old to let anybody trade by it. */
  readonly staleMs?: number;
}

/** Channel on which a task says that it has changed a rule. */
export const ACCESS_CHANNEL = 'access:changed';

const REFRESH_MS = 2_000;
/** Longer than a database takes to be back after the loss of its zone: that alone must not stop the market. */
const STALE_MS = 300_000;

const NONE: ReadonlyMap<string, AccessRule> = new Map();

/**
 * The rules as this task knows them. Decisions come from here and wait for nobody. What is new is here within seconds, and at once while there is a
 * cache.
 */
export class AccessCopy {
  /** Called when rules have changed. */
  onChange: () => void = () => undefined;
  private rules: Readonly<Record<SubjectKind, ReadonlyMap<string, AccessRule>>> = { user: NONE, group: NONE };
  private revision = 0;
  private readAt: number | undefined;
  private reading: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly options: AccessCopyOptions) {}

  start(): void {
    const { store, subscriber } = this.options;
    if (store === undefined) return;
    subscriber.on('message', (channel: string) => {
      if (channel === ACCESS_CHANNEL) void this.lookAgain();
    });
    subscriber.subscribe(ACCESS_CHANNEL).catch(() => undefined);
    void this.loop();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Whether the system keeps rules at all. */
  get isKept(): boolean {
    return this.options.store !== undefined;
  }

  /** Why nobody may trade by this copy, undefined when they may. */
  get problem(): string | undefined {
    if (!this.isKept) return undefined;
    if (this.readAt === undefined) return 'not read yet';
    const age = performance.now() - this.readAt;
    return age > (this.options.staleMs ?? STALE_MS) ? `${Math.round(age / 1_000)} s old` : undefined;
  }

  /** Milliseconds since it was seen to be true; undefined before it was read. */
  get ageMs(): number | undefined {
    return this.readAt === undefined ? undefined : Math.round(performance.now() - this.readAt);
  }

  get size(): number {
    return this.rules.user.size + this.rules.group.size;
  }

  /** Whether it matters which groups somebody is in. */
  get hasGroups(): boolean {
    return this.rules.group.size > (this.rules.group.has(EVERYBODY) ? 1 : 0);
  }

  /** What concerns somebody. */
  levelsOf(accountId: string, groups: readonly string[]): Levels {
    const { user, group } = this.rules;
    const own = user.get(accountId);
    const everybody = group.get(EVERYBODY);
    const theirs = groups.length === 0 ? [] : groups.flatMap((name) => (name === EVERYBODY ? [] : group.get(name) ?? []));
    return [own ? [own] : [], theirs, everybody ? [everybody] : []];
  }

  /** Tells all tasks, this one included, that a rule was changed. */
  async announce(revision: number): Promise<void> {
    // Whoever does not hear it looks by itself soon.
    this.options.cache.publish(ACCESS_CHANNEL, String(revision)).catch(() => undefined);
    await this.lookAgain();
  }

  /** Looks for a change that was just heard of: what is underway may have begun before it. */
  private async lookAgain(): Promise<void> {
    await this.reading;
    await this.refresh();
  }

  /** Looks once. Never fails: what is known stays. */
  refresh(): Promise<void> {
    return this.reading ??= this.read().finally(() => { this.reading = undefined; });
  }

  private async read(): Promise<void> {
    const { store, logger } = this.options;
    const began = performance.now();
    try {
      let { revision, rows } = await store!.changesAfter(this.revision);
      // A database that was brought back from an earlier time: nothing that we know of it holds.
      const isOlder = revision < this.revision;
      if (isOlder) ({ revision, rows } = await store!.changesAfter(0));
      const isFirst = this.readAt === undefined;
      if (isOlder || rows.length > 0) this.take(rows, isOlder);
      this.revision = revision;
      this.readAt = began;
      if (isFirst || isOlder || rows.length > 0) this.onChange();
    } catch (error) {
      logger.warn({ err: error, ageMs: this.ageMs }, 'the access rules cannot be read');
    }
  }

  private take(rows: readonly StoredRule[], afresh: boolean): void {
    const next = { user: new Map(afresh ? [] : this.rules.user), group: new Map(afresh ? [] : this.rules.group) };
    for (const { kind, id, rule } of rows) {
      if (rule === undefined) next[kind].delete(id);
      else next[kind].set(id, rule);
    }
    this.rules = next;
  }

  private async loop(): Promise<void> {
    await this.refresh();
    if (!this.stopped) this.timer = setTimeout(() => void this.loop(), this.options.refreshMs ?? REFRESH_MS).unref();
  }
}
