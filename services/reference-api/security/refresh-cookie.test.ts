/** Staying signed in with a password: the cookie, who gets it, and what becomes of it. */
import { KeysUnavailableError } from '../auth/key-store';
import { refreshRefused, type UserPoolTokens } from '../auth/refresh-tokens';
import type { TokenVerifier } from '../auth/token-verifier';
import { unavailable } from '../http/errors';
import { SessionTasks } from '../sessions/testing/session-tasks';
import { ALICE, call, Harness, type Task } from '../testing/harness';

let harness: Harness;
let tasks: SessionTasks;
let task: Task;
/** Access token by refresh token, as a pool that rotates has it. */
const good = new Map<string, () => string>();
const everywhere: string[] = [];
let away = false;

const REFRESH_TOKEN = 'eyJjdHkiOiJKV1QifQ.the-first-refresh-token_of.alice-1234';
const tokens: UserPoolTokens = {
  refresh: (refreshToken) => {
    if (away) return Promise.reject(unavailable('sign_in_unavailable', 'away'));
    const access = good.get(refreshToken);
    if (!access) return Promise.reject(refreshRefused());
    good.delete(refreshToken);
    good.set(`${refreshToken}x`, access);
    return Promise.resolve({ accessToken: access(), expiresIn: 600, refreshToken: `${refreshToken}x` });
  },
  revoke: (refreshToken) => (good.delete(refreshToken) ? Promise.resolve() : Promise.reject(new Error('none'))),
  signOutEverywhere: (accessToken) => Promise.resolve(void everywhere.push(accessToken)),
  close: () => undefined,
};

beforeAll(async () => {
  harness = await new Harness().start();
  tasks = await new SessionTasks(harness).start();
  const access = tasks.signIn(ALICE);
  good.set(REFRESH_TOKEN, access);
  task = await tasks.task({
    refreshTokens: tokens, signIn: () => Promise.resolve({ accessToken: access(), expiresIn: 600, refreshToken: REFRESH_TOKEN }),
  });
});
afterAll(() => tasks.stop());

const CREDENTIALS = { username: 'alice', password: 'secret' };
const cookieOf = (headers: Headers): string | undefined => headers.getSetCookie()[0];
const refresh = (cookie?: string, more: Record<string, string> = {}) => (
  call(task, 'POST', '/v1/sessions/refresh', { body: {}, headers: { ...cookie === undefined ? {} : { cookie }, ...more } }));

test('only who asks to stay signed in gets a cookie, and no answer ever has the refresh token', async () => {
  for (const remember of [undefined, false]) {
    const plain = await call(task, 'POST', '/v1/sessions', { body: { ...CREDENTIALS, remember } });
    expect([plain.status, plain.headers.getSetCookie()]).toEqual([200, []]);
    expect(plain.body).toEqual({ accessToken: expect.any(String), expiresIn: 600 });
  }
  const kept = await call(task, 'POST', '/v1/sessions', { body: { ...CREDENTIALS, remember: true } });
  expect(kept.body).toEqual({ accessToken: expect.any(String), expiresIn: 600 });
  // The test speaks to 127.0.0.1; with the name of a site it is Secure, see the tests of sign-in pages.
  expect(kept.headers.getSetCookie()).toEqual([`refresh=pk.${REFRESH_TOKEN}; Path=/v1/sessions; HttpOnly; SameSite=Strict; Max-Age=86400`]);
  expect(kept.headers.get('cache-control')).toBe('no-store');
});

