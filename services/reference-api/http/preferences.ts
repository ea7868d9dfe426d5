import { ApiError } from './errors';
import type { Route } from './route';
import { clientId } from '../orders/order-request';

/** What a request asks for beside its body. */
export interface Preferences {
  /** Milliseconds for which the client waits for the core's verdict. */
  readonly waitMs?: number;
  /** The client's own name for the request. */
  readonly idempotencyKey?: string;
}

/** Headers of a request that say something to a route; over the WebSocket they are fields of the message. */
export interface PreferenceHeaders {
  readonly 'prefer'?: string;
  readonly 'idempotency-key'?: string;
}

/** Longest wait for a verdict, in milliseconds. */
export const MAX_WAIT_MS = 10_000;

const WAIT = /^\s*wait\s*=\s*"?(\d{1,6})"?\s*$/i;
const key = clientId();
const NONE: Preferences = {};

/**
 * Reads the headers that a route listens to. A preference that cannot be met is not an error (RFC 7240); a key that cannot be one is, since the
 * client relies on it.
 *
 * @throws ApiError 400 `invalid_idempotency_key`
 */
export function preferencesOf({ accepts = [] }: Pick<Route, 'accepts'>, headers: PreferenceHeaders): Preferences {
  const { prefer } = headers;
  const idempotencyKey = accepts.includes('idempotency-key') ? headers['idempotency-key'] : undefined;
  const waits = prefer !== undefined && accepts.includes('wait');
  if (!waits && idempotencyKey === undefined) return NONE;
  if (idempotencyKey !== undefined && !key.safeParse(idempotencyKey).success) {
    throw new ApiError(400, 'invalid_idempotency_key', 'An Idempotency-Key has 1 to 36 printable ASCII characters and no spaces.');
  }
  const wait = waits ? prefer.split(',').map((one) => WAIT.exec(one)?.[1]).find((one) => one !== undefined) : undefined;
  return {
    ...(wait === undefined ? {} : { waitMs: Math.min(MAX_WAIT_MS, Number(wait)) }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

/** The id that a request is known by: from its body or its header, which must not contradict each other. @throws ApiError 400 */
export function ownId(inBody: string | undefined, { idempotencyKey }: Preferences, field: string): string | undefined {
  if (inBody !== undefined && idempotencyKey !== undefined && inBody !== idempotencyKey) {
    throw new ApiError(400, 'ambiguous_idempotency_key', `The Idempotency-Key and ${field} differ; send one of them.`, { field });
  }
  return inBody ?? idempotencyKey;
}
