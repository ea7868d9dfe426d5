import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { HELP, OPTIONS } from './flags';
import { openEpochInDatabase } from './open-epoch';
import type { ReconciliationReport } from './reconciliation';
import { projectNode } from '../../../local/servers/environment';
import { launch, type ChildHandle } from '../../../local/servers/process';
import { PostgresLease } from '../../adapters/lease/postgres-lease';
import type { Command } from '../../domain';
import { settleRun } from '../../settlement/settle';
import { startTestLedger, type TestLedger as Database } from '../../setup/testing/ledger';
import { createCore, CORE_VERSION } from '../core';
import { TestLedger } from '../testing/ledger';
import { ALICE, BOB, BTC, TestClient } from '../testing/orders';
import { startTestPlatform, type TestPlatform } from '../testing/platform';

const WINDOW_MS = 3_600_000;
let platform: TestPlatform;
let database: Database;
let programs: { rebuild: string; matcher: string };
const running = new Set<ChildHandle>();

beforeAll(async () => {
  platform = await startTestPlatform(true);
  database = await startTestLedger({ tls: platform.tls });
  const bundled = async (entry: string, name: string): Promise<string> => {
    const outfile = join(platform.dir, name);
    await build({ entryPoints: [join(__dirname, entry)], outfile, bundle: true, platform: 'node', target: 'node22', format: 'cjs', external: ['pg-native'] });
    return outfile;
  };
  programs = { rebuild: await bundled('main.ts', 'rebuild.js'), matcher: await bundled('../main.ts', 'matcher.js') };
});
afterEach(() => running.forEach((child) => child.signal('SIGKILL')));
afterAll(async () => {
  await database?.stop();
  await platform?.stop();
});

/** Runs the command as somebody who follows the runbook. */
function rebuild(...flags: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...platform.environment };
    execFile(projectNode(), [programs.rebuild, ...flags], { env }, (error, out, err) => resolve({ code: error ? 1 : 0, out, err }));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Report {
  readonly facts: { readonly role: string; readonly epoch: number; readonly lastSeq: number };
}

