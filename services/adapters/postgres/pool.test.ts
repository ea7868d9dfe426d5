import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createLedgerPool } from './pool';
import { inTransaction } from './transaction';
import { type PostgresServer, startPostgres } from '../../../local/servers/postgres';
import { ensureTls } from '../../../local/servers/tls';
import { type TestLedger, startTestLedger } from '../../setup/testing/ledger';

const logger = pino({ level: 'silent' });
let ledger: TestLedger;

beforeAll(async () => {
  ledger = await startTestLedger();
});
afterAll(() => ledger?.stop());

test('a service signs in over verified TLS without a password of its own, and integers arrive as numbers', async () => {
  const pool = ledger.pool('api');
  const { rows: [row] } = await pool.query(`
    SELECT current_user AS "user", application_name AS name, ssl, 9007199254740991::bigint AS big, 12::int AS small, NULL::bigint AS none
    FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE pid = pg_backend_pid()`);
  expect(row).toEqual({ user: 'api', name: 'api', ssl: true, big: 9_007_199_254_740_991, small: 12, none: null });
  await expect(pool.query('SELECT 9007199254740993::bigint AS big')).rejects.toThrow('9007199254740993 is beyond the 53 bits of a number');
  await expect(pool.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
});

test('a server whose certificate nobody vouches for gets no connection', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'pool-'));
  let stranger: PostgresServer | undefined;
  try {
    stranger = await startPostgres({
      dataDir: join(dir, 'pg'), tls: await ensureTls(join(dir, 'tls')), adminUser: 'ledger_admin', adminPassword: 'x', database: 'trading',
    });
    const pool = createLedgerPool({ url: `postgresql://api@localhost:${stranger.port}/trading`, region: 'us-east-1', logger });
    await expect(pool.query('SELECT 1')).rejects.toThrow(/certificate/);
    await pool.end();
  } finally {
    await stranger?.stop();
    rmSync(dir, { recursive: true, force: true });
  }
});

test('a server that accepts and then says nothing is given up after five seconds', async () => {
  const sockets: Socket[] = [];
  const mute = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const address = mute.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const pool = createLedgerPool({ url: `postgresql://api@127.0.0.1:${port}/trading`, region: 'us-east-1', logger });
  const started = Date.now();
  await expect(pool.query('SELECT 1')).rejects.toThrow(/timeout/);
  expect(Date.now() - started).toBeLessThan(8_000);
  await pool.end();
  sockets.forEach((socket) => socket.destroy());
  mute.close();
});

test('a statement that takes too long is cancelled', async () => {
  const pool = createLedgerPool({ url: ledger.url('api'), region: 'us-east-1', logger, statementTimeoutMs: 200 });
  await expect(pool.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
  await pool.end();
});

test('a connection that breaks inside a transaction fails it, and the next one works', async () => {
  const pool = ledger.pool('settlement', 1);
  const broken = inTransaction(pool, async (client) => {
    const { rows: [{ pid }] } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await client.query('INSERT INTO ledger.partitions (partition) VALUES (77)');
    await ledger.query('SELECT pg_terminate_backend($1)', [pid]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await client.query('SELECT 1');
  });
  await expect(broken).rejects.toThrow();
  await expect(inTransaction(pool, (client) => client.query('SELECT FROM ledger.partitions WHERE partition = 77'))).resolves.toMatchObject({ rowCount: 0 });
});
