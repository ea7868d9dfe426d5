/** Secrets that are planted where a service could come by one never appear in what it writes. */
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { CognitoIdentityProviderClient, GlobalSignOutCommand } from '@aws-sdk/client-cognito-identity-provider';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import type { z } from 'zod';
import { awsClientSettings, createLogger, loadConfig } from '.';
import { startTestPlatform, type TestPlatform } from '../reference-matcher/testing/platform';
import { startTestLedger, type TestLedger } from '../setup/testing/ledger';

const CANARY = 'canary-7f3a-55d0';
let written = '';
const sink = new Writable({
  write(chunk, _encoding, done) {
    written += String(chunk);
    done();
  },
});
const logger = createLogger({ service: 'x', environment: 'test', level: 'trace' }, sink);
beforeEach(() => { written = ''; });

/** Logs an error in every way that services do. */
function log(error: unknown): void {
  logger.error({ err: error }, 'as an error');
  logger.warn({ error }, 'by another name');
  logger.warn({ reason: String(error), message: (error as Error).message }, 'as a text');
  logger.error(error);
}

const failure = (action: () => Promise<unknown>): Promise<Error & Record<string, unknown>> => (
  action().then(() => { throw new Error('it should have failed'); }, (error: unknown) => error as Error & Record<string, unknown>));

describe('errors of clients', () => {
  let platform: TestPlatform;
  let ledger: TestLedger;
  beforeAll(async () => { [platform, ledger] = await Promise.all([startTestPlatform(), startTestLedger()]); });
  afterAll(async () => { await Promise.all([platform?.stop(), ledger?.stop()]); });

  test('Redis: the password that it was refused with', async () => {
    const url = new URL(platform.redis.url);
    const redis = new Redis({ host: url.hostname, port: Number(url.port), password: platform.redis.password, lazyConnect: true });
    const error = await failure(() => redis.call('AUTH', 'default', CANARY));
    redis.disconnect();
    // The client tells the command with its arguments.
    expect(JSON.stringify(error)).toContain(CANARY);
    log(error);
    expect(written).toContain('WRONGPASS');
    expect(written).not.toContain(CANARY);
  });

  test('PostgreSQL: the row that was in the way', async () => {
    await ledger.query('CREATE TABLE IF NOT EXISTS canaries (secret text PRIMARY KEY)', []);
    await ledger.query('INSERT INTO canaries VALUES ($1)', [CANARY]);
    const error = await failure(() => ledger.query('INSERT INTO canaries VALUES ($1)', [CANARY]));
    expect(JSON.stringify(error)).toContain(CANARY);
    log(error);
    expect(written).toContain('23505');
    expect(written).not.toContain(CANARY);
  });

  test('PostgreSQL: an address with a password', async () => {
    const error = await failure(() => new Client({ connectionString: `postgresql://api:${CANARY}@127.0.0.1:1/ledger` }).connect());
    log(error);
    log(new Error(`cannot reach postgresql://api:${CANARY}@127.0.0.1:1/ledger`, { cause: new Error(`wss://user:${CANARY}@feed/ is away`) }));
    logger.info({ feed: `wss://user:${CANARY}@feed.example.com/v5`, authorization: CANARY, nested: { token: CANARY } }, 'started');
    expect(written).toContain('wss://***@feed.example.com/v5');
    expect(written).not.toContain(CANARY);
  });

  test('Cognito: the token that was to be revoked, even when the answer repeats it', async () => {
    const server = createServer((_request, response) => response.writeHead(400, { 'content-type': 'text/html' }).end(`<p>Bearer ${CANARY}</p>`));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const cognito = new CognitoIdentityProviderClient({ ...awsClientSettings(2_000, 1), region: 'us-east-1', endpoint });
    log(await failure(() => cognito.send(new GlobalSignOutCommand({ AccessToken: CANARY }))));
    cognito.destroy();
    await new Promise((resolve) => server.close(resolve));
    expect(written).toContain('as an error');
    expect(written).not.toContain(CANARY);
  });
});

test('an error keeps what helps: its type, message, code, cause and place', () => {
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', address: CANARY });
  logger.error({ err: Object.assign(new TypeError('no journal', { cause }), { config: CANARY, $metadata: { requestId: 'r-1', httpStatusCode: 503 } }) }, 'failed');
  const { err } = JSON.parse(written) as { err: Record<string, unknown> };
  expect(err).toMatchObject({ type: 'TypeError', message: 'no journal', statusCode: 503, requestId: 'r-1', cause: { message: 'refused', code: 'ECONNREFUSED' } });
  expect(String(err.stack)).toContain('canary-secrets.test');
  expect(written).not.toContain(CANARY);
});

test('an error that is its own cause ends', () => {
  const error: Error & { cause?: unknown } = new Error('round');
  error.cause = error;
  expect(() => { log(error); }).not.toThrow();
});

describe('a configuration that does not fit', () => {
  const services = join(__dirname, '..');
  const schemas = (readdirSync(services, { recursive: true }) as string[]).filter((file) => file.endsWith('config.generated.ts')).sort();

  test('there are some', () => expect(schemas.length).toBeGreaterThan(15));

  test.each(schemas)('%s: nothing that may be secret is in the sentence', async (file) => {
    const folder = file.replace('/config.generated.ts', '');
    const manifest = (await import(join(services, folder, 'service.json')) as { default: Manifest }).default;
    const { environmentSchema } = await import(join(services, file)) as { environmentSchema: z.ZodObject };
    const environment = Object.fromEntries(Object.entries(manifest.environment).map(([name, { kind }]) => [name, valueOf(kind)]));
    let sentence = '';
    try {
      loadConfig(manifest.name, environmentSchema, environment);
    } catch (error) {
      sentence = (error as Error).message;
    }
    expect(sentence).toContain('cannot start with this environment');
    expect(sentence).not.toContain(CANARY);
  });
});

interface Manifest { readonly name: string; readonly environment: Readonly<Record<string, { readonly kind: string }>> }

/** Wrong, and with a secret where a value of the kind may hold one. */
function valueOf(kind: string): string {
  if (kind === 'secret' || kind === 'secretArn') return CANARY;
  if (/^(database|url|cache)$/.test(kind)) return `nonsense://user:${CANARY}@host name/x`;
  return kind === 'databases' ? `["nonsense://user:${CANARY}@host name/x"]` : '';
}
