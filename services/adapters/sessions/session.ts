import { createHash } from 'node:crypto';

/** A time that somebody signed in. */
export interface Session {
  readonly sessionId: string;
  readonly userId: string;
  /** Seconds of the epoch. */
  readonly signedInAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  /** When it was ended, if it was. */
  readonly endedAt?: number;
  /** What the client called itself when it was seen first. */
  readonly client?: string;
}

/** Who asks, from where. */
export interface Sighting {
  readonly sessionId: string;
  readonly userId: string;
  readonly signedInAt: number;
  readonly client?: string;
}

const SESSION_ID = /^[0-9a-f]{32}$/;

/**
 * Id of a session: a digest of what all tokens of one sign-in share, refreshed ones included. It says nothing about the tokens.
 *
 * @param userId the tokens' `sub`
 * @param origin their `origin_jti`, or the `jti` of a token without one
 */
export function sessionIdOf(userId: string, origin: string): string {
  return createHash('sha256').update(`${userId}/${origin}`).digest('hex').slice(0, 32);
}

/** Whether a text can be the id of a session. Other items of the table, such as those of connections, have ids of another form. */
export function isSessionId(text: string): boolean {
  return SESSION_ID.test(text);
}
