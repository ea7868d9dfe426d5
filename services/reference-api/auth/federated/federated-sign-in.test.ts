/** Signing in on pages elsewhere, against an issuer that is not ours: the way there and back, and what an attacker would try. */
import fc from 'fast-check';
import { FederatedSignIn } from './federated-sign-in';
import { isOwnPath, newFlow, openFlow, sealFlow } from './flow';
import { oauthClient } from './oauth-client';
import { Browser, type Visited } from './testing/browser';
import { Pages, PAGES_CLIENT, REDIRECT_URL, SITE } from './testing/pages';
import { allowances } from '../../http/limits';
import { SessionTasks } from '../../sessions/testing/session-tasks';
import { SessionWatch } from '../../sessions/watch';
import { ALICE, call, Harness, logger, type Task, until } from '../../testing/harness';
import { CLIENT_ID } from '../../testing/tokens';
import { SecretBox } from '../secret-box';
import { TokenVerifier } from '../token-verifier';

const FLOW = '__Secure-sign-in';
const REFRESH = '__Secure-refresh';
const box = new SecretBox('a master secret of the tests that is long enough');
let harness: Harness;
let tasks: SessionTasks;
let pages: Pages;
let task: Task;
const trail: { action: string; outcome: string; actor: string }[] = [];

/** A task whose users sign in on the pages. */
async function start({ issuer = pages.issuer, timeoutMs = 400 } = {}): Promise<Task> {
  const store = tasks.store();
  const watch = new SessionWatch({ sessions: store, cache: tasks.connect(), subscriber: tasks.connect(true), logger, pollMs: 300 });
  const verifier = new TokenVerifier({
    issuer: pages.issuer, clientId: CLIENT_ID, federatedClientId: PAGES_CLIENT, logger, retryMs: 20, requiredScopes: ['aws.cognito.signin.user.admin'], sessions: watch,
  });
  const federated = new FederatedSignIn({
    client: oauthClient({ issuer, pages: pages.url, clientId: PAGES_CLIENT, redirectUrl: REDIRECT_URL, logger, timeoutMs }),
    providers: ['Google', 'Okta'], box, verifier, logger,
    once: async (name, seconds) => await harness.cache.set(`signin:${name}`, '1', 'EX', seconds, 'NX') === 'OK',
  });
  const never = { refresh: () => Promise.reject(new Error('not asked')), revoke: () => Promise.reject(new Error('not asked')) };
  return harness.task({
    // How often somebody may try is another test's affair.
    allowances: { ...allowances(400), sign_in: { address: { points: 10_000, seconds: 10 } } },
    verifier, federated, sessions: { store, watch }, refreshTokens: { ...never, signOutEverywhere: () => Promise.resolve(), close: () => undefined },
    audit: {
      add: (entry) => {
        trail.push(entry as typeof trail[number]);
        return Promise.resolve({} as never);
      },
    },
  });
}

beforeAll(async () => {
  [harness, pages] = await Promise.all([new Harness().start(), new Pages().start(ALICE)]);
  tasks = await new SessionTasks(harness).start();
  task = await start();
});
afterAll(async () => {
  await tasks?.stop();
  await pages?.stop();
});
afterEach(() => { pages.onToken = (body, forward) => forward(body); });

const atCallback = (url: URL): boolean => url.pathname === '/v1/sign-in/callback';
const browser = (to = task): Browser => new Browser(to.url);
/** Signs in on the pages, and stops before the answer is handed in. */
const answerFor = async (one: Browser, query = '') => (await one.visit(`/v1/sign-in?provider=Google${query}`, atCallback)).url;
const refresh = (one: Browser, more: Readonly<Record<string, string>> = {}) => one.ask('POST', '/v1/sessions/refresh', '{}', more);
const handIn = (one: Browser, url: URL) => one.ask('GET', url.href);

