import type { MarketDataState } from '../adapters/market-data/market-data';
import type { Health } from '../runtime';
import type { FeedState } from './feed';

/** A loop that has not run for this long will not run again. */
const DEAD_AFTER_MS = 30_000;

export interface HealthSources {
  readonly feed: () => FeedState;
  readonly cache: () => { readonly ready: boolean; readonly published: number; readonly problem?: string };
  readonly stream: () => MarketDataState;
  readonly staleAfterMs: number;
}

/**
 * Describes the streamer to its scheduler. Only a dead loop is worth a new task: an exchange, a cache or a stream that is down
 * would be down for the next one as well, and is reported as degraded.
 */
export function describeHealth(health: Health, sources: HealthSources): void {
  const { feed, cache, stream, staleAfterMs } = sources;
  const when = (problem: boolean, words: () => string): string | undefined => (problem ? words() : undefined);
  health
    .add({ name: 'loop', critical: true, check: () => when(feed().loopAgeMs > DEAD_AFTER_MS, () => `has not run for ${feed().loopAgeMs} ms`) })
    .add({ name: 'connection', critical: false, check: () => when(!feed().connected, () => 'not connected to the exchange') })
    .add({ name: 'feed', critical: false, check: () => when(feed().ageMs > staleAfterMs, () => `no market data for ${feed().ageMs} ms`) })
    .add({
      name: 'symbols',
      critical: false,
      check: () => {
        const { staleSymbols, refused } = feed();
        const problems = [
          ...(staleSymbols.length > 0 ? [`no tick of ${staleSymbols.join(', ')} for ${staleAfterMs} ms`] : []),
          ...Object.entries(refused).map(([topic, words]) => `${topic} refused: ${words}`),
        ];
        return problems.join('; ') || undefined;
      },
    })
    .add({ name: 'cache', critical: false, check: () => cache().problem ?? when(!cache().ready, () => 'not connected') })
    .add({ name: 'stream', critical: false, check: () => stream().problem ?? when(stream().lagMs > staleAfterMs, () => `${stream().lagMs} ms behind`) })
    .facts(() => {
      const { ageMs, connections, malformed } = feed();
      const { queued, lagMs, written, conflated } = stream();
      return {
        feedAgeMs: ageMs,
        connections,
        malformedFrames: Object.values(malformed).reduce((sum, count) => sum + count, 0),
        published: cache().published,
        streamQueued: queued,
        streamLagMs: lagMs,
        streamWritten: written,
        streamConflated: conflated,
      };
    });
}
