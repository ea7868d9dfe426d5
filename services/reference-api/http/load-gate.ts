import { unavailable } from './errors';
import type { RateClass } from './route';

export interface LoadGateOptions {
  /** Milliseconds for which the oldest command that is not in the journal waits already. */
  readonly journalLagMs: () => number;
  /** Milliseconds between two looks at the event loop. */
  readonly sampleMs?: number;
  readonly limits?: Partial<Readonly<Record<RateClass, LoadLimit>>>;
}

/** Lags from which on a class of requests is turned away, in milliseconds. */
export interface LoadLimit {
  readonly eventLoopMs: number;
  readonly journalMs: number;
}

/** Questions go first, then new orders; who wants to leave the market is the last to be turned away, and probes never are. */
const LIMITS: Readonly<Record<RateClass, LoadLimit>> = {
  none: { eventLoopMs: Infinity, journalMs: Infinity },
  public: { eventLoopMs: 500, journalMs: Infinity },
  sign_in: { eventLoopMs: 500, journalMs: Infinity },
  read: { eventLoopMs: 500, journalMs: Infinity },
  order: { eventLoopMs: 1_000, journalMs: 3_000 },
  cancel: { eventLoopMs: 2_000, journalMs: 6_000 },
  operate: { eventLoopMs: 4_000, journalMs: Infinity },
};

/** Turns requests away before anything is done for them, while this task or the journal cannot keep up. What was acknowledged is left alone. */
export class LoadGate {
  private readonly limits: Readonly<Record<RateClass, LoadLimit>>;
  private readonly timer: NodeJS.Timeout;
  private before = 0;
  private last = 0;
  /** Requests that were turned away. */
  shed = 0;

  constructor(private readonly options: LoadGateOptions) {
    const { sampleMs = 100 } = options;
    this.limits = { ...LIMITS, ...options.limits };
    let due = performance.now() + sampleMs;
    this.timer = setInterval(() => {
      const now = performance.now();
      this.before = this.last;
      this.last = Math.max(0, now - due);
      due = now + sampleMs;
    }, sampleMs).unref();
  }

  /** How late the event loop is, in milliseconds: the lesser of the last two looks, since a single pause is over when it is seen. */
  get eventLoopLagMs(): number {
    return Math.min(this.before, this.last);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Whether requests of a class are turned away now. */
  refuses(rate: RateClass): boolean {
    const { eventLoopMs, journalMs } = this.limits[rate];
    return this.eventLoopLagMs > eventLoopMs || (journalMs !== Infinity && this.options.journalLagMs() > journalMs);
  }

  /** @throws ApiError 503 with `Retry-After`; nothing was taken */
  admit(rate: RateClass): void {
    if (!this.refuses(rate)) return;
    this.shed += 1;
    throw unavailable('overloaded', 'This service cannot keep up at the moment; nothing was taken. Try again in a moment.');
  }
}
