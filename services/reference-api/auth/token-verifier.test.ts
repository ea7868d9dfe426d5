import { KeysUnavailableError } from './key-store';
import { InvalidTokenError, TokenVerifier, type TokenVerifierOptions } from './token-verifier';
import { sessionIdOf } from '../../adapters/sessions/session';
import { logger } from '../testing/harness';
import { CLIENT_ID, newKey, TestPool } from '../testing/tokens';

const ACCOUNT = '0a000000-0000-4000-8000-00000000000a';
const SCOPE = 'aws.cognito.signin.user.admin';
let pool: TestPool;
const verifiers: TokenVerifier[] = [];

async function verifier(options: Partial<TokenVerifierOptions> = {}): Promise<TokenVerifier> {
  const made = new TokenVerifier({ issuer: pool.issuer, clientId: CLIENT_ID, logger, retryMs: 5, requiredScopes: [SCOPE], ...options });
  verifiers.push(made);
  made.start();
  while (made.problem !== undefined && !pool.failing) await new Promise((resolve) => setTimeout(resolve, 5));
  return made;
}

beforeEach(async () => {
  pool = await new TestPool().start();
});

afterEach(async () => {
  verifiers.splice(0).forEach((made) => made.stop());
  await pool.stop();
});

test('a good token names its account, its groups and its end', async () => {
  const claims = pool.claims(ACCOUNT, ['operators']);
  expect(await (await verifier()).verify(pool.sign(claims))).toEqual({
    accountId: ACCOUNT, groups: ['operators'], scopes: [SCOPE], expiresAt: Number(claims.exp) * 1000,
    sessionId: sessionIdOf(ACCOUNT, String(claims.jti)), signedInAt: claims.iat,
  });
});

test('tokens of one sign-in are of one session, however often they are refreshed', async () => {
  const one = await verifier();
  const refreshed = () => ({ ...pool.claims(ACCOUNT), origin_jti: 'the-sign-in', auth_time: 1_000 });
  const callers = [await one.verify(pool.sign(refreshed())), await one.verify(pool.sign(refreshed()))];
  for (const caller of callers) expect(caller).toMatchObject({ sessionId: sessionIdOf(ACCOUNT, 'the-sign-in'), signedInAt: 1_000 });
  expect((await one.verify(pool.sign({ ...refreshed(), origin_jti: 'another' }))).sessionId).not.toBe(callers[0].sessionId);
});

test('the client of the sign-in pages is as good where there is one', async () => {
  const token = pool.sign({ ...pool.claims(ACCOUNT), client_id: 'sign-in-pages' });
  await expect((await verifier()).verify(token)).rejects.toThrow(InvalidTokenError);
  expect(await (await verifier({ federatedClientId: 'sign-in-pages' })).verify(token)).toMatchObject({ accountId: ACCOUNT });
  expect(await (await verifier({ federatedClientId: 'sign-in-pages' })).verify(pool.sign(pool.claims(ACCOUNT)))).toMatchObject({ accountId: ACCOUNT });
});

const now = Math.floor(Date.now() / 1000);
test.each<[string, string, (claims: Record<string, unknown>) => string]>([
  ['no signature', 'invalid_token', (claims) => pool.unsigned(claims)],
  ['the public key used as a secret', 'invalid_token', (claims) => pool.confused(claims)],
  ['an id token', 'invalid_token', (claims) => pool.sign({ ...claims, token_use: 'id', aud: CLIENT_ID })],
  ['another client', 'invalid_token', (claims) => pool.sign({ ...claims, client_id: 'other' })],
  ['no client', 'invalid_token', ({ client_id: _, ...claims }) => pool.sign(claims)],
  ['another issuer', 'invalid_token', (claims) => pool.sign({ ...claims, iss: 'https://cognito-idp.eu-west-1.amazonaws.com/other' })],
  ['expired', 'expired_token', (claims) => pool.sign({ ...claims, exp: now - 1 })],
  ['never expiring', 'invalid_token', ({ exp: _, ...claims }) => pool.sign(claims)],
  ['not valid yet', 'invalid_token', (claims) => pool.sign({ ...claims, nbf: now + 300 })],
  ['another scope', 'invalid_token', (claims) => pool.sign({ ...claims, scope: 'openid' })],
  ['no scope', 'invalid_token', ({ scope: _, ...claims }) => pool.sign(claims)],
  ['an unknown key id', 'invalid_token', (claims) => pool.sign(claims, newKey('key-9'))],
  ['a known key id over another key', 'invalid_token', (claims) => pool.sign(claims, newKey('key-1'))],
  ['no key id', 'invalid_token', (claims) => pool.sign(claims, pool.key, { kid: undefined })],
  ['an account that is no UUID', 'invalid_token', (claims) => pool.sign({ ...claims, sub: 'alice' })],
  ['a changed payload', 'invalid_token', (claims) => {
    const [header, , signature] = pool.sign(claims).split('.');
    return [header, Buffer.from(JSON.stringify({ ...claims, sub: ACCOUNT.replace(/a$/, 'b') })).toString('base64url'), signature].join('.');
  }],
  ['garbage', 'invalid_token', () => 'a.b.c'],
  ['nothing', 'invalid_token', () => ''],
  ['a token of absurd length', 'invalid_token', () => 'x'.repeat(10_000)],
])('refused: %s', async (_, code, make) => {
  const made = await verifier();
  const token = make(pool.claims(ACCOUNT));
  for (let i = 0; i < 2; i++) {
    await expect(made.verify(token)).rejects.toBeInstanceOf(InvalidTokenError);
    await expect(made.verify(token)).rejects.toMatchObject({ code });
  }
});

