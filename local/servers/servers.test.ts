import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { get, Agent } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdminAddUserToGroupCommand, AdminCreateUserCommand, AdminSetUserPasswordCommand, CognitoIdentityProviderClient, CreateGroupCommand,
  CreateUserPoolClientCommand, CreateUserPoolCommand, InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import Redis from 'ioredis';
import { Client } from 'pg';
import { startCognito } from './cognito';
import { startDynalite } from './dynalite';
import { startKinesalite } from './kinesalite';
import { PortBook, freePort, isPortFree, releasePort } from './ports';
import { startPostgres } from './postgres';
import type { ChildHandle } from './process';
import { startRedis } from './redis';
import { type TlsFiles, ensureTls } from './tls';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const region = 'us-east-1';
let dir: string;
let tls: TlsFiles;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'servers-'));
  tls = await ensureTls(join(dir, 'tls'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function crash(child: ChildHandle): Promise<void> {
  child.signal('SIGKILL');
  await child.exited;
}

test('the certificate is made once, and the bundle holds the machine\'s authorities too', async () => {
  const before = readFileSync(tls.certFile, 'utf8');
  await ensureTls(join(dir, 'tls'));
  expect(readFileSync(tls.certFile, 'utf8')).toBe(before);
  const bundle = readFileSync(tls.bundleFile, 'utf8');
  expect(bundle.startsWith(readFileSync(tls.caFile, 'utf8').trimEnd())).toBe(true);
});

test('ports are free, never given twice, and remembered by name', async () => {
  const port = await freePort();
  expect(await isPortFree(port)).toBe(true);
  expect(await freePort(port)).not.toBe(port);
  releasePort(port);
  const file = join(dir, 'ports.json');
  const first = new PortBook(file);
  const remembered = await first.portFor('x');
  first.release();
  expect(await new PortBook(file).portFor('x')).toBe(remembered);
  releasePort(remembered);
  const squatter = createServer().listen(remembered, '127.0.0.1');
  await new Promise((resolve) => squatter.once('listening', resolve));
  expect(await new PortBook(file).portFor('x')).not.toBe(remembered);
  squatter.close();
});

test('PostgreSQL: TLS only, passwords for the administrator, none for members of rds_iam, data survives a crash', async () => {
  const options = { dataDir: join(dir, 'pg'), tls, adminUser: 'ledger_admin', adminPassword: 'p@ss/w:rd', database: 'trading' };
  const first = await startPostgres(options);
  const query = async (url: string, sql: string): Promise<unknown[]> => {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      return (await client.query(sql)).rows as unknown[];
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const as = (user: string, url = first.url): string => url.replace(/\/\/[^@]*@/, `//${user}@`);
  expect(await query(first.url, 'SELECT current_user AS who, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super')).toEqual([{ who: 'ledger_admin', super: false }]);
  await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
  await query(first.url, 'CREATE ROLE settlement LOGIN; GRANT rds_iam TO settlement');
  expect(await query(as('settlement:any-token'), 'SELECT current_user AS who')).toEqual([{ who: 'settlement' }]);
  await expect(query(as('ledger_admin:wrong'), 'SELECT 1')).rejects.toThrow('password authentication failed');
  await expect(query(as('nobody:x'), 'SELECT 1')).rejects.toThrow('password authentication failed');
  await expect(query(first.url.split('?')[0], 'SELECT 1')).rejects.toThrow('no encryption');
  await crash(first.child);

  const second = await startPostgres({ ...options, adminPassword: 'another' });
  expect(await query(second.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  await second.stop();
  expect(await isPortFree(second.port)).toBe(true);

  writeFileSync(join(options.dataDir, 'pgdata', 'global', 'pg_control'), 'damaged');
  await expect(startPostgres(options)).rejects.toThrow(/^PostgreSQL cannot use its data in .*pgdata \(.*\); start again with --fresh to empty the data folder\.$/);
});

test('Redis: TLS and its token, keys survive a crash, damage is said', async () => {
  const options = { dir: join(dir, 'redis'), tls, password: 'a"secret' };
  const first = await startRedis(options);
  const connect = (url: string, password?: string): Redis => new Redis(url, {
    password, tls: { ca: readFileSync(tls.caFile) }, maxRetriesPerRequest: 0, retryStrategy: null,
  });
  const client = connect(first.url, options.password);
  await client.set('kept', 'yes');
  client.disconnect();
  const stranger = connect(first.url);
  stranger.on('error', () => undefined);
  await expect(stranger.get('kept')).rejects.toThrow('NOAUTH');
  stranger.disconnect();
  await crash(first.child);

  const second = await startRedis(options);
  const again = connect(second.url, options.password);
  expect(await again.get('kept')).toBe('yes');
  again.disconnect();
  await second.stop();

  const folder = join(options.dir, 'appendonlydir');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.aof'))) writeFileSync(join(folder, file), 'damaged');
  await expect(startRedis(options)).rejects.toThrow(/^Redis cannot use its data in .*--fresh/);
});

test('Kinesis: records and their numbers survive a crash', async () => {
  const dataDir = join(dir, 'kinesis');
  const first = await startKinesalite({ dataDir });
  const client = (endpoint: string): KinesisClient => new KinesisClient({ region, endpoint, credentials, requestHandler: new NodeHttpHandler() });
  const before = client(first.url);
  await before.send(new CreateStreamCommand({ StreamName: 'journal', ShardCount: 1 }));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const put = await before.send(new PutRecordCommand({ StreamName: 'journal', PartitionKey: 'p', ExplicitHashKey: '0', Data: Buffer.from('one') }));
  before.destroy();
  await crash(first.child);

  const second = await startKinesalite({ dataDir });
  const after = client(second.url);
  const { ShardIterator } = await after.send(new GetShardIteratorCommand({ StreamName: 'journal', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' }));
  const { Records } = await after.send(new GetRecordsCommand({ ShardIterator }));
  expect(Records?.map((record) => [Buffer.from(record.Data!).toString(), record.SequenceNumber])).toEqual([['one', put.SequenceNumber]]);
  after.destroy();
  await second.stop();
});

test('DynamoDB: items survive a crash, damage is said', async () => {
  const dataDir = join(dir, 'dynamo');
  const first = await startDynalite({ dataDir });
  const client = (endpoint: string): DynamoDBClient => new DynamoDBClient({ region, endpoint, credentials });
  const before = client(first.url);
  await before.send(new CreateTableCommand({
    TableName: 'leases', BillingMode: 'PAY_PER_REQUEST', KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  }));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await before.send(new PutItemCommand({ TableName: 'leases', Item: { id: { S: 'a' }, epoch: { N: '7' } } }));
  before.destroy();
  await crash(first.child);

  const second = await startDynalite({ dataDir });
  const after = client(second.url);
  expect((await after.send(new GetItemCommand({ TableName: 'leases', Key: { id: { S: 'a' } } }))).Item?.epoch).toEqual({ N: '7' });
  after.destroy();
  await second.stop();
  writeFileSync(join(dataDir, 'tables', 'CURRENT'), 'damaged');
  await expect(startDynalite({ dataDir })).rejects.toThrow(/^DynamoDB \(dynalite\) cannot use its data in .*--fresh/);
});

test('Cognito: tokens name the TLS address as their issuer, with their keys below it; users survive a restart', async () => {
  const dataDir = join(dir, 'cognito');
  const client = (endpoint: string): CognitoIdentityProviderClient => new CognitoIdentityProviderClient({
    region, endpoint, credentials, requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: readFileSync(tls.caFile) }) }),
  });
  const first = await startCognito({ dataDir, tls });
  const before = client(first.url);
  const pool = (await before.send(new CreateUserPoolCommand({ PoolName: 'pool' }))).UserPool!.Id!;
  const ClientId = (await before.send(new CreateUserPoolClientCommand({ UserPoolId: pool, ClientName: 'client' }))).UserPoolClient!.ClientId!;
  await before.send(new AdminCreateUserCommand({ UserPoolId: pool, Username: 'demo', MessageAction: 'SUPPRESS' }));
  await before.send(new AdminSetUserPasswordCommand({ UserPoolId: pool, Username: 'demo', Password: 'Passw0rd-', Permanent: true }));
  await before.send(new CreateGroupCommand({ UserPoolId: pool, GroupName: 'operators' }));
  await before.send(new AdminAddUserToGroupCommand({ UserPoolId: pool, Username: 'demo', GroupName: 'operators' }));
  before.destroy();
  await first.stop();

  const second = await startCognito({ dataDir, tls });
  const after = client(second.url);
  const auth = await after.send(new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters: { USERNAME: 'demo', PASSWORD: 'Passw0rd-' } }));
  after.destroy();
  const [header, claims] = auth.AuthenticationResult!.AccessToken!.split('.').map((part) => {
    try {
      return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    } catch {
      return {};
    }
  });
  expect(claims).toMatchObject({ 'iss': `${second.url}/${pool}`, 'cognito:groups': ['operators'], 'token_use': 'access', 'client_id': ClientId });
  const keys = await new Promise<string>((resolve, reject) => {
    get(`${second.url}/${pool}/.well-known/jwks.json`, { ca: readFileSync(tls.caFile) }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += String(chunk); });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
  expect((JSON.parse(keys) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)).toContain(header.kid);
  await second.stop();
  writeFileSync(join(dataDir, '.cognito', 'db', 'clients.json'), '{');
  await expect(startCognito({ dataDir, tls })).rejects.toThrow(/^Cognito cannot use its data in .*clients\.json \(it is not JSON\).*--fresh/);
});
