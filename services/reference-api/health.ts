import type { Redis } from 'ioredis';
import type { BatchingAppender } from '../adapters/journal/batching-appender';
import { Health } from '../runtime';
import type { AccessCopy } from './access/access-copy';
import type { TokenVerifier } from './auth/token-verifier';
import type { JournalWatch } from './journal-watch';
import type { LedgerProbe } from './ledger/ledger-probe';
import type { Books } from './market/books';
import type { InstrumentCatalog } from './market/instrument-catalog';

export interface HealthSources {
  readonly access: Pick<AccessCopy, 'isKept' | 'problem'>;
  readonly verifier: TokenVerifier;
  /** By partition. */
  readonly journal: readonly JournalWatch[];
  readonly appender: BatchingAppender;
  readonly cache: Redis;
  readonly subscriber: Redis;
  /** By partition. */
  readonly ledger: readonly LedgerProbe[];
  readonly catalog: InstrumentCatalog;
  readonly books: Books;
  /** Where sessions are kept. */
  readonly sessions?: { readonly isReady: boolean; readonly problem: string | undefined };
  /** Counts that help whoever looks: connections, channels, what was turned away. */
  readonly streams: () => Readonly<Record<string, number>>;
}

interface Watched {
  readonly partition: number;
  readonly problem: string | undefined;
}

/** A check of each partition by its number, where there are several. */
function each(health: Health, name: string, watched: readonly Watched[]): void {
  for (const one of watched.length > 1 ? watched : []) health.add({ name: `${name}.${one.partition}`, critical: false, check: () => one.problem });
}

/** What is wrong with all of them; one partition that fails must not take the others' orders away. */
function ofAll(watched: readonly Watched[]): string | undefined {
  return watched.every(({ problem }) => problem !== undefined) ? watched[0].problem : undefined;
}

/**
 * Without keys, what is over of sessions, any partition of the journal or instruments the API can accept nothing, so another task may do better.
 * Without cache, a ledger or some of the partitions it accepts orders all the same, and says what it cannot answer.
 */
export function apiHealth(sources: HealthSources): Health {
  const connected = (redis: Redis): string | undefined => (redis.status === 'ready' ? undefined : `not connected (${redis.status})`);
  const health = new Health('reference-api')
    .add({ name: 'tokenKeys', critical: true, check: () => sources.verifier.problem })
    .add({ name: 'journal', critical: true, check: () => ofAll(sources.journal) })
    .add({ name: 'cache', critical: false, check: () => connected(sources.cache) ?? connected(sources.subscriber) })
    .add({ name: 'ledger', critical: false, check: () => ofAll(sources.ledger) })
    .add({ name: 'matcher', critical: false, check: () => sources.books.problem })
    .add({ name: 'instruments', critical: true, check: () => (sources.catalog.size > 0 ? undefined : 'none known yet') })
    .facts(() => {
      const { queuedCommands, appendedCommands, appendedFrames } = sources.appender.state;
      return { queuedCommands, appendedCommands, appendedFrames, instruments: sources.catalog.size, ...sources.streams() };
    });
  // Nobody may trade by rules that were never read, or too long ago; another task reads them no better.
  if (sources.access.isKept) health.add({ name: 'access', critical: false, check: () => sources.access.problem });
  const { sessions } = sources;
  // A task that lets nobody in leaves it to another one; one that knows what was over a while ago goes on.
  if (sessions) health.add({ name: 'sessions', critical: true, check: () => (sessions.isReady ? undefined : sessions.problem) });
  if (sessions) health.add({ name: 'sessionEnds', critical: false, check: () => sessions.problem });
  each(health, 'journal', sources.journal);
  each(health, 'ledger', sources.ledger);
  return health;
}
