import { JwtVerifier } from 'aws-jwt-verify';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { isUuid } from '../../domain';
import type { Logger } from '../../runtime';
import { PROTOCOL } from '../events';

/** What API Gateway asks an authorizer. */
export interface AuthorizerEvent {
  readonly methodArn: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
}

/** Whose token it is, and until when. */
export interface Caller {
  readonly accountId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export type Verify = (token: string) => Promise<Caller>;

/** What every token has whose user signed in at the pool, and no token of a machine. */
const USER_SCOPE = 'aws.cognito.signin.user.admin';
/** Key id of the local Cognito emulator, whose private key everybody has. */
const PUBLIC_KEY_ID = 'CognitoLocal';
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Verifies access tokens of one client of a user pool. The pool's keys are fetched with the first token and kept. */
export function tokenVerifier(issuer: string, clientId: string): Verify {
  const verifier = JwtVerifier.create({ issuer, audience: null });
  const trustsPublicKey = LOOPBACK.test(new URL(issuer).hostname);
  return async (token) => {
    if (decomposeUnverifiedJwt(token).header.kid === PUBLIC_KEY_ID && !trustsPublicKey) throw new Error('the token is signed with a key that is public knowledge');
    const claims = await verifier.verify(token) as Record<string, unknown>;
    if (claims.token_use !== 'access') throw new Error('the token is not an access token');
    if (claims.client_id !== clientId) throw new Error('the token belongs to another client');
    if (!String(claims.scope).split(' ').includes(USER_SCOPE)) throw new Error('the token lacks a scope');
    if (typeof claims.sub !== 'string' || !isUuid(claims.sub) || typeof claims.exp !== 'number') throw new Error('the token names no account');
    return { accountId: claims.sub, expiresAt: claims.exp * 1_000 };
  };
}

/**
 * The policy that lets a client connect, or keeps it out, and what the other functions are told of it.
 *
 * @param origins web pages that may connect, or `*`; what is no browser names none
 */
export async function authorize(
  event: AuthorizerEvent, verify: Verify, origins: readonly string[], logger: Pick<Logger, 'info'>,
): Promise<object> {
  const token = tokenOf(event);
  const origin = headerOf(event, 'origin');
  let caller: Caller | undefined;
  try {
    if (origin !== undefined && !origins.includes('*') && !origins.includes(origin)) throw new Error(`pages of ${JSON.stringify(origin)} may not connect`);
    if (token === undefined) throw new Error(`no token follows '${PROTOCOL}' in Sec-WebSocket-Protocol`);
    caller = await verify(token);
  } catch (error) {
    logger.info({ reason: (error as Error).message }, 'a client was refused');
  }
  return {
    principalId: caller?.accountId ?? 'nobody',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: caller ? 'Allow' : 'Deny', Resource: event.methodArn }],
    },
    // Texts and numbers only: API Gateway keeps them for as long as the connection lasts.
    context: caller ? { accountId: caller.accountId, expiresAt: caller.expiresAt } : {},
  };
}

/** `bearer, <token>`: browsers can send a token in this header only, and a query would end up in logs. */
function tokenOf(event: AuthorizerEvent): string | undefined {
  const [protocol, token, ...more] = (headerOf(event, 'sec-websocket-protocol') ?? '').split(',').map((part) => part.trim());
  return protocol === PROTOCOL && token && more.length === 0 ? token : undefined;
}

function headerOf({ headers }: AuthorizerEvent, wanted: string): string | undefined {
  return Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === wanted)?.[1];
}
