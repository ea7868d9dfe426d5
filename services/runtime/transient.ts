/** The other side did not answer in time. What became of the request is not known. */
export class DeadlineError extends Error {
  constructor(name: string, ms: number) {
    super(`${name} did not answer within ${Math.round(ms)} ms`);
    this.name = 'TimeoutError';
  }
}

/** An answer over HTTP that is not the one that was asked for. */
export class HttpStatusError extends Error {
  /** Milliseconds after which the other side wants to be asked again, when it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(where: string, readonly status: number, readonly headers: Headers, readonly body: string) {
    super(`${where} answered with ${status}`);
    this.name = 'HttpStatusError';
    this.retryAfterMs = retryAfter(headers.get('retry-after'));
  }
}

/** Seconds or a date, as RFC 9110 has it. */
function retryAfter(value: string | null): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

const TOO_MANY = 429;
const LATER = new Set([408, 425, TOO_MANY, 500, 502, 503, 504]);
const BROKEN = /^(ECONN(RESET|REFUSED|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND|UND_ERR_(SOCKET|CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT))$/;

/** Whether asking again may help: no connection, no answer in time, or an answer that says "later". */
export function isTransient(error: unknown): boolean {
  if (error instanceof HttpStatusError) return LATER.has(error.status);
  // `fetch` wraps what happened, a cause at a time.
  for (let depth = 0, each = error; depth < 4 && typeof each === 'object' && each !== null; depth++) {
    const { name, code, cause } = each as { readonly name?: unknown; readonly code?: unknown; readonly cause?: unknown };
    if (name === 'TimeoutError' || (typeof code === 'string' && BROKEN.test(code))) return true;
    each = cause;
  }
  return false;
}

/** Whether an error says that the other side is away. One that has had enough of us for now is there. */
export function isAway(error: unknown): boolean {
  return isTransient(error) && !(error instanceof HttpStatusError && error.status === TOO_MANY);
}
