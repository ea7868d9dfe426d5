/** Access rules on a real PostgreSQL, as the API's role. */
import { randomUUID } from 'node:crypto';
import type { AccessRule, Subject } from './rule';
import { PostgresAccessStore } from './store';
import { startTestLedger, type TestLedger } from '../../setup/testing/ledger';

const OPERATOR = '0e000000-0000-4000-8000-00000000000e';
const RULE: AccessRule = { actions: { deny: ['place'] }, instruments: { allow: ['BTCUSDT'], deny: ['*'] }, ordersPerSecond: 5 };
const DENIED = { code: '42501' };
let ledger: TestLedger;
let store: PostgresAccessStore;

beforeAll(async () => {
  ledger = await startTestLedger();
  store = new PostgresAccessStore(ledger.pool('api'));
}, 60_000);
afterAll(() => ledger?.stop());

const user = (): Subject => ({ kind: 'user', id: randomUUID() });
const change = (subject: Subject, version: number, rule?: AccessRule) => store.change({ ...subject, version, rule, by: OPERATOR, reason: 'because' });

test('a rule is made, replaced by whoever saw it last, removed and made again under a version that never was', async () => {
  const subject = user();
  const made = await change(subject, 0, RULE);
  expect(made).toMatchObject({ outcome: 'changed', version: 1 });
  expect(await store.find(subject)).toMatchObject({ ...subject, version: 1, rule: RULE, changedBy: OPERATOR, reason: 'because', changedAt: expect.any(Date) as Date });
  expect(await change(subject, 0, {})).toMatchObject({ outcome: 'conflict', version: 1, revision: null });
  expect(await change(subject, 1, { ordersPerSecond: 1 })).toMatchObject({ outcome: 'changed', version: 2, before: RULE });
  expect(await change(subject, 1)).toMatchObject({ outcome: 'conflict', version: 2 });
  expect(await change(subject, 2)).toMatchObject({ outcome: 'changed', version: 3, before: { ordersPerSecond: 1 } });
  expect(await store.find(subject)).toBeUndefined();
  expect(await change(subject, 3)).toMatchObject({ outcome: 'conflict', version: 0 });
  expect(await change(subject, 0, RULE)).toMatchObject({ outcome: 'changed', version: 4 });
  const versions = await ledger.query('SELECT version::int, rule IS NULL AS removed FROM access.rule_versions WHERE id = $1 ORDER BY version', [subject.id]);
  expect(versions).toEqual([1, 2, 3, 4].map((version) => ({ version, removed: version === 3 })));
});

test('of twenty who replace the same version one does, and revisions have no gap', async () => {
  const subject = user();
  await change(subject, 0, RULE);
  const { revision: before } = await store.changesAfter(0);
  const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => change(subject, 1, { ordersPerSecond: n + 1 })));
  expect(outcomes.filter(({ outcome }) => outcome === 'changed')).toHaveLength(1);
  await Promise.all(Array.from({ length: 20 }, () => change(user(), 0, RULE)));
  const { revision, rows } = await store.changesAfter(before);
  expect(rows.map((row) => row.revision)).toEqual(Array.from({ length: 21 }, (_, n) => before + 1 + n));
  expect(revision).toBe(before + 21);
});

test('whoever follows the revisions hears of what was removed; whoever begins does not', async () => {
  const subject = user();
  await change(subject, 0, RULE);
  const { revision } = await store.changesAfter(0);
  await change(subject, 1);
  expect((await store.changesAfter(revision)).rows).toEqual([expect.objectContaining({ ...subject, version: 2 })]);
  expect((await store.changesAfter(revision)).rows[0].rule).toBeUndefined();
  const fresh = await store.changesAfter(0);
  expect(fresh.rows.some(({ id }) => id === subject.id)).toBe(false);
  expect(await store.changesAfter(fresh.revision)).toEqual({ revision: fresh.revision, rows: [] });
});

test('pages go on where the last one ended', async () => {
  await change({ kind: 'group', id: 'traders' }, 0, RULE);
  await change({ kind: 'group', id: '*' }, 0, RULE);
  const whole = await store.list(1_000);
  const pages: Subject[] = [];
  for (let page = await store.list(7); page.length > 0; page = await store.list(7, pages.at(-1))) pages.push(...page);
  expect(pages).toEqual(whole);
  expect(new Set(whole.map(({ kind, id }) => `${kind}/${id}`)).size).toBe(whole.length);
});

