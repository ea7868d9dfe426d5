import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate, staleFiles } from '../scripts/generate-services';
import { faultsOf } from '../scripts/generate-services/manifest';
import { environmentSchema as api } from '../services/reference-api/config.generated';
import { environmentSchema as matcher } from '../services/reference-matcher/config.generated';
import { environmentSchema as setup } from '../services/setup/config.generated';
import { environmentSchema as streamer } from '../services/streamer/config.generated';

const root = join(__dirname, '..');
const schema = JSON.parse(readFileSync(join(root, 'services', 'service.schema.json'), 'utf8')) as Parameters<typeof faultsOf>[2];
const manifest = (name: string) => JSON.parse(readFileSync(join(root, 'services', name, 'service.json'), 'utf8')) as Record<string, unknown>;

describe('generated files', () => {
  test('are what the manifests say', () => {
    expect(staleFiles(root)).toEqual([]);
  });

  test('are named when they are stale', () => {
    const copy = mkdtempSync(join(tmpdir(), 'generated-'));
    try {
      for (const name of readdirSync(join(root, 'services'))) {
        const source = join(root, 'services', name, 'service.json');
        mkdirSync(join(copy, 'services', name), { recursive: true });
        try { cpSync(source, join(copy, 'services', name, 'service.json')); } catch { /* a folder without a manifest */ }
      }
      rmSync(join(copy, 'services', 'service.schema.json'), { recursive: true, force: true });
      cpSync(join(root, 'services', 'service.schema.json'), join(copy, 'services', 'service.schema.json'));
      mkdirSync(join(copy, 'src', 'private'), { recursive: true });
      for (const { path, text } of generate(copy)) writeFileSync(join(copy, path), text);
      expect(staleFiles(copy)).toEqual([]);
      writeFileSync(join(copy, 'services', 'streamer', 'config.generated.ts'), '');
      expect(staleFiles(copy)).toEqual(['services/streamer/config.generated.ts']);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});

describe('manifests', () => {
  test.each(['reference-api', 'reference-matcher', 'settlement', 'setup', 'streamer'])('%s keeps the schema', (name) => {
    expect(faultsOf(manifest(name), name, schema)).toEqual([]);
  });

  const value = (entry: object) => ({ ...manifest('settlement'), environment: { ...(manifest('settlement').environment as object), EXTRA: entry } });

  test.each([
    ['a kind that does not exist', value({ kind: 'topic', description: 'x' }), /environment.EXTRA.kind is "topic"/],
    ['a queue without an access', value({ kind: 'queue', description: 'x' }), /environment.EXTRA.access/],
    ['a field that the kind does not have', value({ kind: 'table', access: 'read', prefix: 'x/', description: 'x' }), /environment.EXTRA.*prefix/],
    ['a bucket whose prefix is everything', value({ kind: 'bucket', access: 'read', prefix: '/', description: 'x' }), /environment.EXTRA.prefix/],
    ['an injected secret in a function', value({ kind: 'secret', description: 'x' }), /use kind secretArn/],
    ['a consumer without a stream that is read', value({ kind: 'streamConsumer', description: 'x' }), /needs a stream with access read/],
    ['a default that is not among the values', value({ kind: 'enum', values: ['a'], default: 'b', description: 'x' }), /defaults to "b"/],
    ['another name than its folder', { ...manifest('settlement'), name: 'other' }, /name is "other"/],
    ['an event source that is not a queue', { ...manifest('settlement'), eventSource: { queue: 'LEDGER_URL', batchSize: 1 } }, /must name a queue with access consume/],
    ['an event source that is two', { ...manifest('settlement'), eventSource: { queue: 'SETTLEMENT_QUEUE', stream: 'TRADE_STREAM', batchSize: 1 } }, /a queue, a stream or a table, and one of them alone/],
    ['an event source that is a stream it writes', { ...manifest('settlement'), eventSource: { stream: 'TRADE_STREAM', batchSize: 1 } }, /must name a stream with access read/],
    ['an event source that is a table it writes', { ...manifest('user-service'), name: 'settlement', eventSource: { table: 'AUDIT_TABLE', batchSize: 1 } }, /must name a table with access read/],
    ['more messages than a queue gives', { ...manifest('settlement'), eventSource: { queue: 'SETTLEMENT_QUEUE', batchSize: 11 } }, /gives 10 messages at most/],
    ['a function without a handler', { ...manifest('settlement'), handler: undefined }, /a function needs handler/],
    ['a field that no manifest has', { ...manifest('settlement'), replicas: 3 }, /replicas/],
  ])('fail for %s', (_what, wrong, message) => {
    expect(faultsOf(wrong, 'settlement', schema).join('\n')).toMatch(message);
  });
});

describe('configuration', () => {
  const good = {
    JOURNAL_STREAM: 'journal',
    JOURNAL_CONSUMER_ARN: 'arn:aws:kinesis:us-east-1:1:stream/journal/consumer/a:1',
    SETTLEMENT_QUEUE: 'https://sqs.us-east-1.amazonaws.com/1/settlement.fifo',
    LEASE_TABLE: 'leases',
    SNAPSHOT_BUCKET: 'bucket',
    CACHE_URL: 'rediss://cache.example:6380',
    CACHE_AUTH_TOKEN: 'token',
  };
  const faults = (wrong: Record<string, string | undefined>) => matcher.safeParse({ ...good, ...wrong }).error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`);

  test('is typed, with the defaults of the manifest, and drops what the manifest does not name', () => {
    const config = matcher.parse({ ...good, PARTITION: '3', PATH: '/bin' });
    expect(config).toEqual({
      ...good, ENVIRONMENT: 'production', LOG_LEVEL: 'info', DEBUG: false, PORT: 8081, PARTITION: 3, LEASE_RENEWAL_MS: 300, LEASE_LAPSE_MS: 1200,
      SNAPSHOT_INTERVAL_SECONDS: 300, IDEMPOTENCY_WINDOW_SECONDS: 3600, METRICS_ADDRESS: '127.0.0.1:9464',
    });
  });

  test('refuses debugging in production with one clear sentence', () => {
    expect(faults({ DEBUG: 'true' })).toEqual(['DEBUG must not be true while ENVIRONMENT is "production"; set DEBUG to false or name another environment']);
    expect(faults({ DEBUG: 'true', ENVIRONMENT: 'test' })).toBeUndefined();
  });

  test.each([
    [{ SNAPSHOT_BUCKET: undefined }, 'SNAPSHOT_BUCKET is not set; expected bucket that keeps snapshots of the core'],
    [{ LEASE_TABLE: '' }, 'LEASE_TABLE is empty; expected table that holds the leadership lease of each partition'],
    [{ DEBUG: 'yes' }, 'DEBUG must be "true" or "false", got: "yes"'],
    [{ LEASE_RENEWAL_MS: '49' }, 'LEASE_RENEWAL_MS must be a whole number from 50 to 9007199254740991, got: "49"'],
    [{ PARTITION: '1e1' }, 'PARTITION must be a whole number from 0 to 9007199254740991, got: "1e1"'],
    [{ PARTITION: '-1' }, 'PARTITION must be a whole number from 0 to 9007199254740991, got: "-1"'],
    [{ PORT: '65536' }, 'PORT must be a whole number from 0 to 65535, got: "65536"'],
    [{ LOG_LEVEL: 'verbose' }, 'LOG_LEVEL must be one of debug, info, warn, error, got: "verbose"'],
    [{ CACHE_URL: 'redis://cache:6380' }, 'CACHE_URL must be rediss://host:port, got: "redis://cache:6380"'],
    [{ CACHE_URL: 'rediss://:hunter2@cache:6380' }, 'CACHE_URL must be rediss://host:port, got: "rediss://:***@cache:6380"'],
    [{ SETTLEMENT_QUEUE: 'settlement' }, 'SETTLEMENT_QUEUE must be the URL of a queue, got: "settlement"'],
  ])('fails for %j', (wrong, message) => {
    expect(faults(wrong)).toEqual([message]);
  });

  test('splits lists and refuses empty items', () => {
    const rest = { MARKET_DATA_STREAM: 'ticks', CACHE_URL: good.CACHE_URL, CACHE_AUTH_TOKEN: 'token' };
    expect(streamer.parse({ ...rest, SYMBOLS: 'BTCUSDT, SOLUSDT' }).SYMBOLS).toEqual(['BTCUSDT', 'SOLUSDT']);
    expect(streamer.safeParse({ ...rest, SYMBOLS: 'BTCUSDT,,' }).success).toBe(false);
    expect(streamer.safeParse({ ...rest, FEED_URL: 'bybit' }).success).toBe(false);
  });

  test('reads a list of databases and does without an optional value', () => {
    const rest = {
      JOURNAL_STREAM: 'journal', CACHE_URL: good.CACHE_URL, CACHE_AUTH_TOKEN: 'token', LEDGER_URL: 'postgresql://api@a:1/trading',
      USER_POOL_ISSUER: 'https://pool.example/1', USER_POOL_CLIENT_ID: 'client',
    };
    const faultsOfUrls = (LEDGER_URLS: string) => api.safeParse({ ...rest, LEDGER_URLS }).error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    const { LEDGER_URLS, PARTITION_MAP } = api.parse(rest);
    expect([LEDGER_URLS, PARTITION_MAP]).toEqual([undefined, undefined]);
    expect(api.parse({ ...rest, LEDGER_URLS: '["postgresql://api@a:1/x","postgresql://api@b:1/x"]' }).LEDGER_URLS).toEqual(['postgresql://api@a:1/x', 'postgresql://api@b:1/x']);
    for (const wrong of ['[]', '{}', 'postgresql://api@a:1/x', '[1]', '["postgresql://api:hunter2@a:1/x"]']) {
      expect(faultsOfUrls(wrong)).toEqual(['LEDGER_URLS must be a JSON list of URLs postgresql://user@host:port/database without a password, at least one']);
    }
  });

  test('parses JSON and says where it breaks', () => {
    const rest = { LEDGER_ADMIN_SECRET_ARN: 'arn', JOURNAL_STREAM: 'journal' };
    expect(setup.parse({ ...rest, INSTRUMENTS: '[{"symbol":"BTCUSDT"}]' }).INSTRUMENTS).toEqual([{ symbol: 'BTCUSDT' }]);
    expect(setup.safeParse({ ...rest, INSTRUMENTS: '[' }).error?.issues[0].message).toMatch(/^must be JSON/);
  });
});
