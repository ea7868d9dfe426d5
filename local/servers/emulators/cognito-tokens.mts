import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';

/**
 * What cognito-local leaves out of its tokens and calls, as Cognito has it: all tokens of one sign-in share `origin_jti` and `auth_time`, however
 * often they are refreshed; GetTokensFromRefreshToken; GlobalSignOut.
 */
const require = createRequire(import.meta.url);
const own = createRequire(require.resolve('cognito-local/lib/index.js'));

type Claims = Readonly<Record<string, unknown>>;
interface Tokens { AccessToken: string; IdToken: string; RefreshToken: string }
interface User { readonly RefreshTokens?: readonly string[] }
interface Pool {
  getUserByUsername(context: unknown, name: unknown): Promise<User | null>;
  saveUser(context: unknown, user: User): Promise<void>;
}
interface Services { readonly cognito: { getUserPoolForClientId(context: unknown, client: unknown): Promise<Pool> } }
type Call = (context: unknown, request: Claims) => Promise<unknown>;

const { sign, decode, verify } = own('jsonwebtoken') as {
  sign(claims: Claims, key: string, options: object): string; decode(token: string): Claims | null; verify(token: string, key: string, options: object): Claims;
};
const { pem, kid = 'CognitoLocal' } = own('./keys/cognitoLocal.private.json') as { pem: string; kid?: string };
const { JwtTokenGenerator } = own('./services/tokenGenerator.js') as { JwtTokenGenerator: { prototype: { generate(...given: unknown[]): Promise<Tokens> } } };
const { Targets } = own('./targets/targets.js') as { Targets: Record<string, (services: Services) => Call> };
const { NotAuthorizedError } = own('./errors.js') as { NotAuthorizedError: new () => Error };

/** The sign-in that a refresh goes on with. */
const origin = new AsyncLocalStorage<Claims>();

const generate = JwtTokenGenerator.prototype.generate;
JwtTokenGenerator.prototype.generate = async function (this: unknown, ...given) {
  const tokens = await generate.apply(this, given);
  const { origin_jti = (decode(tokens.AccessToken) ?? {}).jti, auth_time = (decode(tokens.AccessToken) ?? {}).auth_time } = origin.getStore() ?? {};
  const again = (token: string): string => sign({ ...decode(token), origin_jti, auth_time }, pem, { algorithm: 'RS256', keyid: kid });
  return { AccessToken: again(tokens.AccessToken), IdToken: again(tokens.IdToken), RefreshToken: again(tokens.RefreshToken) };
};

const initiateAuth = Targets.InitiateAuth;
Targets.InitiateAuth = (services) => {
  const initiate = initiateAuth(services);
  return (context, request) => {
    const token = (request.AuthParameters as Claims | undefined)?.REFRESH_TOKEN;
    return typeof token === 'string' ? origin.run(decode(token) ?? {}, () => initiate(context, request)) : initiate(context, request);
  };
};

Targets.GetTokensFromRefreshToken = (services) => {
  const initiate = Targets.InitiateAuth(services);
  return (context, { ClientId, RefreshToken }) => initiate(context, { ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: { REFRESH_TOKEN: RefreshToken } });
};

Targets.GlobalSignOut = ({ cognito }) => async (context, { AccessToken }) => {
  let claims: Claims;
  try {
    claims = verify(String(AccessToken), pem, { algorithms: ['RS256'] });
  } catch {
    throw new NotAuthorizedError();
  }
  const pool = await cognito.getUserPoolForClientId(context, claims.client_id);
  const user = await pool.getUserByUsername(context, claims.sub);
  if (!user) throw new NotAuthorizedError();
  await pool.saveUser(context, { ...user, RefreshTokens: [] });
  return {};
};
