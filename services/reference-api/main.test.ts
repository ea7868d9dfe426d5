import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdminCreateUserCommand, AdminSetUserPasswordCommand, CognitoIdentityProviderClient, CreateUserPoolClientCommand, CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CreateStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient, waitUntilStreamExists } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Redis } from 'ioredis';
// The whole service as a process, on the servers of the local platform.
import { BTC } from './testing/doubles';
import { call, until } from './testing/harness';
import { StreamClient } from './testing/stream-client';
import { startCognito } from '../../local/servers/cognito';
import { childEnvironment, projectNode } from '../../local/servers/environment';
import { startKinesalite } from '../../local/servers/kinesalite';
import { freePort } from '../../local/servers/ports';
import { startRedis } from '../../local/servers/redis';
import { ensureTls, type TlsFiles } from '../../local/servers/tls';
/* eslint-enable import/no-restricted-paths */
import { type Command, decodeCommandBatch, INSTRUMENTS_KEY } from '../domain';
import { awsClientSettings } from '../runtime';

const STREAM = 'orders';
const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
let dir: string;
let tls: TlsFiles;
const servers: { stop(): Promise<void> }[] = [];
let environment: Record<string, string>;
let kinesis: KinesisClient;
let cache: Redis;
const services: ChildProcess[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'reference-api-main-'));
  tls = await ensureTls(join(dir, 'tls'));
  const [redis, kinesalite, cognito] = await Promise.all([
    startRedis({ dir: join(dir, 'redis'), tls, password: 'word' }), startKinesalite({ dataDir: join(dir, 'kinesis') }),
    startCognito({ dataDir: join(dir, 'cognito'), tls }),
  ]);
  servers.push(redis, kinesalite, cognito);
  kinesis = new KinesisClient({ ...awsClientSettings(), endpoint: kinesalite.url, region: 'us-east-1', credentials });
  await kinesis.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 }));
  await waitUntilStreamExists({ client: kinesis, maxWaitTime: 10, minDelay: 1 }, { StreamName: STREAM });
  const ca = readFileSync(tls.caFile, 'utf8');
  cache = new Redis({ host: 'localhost', port: redis.port, password: 'word', tls: { ca } });
  await cache.hset(INSTRUMENTS_KEY, 'BTCUSDT', JSON.stringify(BTC));

  const pools = new CognitoIdentityProviderClient({
    endpoint: cognito.url, region: 'us-east-1', credentials, requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca }) }),
  });
  const { UserPool } = await pools.send(new CreateUserPoolCommand({ PoolName: 'users' }));
  const pool = { UserPoolId: UserPool?.Id ?? '' };
  const { UserPoolClient } = await pools.send(new CreateUserPoolClientCommand({ ...pool, ClientName: 'app', ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] }));
  await pools.send(new AdminCreateUserCommand({ ...pool, Username: 'alice', MessageAction: 'SUPPRESS' }));
  await pools.send(new AdminSetUserPasswordCommand({ ...pool, Username: 'alice', Password: 'Correct-horse-1', Permanent: true }));
  pools.destroy();

  environment = {
    JOURNAL_STREAM: STREAM, CACHE_URL: redis.url, CACHE_AUTH_TOKEN: 'word', LEDGER_URL: 'postgresql://api@localhost:1/trading',
    USER_POOL_ISSUER: `${cognito.url}/${pool.UserPoolId}`, USER_POOL_CLIENT_ID: UserPoolClient?.ClientId ?? '', AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_ENDPOINT_URL_KINESIS: kinesalite.url, AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: cognito.url,
    NODE_EXTRA_CA_CERTS: tls.bundleFile, ENVIRONMENT: 'test', LOG_LEVEL: 'warn',
  };
});

afterAll(async () => {
  for (const service of services) service.kill('SIGKILL');
  cache?.disconnect();
  kinesis?.destroy();
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(dir, { recursive: true, force: true });
});

function run(env: Record<string, string>): { process: ChildProcess; output: () => string; exit: Promise<number | null> } {
  const child = spawn(projectNode(), ['--import', 'tsx', join(__dirname, 'main.ts')], { env: childEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  services.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      text += String(data);
    });
  }
  return { process: child, output: () => text, exit: new Promise((resolve) => child.once('exit', resolve)) };
}

async function journal(): Promise<Command[]> {
  const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName: STREAM, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' }));
  const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  return Records.flatMap(({ Data = Buffer.alloc(0) }) => decodeCommandBatch(Data).commands);
}

test('from sign-in to the journal, and an orderly end', async () => {
  const port = await freePort();
  const service = run({ ...environment, PORT: String(port) });
  const task = { url: `http://127.0.0.1:${port}` };
  await until(async () => (await call(task, 'GET', '/health').catch(() => ({ status: 0 }))).status === 200, 30_000);
  const health = await call(task, 'GET', '/health');
  // There is no ledger here, and it says so.
  expect(health.body).toMatchObject({ status: 'degraded', checks: { tokenKeys: 'ok', journal: 'ok', cache: 'ok' } });
  expect(await call(task, 'POST', '/v1/sessions', { body: { username: 'alice', password: 'wrong' } })).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
  expect(await call(task, 'POST', '/v1/sessions', { body: { username: 'mallory', password: 'wrong' } })).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
  const session = await call(task, 'POST', '/v1/sessions', { body: { username: 'alice', password: 'Correct-horse-1' } });
  expect(session).toMatchObject({ status: 200, body: { accessToken: expect.any(String), expiresIn: expect.any(Number) } });
  // A page that believes this signs its user out when the time is over: nought would be at once.
  expect(session.body.expiresIn).toBeGreaterThan(60);
  const token = String(session.body.accessToken);
  await until(async () => ((await call(task, 'GET', '/v1/instruments')).body.instruments as unknown[]).length > 0);

  const stream = await StreamClient.open(task.url, { token });
  await stream.subscribe('orders', 'book.BTCUSDT');
  const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000.1', quantity: '0.5' };
  expect(await call(task, 'POST', '/v1/orders', { token, body: { ...order, price: '1e5' } })).toMatchObject({ status: 422, body: { code: 'invalid_number' } });
  expect(await call(task, 'POST', '/v1/orders', { token, body: { ...order, price: 30000.1 } })).toMatchObject({ status: 400 });
  expect(await call(task, 'POST', '/v1/orders', { token: `${token}x`, body: order })).toMatchObject({ status: 401 });
  expect(await journal()).toEqual([]);
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => call(task, 'POST', '/v1/orders', { token, body: { ...order, clientOrderId: `c${i}` } })));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  const commands = await journal();
  expect(commands.map((command) => command.type === 'place_order' && command.orderId).sort()).toEqual(answers.map(({ body }) => body.orderId).sort());

  service.process.kill('SIGTERM');
  expect((await stream.closing()).code).toBe(1001);
  expect([await service.exit, service.output()]).toEqual([0, expect.not.stringContaining('"level":"error"')]);
  for (const secret of [token, 'Correct-horse-1', 'word']) expect(service.output()).not.toContain(secret);
});

test('an environment that does not fit ends it with one sentence', async () => {
  const { CACHE_URL: _, ...incomplete } = environment;
  const service = run({ ...incomplete, USER_POOL_ISSUER: 'not a url' });
  expect(await service.exit).toBe(1);
  expect(service.output().trim().split('\n')).toHaveLength(1);
  expect(service.output()).toMatch(/CACHE_URL.*USER_POOL_ISSUER|USER_POOL_ISSUER.*CACHE_URL/);
});