function expectRefused(answer: Visited, one: Browser, failure: string): void {
  expect([answer.status, answer.headers.location]).toEqual([303, `/?signInError=${failure}`]);
  expect(one.cookie(REFRESH)).toBeUndefined();
  expect(JSON.stringify(answer.headers) + answer.body).not.toMatch(/eyJ|invalid_grant|error_description|code=/);
}

test('the way there and back: a session, and no token in any address', async () => {
  const one = browser();
  const begin = await one.ask('GET', '/v1/sign-in?provider=Google&returnTo=%2Ftrade%3Fsymbol%3DBTCUSDT&remember=true');
  const to = new URL(String(begin.headers.location));
  expect([begin.status, to.origin, to.pathname]).toEqual([303, pages.url, '/oauth2/authorize']);
  expect(Object.fromEntries(to.searchParams)).toMatchObject({
    response_type: 'code', client_id: PAGES_CLIENT, redirect_uri: REDIRECT_URL, code_challenge_method: 'S256', identity_provider: 'Google',
    scope: 'openid email profile aws.cognito.signin.user.admin', code_challenge: expect.stringMatching(/^[\w-]{43}$/), state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
  });
  const flow = one.cookie(FLOW)!;
  expect(flow.text).toMatch(/; Path=\/v1\/sign-in; HttpOnly; SameSite=Lax; Secure; Max-Age=600$/);
  for (const secret of ['state', 'nonce'] as const) expect(flow.value).not.toContain(to.searchParams.get(secret)!);
  const answer = await one.visit(to.href, (url) => url.origin === SITE && !atCallback(url));
  expect(answer.url.href).toBe(`${SITE}/trade?symbol=BTCUSDT`);
  expect(one.cookie(FLOW)).toBeUndefined();
  const kept = one.cookie(REFRESH)!;
  expect(kept.text).toMatch(/; Path=\/v1\/sessions; HttpOnly; SameSite=Strict; Secure; Max-Age=86400$/);
  const refreshed = await refresh(one);
  expect(refreshed.status).toBe(200);
  const { accessToken: token, expiresIn } = JSON.parse(refreshed.body) as { accessToken: string; expiresIn: number };
  expect(expiresIn).toBeGreaterThan(500);
  expect((await call(task, 'GET', '/v1/portfolio', { token })).status).toBe(200);
  expect(trail.map(({ action, outcome, actor }) => [action, outcome, actor])).toEqual([
    ['sign-in elsewhere begins', 'ok', 'nobody'], ['sign-in elsewhere', 'ok', ALICE], ['session refresh', 'ok', ALICE],
  ]);
});

test('a refresh token is good once, as the issuer has it, and for nobody after signing out', async () => {
  const one = browser();
  await handIn(one, await answerFor(one));
  expect(one.cookie(REFRESH)!.text).not.toContain('Max-Age');
  const before = one.cookie(REFRESH)!;
  const token = (JSON.parse((await refresh(one)).body) as { accessToken: string }).accessToken;
  expect(one.cookie(REFRESH)!.value).not.toBe(before.value);
  expect(one.cookie(REFRESH)!.text).not.toContain('Max-Age');
  const last = one.cookie(REFRESH)!;
  const out = await one.ask('DELETE', '/v1/sessions/current', undefined, { authorization: `Bearer ${token}` });
  expect([out.status, JSON.parse(out.body)]).toEqual([200, { ended: true, refreshTokensRevoked: true }]);
  expect(one.cookie(REFRESH)).toBeUndefined();
  expect((await refresh(one)).status).toBe(400);
  for (const old of [before, last]) {
    one.put(REFRESH, old);
    const answer = await refresh(one);
    expect([answer.status, (JSON.parse(answer.body) as { code: string }).code]).toEqual([401, 'refresh_refused']);
    expect(one.cookie(REFRESH)).toBeUndefined();
  }
});

