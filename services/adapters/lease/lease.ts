/** Who leads a partition, as the lease store has it. */
export interface LeaseState {
  /** Id of the process that leads; empty after it let go. */
  readonly owner: string;
  /** Grows with every change of the leader. */
  readonly epoch: number;
  /** Grows with every write: while it changes, the leader lives. */
  readonly version: number;
  /** All events up to this sequence are known to be in the queue. */
  readonly publishedSeq: number;
}

/** Keeps one lease per partition. Every change is conditional, so two writers never both succeed. */
export interface LeaseStore {
  /** What is written now, or undefined when nobody ever led. */
  read(partition: number): Promise<LeaseState | undefined>;
  /**
   * Makes `owner` the leader with the next epoch, if the lease is still as `observed`.
   *
   * @returns the new state, or undefined when someone else was faster
   */
  acquire(partition: number, owner: string, observed: LeaseState | undefined): Promise<LeaseState | undefined>;
  /**
   * Writes that the leader lives and how far it published; a lower sequence than the one that is there changes nothing.
   *
   * @returns false when it leads no longer
   */
  renew(partition: number, owner: string, epoch: number, publishedSeq: number): Promise<boolean>;
  /** Lets go, so that another one may lead at once. Does nothing when someone else leads already. */
  release(partition: number, owner: string, epoch: number, publishedSeq: number): Promise<void>;
  close(): Promise<void>;
}