test('all required scopes must be there, not any', async () => {
  const made = await verifier({ requiredScopes: [SCOPE, 'trade'] });
  await expect(made.verify(pool.token(ACCOUNT))).rejects.toMatchObject({ code: 'invalid_token' });
  await expect(made.verify(pool.sign({ ...pool.claims(ACCOUNT), scope: `trade ${SCOPE}` }))).resolves.toMatchObject({ accountId: ACCOUNT });
});

test('a verified token is remembered, and not beyond its end', async () => {
  const made = await verifier();
  const token = pool.sign({ ...pool.claims(ACCOUNT), exp: Math.floor(Date.now() / 1000) + 2 });
  expect(await made.verify(token)).toBe(await made.verify(token));
  jest.useFakeTimers({ now: Date.now() + 3_000, doNotFake: ['nextTick', 'setImmediate', 'setTimeout'] });
  try {
    await expect(made.verify(token)).rejects.toMatchObject({ code: 'expired_token' });
  } finally {
    jest.useRealTimers();
  }
});

test('a new key is found when a token names it; made-up key ids do not cause a fetch each', async () => {
  const made = await verifier({ cooldownMs: 60_000 });
  const next = newKey('key-2');
  pool.published = [next];
  const before = pool.fetches;
  // The start was a moment ago, so nobody looks yet.
  await expect(made.verify(pool.sign(pool.claims(ACCOUNT), next))).rejects.toMatchObject({ code: 'invalid_token' });
  expect(pool.fetches).toBe(before);
  const eager = await verifier({ cooldownMs: 0 });
  pool.published = [newKey('key-3'), pool.key];
  const old = pool.token(ACCOUNT);
  await eager.verify(old);
  pool.published = [next];
  await expect(eager.verify(pool.sign(pool.claims(ACCOUNT), next))).resolves.toMatchObject({ accountId: ACCOUNT });
  // The old key was withdrawn, and what was verified with it is forgotten.
  await expect(eager.verify(old)).rejects.toMatchObject({ code: 'invalid_token' });
});

test('without keys nobody is told that a token is wrong; they are fetched again until it works', async () => {
  pool.failing = true;
  const made = await verifier();
  await expect(made.verify(pool.token(ACCOUNT))).rejects.toBeInstanceOf(KeysUnavailableError);
  expect(made.problem).toMatch(/cannot be fetched|no keys yet/);
  pool.failing = false;
  while (made.problem !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  await expect(made.verify(pool.token(ACCOUNT))).resolves.toMatchObject({ accountId: ACCOUNT });
});

test('an unknown key id while keys cannot be fetched is nobody\'s fault', async () => {
  const made = await verifier({ cooldownMs: 0 });
  pool.failing = true;
  await expect(made.verify(pool.sign(pool.claims(ACCOUNT), newKey('key-7')))).rejects.toBeInstanceOf(KeysUnavailableError);
  await expect(made.verify(pool.token(ACCOUNT))).resolves.toMatchObject({ accountId: ACCOUNT });
});

test('the emulator\'s key, which everybody has, counts on the loopback only', async () => {
  const shared = newKey('CognitoLocal');
  pool.published = [shared];
  await expect((await verifier()).verify(pool.sign(pool.claims(ACCOUNT), shared))).resolves.toMatchObject({ accountId: ACCOUNT });
  const issuer = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_x';
  const fetched = jest.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(Response.json({
    keys: [{ ...shared.publicKey.export({ format: 'jwk' }), kid: 'CognitoLocal', alg: 'RS256', use: 'sig' }],
  })));
  try {
    const made = await verifier({ issuer });
    expect(made.problem).toBeUndefined();
    await expect(made.verify(pool.sign({ ...pool.claims(ACCOUNT), iss: issuer }, shared))).rejects.toThrow('public knowledge');
  } finally {
    fetched.mockRestore();
  }
});
