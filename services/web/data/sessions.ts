import { type Api, ApiProblem } from './api';

/** Which ways of signing in the system has. */
export interface SignInOptions {
  /** Whether it can keep somebody signed in beyond a token's life. */
  readonly remember: boolean;
  /** Whether it knows which sessions there are. */
  readonly sessions: boolean;
  readonly federated: readonly { readonly provider: string; readonly url: string }[];
}

/** A session of the account, wherever it was begun. */
export interface SessionRow {
  readonly id: string;
  readonly signedInAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly client?: string;
  readonly current: boolean;
}

export interface Token {
  readonly accessToken: string;
  readonly expiresIn: number;
}

const NONE: SignInOptions = { remember: false, sessions: false, federated: [] };

export async function signInOptions(api: Api): Promise<SignInOptions> {
  return { ...NONE, ...await api.get<Partial<SignInOptions>>('/v1/sign-in/options').catch(() => NONE) };
}

/**
 * A new token for the refresh token that the browser keeps where the page cannot read it.
 *
 * @returns undefined when there is none, or it is over
 * @throws ApiProblem
 */
export async function refreshed(api: Api): Promise<Token | undefined> {
  try {
    return await api.send<Token>('POST', '/v1/sessions/refresh', {});
  } catch (error) {
    // Anything but a clear word may be over in a moment.
    if (error instanceof ApiProblem && [400, 401, 403, 404].includes(error.status)) return undefined;
    throw error;
  }
}

/** Who a token is of, for the eye alone: the server decides by its signature. */
export function usernameOf(token: string): string | undefined {
  try {
    const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    const { username } = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (one) => one.charCodeAt(0)))) as { username?: unknown };
    return typeof username === 'string' ? username : undefined;
  } catch {
    return undefined;
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  denied: 'The other site did not let you in.',
  expired: 'That took too long. Try again.',
  unavailable: 'The other site cannot be reached at the moment.',
};

/** What came of signing in elsewhere, as a sentence. */
export function signInProblem(code: string): string {
  return PROBLEMS[code] ?? 'Signing in elsewhere did not work. Try again.';
}
