import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStreamCommand, DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { startKinesalite } from '../../local/servers/kinesalite';
import { KinesisJournalWriter } from '../adapters/journal/kinesis-writer';
import { decodeCommandBatch, PartitionMap } from '../domain';
import { awsClientSettings } from '../runtime';
import { adminConnection } from './admin';
import { MIGRATIONS } from './migrate';
import { checkPartitions } from './partitions';
import { setUp, type SetupSummary } from './setup';
import { startTestLedger, type TestLedger } from './testing/ledger';

const INSTRUMENTS = ['BTCUSDT', 'ETHUSDT'].map((symbol) => ({
  symbol, base: { code: symbol.slice(0, 3), decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
}));

let ledger: TestLedger;
let kinesis: Awaited<ReturnType<typeof startKinesalite>>;
let client: KinesisClient;
let secrets: Server;
let secret: string;
const dir = mkdtempSync(join(tmpdir(), 'setup-'));

beforeAll(async () => {
  [ledger, kinesis] = await Promise.all([startTestLedger({ migrate: false }), startKinesalite({ dataDir: dir })]);
  const { host, port, user, password, database } = ledger.admin;
  secret = JSON.stringify({ host, port, dbname: database, username: user, password });
  // The one call of Secrets Manager that setup makes.
  secrets = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ SecretString: secret }));
  });
  await new Promise<void>((resolve) => secrets.listen(0, '127.0.0.1', resolve));
  const address = secrets.address();
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_KINESIS: kinesis.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    LOG_LEVEL: 'error', JOURNAL_STREAM: 'journal', LEDGER_ADMIN_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:admin',
    INSTRUMENTS: JSON.stringify(INSTRUMENTS),
  });
  client = new KinesisClient(awsClientSettings());
  await client.send(new CreateStreamCommand({ StreamName: 'journal', ShardCount: 1 }));
  const active = async () => (await client.send(new DescribeStreamCommand({ StreamName: 'journal' }))).StreamDescription?.StreamStatus === 'ACTIVE';
  while (!await active()) await new Promise((resolve) => setTimeout(resolve, 50));
});
afterAll(async () => {
  secrets?.closeAllConnections();
  secrets?.close();
  client?.destroy();
  await Promise.all([ledger?.stop(), kinesis?.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

async function journal(): Promise<string[][]> {
  const { ShardIterator } = await client.send(new GetShardIteratorCommand({
    StreamName: 'journal', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON',
  }));
  const { Records } = await client.send(new GetRecordsCommand({ ShardIterator }));
  return (Records ?? []).map(({ Data }) => decodeCommandBatch(Data ?? Buffer.alloc(0)).commands
    .map((command) => (command.type === 'configure_instrument' ? `${command.instrument.symbol} v${command.instrument.version}` : command.type)));
}

test('the handler migrates and appends the instruments; until the ledger has them it appends them again', async () => {
  const { handler } = await import('./main') as { handler: () => Promise<SetupSummary> };
  await expect(handler()).resolves.toEqual({ migrations: readdirSync(MIGRATIONS).sort().map((file) => file.replace('.sql', '')), appended: ['BTCUSDT', 'ETHUSDT'], begun: [0], unchanged: [] });
  await expect(handler()).resolves.toEqual({ migrations: [], appended: ['BTCUSDT', 'ETHUSDT'], begun: [0], unchanged: [] });
  // The journal begins with the behaviour of the core; the core takes no notice of the second.
  expect(await journal()).toEqual([['upgrade', 'BTCUSDT v1', 'ETHUSDT v1'], ['upgrade', 'BTCUSDT v1', 'ETHUSDT v1']]);
  await ledger.query('INSERT INTO ledger.partitions (partition, last_seq) VALUES (0, 3)');
  await ledger.query("INSERT INTO ledger.instruments VALUES ('BTCUSDT', 0, 1, '{}', 1), ('ETHUSDT', 0, 1, '{}', 2)");
  await expect(handler()).resolves.toEqual({ migrations: [], appended: [], begun: [], unchanged: ['BTCUSDT', 'ETHUSDT'] });
  expect(await journal()).toHaveLength(2);
});

test('without a stream the journal is in the ledger', async () => {
  const { JOURNAL_STREAM } = process.env;
  delete process.env.JOURNAL_STREAM;
  try {
    await jest.isolateModulesAsync(async () => {
      const { handler } = await import('./main') as { handler: () => Promise<SetupSummary> };
      process.env.INSTRUMENTS = JSON.stringify(INSTRUMENTS);
      await ledger.query("UPDATE ledger.instruments SET version = 0 WHERE symbol = 'BTCUSDT'");
      await expect(handler()).resolves.toMatchObject({ appended: ['BTCUSDT'], begun: [] });
    });
    const [{ frame }] = await ledger.query<{ frame: Buffer }>('SELECT frame FROM journal.records WHERE partition = 0 AND position = 1');
    expect(decodeCommandBatch(frame).commands).toMatchObject([{ type: 'configure_instrument', instrument: { symbol: 'BTCUSDT' } }]);
  } finally {
    process.env.JOURNAL_STREAM = JOURNAL_STREAM;
    await ledger.query("UPDATE ledger.instruments SET version = 1 WHERE symbol = 'BTCUSDT'");
  }
});

test('a new version is appended alone', async () => {
  const writer = new KinesisJournalWriter({ stream: 'journal' });
  const summary = await setUp({
    admin: ledger.admin, journal: writer, logger: ledger.logger, instruments: [INSTRUMENTS[0], { ...INSTRUMENTS[1], version: 2 }],
  });
  await writer.close();
  expect(summary).toEqual({ migrations: [], appended: ['ETHUSDT'], begun: [], unchanged: ['BTCUSDT'] });
  expect((await journal()).at(-1)).toEqual(['ETHUSDT v2']);
});

describe('with partitions', () => {
  const map = PartitionMap.of({ instruments: { ETHUSDT: 1, SOLUSDT: 1, XRPUSDT: 2 } });
  const more = [...INSTRUMENTS, ...['SOLUSDT', 'XRPUSDT', 'ADAUSDT'].map((symbol) => (
    { ...INSTRUMENTS[0], symbol, base: { code: symbol.slice(0, 3), decimals: 8 } }))];
  const appended: [partition: number, symbols: string[]][] = [];
  const journalOf = {
    append: (partition: number, frame: Uint8Array) => {
      const { commands } = decodeCommandBatch(frame);
      appended.push([partition, commands.map((command) => (command.type === 'configure_instrument' ? command.instrument.symbol : command.type))]);
      return Promise.resolve('1');
    },
    close: () => Promise.resolve(),
  };
  const run = (partitions?: readonly number[], of = map) => setUp(
    { admin: ledger.admin, journal: journalOf, logger: ledger.logger, instruments: more, map: of, partitions });

  beforeAll(async () => {
    await ledger.query("DELETE FROM ledger.instruments WHERE symbol = 'ETHUSDT'");
  });
  beforeEach(() => void appended.splice(0));

  test('each instrument is appended where it trades', async () => {
    await expect(run()).resolves.toEqual({ migrations: [], appended: ['ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'ADAUSDT'], begun: [1, 2], unchanged: ['BTCUSDT'] });
    expect(appended).toEqual([[1, ['upgrade', 'ETHUSDT', 'SOLUSDT']], [2, ['upgrade', 'XRPUSDT']], [0, ['ADAUSDT']]]);
  });

  test('a ledger of its own brings its own alone', async () => {
    await expect(run([2])).resolves.toEqual({ migrations: [], appended: ['XRPUSDT'], begun: [2], unchanged: [] });
    await expect(run([0])).resolves.toEqual({ migrations: [], appended: ['ADAUSDT'], begun: [], unchanged: ['BTCUSDT'] });
  });

  test('an instrument that trades does not move, and nothing is appended then', async () => {
    await expect(run(undefined, PartitionMap.of({ instruments: { BTCUSDT: 1 } }))).rejects.toThrow(/BTCUSDT trades in partition 0, the map says 1\. An instrument keeps its partition/);
    expect(appended).toEqual([]);
  });

  test('a ledger may hold partitions that trade nothing yet; what is no number is refused', async () => {
    await expect(run(checkPartitions({ instruments: { ETHUSDT: 1 } }, ['4']).partitions)).resolves.toEqual({ migrations: [], appended: [], begun: [], unchanged: [] });
    expect(checkPartitions({ instruments: { ETHUSDT: 1 } }, ['1'])).toMatchObject({ partitions: [1] });
    expect(checkPartitions(undefined)).toEqual({ map: PartitionMap.SINGLE, partitions: [0] });
    expect(() => checkPartitions(undefined, ['-1', 'x', '0', '65536'])).toThrow('PARTITIONS cannot be used: -1, x, 65536; a partition is');
    expect(() => checkPartitions([])).toThrow(/PARTITION_MAP cannot be used: /);
  });
});

test.each([
  ['not JSON', 'hunter2', /is not JSON; it must have host, port/],
  ['incomplete', JSON.stringify({ host: 'h', port: 5432, username: 'u', password: 'hunter2' }), /cannot be used: dbname: /],
  ['empty', JSON.stringify({ host: 'h', port: 'x', dbname: 'd', username: 'u', password: '' }), /port: .*; password: /],
])('a secret that is %s is named without its values', async (_, content, message) => {
  secret = content;
  const error: unknown = await adminConnection(new SecretsManagerClient(awsClientSettings()), 'arn:admin').catch((reason: unknown) => reason);
  expect(String(error)).toMatch(message);
  expect(String(error)).not.toContain('hunter2');
});
