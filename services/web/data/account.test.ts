import { accountFacts, type AccountFacts, equityCurve, firstRange, openAccount, resetAccount } from './account';
import { Api } from './api';

const NOW = 1_760_000_000_000;
const HOUR = 3_600_000;

/** An API that answers by method and path, and remembers what it was asked. */
function apiOf(answers: Readonly<Record<string, readonly [status: number, body: object]>>) {
  const asked: string[] = [];
  const api = new Api((path, { method, body }) => {
    asked.push(`${method} ${path}${body === undefined ? '' : ` ${String(body)}`}`);
    const [status, told] = answers[`${method} ${path.split('?')[0]}`] ?? [500, {}];
    return Promise.resolve(new Response(JSON.stringify(told), { status }));
  }, () => 'token', () => Promise.resolve());
  return { api, asked };
}

const facts = (more: Partial<AccountFacts> = {}): AccountFacts => ({ status: 'open', startingBalances: [], openedAt: NOW - 100 * HOUR, ...more });

test('an account is opened once, and not where it is open already or begins with nothing', async () => {
  const fresh = apiOf({ 'GET /v1/account': [200, { status: 'not_open', startingBalances: [] }], 'PUT /v1/account': [202, {}] });
  expect([await openAccount(fresh.api), fresh.asked]).toMatchObject([{ status: 'open' }, ['GET /v1/account', 'PUT /v1/account']]);
  const open = apiOf({ 'GET /v1/account': [200, facts()] });
  expect([await openAccount(open.api), open.asked.length]).toMatchObject([{ status: 'open' }, 1]);
  const none = apiOf({ 'GET /v1/account': [404, { code: 'feature_not_here' }] });
  expect([await openAccount(none.api), none.asked.length]).toEqual([undefined, 1]);
  await expect(accountFacts(apiOf({}).api)).rejects.toMatchObject({ status: 500 });
});

test('a reset goes under an id of its own', async () => {
  const { api, asked } = apiOf({ 'POST /v1/account/reset': [202, {}] });
  await resetAccount(api, 'mine');
  expect(asked).toEqual(['POST /v1/account/reset {"clientResetId":"mine"}']);
});

test('the curve does not reach back behind the beginning of the account', async () => {
  const { api, asked } = apiOf({ 'GET /v1/portfolio/equity': [200, { points: [] }] });
  await equityCurve(api, '1d', facts(), NOW);
  await equityCurve(api, '1d', facts({ lastReset: { resetId: 'a', time: NOW - HOUR } }), NOW);
  await equityCurve(api, '1h', facts({ openedAt: NOW + 5_000 }), NOW);
  await equityCurve(api, 'all', undefined, NOW);
  expect(asked.map((one) => one.split('?')[1])).toEqual([
    `interval=5m&from=${NOW - 24 * HOUR}`, 'interval=5m', 'interval=1m', 'interval=1d',
  ]);
});

test('a young account is looked at by the minute first', () => {
  expect([firstRange(facts({ openedAt: NOW - HOUR }), NOW), firstRange(facts(), NOW), firstRange(facts({ lastReset: { resetId: 'a', time: NOW } }), NOW), firstRange(undefined, NOW)])
    .toEqual(['1h', '1d', '1h', '1d']);
});
