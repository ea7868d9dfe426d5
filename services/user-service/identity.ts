import { z } from 'zod';
import { sessionIdOf } from '../adapters/sessions/session';

/** Claims of an access token, as API Gateway hands them over after it has verified the token: all of them texts. */
const claims = z.object({
  'sub': z.string().min(1),
  'username': z.string().optional(),
  'cognito:groups': z.union([z.string(), z.array(z.string())]).optional(),
  'origin_jti': z.string().min(1).optional(),
  'jti': z.string().min(1),
  'auth_time': z.coerce.number().int().positive(),
});

/** Who asks, and in which session. */
export interface Identity {
  readonly userId: string;
  readonly username: string;
  readonly groups: readonly string[];
  /** See `sessionIdOf`. */
  readonly sessionId: string;
  /** Second at which the user signed in. */
  readonly signedInAt: number;
}

/** @returns undefined when the claims are not those of an access token */
export function identityOf(raw: unknown): Identity | undefined {
  const parsed = claims.safeParse(raw);
  if (!parsed.success) return undefined;
  const { sub, username, jti, origin_jti: origin, auth_time: signedInAt, 'cognito:groups': groups } = parsed.data;
  return {
    userId: sub,
    username: username ?? sub,
    groups: groupsOf(groups),
    sessionId: sessionIdOf(sub, origin ?? jti),
    signedInAt,
  };
}

/** API Gateway makes a text of the list: `a,b`, or `[a b]` with some authorizers. */
function groupsOf(groups: string | readonly string[] | undefined): string[] {
  if (groups === undefined) return [];
  const list = typeof groups === 'string' ? groups.replace(/^\[|\]$/g, '').split(/[,\s]+/) : groups;
  return list.filter((name) => name !== '');
}
