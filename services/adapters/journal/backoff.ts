import { setTimeout as sleep } from 'node:timers/promises';
import { JournalUnreadableError } from './journal-errors';
import type { Logger } from '../../runtime';

export interface BackoffOptions {
  /** What fails, for the log. */
  readonly what: string;
  /** What it fails on. */
  readonly where: string;
  /** Whether only somebody's action can end this error. Everything else passes. */
  readonly isPermanent: (error: unknown) => boolean;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Waits longer after each failure, with jitter, and speaks of trouble once until it is over. */
export class Backoff {
  private failures = 0;

  constructor(private readonly options: BackoffOptions) {}

  succeeded(): void {
    if (this.failures > 0) this.options.logger.info({ after: this.failures }, `${this.options.what} works again`);
    this.failures = 0;
  }

  /** @throws JournalUnreadableError when waiting is of no use */
  async failed(error: unknown): Promise<void> {
    const { what, where, isPermanent, signal, logger } = this.options;
    if (error instanceof JournalUnreadableError) throw error;
    const { name, message } = error as Error;
    if (isPermanent(error)) throw new JournalUnreadableError(`${where} cannot be read: ${name}: ${message}`, { cause: error });
    if (this.failures === 0) logger.warn({ reason: `${name}: ${message}` }, `${what} failed; trying again`);
    const limit = Math.min(5_000, 100 * 2 ** Math.min(this.failures++, 6));
    await pause(limit * (0.5 + Math.random() / 2), signal);
  }
}

/** Resolves after a time, or at once when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