test('a page of ours gets another access token for it, and another cookie; the old one is worth nothing', async () => {
  const first = await refresh(`refresh=pk.${REFRESH_TOKEN}`, { 'sec-fetch-site': 'same-origin' });
  expect(first.status).toBe(200);
  expect(JSON.stringify(first.body)).not.toContain(REFRESH_TOKEN);
  expect(cookieOf(first.headers)).toContain(`refresh=pk.${REFRESH_TOKEN}x; `);
  expect((await call(task, 'GET', '/v1/portfolio', { token: first.body.accessToken as string })).status).toBe(200);
  const again = await refresh(`refresh=pk.${REFRESH_TOKEN}`);
  expect(again).toMatchObject({ status: 401, body: { code: 'refresh_refused' } });
  expect(cookieOf(again.headers)).toBe('refresh=; Path=/v1/sessions; HttpOnly; SameSite=Strict; Max-Age=0');
});

test('while the pool is away the cookie stays', async () => {
  away = true;
  const answer = await refresh(`refresh=pk.${REFRESH_TOKEN}x`);
  away = false;
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([503, []]);
});

test('while tokens cannot be verified, the browser keeps what the pool has given it', async () => {
  const verify = () => Promise.reject(new KeysUnavailableError('away'));
  const verifier = { verify, start: () => undefined, stop: () => undefined, problem: undefined } as unknown as TokenVerifier;
  const refreshing = () => Promise.resolve({ accessToken: 'a', expiresIn: 1, refreshToken: 'the-next-refresh-token' });
  const late = await harness.task({ refreshTokens: { ...tokens, refresh: refreshing }, verifier });
  const answer = await call(late, 'POST', '/v1/sessions/refresh', { body: {}, headers: { cookie: `refresh=ps.${REFRESH_TOKEN}` } });
  expect(answer).toMatchObject({ status: 503, body: { code: 'keys_unavailable' } });
  expect(cookieOf(answer.headers)).toBe('refresh=ps.the-next-refresh-token; Path=/v1/sessions; HttpOnly; SameSite=Strict');
});

test.each<[string, string | undefined]>([
  ['none', undefined], ['one of another form', 'refresh=whatever-it-is-1234567'], ['one of the sign-in pages, which there are none of', `refresh=fk.${REFRESH_TOKEN}x`],
  ['two', `refresh=pk.${REFRESH_TOKEN}x; refresh=pk.another-token-of-somebody`], ['one with a line break\'s code', 'refresh=pk.%0d%0aset-cookie:1234567890'],
  ['one for TLS, which this is not', `__Secure-refresh=pk.${REFRESH_TOKEN}x`],
])('a cookie that is no good: %s', async (_what, cookie) => {
  expect(await refresh(cookie)).toMatchObject({ status: 400, body: { code: 'not_remembered' } });
});

test('neither another site nor a form nor a WebSocket asks for one', async () => {
  const cookie = `refresh=pk.${REFRESH_TOKEN}x`;
  for (const site of ['cross-site', 'same-site']) expect(await refresh(cookie, { 'sec-fetch-site': site })).toMatchObject({ status: 403, body: { code: 'cross_site' } });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    expect((await refresh(cookie, { 'content-type': type })).status).toBe(415);
  }
  expect((await call(task, 'GET', '/v1/portfolio', { headers: { cookie } })).status).toBe(401);
});

test('signing out takes the refresh token along; everywhere, all of them at the pool', async () => {
  const cookie = `refresh=pk.${REFRESH_TOKEN}x`;
  const token = (await refresh(cookie)).body.accessToken as string;
  const out = await call(task, 'DELETE', '/v1/sessions/current', { token, headers: { cookie: `refresh=pk.${REFRESH_TOKEN}xx` } });
  expect(out).toMatchObject({ status: 200, body: { ended: true, refreshTokensRevoked: true } });
  expect(cookieOf(out.headers)).toContain('Max-Age=0');
  expect(good.size).toBe(0);
  expect((await call(task, 'GET', '/v1/portfolio', { token })).status).toBe(401);
  const other = tasks.signIn(ALICE)();
  expect(await call(task, 'DELETE', '/v1/sessions', { token: other })).toMatchObject({ status: 200, body: { refreshTokensRevoked: true } });
  expect(everywhere).toEqual([other]);
});