test('groups are those of the newest token; accounts without API keys are left out unless asked for', async () => {
  const [account, owner] = [randomUUID(), randomUUID()];
  const at = (accountId: string, seconds: number, ...groups: string[]) => ({ accountId, groups, tokenUntil: new Date(seconds * 1_000) });
  await ledger.query('INSERT INTO access.api_keys VALUES ($1, $2, $3, \'x\', \'{read}\', \'{}\', $4, now())', [randomUUID(), 'a'.repeat(64), owner, Buffer.alloc(60)]);
  await store.noteGroups([at(account, 100, 'traders'), at(owner, 100, 'traders', 'night')], true);
  expect([await store.groupsOf(account), await store.groupsOf(owner)]).toEqual([[], ['traders', 'night']]);
  await store.noteGroups([at(account, 100, 'traders')], false);
  await store.noteGroups([at(account, 99, 'operators')], false);
  expect(await store.groupsOf(account)).toEqual(['traders']);
  await store.noteGroups([at(account, 101)], false);
  expect(await store.groupsOf(account)).toEqual([]);
});

test('a service without a copy asks for what concerns one user, as a role that reads rules and nothing else', async () => {
  const { id } = user();
  await change({ kind: 'user', id }, 0, RULE);
  await change({ kind: 'group', id: 'gone' }, 0, RULE);
  await change({ kind: 'group', id: 'gone' }, 1);
  await change({ kind: 'group', id: 'levels' }, 0, { ordersPerSecond: 9 });
  const reader = new PostgresAccessStore(ledger.pool('users'));
  const everybody = (await store.find({ kind: 'group', id: '*' }))?.rule;
  expect(await reader.levelsOf(id, ['levels', 'gone', 'never'])).toEqual([[RULE], [{ ordersPerSecond: 9 }], [everybody]]);
  await expect(reader.find({ kind: 'user', id })).resolves.toBeDefined();
  for (const statement of [
    'SELECT 1 FROM access.api_keys', 'SELECT 1 FROM access.members', 'SELECT 1 FROM access.rule_versions', 'SELECT 1 FROM ledger.balances', 'DELETE FROM access.rules',
  ]) await expect(ledger.pool('users', 1).query(statement)).rejects.toMatchObject(DENIED);
  await expect(reader.change({ kind: 'user', id, version: 1, by: OPERATOR, reason: 'x' })).rejects.toMatchObject(DENIED);
});

test('the API changes rules by the function alone, and never a version that was', async () => {
  const api = ledger.pool('api');
  for (const statement of [
    'UPDATE access.rules SET rule = \'{}\'', 'DELETE FROM access.rules', 'INSERT INTO access.rules SELECT * FROM access.rules',
    'UPDATE access.rule_versions SET reason = \'x\'', 'DELETE FROM access.rule_versions', 'INSERT INTO access.rule_versions SELECT * FROM access.rule_versions',
    'DELETE FROM access.members',
  ]) await expect(api.query(statement)).rejects.toMatchObject(DENIED);
  for (const other of ['settlement', 'recovery']) {
    for (const table of ['rules', 'rule_versions', 'members']) await expect(ledger.pool(other, 1).query(`SELECT 1 FROM access.${table}`)).rejects.toMatchObject(DENIED);
    await expect(ledger.pool(other, 1).query('SELECT access.change_rule(\'user\', \'x\', 0, \'{}\', gen_random_uuid(), \'x\', 1)')).rejects.toMatchObject(DENIED);
  }
});

test('there are so many rules and no more, but those that there are can be changed', async () => {
  const [{ count }] = await ledger.query<{ count: number }>('SELECT count(*)::int AS count FROM access.rules WHERE rule IS NOT NULL');
  const full = (id: string, version: number) => ledger.query('SELECT outcome FROM access.change_rule(\'group\', $1, $2, \'{}\', $3, \'x\', $4)', [id, version, OPERATOR, count]);
  expect(await full('one-more', 0)).toEqual([{ outcome: 'full' }]);
  expect(await full('traders', 1)).toEqual([{ outcome: 'changed' }]);
});
