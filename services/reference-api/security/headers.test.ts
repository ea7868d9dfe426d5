/** Security headers on whatever is answered, and never a word about what runs here. */
import { bookKey } from '../../domain';
import { ALICE, Harness, type Task } from '../testing/harness';
import { builtScreen } from '../testing/screen';

let harness: Harness;
let task: Task;

beforeAll(async () => {
  harness = await new Harness().start();
  task = await harness.task({ root: builtScreen(harness.dir) });
  await harness.cache.set(bookKey('BTCUSDT'), 'not JSON');
});
afterAll(() => harness.stop());

type Request = [what: string, path: string, status: number, init?: RequestInit];
const json = { 'content-type': 'application/json' };
const requests = (): Request[] => {
  const authorization = `Bearer ${harness.pool.token(ALICE)}`;
  return [
    ['an answer', '/health', 200], ['data', '/v1/instruments', 200], ['the page', '/', 200], ['the documentation', '/v1/docs', 200], ['a file', '/screen.js', 200],
    ['no token', '/v1/portfolio', 401], ['no such thing', '/nope', 404], ['no such method', '/v1/orders', 404, { method: 'PUT' }],
    ['a bad address', '/v1/book/%E0%A4%A', 400], ['a path that climbs', '/%2e%2e/%2e%2e/etc/passwd', 404],
    ['a malformed body', '/v1/sessions', 400, { method: 'POST', body: '{', headers: json }],
    ['a fault of ours', '/v1/book/BTCUSDT', 500, { headers: { authorization } }],
    ['a body that is too large', '/v1/orders', 413, { method: 'POST', body: 'x'.repeat(20_000), headers: { ...json, authorization } }],
  ];
};

test('every answer has them', async () => {
  for (const [what, path, status, init] of requests()) {
    const response = await fetch(`${task.url}${path}`, init);
    const text = await response.text();
    expect([what, response.status]).toEqual([what, status]);
    const headers = Object.fromEntries(response.headers);
    expect([what, headers]).toMatchObject([what, {
      'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'strict-transport-security': expect.stringContaining('max-age='),
      'content-security-policy': expect.stringContaining("default-src 'none'"), 'x-frame-options': expect.stringMatching(/^(DENY|SAMEORIGIN)$/),
    }]);
    expect([what, headers['content-security-policy']]).toEqual([what, expect.not.stringMatching(/unsafe-|\*/)]);
    expect([what, headers['content-security-policy']]).toEqual([what, expect.stringContaining("frame-ancestors 'none'")]);
    for (const name of ['x-powered-by', 'server', 'etag', 'access-control-allow-origin']) {
      if (what !== 'the page' && what !== 'the documentation' && what !== 'a file') expect([what, name, headers[name]]).toEqual([what, name, undefined]);
    }
    expect([what, headers['x-powered-by']]).toEqual([what, undefined]);
    // Neither a stack nor a path of ours, nor the text of an error. (A library's own words in the screen's script are no news of what runs here.)
    if (what !== 'a file') expect([what, text]).toEqual([what, expect.not.stringMatching(/node_modules|\bat .+:\d+:\d+|SyntaxError|Unexpected token|\/services\//)]);
    if (status >= 400) {
      expect([what, headers['content-type']]).toEqual([what, 'application/problem+json; charset=utf-8']);
      expect(JSON.parse(text)).toMatchObject({ type: expect.stringMatching(/^\/v1\/docs#problem-/), title: expect.any(String), status, detail: expect.any(String), code: expect.any(String) });
      expect(headers['cache-control']).toBe('no-store');
    }
  }
});
