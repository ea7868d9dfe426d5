/** A breaker that is open turned work away: nothing was tried. */
export class BreakerOpenError extends Error {
  constructor(name: string) {
    super(`${name} failed a moment ago and is not tried yet`);
    this.name = 'BreakerOpenError';
  }
}

export interface BreakerOptions {
  /** What it stands in front of, for its errors. */
  readonly name: string;
  /** Failures in a row after which it opens. */
  readonly failures?: number;
  /** Milliseconds for which it stays open before one call may try again. */
  readonly coolDownMs?: number;
  /** Which errors say that the other side is away; default all. */
  readonly isFailure?: (error: unknown) => boolean;
}

export type BreakerState = 'closed' | 'open' | 'trying';

/**
 * Keeps a service from waiting, call after call, for something that does not answer. Own code, because the libraries for it ask for a newer Node
 * than the constructs support, and this is all that is needed of them.
 */
export class Breaker {
  private failed = 0;
  private openUntil = 0;
  private trial = false;
  /** How often it has opened. */
  opened = 0;

  constructor(private readonly options: BreakerOptions) {}

  get state(): BreakerState {
    const { failures = 5 } = this.options;
    if (this.failed < failures) return 'closed';
    return this.trial || performance.now() >= this.openUntil ? 'trying' : 'open';
  }

  /** @throws BreakerOpenError at once while it is open; else what the work throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { name, failures = 5, coolDownMs = 1_000, isFailure = () => true } = this.options;
    const tries = this.failed >= failures;
    if (tries && (this.trial || performance.now() < this.openUntil)) throw new BreakerOpenError(name);
    if (tries) this.trial = true;
    try {
      const result = await work();
      this.failed = 0;
      return result;
    } catch (error) {
      if (!isFailure(error)) {
        // It did answer.
        this.failed = 0;
        throw error;
      }
      this.failed += 1;
      if (this.failed >= failures) {
        if (this.failed === failures) this.opened += 1;
        this.openUntil = performance.now() + coolDownMs;
      }
      throw error;
    } finally {
      if (tries) this.trial = false;
    }
  }
}
