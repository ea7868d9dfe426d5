import { Duration, Token } from 'aws-cdk-lib';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { LedgerDatabase, LogLevel, ServiceDefinition } from '../../src';
import { platform } from '../support/platform';

const { stack, vpc, marketData, cache, ledger, journal, leases, coldStore, settlement, identity } = platform();
const streamer = { marketDataStream: marketData.stream, cache, cacheAuthToken: cache.authToken };
const environment = (definition: ServiceDefinition) => definition._rendering().environment;

test('renders every value of the manifest, defaults too', () => {
  expect(environment(ServiceDefinition.streamer(streamer))).toMatchObject({
    ENVIRONMENT: 'production',
    LOG_LEVEL: 'info',
    DEBUG: 'false',
    PORT: '8082',
    FEED_URL: 'wss://stream.bybit.com/v5/public/spot',
    SYMBOLS: 'BTCUSDT,ETHUSDT',
    STALE_AFTER_SECONDS: '15',
  });
});

test('renders given values in the units of the manifest', () => {
  const given = environment(ServiceDefinition.streamer({ ...streamer, environment: 'staging', logLevel: LogLevel.DEBUG, debug: true, staleAfter: Duration.minutes(1) }));
  expect(given).toMatchObject({ ENVIRONMENT: 'staging', LOG_LEVEL: 'debug', DEBUG: 'true', STALE_AFTER_SECONDS: '60' });
});

test('leaves tokens alone', () => {
  const given = environment(ServiceDefinition.streamer({ ...streamer, feedUrl: Token.asString({ Ref: 'Url' }), symbols: Token.asList({ Ref: 'Symbols' }) }));
  expect(Token.isUnresolved(given.FEED_URL)).toBe(true);
});

test('fails for debugging in production', () => {
  expect(() => ServiceDefinition.streamer({ ...streamer, debug: true })).toThrow(/service streamer: DEBUG must not be true while ENVIRONMENT is "production"/);
});

test.each([
  [{ symbols: [] }, /SYMBOLS must be a list of texts without commas/],
  [{ symbols: ['BTC,ETH'] }, /SYMBOLS must be .*got: \["BTC,ETH"\]/],
  [{ staleAfter: Duration.millis(1500) }, /STALE_AFTER_SECONDS must be a whole number of seconds/],
  [{ staleAfter: Duration.seconds(0) }, /STALE_AFTER_SECONDS must be .*at least 1/],
  [{ feedUrl: '' }, /FEED_URL must not be empty/],
])('fails for %j', (wrong, message) => {
  expect(() => ServiceDefinition.streamer({ ...streamer, ...wrong })).toThrow(message);
});

test('fails for instruments that are not JSON', () => {
  const setup = { ledgerAdminSecret: ledger.adminSecret, journalStream: journal.stream };
  expect(() => ServiceDefinition.setup({ ...setup, instruments: '[' })).toThrow(/service setup: INSTRUMENTS must be JSON/);
});

describe('ledgers by partition', () => {
  const needs = (ledgers?: (typeof ledger)[]) => ServiceDefinition.referenceApi({
    cache, cacheAuthToken: cache.authToken, journalStream: journal.stream, ledger, ledgers,
    userPool: identity.userPool, userPoolClient: identity.client,
  })._rendering();

  test('are a list of URLs in their order, and one permission and one peer for each ledger', () => {
    const other = new LedgerDatabase(stack, 'OtherLedger', { vpc });
    const { environment: values, peers, statements } = needs([ledger, other, other]);
    const url = (of: { readerEndpoint: { socketAddress: string } }) => `postgresql://api@${of.readerEndpoint.socketAddress}/trading`;
    expect(JSON.parse(values.LEDGER_URLS)).toEqual([url(ledger), url(other), url(other)]);
    expect(peers.filter((peer) => peer !== cache)).toEqual([ledger, other]);
    expect(statements.filter(({ actions }) => actions?.includes('rds-db:connect'))).toHaveLength(2);
  });

  test('are left out where there is one for all', () => {
    expect(needs().environment).not.toHaveProperty('LEDGER_URLS');
    expect(needs().environment).not.toHaveProperty('PARTITION_MAP');
    expect(() => needs([])).toThrow(/LEDGER_URLS must be a list of at least one ledger/);
  });
});

test('names the peers that a service connects to', () => {
  const matcher = ServiceDefinition.referenceMatcher({
    cache,
    cacheAuthToken: cache.authToken,
    journalStream: journal.stream,
    journalConsumer: { streamConsumerArn: 'arn' } as never,
    leaseTable: leases.table,
    snapshotBucket: coldStore.bucket,
    settlementQueue: settlement.queue,
  });
  expect(matcher._rendering().peers).toEqual([cache]);
});

test('a function that a table starts may read the stream of that table, and needs one', () => {
  const table = TableV2.fromTableAttributes(stack, 'GivenTrail', {
    tableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/trail', tableStreamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/trail/stream/1',
  });
  const { statements, manifest } = ServiceDefinition.auditArchiver({ auditTable: table, archiveBucket: coldStore.bucket })._rendering();
  expect(manifest.eventSource).toMatchObject({ table, batchSize: 500 });
  expect(statements).toContainEqual({
    actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'], resources: [table.tableStreamArn],
  });
  const without = TableV2.fromTableAttributes(stack, 'GivenCopy', { tableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/copy' });
  expect(() => ServiceDefinition.auditArchiver({ auditTable: without, archiveBucket: coldStore.bucket })).toThrow(/must have a stream/);
});
