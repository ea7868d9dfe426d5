/** What becomes of statements when a real PostgreSQL makes them wait or is not there any more. */
import { pino } from 'pino';
import { createLedgerPool } from './pool';
import { inTransaction } from './transaction';
import { StallingProxy } from '../../runtime/testing/faulty-server';
import { type TestLedger, startTestLedger } from '../../setup/testing/ledger';

const logger = pino({ level: 'silent' });
let ledger: TestLedger;

beforeAll(async () => { ledger = await startTestLedger(); }, 60_000);
afterAll(() => ledger?.stop());

test('whoever waits for a lock that is held gives up in time, and takes no part in what follows', async () => {
  const pool = createLedgerPool({ url: ledger.url('settlement'), region: 'us-east-1', logger, statementTimeoutMs: 300 });
  await ledger.query('INSERT INTO ledger.partitions (partition) VALUES (55)');
  const holder = await ledger.pool('settlement').connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM ledger.partitions WHERE partition = 55 FOR UPDATE');
  const began = performance.now();
  await expect(inTransaction(pool, (client) => client.query('UPDATE ledger.partitions SET last_seq = 7 WHERE partition = 55')))
    .rejects.toMatchObject({ code: expect.stringMatching(/^(55P03|57014)$/) as string });
  expect(performance.now() - began).toBeLessThan(4_000);
  await holder.query('COMMIT');
  holder.release();
  expect(await ledger.query('SELECT last_seq FROM ledger.partitions WHERE partition = 55')).toEqual([{ last_seq: '0' }]);
  await pool.end();
});

test('a server that vanishes holds a statement no longer than its limit, and its connections are not used again', async () => {
  const proxy = new StallingProxy(ledger.server.port);
  const url = new URL(ledger.url('api'));
  url.port = String(await proxy.start());
  const pool = createLedgerPool({ url: url.href, region: 'us-east-1', logger, statementTimeoutMs: 200, max: 2 });
  await Promise.all([pool.query('SELECT pg_sleep(0.05)'), pool.query('SELECT pg_sleep(0.05)')]);
  proxy.stall();
  const began = performance.now();
  const lost = await Promise.allSettled([pool.query('SELECT 1'), pool.query('SELECT 1')]);
  expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  // The statement's own limit, and two seconds for the server to say so.
  expect(performance.now() - began).toBeLessThan(6_000);
  proxy.recover();
  const again = performance.now();
  expect((await Promise.all([pool.query('SELECT 1'), pool.query('SELECT 1')])).map(({ rowCount }) => rowCount)).toEqual([1, 1]);
  expect(performance.now() - again).toBeLessThan(4_000);
  await pool.end();
  await proxy.stop();
});
