export interface RetryBudgetOptions {
  /** Retries that every call earns, default 0.1: in the long run at most every tenth request is a repetition. */
  readonly share?: number;
  /** Retries that may be saved up, and that a process begins with; default 10. Without them, whoever calls seldom could never repeat. */
  readonly reserve?: number;
}

/**
 * How much may be repeated, as a token bucket that calls fill and retries empty. An outage makes every call fail: if each were repeated twice,
 * whoever is coming back would meet three times the load that he failed under.
 */
export class RetryBudget {
  private tokens: number;
  private readonly share: number;
  private readonly reserve: number;

  constructor({ share = 0.1, reserve = 10 }: RetryBudgetOptions = {}) {
    this.share = share;
    this.reserve = reserve;
    this.tokens = reserve;
  }

  /** A call begins, whatever becomes of it. */
  earn(): void {
    this.tokens = Math.min(this.reserve, this.tokens + this.share);
  }

  /** @returns whether a retry may be made; it then counts */
  spend(): boolean {
    // Ten times a tenth is a little less than one.
    if (this.tokens < 1 - 1e-9) return false;
    this.tokens -= 1;
    return true;
  }
}
