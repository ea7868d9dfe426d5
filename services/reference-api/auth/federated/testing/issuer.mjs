/**
 * Sign-in pages by a certified implementation that is not ours, with the addresses that Cognito's have. Everybody who comes is signed in as the
 * account of the environment, without a question. Prints its address when it listens.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const { ACCOUNT, CLIENT_ID, REDIRECT_URL } = process.env;
const SCOPES = 'openid email profile aws.cognito.signin.user.admin';

const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [{
    client_id: CLIENT_ID, redirect_uris: [REDIRECT_URL], response_types: ['code'], grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none',
  }],
  scopes: SCOPES.split(' '),
  claims: { openid: ['sub'], email: ['email'], profile: ['name'] },
  findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId, email: 'ada@example.com' }) }),
  routes: { authorization: '/oauth2/authorize', token: '/oauth2/token', revocation: '/oauth2/revoke', jwks: '/.well-known/jwks.json' },
  pkce: { required: () => true },
  extraParams: ['identity_provider'],
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope(SCOPES);
    grant.addResourceScope('urn:trading', SCOPES);
    await grant.save();
    return grant;
  },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  features: {
    devInteractions: { enabled: false },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true, defaultResource: () => 'urn:trading', useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: SCOPES, accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg: 'RS256' } } }),
    },
  },
  ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, RefreshToken: 3_600, Interaction: 60, Session: 600, Grant: 3_600 },
  // What Cognito's access tokens have.
  extraTokenClaims: (_ctx, token) => ({ token_use: 'access', origin_jti: token.grantId ?? randomUUID(), auth_time: Math.floor(Date.now() / 1_000) }),
  cookies: { keys: ['a key of the test'] },
});
provider.on('server_error', (_ctx, error) => console.error(error));

const callback = provider.callback();
server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return callback(request, response);
  return provider.interactionFinished(request, response, { login: { accountId: ACCOUNT } }).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
console.log(issuer);
