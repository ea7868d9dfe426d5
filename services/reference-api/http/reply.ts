import type { ServerResponse } from 'node:http';
import { INTERNAL_ERROR, PROBLEM_TYPE, problemOf, toApiError } from './errors';
import type { Logger } from '../../runtime';

/** What a route answers. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Cookies to set, over HTTP. */
  readonly cookies?: readonly string[];
  /** For the audit trail, where a request did not fail and yet came to nothing, or where only its answer knows whose it was. */
  readonly told?: {
    readonly outcome?: string; readonly actor?: string; readonly entity?: string; readonly detail?: Readonly<Record<string, string>>;
  };
}

/** On every JSON answer: never stored, never anything but data, never framed. */
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
} as const;

/** Sends a reply as JSON, without the detours of `response.json`. */
export function sendJson(response: ServerResponse, { status, body, headers, cookies }: Reply): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, { ...HEADERS, 'content-length': Buffer.byteLength(text), ...headers, ...(cookies?.length ? { 'set-cookie': [...cookies] } : {}) });
  response.end(text);
}

/** What an error means to the client; a fault of ours is logged and told as nothing but that. */
export function errorReply(error: unknown, logger: Logger): Reply {
  const known = toApiError(error);
  if (!known) logger.error({ err: error }, 'a request failed');
  const told = known ?? INTERNAL_ERROR;
  return { status: told.status, body: problemOf(told), headers: { 'content-type': PROBLEM_TYPE, ...told.headers } };
}

export function sendError(response: ServerResponse, error: unknown, logger: Logger): void {
  sendJson(response, errorReply(error, logger));
}