test('a session that was ended elsewhere gets no more tokens, though the issuer would give them', async () => {
  const one = browser();
  await handIn(one, await answerFor(one));
  const token = (JSON.parse((await refresh(one)).body) as { accessToken: string }).accessToken;
  const listed = async () => (await call(task, 'GET', '/v1/sessions', { token })).body.sessions as { id: string; current: boolean }[];
  await until(async () => (await listed()).some(({ current }) => current));
  const id = (await listed()).find(({ current }) => current)!.id;
  await tasks.store().end(ALICE, id);
  expect(await refresh(one)).toMatchObject({ status: 401, body: expect.stringContaining('refresh_refused') });
  expect(one.cookie(REFRESH)).toBeUndefined();
});

describe('what an attacker would try', () => {
  test('the answer of another browser: there is no sign-in under way here', async () => {
    const url = await answerFor(browser());
    const victim = browser();
    expectRefused(await handIn(victim, url), victim, 'expired');
  });

  test('his own answer in a browser that has begun to sign in: the state is another', async () => {
    const url = await answerFor(browser());
    const victim = browser();
    const own = await answerFor(victim);
    const asked = pages.tokenRequests.length;
    expectRefused(await handIn(victim, url), victim, 'expired');
    expect(pages.tokenRequests).toHaveLength(asked);
    // And the victim's own sign-in goes on.
    expect((await handIn(victim, own)).headers.location).toBe('/');
  });

  test.each([['none', undefined], ['another', 'x'.repeat(43)], ['empty', '']])('a state that is %s', async (_what, state) => {
    const one = browser();
    const url = await answerFor(one);
    if (state === undefined) url.searchParams.delete('state');
    else url.searchParams.set('state', state);
    expectRefused(await handIn(one, url), one, 'expired');
  });

  test('a code of his own with the victim\'s state: it was made for another verifier', async () => {
    const his = await answerFor(browser());
    const victim = browser();
    const url = await answerFor(victim);
    url.searchParams.set('code', his.searchParams.get('code')!);
    expectRefused(await handIn(victim, url), victim, 'failed');
  });

  test('the same answer again, with the cookie of the first time: it was used, whatever the pages say', async () => {
    const one = browser();
    const url = await answerFor(one);
    const cookie = one.cookie(FLOW)!;
    expect((await handIn(one, url)).headers.location).toBe('/');
    const asked = pages.tokenRequests.length;
    const thief = browser();
    thief.put(FLOW, cookie);
    expectRefused(await handIn(thief, url), thief, 'expired');
    expect(pages.tokenRequests).toHaveLength(asked);
  });

  test('a code that was used behind our back: the pages refuse it', async () => {
    const one = browser();
    pages.onToken = async (body, forward) => {
      await forward(body);
      return forward(body);
    };
    expectRefused(await handIn(one, await answerFor(one)), one, 'failed');
  });

  test.each<[string, (body: URLSearchParams) => void]>([
    ['no verifier', (body) => body.delete('code_verifier')], ['another verifier', (body) => body.set('code_verifier', 'x'.repeat(43))],
  ])('%s: the pages refuse the code', async (_what, change) => {
    const one = browser();
    pages.onToken = (body, forward) => {
      change(body);
      return forward(body);
    };
    expectRefused(await handIn(one, await answerFor(one)), one, 'failed');
  });

  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claimsOf = (jwt: unknown): Record<string, unknown> => JSON.parse(String(Buffer.from(String(jwt).split('.')[1], 'base64url'))) as Record<string, unknown>;
  test.each<[string, (answer: Record<string, unknown>) => void]>([
    ['alg none', (answer) => { answer.id_token = `${encode({ alg: 'none' })}.${encode(claimsOf(answer.id_token))}.`; }],
    ['changed claims under the old signature', (answer) => {
      const [header, , signature] = String(answer.id_token).split('.');
      answer.id_token = `${header}.${encode({ ...claimsOf(answer.id_token), email: 'other@example.com' })}.${signature}`;
    }],
    ['a signature of somebody else\'s key', (answer) => { answer.id_token = harness.pool.sign(claimsOf(answer.id_token)); }],
    ['none at all', (answer) => { delete answer.id_token; }],
    ['an access token that does not belong to it', (answer) => { answer.access_token = `${String(answer.access_token)}x`; }],
    ['no refresh token', (answer) => { delete answer.refresh_token; }],
  ])('an id token with %s', async (_what, change) => {
    const one = browser();
    pages.onToken = async (body, forward) => {
      const answer = await forward(body);
      change(answer.body);
      return answer;
    };
    expectRefused(await handIn(one, await answerFor(one)), one, 'failed');
  });

  test('an id token of another sign-in, good in every other way: the nonce is not ours', async () => {
    let before: Record<string, unknown> = {};
    const first = browser();
    pages.onToken = async (body, forward) => {
      const answer = await forward(body);
      before = answer.body;
      return answer;
    };
    await handIn(first, await answerFor(first));
    const { id_token, access_token } = before;
    pages.onToken = async (body, forward) => ({ status: 200, body: { ...(await forward(body)).body, id_token, access_token } });
    const second = browser();
    expectRefused(await handIn(second, await answerFor(second)), second, 'failed');
  });

  test('an answer that says it comes from another issuer, and tokens of one', async () => {
    const one = browser();
    const url = await answerFor(one);
    url.searchParams.set('iss', 'https://evil.example');
    expectRefused(await handIn(one, url), one, 'failed');
    const mixed = await start({ issuer: 'https://evil.example' });
    const two = browser(mixed);
    const answer = await answerFor(two);
    answer.searchParams.delete('iss');
    expectRefused(await handIn(two, answer), two, 'failed');
    await mixed.stop();
  });

  test('a cookie that is older than ten minutes, changed, or sealed for something else', async () => {
    const now = Date.now();
    const flow = newFlow('/', false, now);
    const sealed = sealFlow(box, flow);
    expect(openFlow(box, sealed, now + 599_000)).toEqual(flow);
    expect(openFlow(box, sealed, now + 600_000)).toBeUndefined();
    for (const bad of [undefined, '', 'x', sealed.slice(0, -4), `${sealed}AAAA`, box.seal(JSON.stringify(flow), 'API key').toString('base64url'), 'A'.repeat(5_000)]) {
      expect(openFlow(box, bad, now)).toBeUndefined();
    }
    expect(openFlow(new SecretBox('another master secret of the tests that is as long'), sealed, now)).toBeUndefined();
    const one = browser();
    const url = await answerFor(one);
    const kept = one.cookie(FLOW)!;
    const changed = Buffer.from(kept.value, 'base64url');
    changed[changed.length - 20] ^= 1;
    one.put(FLOW, { ...kept, value: changed.toString('base64url') });
    expectRefused(await handIn(one, url), one, 'expired');
  });

  test('somewhere else to return to', async () => {
    const bad = ['https://evil.example/', '//evil.example', '/\\evil.example', '\\\\evil.example', 'javascript:alert(1)', '/%0d%0aset-cookie:x=1\r\nx: y', 'trade', '', '/a b', '/\t/evil.example', '/./\\evil'];
    for (const returnTo of bad) {
      const answer = await browser().ask('GET', `/v1/sign-in?returnTo=${encodeURIComponent(returnTo)}`);
      expect([returnTo, answer.status, answer.headers.location]).toEqual([returnTo, 400, undefined]);
    }
    for (const good of ['/', '/trade', '/a/b?c=d#e', '/x?y=https://other.example/']) expect([good, isOwnPath(good)]).toEqual([good, true]);
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.webUrl(), fc.stringMatching(/^\/[/\\.@:a-z?#%]{0,12}$/)), (path) => {
      // Whatever passes leads to this site, as browsers read addresses.
      if (isOwnPath(path)) expect(new URL(path, SITE).origin).toBe(SITE);
    }), { numRuns: 500 });
  });

  test('a provider that is not offered, and parameters that nobody knows', async () => {
    expect((await browser().ask('GET', '/v1/sign-in?provider=Evil')).status).toBe(404);
    expect((await browser().ask('GET', '/v1/sign-in?redirect_uri=https://evil.example')).status).toBe(400);
    expect((await browser().ask('GET', '/v1/sign-in/callback?code=a&state=b&then=https://evil.example')).status).toBe(400);
  });

  test('a refresh from another site, by a form, or with two cookies of the name', async () => {
    const one = browser();
    await handIn(one, await answerFor(one));
    for (const site of ['cross-site', 'same-site']) expect((await refresh(one, { 'sec-fetch-site': site })).status).toBe(403);
    expect((await refresh(one, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await refresh(one, { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
    const { value } = one.cookie(REFRESH)!;
    expect((await one.ask('POST', '/v1/sessions/refresh', '{}', { cookie: `${REFRESH}=pk.${'x'.repeat(20)}; ${REFRESH}=${value}` })).status).toBe(400);
    const two = browser();
    two.put(REFRESH, one.cookie(REFRESH)!);
    expect((await two.ask('POST', '/v1/sessions/refresh', '{}', { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    // No other route looks at it.
    expect((await two.ask('GET', '/v1/sessions')).status).toBe(401);
  });
});

describe('when the pages', () => {
  test('refuse, because the user said no', async () => {
    const one = browser();
    const url = await answerFor(one);
    const state = url.searchParams.get('state')!;
    expectRefused(await handIn(one, new URL(`${REDIRECT_URL}?error=access_denied&error_description=%3Cscript%3E&state=${state}&iss=${pages.issuer}`)), one, 'denied');
    expect(one.cookie(FLOW)).toBeUndefined();
    expect(trail.at(-1)).toMatchObject({ action: 'sign-in elsewhere', outcome: 'denied' });
  });

  test('are slow, fail, or answer nonsense', async () => {
    const cases: [TokenCase, string][] = [
      [() => new Promise((resolve) => setTimeout(() => resolve({ status: 200, body: {} }), 1_500).unref()), 'unavailable'],
      [() => Promise.resolve({ status: 503, body: {} }), 'unavailable'],
      [() => Promise.resolve({ status: 500, body: { error: 'server_error' } }), 'unavailable'],
      [() => Promise.resolve({ status: 200, body: {} }), 'failed'],
    ];
    for (const [onToken, failure] of cases) {
      const one = browser();
      const url = await answerFor(one);
      pages.onToken = onToken;
      const began = Date.now();
      expectRefused(await handIn(one, url), one, failure);
      expect(Date.now() - began).toBeLessThan(1_400);
      pages.onToken = (body, forward) => forward(body);
    }
  });

  test('are away at a refresh: the cookie stays, to be tried again', async () => {
    const one = browser();
    await handIn(one, await answerFor(one));
    pages.onToken = () => Promise.resolve({ status: 503, body: {} });
    const answer = await refresh(one);
    expect([answer.status, (JSON.parse(answer.body) as { code: string }).code]).toEqual([503, 'sign_in_unavailable']);
    expect(one.cookie(REFRESH)).toBeDefined();
    pages.onToken = (body, forward) => forward(body);
    expect((await refresh(one)).status).toBe(200);
  });
});

type TokenCase = Pages['onToken'];

test('without pages the routes say so, and the options too', async () => {
  const plain = await harness.task();
  for (const path of ['/v1/sign-in', '/v1/sign-in/callback?code=a&state=b']) {
    expect(await call(plain, 'GET', path)).toMatchObject({ status: 404, body: { code: 'feature_not_here' } });
  }
  expect((await call(plain, 'GET', '/v1/sign-in/options')).body).toEqual({ password: true, remember: false, sessions: false, federated: [] });
  expect((await call(task, 'GET', '/v1/sign-in/options')).body).toEqual({
    password: true, remember: true, sessions: true,
    federated: [{ provider: 'Google', url: '/v1/sign-in?provider=Google' }, { provider: 'Okta', url: '/v1/sign-in?provider=Okta' }],
  });
});
