import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import manifest from './service.json';
import { TestLedger } from './testing/ledger';
import { TestClient } from './testing/orders';
import { startTestPlatform, type Names, type TestPlatform } from './testing/platform';
import { projectNode } from '../../local/servers/environment';
import { launch, type ChildHandle } from '../../local/servers/process';
import { MatcherQuery } from '../adapters/query/query-client';

const LAPSE_MS = 800;
const ROUNDS = process.env.FULL === '1' ? 6 : 2;
let platform: TestPlatform;
let names: Names;
let client: TestClient;
let ledger: TestLedger;
let bundle: string;
const running = new Set<ChildHandle>();

beforeAll(async () => {
  platform = await startTestPlatform(true);
  bundle = join(platform.dir, 'main.js');
  await build({ entryPoints: [join(__dirname, manifest.entry)], outfile: bundle, bundle: true, platform: 'node', target: 'node22', format: 'cjs' });
});

afterAll(async () => platform?.stop());

beforeEach(async () => {
  names = await platform.create();
  client = new TestClient(names.stream);
  ledger = new TestLedger(names.queueUrl);
});

afterEach(async () => {
  for (const child of running) child.signal('SIGKILL');
  await ledger.stop();
  await client.close();
});

interface Report { status: string; facts: { role: string; epoch: number; lastSeq: number; publishedSeq: number } }
interface Service { child: ChildHandle; port: number; output: () => string; health(): Promise<Report | undefined> }

// Not the local platform's: those are given once per process of it, and Jest's workers are several.
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function start(change: Record<string, string> = {}): Promise<Service> {
  const port = await freePort();
  const child = launch({
    name: 'matcher',
    command: projectNode(),
    args: [bundle],
    logFile: join(platform.dir, `matcher-${port}.log`),
    env: {
      ...platform.environment, ENVIRONMENT: 'test', PORT: String(port), JOURNAL_STREAM: names.stream, JOURNAL_CONSUMER_ARN: 'arn:aws:kinesis:consumer',
      SETTLEMENT_QUEUE: names.queueUrl, LEASE_TABLE: names.table, LEASE_RENEWAL_MS: '150', LEASE_LAPSE_MS: String(LAPSE_MS),
      SNAPSHOT_BUCKET: names.bucket, SNAPSHOT_INTERVAL_SECONDS: '1', CACHE_URL: platform.redis.url, CACHE_AUTH_TOKEN: platform.redis.password, ...change,
    },
  });
  running.add(child);
  void child.exited.then(() => running.delete(child));
  const health = (): Promise<Report | undefined> => fetch(`http://127.0.0.1:${port}/health`)
    .then((response) => response.json() as Promise<Report>, () => undefined);
  return { child, port, output: () => child.lastLines(50), health };
}

async function until(what: string, condition: () => Promise<boolean>, timeoutMs = 12_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen in ${timeoutMs} ms`);
    await sleep(15);
  }
}
const leading = (service: Service): Promise<void> => until(`leading (${service.output()})`, async () => (await service.health())?.facts.role === 'leader');

/** Appends pairs of orders until it is told to stop. @returns how many */
function load(): () => Promise<number> {
  const state = { stopped: false };
  const done = (async () => {
    let pairs = 0;
    for (; !state.stopped; pairs++) {
      await client.append(...client.pair(300_000 + (pairs % 50)));
      await sleep(4);
    }
    return pairs;
  })();
  return () => {
    state.stopped = true;
    return done;
  };
}

test('kill -9 of the leader, again and again under load: every journaled order is settled once, in order', async () => {
  const services = [await start(), await start()];
  await until('a leader', async () => (await Promise.all(services.map((service) => service.health()))).some((report) => report?.facts.role === 'leader'));
  await client.open();
  const stop = load();
  for (let round = 0; round < ROUNDS; round++) {
    await sleep(300 + Math.random() * 900);
    const reports = await Promise.all(services.map((service) => service.health()));
    const leader = Math.max(0, reports.findIndex((report) => report?.facts.role === 'leader'));
    services[leader].child.signal('SIGKILL');
    await services[leader].child.exited;
    const survivor = services[1 - leader];
    await leading(survivor);
    services[leader] = await start();
  }
  const pairs = await stop();
  const events = await ledger.until(5 + pairs * 3);
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 5 + pairs * 3 }, (_, i) => i + 1));
  expect(events.filter(({ type }) => type === 'trade')).toHaveLength(pairs);
  expect(new Set(ledger.epochs).size).toBe(ROUNDS + 1);
}, 60_000);

test('kill -9 of the only process: the next one goes on where the ledger stands', async () => {
  let service = await start();
  await leading(service);
  await client.open();
  const stop = load();
  for (let round = 0; round < ROUNDS; round++) {
    await sleep(400 + Math.random() * 900);
    service.child.signal('SIGKILL');
    await service.child.exited;
    service = await start();
    await leading(service);
  }
  const pairs = await stop();
  await ledger.until(5 + pairs * 3);
  expect(ledger.events.filter(({ type }) => type === 'trade')).toHaveLength(pairs);
  service.child.signal('SIGTERM');
  expect((await service.child.exited).code).toBe(0);
  expect(service.output()).toContain('"message":"stopped"');
}, 60_000);

test('SIGTERM sends what is left and lets a standby follow without waiting for the lapse', async () => {
  const a = await start();
  await leading(a);
  const b = await start();
  await until('the standby', async () => (await b.health())?.facts.role === 'standby');
  await client.open();
  await Promise.all(Array.from({ length: 20 }, () => client.append(...client.pair())));
  await until('the standby to follow', async () => (await b.health())?.facts.lastSeq === 65);
  // The bundle has all that gRPC and the thread for snapshots need.
  const queries = [a, b].map(({ port }) => new MatcherQuery({ endpoints: [`127.0.0.1:${port}`], timeoutMs: 2_000 }));
  const [first, second] = await Promise.all(queries.map((query) => query.stateHash()));
  expect(second).toEqual(first);
  expect(first.seq).toBe(65);
  for (const query of queries) query.close();
  await until('a snapshot', async () => [a, b].some(({ output }) => output().includes('snapshot saved')));
  a.child.signal('SIGTERM');
  expect((await a.child.exited).code).toBe(0);
  const began = Date.now();
  await leading(b);
  expect(Date.now() - began).toBeLessThan(LAPSE_MS);
  await ledger.until(65);
  expect(ledger.repeated).toBe(0);
}, 30_000);

test.each<[string, Record<string, string>, RegExp]>([
  ['a missing value', { SETTLEMENT_QUEUE: '' }, /^reference-matcher cannot start with this environment: SETTLEMENT_QUEUE: is empty.*$/],
  ['a lapse without room for a second try', { LEASE_RENEWAL_MS: '800', LEASE_LAPSE_MS: '1000' }, /^reference-matcher cannot start: LEASE_LAPSE_MS must be .* got 1000 and 800$/],
])('%s ends the start with one sentence', async (_what, change, message) => {
  const service = await start(change);
  expect((await service.child.exited).code).toBe(1);
  expect(service.output()).toMatch(message);
});

test('the image runs the bundle as an unprivileged user', () => {
  const dockerfile = readFileSync(join(__dirname, manifest.dockerfile), 'utf8');
  expect(dockerfile).toMatch(/^USER (?!root|0)\S+$/m);
  expect(dockerfile).toMatch(/^ARG BASE_IMAGE=/m);
  expect(dockerfile).toContain('CMD ["node", "main.js"]');
  expect(dockerfile).toContain(`EXPOSE ${manifest.port}`);
});
