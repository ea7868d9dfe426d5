import { counter, gauge } from './metrics';

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

// By name, and a number rather than a state: what several parts of a process ask may have a breaker for each.
const openNow = gauge('trading_breakers_open', 'Breakers that turn calls away, or have one call try.', ['breaker']);
/** An alarm must not stand because nobody asks any more: what would happen then is not known. */
const UNASKED_MS = 60_000;
const openings = counter('trading_breaker_openings_total', 'How often breakers have opened.', ['breaker']);

/**
 * Keeps a service from waiting, call after call, for something that does not answer. While one call tries, the others are turned away at once: most
 * libraries have them wait for it. Why it is own code: docs/decisions/0078.
 */
export class Breaker {
  private failed = 0;
  private openUntil = 0;
  private trial = false;
  /** While it stands in the metric. */
  private counted: NodeJS.Timeout | undefined;
  /** How often it has opened. */
  opened = 0;

  constructor(private readonly options: BreakerOptions) {
    openNow.inc({ breaker: options.name }, 0);
    openings.inc({ breaker: options.name }, 0);
  }

  get state(): BreakerState {
    const { failures = 5 } = this.options;
    if (this.failed < failures) return 'closed';
    return this.trial || performance.now() >= this.openUntil ? 'trying' : 'open';
  }

  /**
   * @param saysNothing whether a failure was the caller's own doing, so that it is no sign of the other side's state
   * @throws BreakerOpenError at once while it is open; else what the work throws
   */
  async run<T>(work: () => Promise<T>, saysNothing: () => boolean = () => false): Promise<T> {
    const { name, failures = 5, coolDownMs = 1_000, isFailure = () => true } = this.options;
    const tries = this.failed >= failures;
    if (tries && (this.trial || performance.now() < this.openUntil)) throw new BreakerOpenError(name);
    if (tries) this.trial = true;
    try {
      const result = await work();
      this.answered();
      return result;
    } catch (error) {
      if (saysNothing()) throw error;
      if (!isFailure(error)) {
        this.answered();
        throw error;
      }
      this.failed += 1;
      if (this.failed >= failures) {
        if (this.failed === failures) {
          this.opened += 1;
          openings.inc({ breaker: name });
        }
        this.count();
        this.openUntil = performance.now() + coolDownMs;
      }
      throw error;
    } finally {
      if (tries) this.trial = false;
    }
  }

  private answered(): void {
    this.failed = 0;
    this.uncount();
  }

  private count(): void {
    if (this.counted) {
      this.counted.refresh();
      return;
    }
    openNow.inc({ breaker: this.options.name });
    this.counted = setTimeout(() => this.uncount(), UNASKED_MS).unref();
  }

  private uncount(): void {
    if (!this.counted) return;
    clearTimeout(this.counted);
    this.counted = undefined;
    openNow.dec({ breaker: this.options.name });
  }
}
