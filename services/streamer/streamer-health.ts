import type { MarketDataState } from '../adapters/market-data/market-data';
import type { Health } from '../runtime';
import type { FeedState } from './feed';
import type { LeadershipState } from './leadership/symbol-leases';
import type { TradeOutletState } from './trades/trade-outlet';

/** A loop that has not run for this long will not run again. */
const DEAD_AFTER_MS = 30_000;
/** An exchange whose fastest message comes from the future, or is this old, has another time than we. */
const AHEAD_MS = 1_000;
const BEHIND_MS = 5_000;

export interface HealthSources {
  readonly feed: () => FeedState;
  readonly cache: () => { readonly ready: boolean; readonly published: number; readonly problem?: string };
  readonly stream: () => MarketDataState;
  readonly trades: () => TradeOutletState & { readonly stream: MarketDataState };
  readonly leases: () => LeadershipState;
  readonly staleAfterMs: number;
}

/**
 * Describes the streamer to its scheduler. Only a dead loop is worth a new task: an exchange, a cache or a stream that is down
 * would be down for the next one as well, and is reported as degraded.
 */
export function describeHealth(health: Health, sources: HealthSources): void {
  const { feed, cache, stream, trades, leases, staleAfterMs } = sources;
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
    .add({ name: 'trades', critical: false, check: () => feed().paused ?? trades().problem ?? trades().stream.problem })
    .add({ name: 'leases', critical: false, check: () => leases().problem })
    .add({
      name: 'clock',
      critical: false,
      check: () => {
        const { skewMs = 0 } = feed();
        return when(skewMs < -AHEAD_MS || skewMs > BEHIND_MS, () => `the exchange's clock is ${Math.abs(skewMs)} ms ${skewMs < 0 ? 'ahead of' : 'behind'} ours`);
      },
    })
    .facts(() => {
      const { ageMs, connections, malformed, skewMs } = feed();
      const { published, waiting, gaps, missed, stream: archive } = trades();
      const { leading, others } = leases();
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
        tradesPublished: published,
        tradesWaiting: waiting,
        tradesWritten: archive.written,
        tradesQueued: archive.queued,
        tradeGaps: gaps,
        tradesMissed: missed,
        symbolsLed: leading.length,
        otherReplicas: others,
        clockSkewMs: skewMs ?? 0,
      };
    });
}
