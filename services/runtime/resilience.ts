import { setTimeout as sleep } from 'node:timers/promises';
import { Breaker, type BreakerOptions } from './breaker';
import { counter } from './metrics';
import { RetryBudget, type RetryBudgetOptions } from './retry-budget';
import { DeadlineError, HttpStatusError, isAway, isTransient } from './transient';

export interface PolicyOptions {
  /** Whom it asks, for errors and metrics: one of few names, never an address. */
  readonly name: string;
  /** Longest wait for one attempt, in milliseconds. */
  readonly timeoutMs: number;
  /** Attempts at a call that may be repeated, the first one included; default 3. */
  readonly attempts?: number;
  /** Longest wait for a call with all its attempts and pauses, in milliseconds; default `attempts` × `timeoutMs`. */
  readonly deadlineMs?: number;
  /** Longest pause before the first retry, in milliseconds; it doubles with each. The pause is anything between nothing and that. Default 100. */
  readonly pauseMs?: number;
  /** Longest pause of all, unless the other side asks for a longer one; default 2,000. */
  readonly maxPauseMs?: number;
  readonly budget?: RetryBudgetOptions;
  /** When it stops asking; default after five failures in a row, for a second. */
  readonly breaker?: Pick<BreakerOptions, 'failures' | 'coolDownMs' | 'isFailure'>;
  /** Which errors may pass by themselves; default `isTransient`. */
  readonly isTransient?: (error: unknown) => boolean;
}

/** What only the caller knows of a call. */
export interface CallOptions {
  /** Whether a repetition has no effect that the first attempt does not have. If not, there is one attempt whatever happens. */
  readonly idempotent: boolean;
  /** Ends the call, and is passed on. */
  readonly signal?: AbortSignal;
}

const retried = counter('trading_outgoing_retries_total', 'Requests to others that were repeated.', ['target']);
const refused = counter('trading_outgoing_retries_refused_total', 'Requests to others that were not repeated for lack of budget.', ['target']);

/**
 * How others are asked: every attempt has its time, every call its deadline; what may be repeated is, after a random pause, as long as the budget
 * lasts; and who fails again and again is left alone for a while. One policy per target, shared by all that ask it. Why this is own code:
 * docs/decisions/0078.
 */
export class ResiliencePolicy {
  readonly breaker: Breaker;
  private readonly budget: RetryBudget;

  constructor(private readonly options: PolicyOptions) {
    this.breaker = new Breaker({ isFailure: isAway, ...options.breaker, name: options.name });
    this.budget = new RetryBudget(options.budget);
  }

  /**
   * @param work one attempt; the signal ends it, and the wait for it ends even if it does not listen
   * @throws BreakerOpenError at once while the target is left alone; DeadlineError when an attempt took too long; else what the last attempt threw
   */
  async run<T>({ idempotent, signal }: CallOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { name, timeoutMs, attempts = 3, deadlineMs = attempts * timeoutMs, isTransient: mayPass = isTransient } = this.options;
    const ends = performance.now() + deadlineMs;
    this.budget.earn();
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      try {
        return await this.breaker.run(
          () => this.attempt(work, Math.min(timeoutMs, ends - performance.now()), signal), () => signal?.aborted === true && !isAway(signal.reason));
      } catch (error) {
        if (!idempotent || attempt >= attempts || signal?.aborted || !mayPass(error)) throw error;
        const pause = this.pauseAfter(attempt, error);
        if (performance.now() + pause >= ends) throw error;
        if (!this.budget.spend()) {
          refused.inc({ target: name });
          throw error;
        }
        retried.inc({ target: name });
        await sleep(pause, undefined, { signal });
      }
    }
  }

  /** Full jitter: those who failed together do not come back together. */
  private pauseAfter(attempt: number, error: unknown): number {
    const { pauseMs = 100, maxPauseMs = 2_000 } = this.options;
    const asked = error instanceof HttpStatusError ? error.retryAfterMs ?? 0 : 0;
    return asked + Math.random() * Math.min(maxPauseMs, pauseMs * 2 ** (attempt - 1));
  }

  private async attempt<T>(work: (signal: AbortSignal) => Promise<T>, ms: number, signal: AbortSignal | undefined): Promise<T> {
    const ending = new AbortController();
    const stop = (): void => ending.abort(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    const timer = setTimeout(() => ending.abort(new DeadlineError(this.options.name, ms)), ms);
    try {
      const ended = new Promise<never>((_, reject) => {
        ending.signal.addEventListener('abort', () => reject(ending.signal.reason as Error), { once: true });
      });
      // Whichever is later has nobody who waits for it.
      ended.catch(() => undefined);
      const working = work(ending.signal);
      working.catch(() => undefined);
      return await Promise.race([working, ended]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }
}
