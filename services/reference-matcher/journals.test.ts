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
import { journalOf, openJournalWriter, type JournalValues } from '../adapters/journal/open-journal';
import { ConfigurationError } from '../runtime';
import { startTestLedger, type TestLedger as Database } from '../setup/testing/ledger';

let platform: TestPlatform;
let database: Database;
let names: Names;
let ledger: TestLedger;
let bundle: string;
const running = new Set<ChildHandle>();

beforeAll(async () => {
  platform = await startTestPlatform(true);
  database = await startTestLedger({ tls: platform.tls });
  bundle = join(platform.dir, 'main.js');
  await build({ entryPoints: [join(__dirname, manifest.entry)], outfile: bundle, bundle: true, platform: 'node', target: 'node22', format: 'cjs', external: ['pg-native'] });
});
afterAll(async () => {
  await database?.stop();
  await platform?.stop();
});
beforeEach(async () => {
  names = await platform.create();
  ledger = new TestLedger(names.queueUrl);
});
afterEach(async () => {
  for (const child of running) child.signal('SIGKILL');
  await ledger.stop();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The program as it is deployed, with these values. */
async function start(values: Record<string, string>): Promise<{ child: ChildHandle; leading: () => Promise<void> }> {
  const port = await freePort();
  const child = launch({
    name: 'matcher', command: projectNode(), args: [bundle], logFile: join(platform.dir, `matcher-${port}.log`),
    env: {
      ...platform.environment, ENVIRONMENT: 'test', PORT: String(port), SETTLEMENT_QUEUE: names.queueUrl, LEASE_RENEWAL_MS: '300', LEASE_LAPSE_MS: '1500',
      SNAPSHOT_BUCKET: names.bucket, SNAPSHOT_INTERVAL_SECONDS: '1', CACHE_URL: platform.redis.url, CACHE_AUTH_TOKEN: platform.redis.password, ...values,
    },
  });
  running.add(child);
  void child.exited.then(() => running.delete(child));
  const leads = (): Promise<boolean> => fetch(`http://127.0.0.1:${port}/health`)
    .then(async (response) => ((await response.json()) as { facts: { role: string } }).facts.role === 'leader', () => false);
  const leading = async (): Promise<void> => {
    for (const deadline = Date.now() + 30_000; !await leads(); await sleep(30)) {
      if (Date.now() > deadline) throw new Error(`it does not lead: ${child.lastLines(30)}`);
    }
  };
  return { child, leading };
}

const journals: [string, () => Record<string, string>][] = [
  ['a database', () => ({ JOURNAL_DATABASE_URL: database.url('matcher') })],
  ['files of this machine', () => ({ JOURNAL_PATH: join(platform.dir, `journal-${names.stream}`) })],
];
const leases: [string, () => Record<string, string>][] = [
  ['a database', () => ({ LEASE_DATABASE_URL: database.url('matcher') })],
  ['a table', () => ({ LEASE_TABLE: names.table })],
];

test.each(journals.map(([journal, values], n) => [journal, ...leases[n], values] as const))(
  'with the journal in %s and the lease in %s, an order goes through; after kill -9 the next process goes on', async (_journal, _lease, lease, values) => {
    const environment = { ...values(), ...lease() };
    const first = await start(environment);
    // What the API opens with the same values, as its own role.
    const own: JournalValues = environment.JOURNAL_PATH === undefined ? { JOURNAL_DATABASE_URL: database.url('api') } : environment;
    const user = { service: 'reference-api', logger: database.logger, region: 'us-east-1' };
    const writer = await openJournalWriter(journalOf(own, user.service), user, (error) => { throw error; });
    const client = new TestClient(writer);
    try {
      await first.leading();
      await expect(writer.probe(0)).resolves.toBeUndefined();
      await client.open();
      await client.append(...client.pair());
      const events = await ledger.until(8, 20_000);
      expect(events.slice(5).map(({ type }) => type)).toEqual(['order_accepted', 'order_accepted', 'trade']);
      first.child.signal('SIGKILL');
      await first.child.exited;
      await client.append(...client.pair());
      const second = await start(environment);
      await second.leading();
      await client.append(...client.pair());
      expect((await ledger.until(14, 20_000)).filter(({ type }) => type === 'trade')).toHaveLength(3);
      second.child.signal('SIGTERM');
      expect((await second.child.exited).code).toBe(0);
    } finally {
      await client.close();
    }
  }, 90_000);

test('what cannot be meant ends the start with one sentence', async () => {
  const service = await start({ JOURNAL_STREAM: names.stream, JOURNAL_PATH: '/journal', LEASE_TABLE: names.table });
  expect((await service.child.exited).code).toBe(1);
  expect(service.child.lastLines(5)).toMatch(/^reference-matcher cannot start: JOURNAL_STREAM and JOURNAL_PATH name several journals; set one of .*$/);
}, 30_000);

test.each<[JournalValues, string]>([
  [{}, 'no journal is named; set one of JOURNAL_STREAM,'],
  [{ JOURNAL_BROKERS: ['b:9098'] }, 'JOURNAL_BROKERS and JOURNAL_TOPIC belong together'],
  [{ JOURNAL_PATH: '/j', JOURNAL_CONSUMER_ARN: 'arn:x' }, 'JOURNAL_CONSUMER_ARN belongs to JOURNAL_STREAM'],
])('%j is refused', (values, message) => {
  expect(() => journalOf(values, 'x')).toThrow(ConfigurationError);
  expect(() => journalOf(values, 'x')).toThrow(message);
});

test('each kind is opened with the values that name it', () => {
  expect(journalOf({ JOURNAL_STREAM: 's', JOURNAL_CONSUMER_ARN: 'arn:x' }, 'x')).toEqual({ kind: 'kinesis', stream: 's', consumerArn: 'arn:x' });
  expect(journalOf({ JOURNAL_BROKERS: ['b:9098'], JOURNAL_TOPIC: 't' }, 'x')).toEqual({ kind: 'kafka', brokers: ['b:9098'], topic: 't' });
});
