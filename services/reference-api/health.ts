import type { Redis } from 'ioredis';
import type { BatchingAppender } from '../adapters/journal/batching-appender';
import { Health } from '../runtime';
import type { TokenVerifier } from './auth/token-verifier';
import type { JournalWatch } from './journal-watch';
import type { LedgerProbe } from './ledger/ledger-probe';
import type { Books } from './market/books';
import type { InstrumentCatalog } from './market/instrument-catalog';

export interface HealthSources {
  readonly verifier: TokenVerifier;
  readonly journal: JournalWatch;
  readonly appender: BatchingAppender;
  readonly cache: Redis;
  readonly subscriber: Redis;
  readonly ledger: LedgerProbe;
  readonly catalog: InstrumentCatalog;
  readonly books: Books;
  /** Open WebSocket connections and the channels that they read. */
  readonly streams: () => { readonly connections: number; readonly channels: number };
}

/**
 * Without keys, journal or instruments the API can accept nothing, so another task may do better. Without cache or ledger it accepts orders all
 * the same, and says what it cannot answer.
 */
export function apiHealth(sources: HealthSources): Health {
  const connected = (redis: Redis): string | undefined => (redis.status === 'ready' ? undefined : `not connected (${redis.status})`);
  return new Health('reference-api')
    .add({ name: 'tokenKeys', critical: true, check: () => sources.verifier.problem })
    .add({ name: 'journal', critical: true, check: () => sources.journal.problem })
    .add({ name: 'cache', critical: false, check: () => connected(sources.cache) ?? connected(sources.subscriber) })
    .add({ name: 'ledger', critical: false, check: () => sources.ledger.problem })
    .add({ name: 'matcher', critical: false, check: () => sources.books.problem })
    .add({ name: 'instruments', critical: true, check: () => (sources.catalog.size > 0 ? undefined : 'none known yet') })
    .facts(() => {
      const { queuedCommands, appendedCommands, appendedFrames } = sources.appender.state;
      return { queuedCommands, appendedCommands, appendedFrames, instruments: sources.catalog.size, ...sources.streams() };
    });
}
