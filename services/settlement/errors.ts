/** The ledger refuses an event, and will again: its message halts the partition after some attempts. */
export class RefusedEventError extends Error {
  /** @param seq the event, when it is known */
  constructor(readonly seq: number | undefined, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RefusedEventError';
  }
}

/** A run starts behind events that the ledger does not have yet. Nothing is skipped: the message waits for them. */
export class SequenceGapError extends Error {
  constructor(readonly partition: number, readonly lastSeq: number, readonly firstSeq: number) {
    super(`event ${partition}/${firstSeq} cannot follow ${partition}/${lastSeq}: ${firstSeq - lastSeq - 1} events before it have not arrived`);
    this.name = 'SequenceGapError';
  }
}

/** The partition is halted: its messages wait for a release. */
export class PartitionHaltedError extends Error {
  constructor(readonly partition: number, readonly haltedSeq: number, reason: string) {
    super(`partition ${partition} is halted at event ${haltedSeq}: ${reason}`);
    this.name = 'PartitionHaltedError';
  }
}

/** SQLSTATE classes that speak of the data: data exceptions, cardinality and integrity violations. All others pass or are ours to repair. */
const REFUSALS = /^(21|22|23)[0-9A-Z]{3}$/;
/** The connection broke under the statement: the server was stopped, promoted or cut off. */
const LOST = new Set(['57P01', '57P02', '08006', '08003', 'ECONNRESET', 'EPIPE']);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * Whether the database refused the data itself, so that the same message would fail for ever. An outage, a failover, a full disk,
 * a missing migration or privilege is none of the message's fault and heals without a release.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof RefusedEventError || REFUSALS.test(codeOf(error));
}

/** Whether the same work is worth one more attempt at once, on another connection. */
export function isLostConnection(error: unknown): boolean {
  return LOST.has(codeOf(error)) || (error instanceof Error && error.message.startsWith('Connection terminated unexpectedly'));
}
