/** Something that is done to a system, and undone. Every driver has this shape, here and on AWS. */
export interface Fault {
  /** Unique in a drill, such as `matcher-kill`. */
  readonly name: string;
  /** What happens, as a sentence. */
  readonly what: string;
  /** @throws DrillError when the fault would prove nothing, or harm what it is not meant to; nothing was done then */
  check(): Promise<void>;
  /** Does it; resolves when it is done, not when it is over. */
  inject(): Promise<void>;
  /** Whether what the fault sets off by itself is complete: the writer has moved, a process has its successor. Asked again and again. */
  complete(): Promise<boolean>;
  /** Brings the system back to what it was before, and resolves when it is. Harmless when nothing was done, and when called twice. */
  restore(): Promise<void>;
  /** What is there now, for whoever has to clear up. */
  state(): Promise<string>;
  /** Longest that completion may take, in milliseconds; default that of the drill. */
  readonly completeLimitMs?: number;
  /** Longest that the way back may take, in milliseconds; default that of the drill. */
  readonly restoreLimitMs?: number;
}

/** A drill that cannot go on, in words for the person who runs it. */
export class DrillError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DrillError';
  }
}

/** A fault that was injected and is not undone: says what is left. */
export class NotRestoredError extends DrillError {
  constructor(readonly fault: string, reason: string, readonly state: string) {
    super(`${fault} was not undone: ${reason}. The state that it left: ${state}`);
    this.name = 'NotRestoredError';
  }
}

/** What a fault is given when it does not say. */
export interface FaultLimits {
  readonly completeMs: number;
  readonly restoreMs: number;
  /** Pause between two questions whether it is complete. */
  readonly pollMs: number;
}

export const LOCAL_LIMITS: FaultLimits = { completeMs: 60_000, restoreMs: 60_000, pollMs: 50 };
/** A global database takes minutes, a drill of a zone half an hour; those drivers say so themselves. */
export const AWS_LIMITS: FaultLimits = { completeMs: 600_000, restoreMs: 900_000, pollMs: 5_000 };

/** When a fault was done and undone, on the clock of the history. */
export interface Injection {
  readonly faultAt: number;
  readonly restoredAt: number;
}

/**
 * Injects a fault, waits until it is complete and undoes it, whatever happens in between; also when `signal` aborts.
 *
 * @throws NotRestoredError above everything else: a system that is left broken is what a person must hear of first
 */
export async function injectAndRestore(fault: Fault, limits: FaultLimits, now: () => number, signal?: AbortSignal): Promise<Injection> {
  await fault.check();
  signal?.throwIfAborted();
  const faultAt = now();
  let failure: unknown;
  try {
    await fault.inject();
    await untilComplete(fault, limits, signal);
  } catch (error) {
    failure = error;
  }
  await restoreInTime(fault, fault.restoreLimitMs ?? limits.restoreMs, failure);
  if (failure !== undefined) throw failure;
  return { faultAt, restoredAt: now() };
}

async function untilComplete(fault: Fault, { completeMs, pollMs }: FaultLimits, signal?: AbortSignal): Promise<void> {
  const limit = fault.completeLimitMs ?? completeMs;
  const deadline = Date.now() + limit;
  while (!await fault.complete()) {
    signal?.throwIfAborted();
    if (Date.now() > deadline) throw new DrillError(`${fault.name} was not complete within ${limit / 1_000} s: ${await fault.state()}`);
    await sleep(pollMs);
  }
}

async function restoreInTime(fault: Fault, limitMs: number, failure: unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it takes longer than ${limitMs / 1_000} s`)), limitMs);
  });
  try {
    await Promise.race([fault.restore(), late]);
  } catch (error) {
    const before = failure === undefined ? '' : ` (after ${messageOf(failure)})`;
    throw new NotRestoredError(fault.name, `${messageOf(error)}${before}`, await fault.state().catch((unknown: unknown) => `cannot be told (${messageOf(unknown)})`));
  } finally {
    clearTimeout(timer);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
