/** Signing in, staying signed in, and the end of it. */
import { z } from 'zod';
import type { RouteDependencies } from './dependencies';
import { tokenError } from '../../auth/authenticate';
import { isSameOrigin } from '../../auth/cookies';
import { refreshRefused } from '../../auth/refresh-tokens';
import { forget, remember, remembered } from '../../auth/remembered';
import { credentialsSchema } from '../../auth/sign-in';
import { InvalidTokenError } from '../../auth/token-verifier';
import { endedSession, endedSessions, session, sessions as sessionsAnswer } from '../answers';
import { ApiError } from '../errors';
import { type Route, route } from '../route';

const sessionPath = z.strictObject({ id: z.string().max(64).meta({ description: 'Of the session, or current.' }) });
const everywhereQuery = z.strictObject({
  apiKeys: z.enum(['true', 'false']).optional().meta({ description: 'true: API keys are deleted as well, and sockets that go by them are closed.' }),
});

export function sessionRoutes({ signIn, sessions, refreshing }: RouteDependencies): readonly Route[] {
  return [
    route({
      method: 'post', path: '/v1/sessions', tag: 'session', scope: 'public', rate: 'sign_in',
      summary: 'Sign in with name and password',
      description: 'With remember a cookie is set that no script can read, and that only the routes of sessions get: POST /v1/sessions/refresh answers another access token for it.',
      body: credentialsSchema,
      answers: { 200: { description: 'An access token.', schema: session } },
      handle: async ({ body: { remember: keep = false, ...credentials } }, { header }) => {
        const { accessToken, expiresIn, refreshToken } = await signIn(credentials);
        const cookies = keep && sessions.remembers && refreshToken !== undefined ? [remember(header, { client: 'p', refreshToken }, true)] : undefined;
        return { status: 200, body: { accessToken, expiresIn }, cookies };
      },
    }),
    route({
      method: 'post', path: '/v1/sessions/refresh', tag: 'session', scope: 'public', rate: 'sign_in', audited: 'session refresh',
      summary: 'Get another access token',
      description: 'For the cookie of who stays signed in. Only pages of this site may ask, with a body of JSON; 401 says that the session is over.',
      body: z.strictObject({}),
      answers: { 200: { description: 'An access token.', schema: session } },
      handle: async (_input, { header }) => {
        if (!isSameOrigin(header)) throw new ApiError(403, 'cross_site', 'Only pages of this site may ask for this.');
        const cookie = remembered(header);
        const tokens = cookie && refreshing?.clients[cookie.client];
        if (!cookie || !tokens) throw new ApiError(400, 'not_remembered', 'There is no cookie to stay signed in by; sign in.');
        let current = cookie;
        try {
          const { accessToken, expiresIn, refreshToken } = await tokens.refresh(cookie.refreshToken);
          if (refreshToken !== undefined) current = { ...cookie, refreshToken };
          const next = refreshToken === undefined ? [] : [remember(header, current, cookie.keep)];
          const caller = await refreshing.verifier.verify(accessToken, header?.('user-agent')).catch((error: unknown) => {
            throw keeping(next, error);
          });
          if (!await sessions.mayGoOn(caller)) throw new InvalidTokenError('session_ended', 'This session is over; sign in again.');
          return { status: 200, body: { accessToken, expiresIn }, cookies: next, told: { actor: caller.accountId } };
        } catch (error) {
          if (!(error instanceof InvalidTokenError || (error instanceof ApiError && error.status === 401))) throw error;
          // The pool may not know yet that it is over.
          if (error instanceof InvalidTokenError) await sessions.revoke(current);
          const { status, code, message } = refreshRefused();
          throw new ApiError(status, code, message, {}, { 'set-cookie': forget(header) });
        }
      },
    }),
    route({
      method: 'get', path: '/v1/sessions', tag: 'session', scope: 'read', rate: 'read', feature: 'sessions',
      summary: 'Where you are signed in',
      answers: { 200: { description: 'Sessions that are not over, newest first.', schema: sessionsAnswer } },
      handle: async (_input, { caller }) => ({ status: 200, body: await sessions.list(caller!) }),
    }),
    route({
      method: 'delete', path: '/v1/sessions', tag: 'session', scope: 'trade', rate: 'read', audited: 'session end-all', feature: 'sessions',
      summary: 'Sign out everywhere',
      description: 'No token of a sign-in up to now is good for anything within seconds, and open WebSockets are closed. Programs with API keys go on, unless apiKeys is true.',
      query: everywhereQuery,
      answers: { 200: { description: 'It is done.', schema: endedSessions } },
      handle: async ({ query: { apiKeys } }, { caller, header }) => {
        const token = header?.('authorization')?.replace(/^Bearer +/i, '');
        return { status: 200, body: await sessions.endAll(caller!, token, apiKeys === 'true'), cookies: [forget(header)] };
      },
    }),
    route({
      method: 'delete', path: '/v1/sessions/{id}', tag: 'session', scope: 'trade', rate: 'read', audited: 'session end', feature: 'sessions',
      summary: 'End a session',
      description: 'current is the one that asks: its cookie is cleared, and its refresh token revoked. Where no sessions are kept that is all; the access token is good until it expires.',
      params: sessionPath,
      answers: { 200: { description: 'It is over.', schema: endedSession } },
      handle: async ({ params: { id } }, { caller, header }) => {
        const own = id === 'current' || id === caller!.sessionId;
        const body = await sessions.end(caller!, id, own ? remembered(header) : undefined);
        return { status: 200, body, cookies: own ? [forget(header)] : undefined };
      },
    }),
  ];
}

/** Where tokens cannot be verified at the moment, the browser must not be left with a refresh token that was used up. */
function keeping([next]: readonly string[], error: unknown): unknown {
  const told = error instanceof InvalidTokenError ? error : tokenError(error);
  if (next === undefined || !(told instanceof ApiError)) return told;
  return new ApiError(told.status, told.code, told.message, told.details, { ...told.headers, 'set-cookie': next });
}
