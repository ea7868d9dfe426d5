import { HttpTarget, type Logger } from '../../runtime';

/** A set of public keys as the user pool publishes it. */
export interface KeySet {
  readonly keys: readonly { readonly kid: string }[];
}

/** The keys could not be fetched, so nobody can say whether a token is good. */
export class KeysUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeysUnavailableError';
  }
}

export interface KeyStoreOptions {
  readonly jwksUri: string;
  readonly logger: Logger;
  /** Called with a key set that differs from the one before. */
  readonly onChange: (keys: KeySet) => void;
  /** Milliseconds between two regular fetches. */
  readonly refreshMs?: number;
  /** Least milliseconds between two fetches that unknown key ids ask for; anybody can make one up. */
  readonly cooldownMs?: number;
  /** Milliseconds until the first repetition of a failed fetch at the start. */
  readonly retryMs?: number;
}

/** Holds the keys that tokens are signed with: fetched at the start, again every hour, and when a token names an unknown one. */
export class KeyStore {
  private current = '';
  private ids: ReadonlySet<string> = new Set();
  private fetching: Promise<void> | undefined;
  private lastAttempt = 0;
  private problem: string | undefined = 'no keys yet';
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  // No breaker: `cooldownMs` is one. Requests wait for an unknown key, so the deadline is short.
  private readonly pool = new HttpTarget({
    name: 'the token keys', timeoutMs: 2_000, attempts: 2, deadlineMs: 3_000, maxBytes: 256 * 1024, breaker: { failures: Infinity },
  });

  constructor(private readonly options: KeyStoreOptions) {}

  /** Fetches in the background until it works, then regularly. */
  start(): void {
    void this.keepFresh(0);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  get loaded(): boolean {
    return this.ids.size > 0;
  }

  /** What the last fetch failed with, undefined when it worked. */
  get lastProblem(): string | undefined {
    return this.problem;
  }

  /**
   * Whether a key id is known, after another look at the published keys when it is not.
   *
   * @throws KeysUnavailableError when that look failed
   */
  async knows(kid: string): Promise<boolean> {
    if (this.ids.has(kid)) return true;
    if (this.fetching || Date.now() - this.lastAttempt >= (this.options.cooldownMs ?? 10_000)) await this.fetch().catch(() => undefined);
    if (this.ids.has(kid)) return true;
    if (this.problem !== undefined) throw new KeysUnavailableError(this.problem);
    return false;
  }

  private async keepFresh(failures: number): Promise<void> {
    const { logger, retryMs = 200, refreshMs = 3_600_000 } = this.options;
    let pause = refreshMs;
    try {
      await this.fetch();
      failures = 0;
    } catch (error) {
      logger.warn({ reason: (error as Error).message }, 'could not fetch the token keys; trying again');
      pause = Math.min(30_000, retryMs * 2 ** Math.min(failures++, 16)) * (0.5 + Math.random() / 2);
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.keepFresh(failures), pause).unref();
  }

  private fetch(): Promise<void> {
    this.fetching ??= this.load().finally(() => {
      this.fetching = undefined;
    });
    return this.fetching;
  }

  private async load(): Promise<void> {
    const { jwksUri } = this.options;
    this.lastAttempt = Date.now();
    try {
      const { text } = await this.pool.get(jwksUri);
      const set = JSON.parse(text) as KeySet;
      const ids = new Set(set.keys.map((key) => key.kid));
      if (ids.size === 0) throw new Error('the key set is empty');
      if (text !== this.current) this.options.onChange(set);
      this.current = text;
      this.ids = ids;
      this.problem = undefined;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
      this.problem = `token keys at ${jwksUri} cannot be fetched: ${error instanceof Error ? error.message : String(error)}${cause}`;
      throw new KeysUnavailableError(this.problem, { cause: error });
    }
  }
}
