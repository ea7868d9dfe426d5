/** API keys on a real PostgreSQL, sealed for real. */
import { randomUUID } from 'node:crypto';
import { type ApiKeyFacts, PostgresApiKeyStore } from './api-key-store';
import { ApiKeys, MOST_KEYS, usableFrom } from './api-keys';
import { SealBrokenError, SecretBox } from './secret-box';
import { startTestLedger, type TestLedger } from '../../setup/testing/ledger';
import { ALICE, BOB, logger } from '../testing/harness';

const MASTER = 'a master secret of the tests that is long enough';
let ledger: TestLedger;
let store: PostgresApiKeyStore;

beforeAll(async () => {
  ledger = await startTestLedger();
  store = new PostgresApiKeyStore(ledger.pool('api'));
}, 60_000);
afterAll(() => ledger?.stop());

const ring = (master = MASTER): ApiKeys => new ApiKeys(store, new SecretBox(master), logger);
const body = { label: 'bot', permissions: ['read' as const, 'trade' as const] };

test('a key is found by every task, with the secret that was shown once', async () => {
  const made = await ring().create(ALICE, { ...body, addresses: ['203.0.113.0/24'] });
  expect(made).toMatchObject({ label: 'bot', permissions: ['read', 'trade'], addresses: ['203.0.113.0/24'], secret: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const found = await ring().find(made.apiKey);
  expect(found).toMatchObject({ secret: made.secret, facts: { accountId: ALICE, id: made.id } });
  const listed = await ring().list(ALICE);
  expect(listed.apiKeys).toHaveLength(1);
  expect(JSON.stringify(listed)).not.toContain(made.secret);
});

test('the database has nothing that a request could be signed with', async () => {
  const { secret, apiKey } = await ring().create(BOB, body);
  const rows = await ledger.query('SELECT *, encode(sealed_secret, \'escape\') AS text, encode(sealed_secret, \'hex\') AS hex FROM access.api_keys');
  for (const row of rows) {
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(String(row.hex)).not.toContain(Buffer.from(secret).toString('hex'));
  }
  await expect(ring('another master secret that is long enough').find(apiKey)).rejects.toThrow(SealBrokenError);
  expect(() => ring(`too short,${MASTER}`)).toThrow('at least 32');
  expect(await ring(`a new master that takes the place of the first,${MASTER}`).find(apiKey)).toMatchObject({ secret });
});

test('a sealed secret that is moved to another key does not open there', async () => {
  const [one, other] = [await ring().create(ALICE, body), await ring().create(BOB, body)];
  await ledger.query('UPDATE access.api_keys SET sealed_secret = (SELECT sealed_secret FROM access.api_keys WHERE id = $1) WHERE id = $2', [one.id, other.id]);
  await expect(ring().find(other.apiKey)).rejects.toThrow(SealBrokenError);
  await ledger.query('DELETE FROM access.api_keys WHERE id = ANY($1::uuid[])', [[one.id, other.id]]);
});

test('only its owner deletes a key; then this task refuses it at once, and others within seconds', async () => {
  const [here, there] = [ring(), ring()];
  const made = await here.create(ALICE, body);
  await there.find(made.apiKey);
  await expect(here.remove(BOB, made.id)).rejects.toMatchObject({ status: 404, code: 'unknown_api_key' });
  await expect(here.remove(ALICE, randomUUID())).rejects.toMatchObject({ status: 404, code: 'unknown_api_key' });
  await here.remove(ALICE, made.id);
  expect(await here.find(made.apiKey)).toBeUndefined();
  const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_100);
  expect(await there.find(made.apiKey)).toBeUndefined();
  later.mockRestore();
});

test('an account has a limited number of keys, also when it asks for many at once', async () => {
  const account = randomUUID();
  const outcomes = await Promise.allSettled(Array.from({ length: MOST_KEYS + 5 }, () => ring().create(account, body)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(MOST_KEYS);
  expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { status: 409, code: 'too_many_api_keys' } });
});

test('the role that trades may not change a key', async () => {
  const pool = ledger.pool('api');
  await expect(pool.query('UPDATE access.api_keys SET permissions = ARRAY[\'trade\']')).rejects.toThrow('permission denied');
  await expect(ledger.pool('settlement').query('SELECT * FROM access.api_keys')).rejects.toThrow('permission denied');
});

test('without a store nobody has keys', async () => {
  const none = new ApiKeys(undefined, undefined, logger);
  expect(await none.find('a'.repeat(64))).toBeUndefined();
  await expect(none.create(ALICE, body)).rejects.toMatchObject({ status: 404, code: 'feature_not_here', details: { feature: 'api_keys' } });
});

describe('addresses', () => {
  const key = (...addresses: string[]): Pick<ApiKeyFacts, 'addresses'> => ({ addresses });

  test.each([
    [key(), undefined, true], [key(), '198.51.100.1', true],
    [key('203.0.113.7'), '203.0.113.7', true], [key('203.0.113.7'), '203.0.113.8', false], [key('203.0.113.7'), undefined, false],
    [key('203.0.113.0/24', '198.51.100.1'), '203.0.113.200', true], [key('203.0.113.0/24'), '::ffff:203.0.113.9', true],
    [key('2001:db8:1:2::/64'), '2001:db8:1:2::/64', true], [key('2001:db8:1::/48'), '2001:db8:1:2::/64', true], [key('2001:db8:1:3::/64'), '2001:db8:1:2::/64', false],
    [key('0.0.0.0/0'), '2001:db8::/64', false],
  ])('%j from %s: %s', (facts, address, allowed) => {
    expect(usableFrom(facts, address)).toBe(allowed);
  });
});
