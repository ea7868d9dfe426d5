/** Who is signed in. The token is kept as long as the tab. */
export interface Session {
  readonly username: string;
  readonly token: string;
  readonly expiresAt: number;
  /** Whether the browser keeps what a new token can be had for. */
  readonly remembered?: boolean;
}

/** An answer that is not the one that was asked for: problem details, or none at all. */
export class ApiProblem extends Error {
  constructor(
    message: string,
    /** Of the answer; 0 when none came. */
    readonly status: number,
    /** Machine-readable, such as `insufficient_funds`. */
    readonly code: string,
    /** The field that it is about. */
    readonly field?: string,
    readonly retryAfterMs?: number,
  ) {
    super(message);
    this.name = 'ApiProblem';
  }

  /** Whether the request may have taken effect all the same. */
  get isUncertain(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504 || (this.status === 503 && this.code === 'journal_unavailable');
  }
}

export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

const TIMEOUT_MS = 8_000;
const ATTEMPTS = 4;

/** The public HTTP API. */
export class Api {
  constructor(
    private readonly fetch: Fetch,
    private readonly token: () => string | undefined,
    private readonly pause = (ms: number) => new Promise((done) => setTimeout(done, ms)),
  ) {}

  get<T>(path: string): Promise<T> {
    return this.send('GET', path);
  }

  /** Sends a request once. @throws ApiProblem */
  async send<T>(method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    const token = this.token();
    let response: Response;
    try {
      response = await this.fetch(path, {
        method,
        cache: 'no-store',
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      throw new ApiProblem('The server cannot be reached.', 0, 'unreachable');
    }
    // What is said of another token says nothing about the one of now.
    if (response.status === 401 && token !== this.token()) throw new ApiProblem('The session has changed meanwhile.', 0, 'superseded');
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok && answer !== undefined) return answer as T;
    throw problemOf(response, answer);
  }

  /**
   * Sends something that has an id of the client's own, and again while it is not known whether it arrived: the id makes a repetition harmless.
   *
   * @throws ApiProblem
   */
  async sendSurely<T>(method: string, path: string, body: object | undefined, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.send<T>(method, path, body, headers);
      } catch (error) {
        if (!(error instanceof ApiProblem) || attempt === ATTEMPTS || !(error.isUncertain || error.status === 503)) throw error;
        await this.pause(error.retryAfterMs ?? 250 * 2 ** attempt);
      }
    }
  }
}

function problemOf(response: Response, answer: unknown): ApiProblem {
  const { detail, code, field } = (typeof answer === 'object' && answer !== null ? answer : {}) as Readonly<Record<string, unknown>>;
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  return new ApiProblem(
    typeof detail === 'string' ? detail : `The server answered ${response.status}.`,
    response.status,
    typeof code === 'string' ? code : 'unknown',
    typeof field === 'string' ? field : undefined,
    Number.isFinite(retryAfter) ? Math.min(retryAfter, 5) * 1_000 : undefined,
  );
}

/** What is known of every problem is said in the words of the API; these say what to do about it. */
const ADVICE: Readonly<Record<string, string>> = {
  insufficient_funds: 'There is not enough free for this order. Choose a smaller quantity, or cancel an order that holds funds.',
  below_minimum_notional: 'The order is worth less than the instrument allows. Choose a larger quantity.',
  outside_price_band: 'The price is too far from the market. Choose one that is nearer.',
  would_take: 'It would trade at once, which post-only forbids. Change the price, or turn post-only off.',
  would_not_fill: 'The book does not have the whole quantity, which fill-or-kill asks for.',
  would_trigger_immediately: 'The market is already past the stop price.',
  too_many_open_orders: 'There are too many open orders of this instrument. Cancel one.',
  unfilled: 'The rest found nobody in the book.',
  instrument_not_open: 'Trading of this instrument is halted.',
  venue_not_open: 'Trading is halted.',
  account_killed: 'This account was stopped by an operator.',
  position_limit: 'You would own more than the instrument allows.',
};

/** What a reason of the core means for whoever placed the order. */
export function reasonText(reason: string): string {
  return ADVICE[reason] ?? `Reason: ${reason.replaceAll('_', ' ')}.`;
}