test('the region that takes over: its matcher waits, the core comes out of the ledger, and the venue goes on where it was settled', async () => {
  // The lost region: an upgrade, an instrument, money, and an order that rests. The ledger has all of it, in epoch 5.
  const lost = createCore({ partition: 0, idempotencyWindowMs: WINDOW_MS });
  const nowhere = new TestClient({ append: () => Promise.resolve(''), close: () => Promise.resolve() });
  const resting = nowhere.order(ALICE, 'sell', 300_000, 5);
  const deposit = (accountId: string, asset: string): Command => ({ type: 'deposit', time: Date.now(), depositId: accountId, accountId, asset, amount: 10 ** 12 });
  const events = [
    { type: 'upgrade', time: Date.now(), version: CORE_VERSION } as const, { type: 'configure_instrument', time: Date.now(), instrument: BTC } as const,
    deposit(ALICE, 'BTC'), deposit(BOB, 'USDT'), resting,
  ].flatMap((command) => lost.apply(command));
  await settleRun(database.pool('settlement', 1), { partition: 0, epoch: 5, events });

  // The other region: an empty journal, a lease that nobody held, a bucket without a snapshot.
  const names = await platform.create();
  const port = await freePort();
  const child = launch({
    name: 'matcher', command: projectNode(), args: [programs.matcher], logFile: join(platform.dir, 'matcher.log'),
    env: {
      ...platform.environment, ENVIRONMENT: 'test', PORT: String(port), JOURNAL_STREAM: names.stream, LEASE_TABLE: names.table, SETTLEMENT_QUEUE: names.queueUrl,
      LEASE_RENEWAL_MS: '300', LEASE_LAPSE_MS: '1500', SNAPSHOT_BUCKET: names.bucket, SNAPSHOT_REQUIRED: 'true', CACHE_URL: platform.redis.url,
      CACHE_AUTH_TOKEN: platform.redis.password,
    },
  });
  running.add(child);
  const health = (): Promise<Report | undefined> => fetch(`http://127.0.0.1:${port}/health`).then((response) => response.json() as Promise<Report>, () => undefined);
  const until = async (what: string, holds: (report: Report) => boolean): Promise<Report> => {
    for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
      const report = await health();
      if (report && holds(report)) return report;
      if (Date.now() > deadline) throw new Error(`${what} did not happen: ${JSON.stringify(report)} ${child.lastLines(20)}`);
    }
  };
  await until('the wait', (report) => JSON.stringify(report).includes('waits for a snapshot: there is none'));
  await sleep(2_000);
  expect((await health())?.facts).toMatchObject({ role: 'standby', lastSeq: 0 });

  const where = ['--ledger-url', database.url('recovery'), '--snapshot-bucket', names.bucket, '--lease-table', names.table, '--settlement-queue', names.queueUrl];
  const looked = await rebuild(...where);
  expect([looked.code, looked.err]).toEqual([0, expect.not.stringContaining('rror') as string]);
  const seen = JSON.parse(looked.out) as ReconciliationReport;
  // No --core-version: the venue began with it, so the ledger says it.
  expect(seen).toMatchObject({
    applied: false, ledger: { seq: 5, epoch: 5 }, opened: { seq: 5, epoch: 6, version: CORE_VERSION, stateHash: lost.stateHash() },
  });
  expect((await health())?.facts.role).toBe('standby');

  const file = join(platform.dir, 'report.json');
  expect(await rebuild(...where, '--apply', '--report', file)).toMatchObject({ code: 0, out: '' });
  expect(existsSync(file)).toBe(true);
  const leading = await until('leading', ({ facts }) => facts.role === 'leader');
  expect(leading.facts).toMatchObject({ epoch: 7, lastSeq: 5 });
  // A second run comes too late, and says so.
  expect(await rebuild(...where, '--apply')).toMatchObject({ code: 1, err: expect.stringMatching(/stands at epoch 6 or later: a matcher leads here/) as string });

  const ledger = new TestLedger(names.queueUrl, 5);
  const client = new TestClient(names.stream);
  try {
    const bought = client.order(BOB, 'buy', 300_000, 5);
    await client.append(resting, bought);
    // Who repeats an order that was settled gets no second one.
    expect(await ledger.until(7, 20_000)).toMatchObject([{ type: 'order_accepted', seq: 6, orderId: bought.orderId }, { type: 'trade', seq: 7, makerOrderId: resting.orderId }]);
    expect(new Set(ledger.epochs)).toEqual(new Set([7]));
  } finally {
    await client.close();
    await ledger.stop();
  }
}, 120_000);

test('what is missing or wrong is named, all of it, before anything is opened', async () => {
  const { code, err } = await rebuild('--ledger-url', 'postgresql://x:hunter2@h/trading', '--lease-table', 't', '--lease-database', 'd', '--partition', 'one');
  expect(code).toBe(1);
  expect(Object.keys(OPTIONS).filter((name) => name !== 'help' && !HELP.includes(`  --${name} `))).toEqual([]);
  for (const fault of ['--ledger-url must be postgresql://', '--snapshot-bucket is missing', '--settlement-queue is missing', 'give either --lease-table or --lease-database',
    '--lease-database must be', '--partition must be a whole number, got "one"']) expect(err).toContain(fault);
  expect(err).not.toContain('hunter2');
  expect((await rebuild('--leger-url', 'x')).err).toMatch(/rebuild-core cannot start: Unknown option '--leger-url'/);
});

test('the lease of a small system is opened in its database, above every earlier epoch and only while nobody leads', async () => {
  const pool = database.pool('matcher', 1);
  const store = new PostgresLease({ pool: database.pool('matcher', 1), lapseMs: 1_000, requestTimeoutMs: 2_000 });
  await openEpochInDatabase(pool, 3, 41, 7);
  await openEpochInDatabase(pool, 3, 41, 7);
  const observed = await store.read(3);
  expect(observed).toMatchObject({ owner: '', epoch: 41, publishedSeq: 7 });
  expect(await store.acquire(3, 'a', observed)).toMatchObject({ owner: 'a', epoch: 42, publishedSeq: 7 });
  await expect(openEpochInDatabase(pool, 3, 41, 7)).rejects.toThrow(/partition 3 in the database stands at epoch 41 or later: a matcher leads here/);
  await expect(openEpochInDatabase(pool, 3, 42, 7)).rejects.toThrow(/stands at epoch 42 or later/);
});
