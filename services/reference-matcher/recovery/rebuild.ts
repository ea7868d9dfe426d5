import type { Pool } from 'pg';
import { closeCutCommand } from './close-cut-command';
import { snapshotOf } from './image-snapshot';
import { loadImage } from './load-image';
import { findUnsettled, type ReconciliationReport, type ReportSources } from './reconciliation';
import type { EventBus } from '../../adapters/events/event-bus';
import type { SnapshotStore } from '../../adapters/snapshots/snapshot-store';
import { CorruptDataError } from '../../domain';
import type { CoreBuild } from '../core-build';

export interface RebuildOptions {
  readonly partition: number;
  /** What the lost core was configured with: the ledger does not say. */
  readonly idempotencyWindowMs: number;
  /** The promoted ledger, as a role that may read all of it. */
  readonly ledger: Pool;
  readonly build: CoreBuild;
  /** Behaviour of the lost core when no upgrade was ever settled; default the newest of the build. */
  readonly version?: number;
  /** Last record of the new journal that is not to be applied; default: it is empty, or all of it is. */
  readonly position?: string;
  readonly snapshots: SnapshotStore;
  readonly bus: EventBus;
  /** Makes the lease of the new region stand at an epoch and a sequence, free to be taken. */
  readonly openEpoch: (epoch: number, publishedSeq: number) => Promise<void>;
  /** What is left of the lost region. */
  readonly sources: ReportSources;
  /** False: nothing is written, the report says what would be. */
  readonly apply: boolean;
  readonly signal: AbortSignal;
}

/**
 * Builds the core of a lost region out of the ledger alone: a snapshot for the matchers here to start from with an empty journal, at the
 * ledger's sequence plus what had to end, and an epoch that fences every earlier leader. May be run again until a matcher has started.
 *
 * @throws CorruptDataError when the ledger is not the state of one core
 */
export async function rebuildCore(options: RebuildOptions): Promise<ReconciliationReport> {
  const { partition, idempotencyWindowMs, ledger, build, snapshots, bus, apply, signal } = options;
  const settled = await loadImage(ledger, { partition, idempotencyWindowMs });
  const { image, events } = closeCutCommand(settled);
  const version = image.version ?? options.version ?? build.newestVersion;
  const state = snapshotOf(image, version);
  const core = build.restore(state, partition);
  if (core.lastSeq !== image.seq) throw new CorruptDataError(`the core stands at ${core.lastSeq}, the ledger at ${image.seq}`);
  const epoch = settled.epoch + 1;
  const lost = await findUnsettled(ledger, partition, options.sources, signal);
  if (apply) {
    // First the fence: what the old leader may still have on its way counts no more once the ledger has heard of this epoch.
    await options.openEpoch(epoch, image.seq);
    for (let from = 0; from < events.length;) from += await bus.publish({ partition, epoch, events: events.slice(from) });
    await snapshots.save({ partition, seq: image.seq, position: options.position, version, state });
  }
  return {
    partition,
    generatedAt: new Date().toISOString(),
    ledger: { seq: settled.seq, time: new Date(settled.time).toISOString(), epoch: settled.epoch },
    opened: { seq: image.seq, epoch, version, stateHash: build.hashOf(state) },
    applied: apply,
    ended: events.map(({ orderId, accountId, symbol, reason, remainingLots }) => ({ orderId, accountId, symbol, reason, remainingLots })),
    ...lost,
  };
}
