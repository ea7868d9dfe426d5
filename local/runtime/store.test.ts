import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Redis from 'ioredis';
import { Client } from 'pg';
import { Store } from './store';
import { isPortFree } from '../servers/ports';
import { startPostgres } from '../servers/postgres';
import { startRedis } from '../servers/redis';

let dir: string;
const failures: string[] = [];
const fail = (error: Error): void => { failures.push(error.message); };

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'stores-'));
});
beforeEach(() => { failures.length = 0; });
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('PostgreSQL is killed with sessions at work, stays away, and comes back with what was committed', async () => {
  const options = { dataDir: join(dir, 'pg'), adminUser: 'admin_of_it', adminPassword: 'x', database: 'trading' };
  const server = await startPostgres(options);
  const store = new Store('PostgreSQL', server, fail, () => startPostgres({ ...options, port: server.port }));
  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  try {
    const before = store.pid;
    const client = await connect();
    await client.query('CREATE TABLE kept AS SELECT 1 AS one');
    const cut = client.query('SELECT pg_sleep(20)').catch((error: Error) => error);
    await store.kill();
    expect(await cut).toBeInstanceOf(Error);
    await expect(connect()).rejects.toThrow('ECONNREFUSED');
    // Nobody starts it twice.
    await Promise.all([store.start(), store.start()]);
    await store.start();
    expect(store.pid).not.toBe(before);
    const again = await connect();
    expect((await again.query('SELECT one FROM kept')).rows).toEqual([{ one: 1 }]);
    await again.end();
  } finally {
    await store.stop();
  }
  expect(await isPortFree(server.port)).toBe(true);
  expect(failures).toEqual([]);
});

test('Redis comes back with its keys, and a store that ends by itself is an error before and after', async () => {
  const options = { dir: join(dir, 'redis'), password: 'x' };
  const server = await startRedis(options);
  const store = new Store('Redis', server, fail, () => startRedis({ ...options, port: server.port }));
  const client = new Redis(server.url, { password: 'x', retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  try {
    await client.set('kept', 'yes');
    await store.kill();
    await store.start();
    expect(await client.get('kept')).toBe('yes');
    expect(failures).toEqual([]);
    process.kill(store.pid, 'SIGKILL');
    const deadline = Date.now() + 5_000;
    while (failures.length === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(failures).toEqual([expect.stringMatching(/^Redis ended by itself \(signal SIGKILL\); its last lines:\n/)]);
  } finally {
    client.disconnect();
    await store.stop();
  }
});

test('what nothing could start again is not killed', async () => {
  const server = await startRedis({ dir: join(dir, 'precious') });
  const store = new Store('Precious', server, fail);
  await expect(store.kill()).rejects.toThrow('Precious cannot be killed here: nothing would start it again.');
  expect(store.expendable).toBe(false);
  expect(server.child.ended()).toBe(false);
  await store.stop();
  expect(failures).toEqual([]);
});
