/** Signing in with accounts from elsewhere. */
import { z } from 'zod';
import type { RouteDependencies } from './dependencies';
import type { Sent } from '../../auth/federated/federated-sign-in';
import { isOwnPath } from '../../auth/federated/flow';
import { signInOptions } from '../answers';
import { ApiError, notHere } from '../errors';
import type { Reply } from '../reply';
import { type Route, route } from '../route';
import { coded } from '../validate';

const beginQuery = z.strictObject({
  provider: z.string().max(32).optional().meta({ description: 'One of those that the options name; default the first.' }),
  returnTo: z.string().max(512).refine(isOwnPath, { error: coded('invalid_return_to', 'returnTo is a path of this site, such as /trade.') }).optional(),
  remember: z.enum(['true', 'false']).optional().meta({ description: 'Whether it outlives the browser.' }),
});
const part = (most: number) => z.string().max(most).optional();
/** What sign-in pages may send; what they say besides a code is not looked at. */
const answerQuery = z.strictObject({
  code: part(2_048), state: part(512), iss: part(512), session_state: part(512), scope: part(1_024),
  error: part(64), error_description: part(1_024), error_uri: part(1_024),
});

const sent = ({ location, cookies, failure, accountId }: Sent): Reply => ({
  status: 303, body: { location }, headers: { location }, cookies, told: { outcome: failure, actor: accountId },
});

export function signInRoutes({ federated, sessions }: RouteDependencies): readonly Route[] {
  const required = () => {
    if (federated) return federated;
    throw notHere('federated_sign_in', 'This system has accounts of its own alone.');
  };
  return [
    route({
      method: 'get', path: '/v1/sign-in/options', tag: 'session', scope: 'public', rate: 'public',
      summary: 'Ways to sign in',
      answers: { 200: { description: 'What this system offers.', schema: signInOptions } },
      handle: () => ({
        status: 200,
        body: {
          password: true, remember: sessions.remembers, sessions: sessions.keepsSessions,
          federated: (federated?.providers ?? []).map((provider) => ({ provider, url: `/v1/sign-in?provider=${encodeURIComponent(provider)}` })),
        },
      }),
    }),
    route({
      method: 'get', path: '/v1/sign-in', tag: 'session', scope: 'public', rate: 'sign_in', audited: 'sign-in elsewhere begins', feature: 'federated_sign_in',
      summary: 'Begin to sign in with an account from elsewhere',
      description: 'For browsers: leads to the sign-in pages, by authorization code with PKCE. They lead back to returnTo, with the cookie that POST /v1/sessions/refresh takes.',
      query: beginQuery,
      answers: { 303: { description: 'Go there.' } },
      handle: async ({ query: { provider, returnTo, remember } }, { header }) => {
        const { providers } = required();
        const [first] = providers;
        if (provider !== undefined && !providers.includes(provider)) throw new ApiError(404, 'unknown_provider', 'There is no such provider; GET /v1/sign-in/options names them.');
        return sent(await required().begin(header, { provider: provider ?? first, returnTo, remember: remember === 'true' }));
      },
    }),
    route({
      method: 'get', path: '/v1/sign-in/callback', tag: 'session', scope: 'public', rate: 'sign_in', audited: 'sign-in elsewhere', feature: 'federated_sign_in',
      summary: 'What sign-in pages lead back to',
      description: 'For browsers that come from there. When it came to nothing, they are led to /?signInError= with denied, expired, failed or unavailable.',
      query: answerQuery,
      answers: { 303: { description: 'Go there.' } },
      handle: async ({ query }, { header }) => {
        const answer = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined));
        return sent(await required().finish(header, answer));
      },
    }),
  ];
}
