/** The twelve token cases, at the door: over HTTP and in the first message of the WebSocket. */
import { TokenVerifier } from '../auth/token-verifier';
import { ALICE, call, Harness, logger, type Task } from '../testing/harness';
import { StreamClient } from '../testing/stream-client';
import { CLIENT_ID, newKey } from '../testing/tokens';

const SCOPE = 'aws.cognito.signin.user.admin';
let harness: Harness;
let task: Task;

beforeAll(async () => {
  harness = await new Harness().start();
  task = await harness.task();
});
afterAll(() => harness.stop());

const now = () => Math.floor(Date.now() / 1_000);
const claims = (): Record<string, unknown> => harness.pool.claims(ALICE);

const refused: [what: string, token: () => string][] = [
  ['2: not signed (alg none)', () => harness.pool.unsigned(claims())],
  ['3: HS256 with the public key as its secret', () => harness.pool.confused(claims())],
  ['4: an id token in place of an access token', () => harness.pool.sign({ ...claims(), token_use: 'id', aud: CLIENT_ID })],
  ['5: issued to another client', () => harness.pool.sign({ ...claims(), client_id: 'another-client' })],
  ['6: of another issuer', () => harness.pool.sign({ ...claims(), iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other' })],
  ['7: expired', () => harness.pool.sign({ ...claims(), exp: now() - 1 })],
  ['8: with another scope', () => harness.pool.sign({ ...claims(), scope: 'openid' })],
  ['9: without the required scope', () => {
    const { scope: _, ...rest } = claims();
    return harness.pool.sign(rest);
  }],
  ['10: with only one of two required scopes', () => harness.pool.sign(claims())],
  ['11: with a key id that nobody knows', () => harness.pool.sign(claims(), newKey('made-up'))],
  ['12: issued to no client at all', () => {
    const { client_id: _, ...rest } = claims();
    return harness.pool.sign(rest);
  }],
];

test('1: a good token opens the door', async () => {
  expect((await call(task, 'GET', '/v1/portfolio', { token: harness.pool.sign(claims()) })).status).toBe(200);
});

test.each(refused)('%s', async (what, make) => {
  // All scopes are required, not any of them.
  const strict = what.startsWith('10') ? await harness.task({
    verifier: new TokenVerifier({ issuer: harness.pool.issuer, clientId: CLIENT_ID, logger, retryMs: 20, requiredScopes: [SCOPE, 'trade'] }),
  }) : task;
  const token = make();
  for (const [method, path, body] of [['GET', '/v1/portfolio', undefined], ['POST', '/v1/orders', {}], ['POST', '/v1/admin/trading-states', {}]] as const) {
    const answer = await call(strict, method, path, { token, body });
    expect(answer).toMatchObject({ status: 401, body: { code: expect.stringMatching(/^(invalid|expired)_token$/), status: 401 } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(JSON.stringify(answer.body)).not.toContain(token.slice(0, 20));
  }
  const client = await StreamClient.open(strict.url, { token });
  expect(client.messages[0].error?.code).toMatch(/^(invalid|expired)_token$/);
  expect((await client.closing()).code).toBe(4401);
  expect(strict.journal.commands).toHaveLength(0);
});

describe('scopes of a token that names what it may do', () => {
  const may = (scope: string, groups: string[] = []) => harness.pool.sign({ ...harness.pool.claims(ALICE, groups), scope: `${SCOPE} ${scope}` });
  const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '1', quantity: '1' };
  const asked: [string, string, unknown][] = [['GET', '/v1/portfolio', undefined], ['POST', '/v1/orders', order], ['POST', '/v1/admin/trading-states', { state: 'open' }]];

  test.each([
    ['trading/read', [200, 403, 403]], ['trading/trade', [403, 202, 403]], ['trading/read trading/trade', [200, 202, 403]],
    ['trading/operate', [403, 403, 202]], ['openid', [200, 202, 202]],
  ])('%s', async (scope, expected) => {
    const token = may(scope, ['operators']);
    const answers = [];
    for (const [method, path, body] of asked) answers.push((await call(task, method, path, { token, body })).status);
    expect(answers).toEqual(expected);
  });

  test('an operator\'s scope without the group opens nothing', async () => {
    expect(await call(task, 'POST', '/v1/admin/trading-states', { token: may('trading/operate'), body: { state: 'open' } }))
      .toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});
