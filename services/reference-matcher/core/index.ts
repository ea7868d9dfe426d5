import { ReferenceCore } from './reference-core';
import { readSnapshot } from './snapshot';
import { CoreState } from './state';
import type { Core } from '../../domain';

export interface CoreOptions {
  readonly partition: number;
  /** Milliseconds of journal time for which a client order id stays taken after its order ended. */
  readonly idempotencyWindowMs: number;
}

/** A core that has seen nothing. */
export function createCore({ partition, idempotencyWindowMs }: CoreOptions): Core {
  return new ReferenceCore(new CoreState(partition, idempotencyWindowMs));
}

/**
 * The core whose `snapshot()` this is. The idempotency window is part of the state and comes from there: two replicas that
 * forgot at different times would answer differently.
 *
 * @throws CorruptDataError when the text is not a snapshot of this partition that this build can read
 */
export function restoreCore(snapshotText: string, partition: number): Core {
  return new ReferenceCore(readSnapshot(snapshotText, partition));
}
