import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIGRATIONS, migrateLedger } from './migrate';
import { startTestLedger, type TestLedger } from './testing/ledger';

let ledger: TestLedger;

beforeAll(async () => {
  ledger = await startTestLedger({ migrate: false });
});
afterAll(() => ledger?.stop());

const ACCOUNT = 'aaaaaaaa-0000-4000-8000-000000000001';
const EXTERNAL = '00000000-0000-0000-0000-000000000000';
const DENIED = { code: '42501' };

test('two that migrate an empty database at once share the work, a third finds nothing to do', async () => {
  const applied = await Promise.all([1, 2].map(() => migrateLedger(ledger.admin, ledger.logger)));
  expect(applied.map(({ length }) => length).sort()).toEqual([0, readdirSync(MIGRATIONS).length]);
  await expect(migrateLedger(ledger.admin, ledger.logger)).resolves.toEqual([]);
});

test('a migration that fails leaves nothing behind, not even those before it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'migrations-'));
  try {
    cpSync(MIGRATIONS, dir, { recursive: true });
    writeFileSync(join(dir, '0098_good.sql'), 'CREATE TABLE ledger.half_done (id int);');
    writeFileSync(join(dir, '0099_bad.sql'), 'CREATE TABLE ledger.half_done (id int);');
    await expect(migrateLedger(ledger.admin, ledger.logger, dir)).rejects.toThrow('already exists');
    expect(await ledger.query("SELECT to_regclass('ledger.half_done') AS made")).toEqual([{ made: null }]);
    await expect(migrateLedger(ledger.admin, ledger.logger)).resolves.toEqual([]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('all roles sign in with tokens only', async () => {
  const roles = await ledger.query(`
    SELECT rolname, rolcanlogin, rolsuper, pg_has_role(rolname, 'rds_iam', 'MEMBER') AS iam
    FROM pg_roles WHERE rolname IN ('api', 'settlement', 'recovery', 'users') ORDER BY rolname`);
  expect(roles).toEqual(['api', 'recovery', 'settlement', 'users'].map((rolname) => ({ rolname, rolcanlogin: true, rolsuper: false, iam: true })));
});

test('the api reads and writes nothing', async () => {
  const api = ledger.pool('api');
  for (const table of ['partitions', 'instruments', 'trading_states', 'accounts', 'markets', 'orders', 'amendments', 'fills', 'transfers', 'refused_transfers', 'deposits', 'account_beginnings', 'balances']) {
    await expect(api.query(`SELECT count(*) FROM ledger.${table}`)).resolves.toMatchObject({ rowCount: 1 });
    await expect(api.query(`DELETE FROM ledger.${table}`)).rejects.toMatchObject(DENIED);
  }
  await expect(api.query('UPDATE ledger.balances SET free = free + 1')).rejects.toMatchObject(DENIED);
  await expect(api.query('INSERT INTO ledger.partitions (partition) VALUES (1)')).rejects.toMatchObject(DENIED);
  await expect(api.query('SELECT 1 FROM ledger.ledger_entries')).rejects.toMatchObject(DENIED);
  for (const schema of ['ledger', 'public']) await expect(api.query(`CREATE TABLE ${schema}.mine (id int)`)).rejects.toMatchObject(DENIED);
  await expect(api.query('CREATE TEMPORARY TABLE mine (id int)')).rejects.toMatchObject(DENIED);
});

test('recovery reads everything and writes nothing', async () => {
  const recovery = ledger.pool('recovery');
  for (const table of ['partitions', 'orders', 'deposits', 'transfers', 'order_duplicates', 'account_beginnings', 'ledger_entries', 'balances']) {
    await expect(recovery.query(`SELECT count(*) FROM ledger.${table}`)).resolves.toMatchObject({ rowCount: 1 });
    await expect(recovery.query(`DELETE FROM ledger.${table}`)).rejects.toMatchObject(DENIED);
  }
});

test('settlement adds to the history and changes none of it', async () => {
  const settlement = ledger.pool('settlement');
  const entries = `INSERT INTO ledger.ledger_entries VALUES (1, 1, 0, '${ACCOUNT}', 'BTC', 5, 0, 'deposit'), (1, 1, 1, '${EXTERNAL}', 'BTC', -5, 0, 'deposit')`;
  await expect(settlement.query(entries)).resolves.toMatchObject({ rowCount: 2 });
  for (const table of ['ledger_entries', 'fills', 'deposits', 'transfers', 'account_beginnings']) {
    await expect(settlement.query(`DELETE FROM ledger.${table}`)).rejects.toMatchObject(DENIED);
    await expect(settlement.query(`UPDATE ledger.${table} SET seq = 2`)).rejects.toMatchObject(DENIED);
    await expect(settlement.query(`TRUNCATE ledger.${table}`)).rejects.toMatchObject(DENIED);
    // Nor does the administrator, who owns the tables.
    for (const change of [`DELETE FROM ledger.${table}`, `UPDATE ledger.${table} SET seq = 2`, `TRUNCATE ledger.${table}`]) {
      await expect(ledger.query(change)).rejects.toThrow('is not allowed');
    }
  }
  await expect(settlement.query('UPDATE ledger.balances SET account_id = account_id')).rejects.toMatchObject(DENIED);
  await expect(settlement.query('DELETE FROM ledger.orders')).rejects.toMatchObject(DENIED);
});

test('entries that do not balance and balances that owe are refused by the database itself', async () => {
  await expect(ledger.query(`INSERT INTO ledger.ledger_entries VALUES (1, 2, 0, '${ACCOUNT}', 'BTC', 5, 0, 'deposit')`))
    .rejects.toThrow('the entries of event 1/2 do not balance: 5 of BTC too many');
  const two = `(1, 3, 0, '${ACCOUNT}', 'BTC', 5, 0, 'deposit'), (1, 4, 0, '${EXTERNAL}', 'BTC', -5, 0, 'deposit')`;
  await expect(ledger.query(`INSERT INTO ledger.ledger_entries VALUES ${two}`)).rejects.toThrow('do not balance');
  await expect(ledger.query(`INSERT INTO ledger.balances VALUES (1, '${ACCOUNT}', 'BTC', -1, 0, 1)`)).rejects.toMatchObject({ code: '23514' });
  await expect(ledger.query(`INSERT INTO ledger.balances VALUES (1, '${ACCOUNT}', 'BTC', 0, -1, 1)`)).rejects.toMatchObject({ code: '23514' });
  await expect(ledger.query(`INSERT INTO ledger.balances VALUES (1, '${EXTERNAL}', 'BTC', -1, 0, 1)`)).resolves.toEqual([]);
});
