import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { simulator, stacksOf } from '../support/simulator';
import { resourcesOf, Statement, statementsOf } from '../support/templates';

interface Value { kind: string; access?: string; prefix?: string; user?: string; optional?: boolean }
interface Manifest { name: string; kind: string; environment: Record<string, Value> }

const services = join(__dirname, '..', '..', 'services');
const manifests = readdirSync(services)
  .map((name) => join(services, name, 'service.json'))
  .filter((file) => existsSync(file))
  .map((file) => JSON.parse(readFileSync(file, 'utf8')) as Manifest);

/** What a kind of environment value allows, said a second time and independently of the renderer. */
const IMPLIED: Record<string, string> = {
  'stream read': 'kinesis:DescribeStreamSummary kinesis:GetRecords kinesis:GetShardIterator kinesis:ListShards kms:Decrypt',
  'stream write': 'kinesis:DescribeStreamSummary kinesis:ListShards kinesis:PutRecord kinesis:PutRecords kms:GenerateDataKey',
  'streamConsumer': 'kinesis:DescribeStreamConsumer kinesis:SubscribeToShard',
  'queue send': 'sqs:SendMessage kms:Decrypt kms:GenerateDataKey',
  'queue consume': 'sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage kms:Decrypt',
  'table readWrite': 'dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem',
  'bucket read': 's3:GetObject s3:ListBucket kms:Decrypt',
  'bucket readWrite': 's3:DeleteObject s3:GetObject s3:PutObject s3:ListBucket kms:Decrypt kms:GenerateDataKey',
  'database': 'rds-db:connect',
  'secretArn': 'secretsmanager:GetSecretValue kms:Decrypt',
};

const NETWORK_INTERFACES = 'ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface ec2:DeleteNetworkInterface '
  + 'ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:UnassignPrivateIpAddresses';
const TRACES = 'xray:PutTelemetryRecords xray:PutTraceSegments';
const PLATFORM: Record<string, string> = { container: '', function: `logs:CreateLogStream logs:PutLogEvents ${NETWORK_INTERFACES} ${TRACES}` };

const system = simulator();
const { application, simulation } = system;
const roles: Record<string, iam.Role[]> = {
  'reference-api': [application.api.taskRole],
  'reference-matcher': [application.matching.serviceA.taskRole, application.matching.serviceB.taskRole],
  'streamer': [application.streamer.taskRole],
  'settlement': [application.settlement.role],
  'setup': [application.setup.role],
  'simulation-worker': [simulation.workers.taskRole],
  'history-sync': [simulation.historySync.taskRole],
};

const words = (text: string) => text.split(' ').filter((word) => word !== '');
const statements = (role: iam.Role) => statementsOf(Stack.of(role), Stack.of(role).getLogicalId(role.node.defaultChild as iam.CfnRole));
const ours = manifests.filter(({ name }) => name in roles);
const actions = (list: Statement[]) => [...new Set(list.flatMap((statement) => statement.actions))].sort();

/** Optional values that this system gives. */
const GIVEN: Record<string, string[]> = {
  'reference-api': ['JOURNAL_STREAM', 'CANDLES_BUCKET'],
  'reference-matcher': ['JOURNAL_STREAM', 'JOURNAL_CONSUMER_ARN', 'LEASE_TABLE'],
  'setup': ['JOURNAL_STREAM'],
};

function impliedBy({ name: service, kind, environment }: Manifest): string[] {
  const given = Object.entries(environment).filter(([name, { optional }]) => optional !== true || GIVEN[service]?.includes(name));
  const values = given.map(([, { kind: value, access }]) => IMPLIED[access === undefined ? value : `${value} ${access}`] ?? '');
  return [...new Set([...values, PLATFORM[kind]].flatMap(words))].sort();
}

test('every service of the system is looked at', () => {
  const resources = Object.values(stacksOf(system)).flatMap((stack) => Object.values(resourcesOf(stack)));
  const named = resources.flatMap(({ Properties }) => /^(?:Service|Code of the service) ([a-z-]+)$/.exec(String(Properties?.Description))?.[1] ?? []);
  expect(Object.keys(roles).sort()).toEqual([...new Set(named)].sort());
  expect(ours.map(({ name }) => name).sort()).toEqual(Object.keys(roles).sort());
});

test.each(ours.map((manifest) => [manifest.name, manifest] as const))('%s may do what its manifest implies and nothing else', (name, manifest) => {
  for (const role of roles[name]) expect(actions(statements(role))).toEqual(impliedBy(manifest));
});

test('no service has an action or a resource with a wildcard, but for what AWS leaves open', () => {
  for (const role of Object.values(roles).flat()) {
    for (const { actions: named, resources } of statements(role)) {
      expect(named.filter((action) => action.includes('*'))).toEqual([]);
      if ([NETWORK_INTERFACES, TRACES].some((open) => words(open).sort().join() === [...named].sort().join())) continue;
      const open = resources.map((resource) => JSON.stringify(resource)).filter((resource) => resource.includes('*'));
      expect(open.filter((resource) => !/\/(matcher-snapshots|data)\/\*"\]\]\}$/.test(resource))).toEqual([]);
    }
  }
});

test('a key is used through the service whose data it encrypts only', () => {
  for (const role of Object.values(roles).flat()) {
    for (const { condition } of statements(role).filter((statement) => statement.actions.some((action) => action.startsWith('kms:')))) {
      expect(JSON.stringify(condition)).toMatch(/^\{"StringEquals":\{"kms:ViaService":/);
    }
  }
});

test('a service signs in to the ledger as its own role', () => {
  const user = (role: iam.Role) => JSON.stringify(statements(role).filter((statement) => statement.actions.includes('rds-db:connect')).map(({ resources }) => resources));
  expect(user(application.api.taskRole)).toMatch(/\/api"/);
  expect(user(application.settlement.role)).toMatch(/\/settlement"/);
  expect(user(simulation.historySync.taskRole)).toMatch(/\/history"/);
  expect(user(application.streamer.taskRole)).toBe('[]');
  expect(user(simulation.workers.taskRole)).toBe('[]');
});

test('the matcher lists its own snapshots only', () => {
  const [list] = statements(application.matching.serviceA.taskRole).filter((statement) => statement.actions.includes('s3:ListBucket'));
  expect(list.condition).toEqual({ StringLike: { 's3:prefix': 'matcher-snapshots/*' } });
});
