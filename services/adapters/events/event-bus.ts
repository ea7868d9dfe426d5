import type { EventRun } from '../../domain';

/** Takes events on their way to settlement, in order and durably. */
export interface EventBus {
  /**
   * Sends as many of the run's events, from the first on, as fit one message. One call at a time per partition: the next one
   * begins where this one ended. A failed call may have taken place and is repeated; the ledger skips what it has.
   *
   * @returns the number of events that are in the queue now; at least one
   */
  publish(run: EventRun): Promise<number>;
  close(): Promise<void>;
}
