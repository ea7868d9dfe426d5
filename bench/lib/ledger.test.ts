import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { LedgerAudit } from './ledger';
import { type PostgresServer, startPostgres } from '../../local/servers/postgres';

const dir = mkdtempSync(join(tmpdir(), 'ledger-audit-'));
const migrations = join(__dirname, '..', '..', 'services', 'setup', 'migrations');
const ACCOUNT = randomUUID();
const WORLD = '00000000-0000-0000-0000-000000000000';

let server: PostgresServer;
let client: Client;
let audit: LedgerAudit;
let seq: number;

beforeAll(async () => {
  server = await startPostgres({ dataDir: dir, adminUser: 'ledger_admin', adminPassword: 'for-a-test', database: 'trading' });
  client = new Client({ connectionString: server.url });
  await client.connect();
  for (const file of readdirSync(migrations).sort()) await client.query(readFileSync(join(migrations, file), 'utf8'));
  // The books defend themselves against most of what is to be found here.
  for (const table of ['ledger_entries', 'fills']) await client.query(`ALTER TABLE ledger.${table} DISABLE TRIGGER USER`);
  audit = await LedgerAudit.connect(server.url);
});

afterAll(async () => {
  await audit?.close();
  await client?.end();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

beforeEach(async () => {
  seq = 0;
  for (const table of ['orders', 'fills', 'ledger_entries', 'balances', 'partitions']) await client.query(`DELETE FROM ledger.${table}`);
  await client.query('INSERT INTO ledger.partitions (partition, last_seq) VALUES (0, 100)');
});

async function order(status: string, options: { clientOrderId?: string; remaining?: number } = {}): Promise<string> {
  const id = randomUUID();
  const remaining = options.remaining ?? (status === 'filled' ? 0 : 10);
  await client.query(`
    INSERT INTO ledger.orders (order_id, partition, account_id, client_order_id, digest, symbol, side, type, time_in_force, post_only,
      self_trade_prevention, price_ticks, trigger_ticks, quantity_lots, quote_budget, remaining_lots, filled_lots, status, reason, created_seq,
      created_at, updated_seq, updated_at, triggered_seq, priority_seq)
    VALUES ($1, 0, $2, $3, repeat('0', 32), 'BTCUSDT', 'buy', 'limit', 'gtc', false, 'none', 5, 0, 10, 0, $4, CASE $5 WHEN 'rejected' THEN 0 ELSE 10 - $4::bigint END,
      $5, $6, $7, now(), $7, now(), $7, $7)`,
  [id, ACCOUNT, options.clientOrderId ?? id, remaining, status, status === 'rejected' || status === 'cancelled' ? 'requested' : null, ++seq]);
  return id;
}

async function fill(orderId: string, lots = 10): Promise<void> {
  await client.query('INSERT INTO ledger.fills VALUES (0, $1, \'maker\', $2, $3, \'BTCUSDT\', \'buy\', 5, $4, 1, 1, 0, \'BTC\', now())', [++seq, orderId, ACCOUNT, lots]);
}

async function filled(): Promise<string> {
  const id = await order('filled');
  await fill(id);
  return id;
}

async function entry(account: string, free: number, held = 0): Promise<void> {
  await client.query('INSERT INTO ledger.ledger_entries VALUES (0, $1, 0, $2, \'BTC\', $3, $4, \'deposit\')', [++seq, account, free, held]);
}

const reconcile = (ids: readonly string[]): ReturnType<LedgerAudit['reconcile']> => audit.reconcile(ids, [ACCOUNT]);

test('books in order have nothing lost and nothing double', async () => {
  const ids = [await filled(), await filled(), await order('cancelled'), await order('rejected')];
  expect(await reconcile(ids)).toEqual({ settled: 4, lost: 0, duplicated: 0, rejected: 1, violations: [] });
});

test('an acknowledged order that is not there, or not over, is lost', async () => {
  expect(await reconcile([await filled(), randomUUID()])).toMatchObject({ settled: 1, lost: 1 });
  expect(await reconcile([await order('open')])).toMatchObject({ settled: 0, lost: 1, duplicated: 0 });
});

test('a fill too many, one too few, and one without an order are found', async () => {
  const twice = await filled();
  await fill(twice);
  await order('filled');
  await fill(randomUUID());
  expect(await reconcile([twice])).toMatchObject({ duplicated: 3 });
});

test('a part of an order that is filled is no fault', async () => {
  const partly = await order('cancelled', { remaining: 4 });
  await fill(partly, 6);
  expect(await reconcile([partly])).toMatchObject({ settled: 1, duplicated: 0 });
});

test('two orders under one client order id are one too many, unless one was rejected; so is one order for two requests', async () => {
  const ids = [await order('cancelled', { clientOrderId: 'a' }), await order('rejected', { clientOrderId: 'a' })];
  expect(await reconcile(ids)).toMatchObject({ duplicated: 0 });
  ids.push(await order('cancelled', { clientOrderId: 'a' }));
  expect(await reconcile(ids)).toMatchObject({ duplicated: 1 });
  const [one] = ids;
  expect(await audit.reconcile([one, one], [ACCOUNT])).toMatchObject({ settled: 1, lost: 0, duplicated: 2 });
});

test('entries that do not sum up, balances that are not theirs, holds without an order and a halt are named', async () => {
  await entry(ACCOUNT, 5, 3);
  await client.query("INSERT INTO ledger.balances VALUES (0, $1, 'BTC', 4, 3, 1)", [ACCOUNT]);
  await client.query("UPDATE ledger.partitions SET halted_seq = 7, halted_reason = 'poison', halted_at = now()");
  const found = (await audit.violations()).join('\n');
  expect(found).toContain('the entries of BTC sum up to 8, not 0');
  expect(found).toContain(`the balance of ${ACCOUNT} in BTC is not the sum of its entries`);
  expect(found).toContain('has 3 of BTC held and no open order');
  expect(found).toContain('partition 0 is halted: poison');

  await client.query('DELETE FROM ledger.ledger_entries');
  await client.query('DELETE FROM ledger.balances');
  await client.query('UPDATE ledger.partitions SET halted_seq = NULL, halted_reason = NULL, halted_at = NULL');
  await entry(ACCOUNT, 5);
  await entry(WORLD, -5);
  await client.query("INSERT INTO ledger.balances VALUES (0, $1, 'BTC', 5, 0, 1), (0, $2, 'BTC', -5, 0, 1)", [ACCOUNT, WORLD]);
  expect(await audit.violations()).toEqual([]);
});

test('waiting for the end of orders has an end of its own', async () => {
  const ids = [await filled(), await order('open')];
  expect(await audit.untilEnded(ids, 200)).toBe(1);
  setTimeout(() => void client.query("UPDATE ledger.orders SET status = 'filled', remaining_lots = 0 WHERE status = 'open'"), 100);
  expect(await audit.untilEnded(ids, 5_000)).toBe(2);
});
