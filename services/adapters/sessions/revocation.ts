/** What is over: one session, everything of a user that began before, or his API keys as well. */
export type RevokedKind = 'session' | 'user' | 'keys';

const KINDS: readonly RevokedKind[] = ['session', 'user', 'keys'];

/** Something that is over, for whoever decides from memory. */
export interface Revocation {
  readonly kind: RevokedKind;
  /** Of the session, or of the user. */
  readonly id: string;
  /** Second of the epoch. */
  readonly at: number;
}

/**
 * Seconds for which a revocation is told to whoever asks what is over: longer than any access token of Cognito lives, which is a day. Refreshed
 * tokens come later than that, and are held against the session itself when they are seen first.
 */
export const TOLD_SECONDS = 26 * 3_600;

/** User in the index whose entries are the revocations: no user has such an id. */
export const REVOCATIONS = 'revocations';

/** Key of a revocation's item. One that is repeated stays one, with its last time. */
export function revocationKey({ kind, id }: Pick<Revocation, 'kind' | 'id'>): string {
  return `over/${kind}/${id}`;
}

/** @returns undefined for a key that is none of a revocation */
export function revocationOf(key: string, at: number): Revocation | undefined {
  const [over, kind, id, ...more] = key.split('/');
  if (over !== 'over' || !KINDS.includes(kind as RevokedKind) || !id || more.length > 0 || !Number.isSafeInteger(at)) return undefined;
  return { kind: kind as RevokedKind, id, at };
}
