/** Who may do what in all five systems: what manifests imply and nothing else, and within what permissions boundaries leave. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifests } from '../../scripts/generate-services/manifest';
import { readImages } from '../../scripts/images/images';
import { Allowed, assemblyOf, CHOSEN, list, Role, rolesIn, Statement, takesIn, templatesIn } from '../support/system-roles';

const manifests = new Map(readManifests(join(__dirname, '../..')).map((manifest) => [manifest.name, manifest]));
const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

/** What a kind of environment value allows, said a second time and independently of the renderer. */
const IMPLIED: Record<string, string> = {
  'stream read': 'kinesis:DescribeStreamSummary kinesis:GetRecords kinesis:GetShardIterator kinesis:ListShards kms:Decrypt',
  'stream write': 'kinesis:DescribeStreamSummary kinesis:ListShards kinesis:PutRecord kinesis:PutRecords kms:GenerateDataKey',
  'streamConsumer': 'kinesis:DescribeStreamConsumer kinesis:SubscribeToShard',
  'queue send': 'sqs:SendMessage kms:Decrypt kms:GenerateDataKey',
  'queue consume': 'sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage kms:Decrypt',
  'table append': 'dynamodb:PutItem kms:Decrypt kms:DescribeKey',
  'table read': 'dynamodb:GetItem dynamodb:Query kms:Decrypt kms:DescribeKey',
  'table readWrite': 'dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem kms:Decrypt kms:DescribeKey',
  'bucket read': 's3:GetObject s3:ListBucket kms:Decrypt',
  'bucket write': 's3:PutObject kms:GenerateDataKey',
  'bucket readWrite': 's3:DeleteObject s3:GetObject s3:PutObject s3:ListBucket kms:Decrypt kms:GenerateDataKey',
  'database': 'rds-db:connect',
  'databases': 'rds-db:connect',
  'secretArn': 'secretsmanager:GetSecretValue kms:Decrypt',
};
const NETWORK_INTERFACES = 'ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface ec2:DeleteNetworkInterface '
  + 'ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:UnassignPrivateIpAddresses';
const TRACES = 'xray:PutTelemetryRecords xray:PutTraceSegments';
const PLATFORM: Record<string, string> = { container: '', function: `logs:CreateLogStream logs:PutLogEvents ${NETWORK_INTERFACES} ${TRACES}` };
const STARTED_BY: Record<string, string> = {
  stream: 'kinesis:DescribeStream',
  table: 'dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams',
};

const KAFKA = 'kafka:GetBootstrapBrokers kafka-cluster:Connect kafka-cluster:DescribeCluster kafka-cluster:DescribeTopic';
const PRODUCE = 'kafka-cluster:WriteData kafka-cluster:WriteDataIdempotently kafka-cluster:AlterTransactionalId kafka-cluster:DescribeTransactionalId';
const CONSUME = 'kafka-cluster:ReadData kafka-cluster:AlterGroup kafka-cluster:DescribeGroup';

/** What a service may do besides: the stack that puts it behind an API or beside a cluster of Kafka lets it, and names the resource. */
const BESIDES: Record<string, string> = {
  'socket-api-publisher': 'execute-api:ManageConnections',
  'serverless-api-ingestion': 'execute-api:ManageConnections',
  'reference-api': `${KAFKA} ${PRODUCE}`,
  'reference-matcher': `${KAFKA} ${PRODUCE} ${CONSUME}`,
  'settlement': `${KAFKA} ${CONSUME}`,
};

/** Resources of services that end in a wildcard, with the reason. */
const WILDCARDS: ReadonlyArray<readonly [actions: RegExp, resource: RegExp, reason: string]> = [
  [/^ec2:/, /^"\*"$/, 'network interfaces have no name before Lambda makes them'],
  [/^xray:/, /^"\*"$/, 'X-Ray knows no narrower resource'],
  [/^s3:(Get|Put|Delete)Object$/, /\/(matcher-snapshots|data|reports|audit|screenshots)\/\*"\]\]\}$/, 'keys below the prefix of the manifest'],
  [/^kafka-cluster:/, /:(topic|group|transactional-id)\//, 'MSK puts the id of the cluster between the two names'],
  [/^execute-api:ManageConnections$/, /\/live\/POST\/@connections\/\*"/, 'connections of the one API, which it names itself'],
];

/** Wildcards in actions of roles in which AWS's or the CDK's own code runs. */
const FOREIGN_WILDCARDS: ReadonlyArray<readonly [role: RegExp, reason: string]> = [
  [/^CustomCDKBucketDeployment/, 'the CDK copies the files of the site, and grants every form of reading and writing them'],
  [/^MatcherCapacityRole/, 'the agent of ECS on an instance reports states in several forms'],
  [/^ColdStoreReplicationRole/, 'S3 chooses the form of a key action by the size of an object'],
];

/** What no service of a kind may do; an empty resource is any. */
const DENIED: ReadonlyArray<readonly [service: RegExp, sentence: string, action: string, resource?: string]> = [
  [/^reference-api$/, 'cannot read the administrator\'s secret of the ledger', 'secretsmanager:GetSecretValue'],
  [/^reference-api$/, 'cannot settle: it takes no events', 'sqs:ReceiveMessage'],
  [/^reference-api$/, 'cannot make events', 'sqs:SendMessage', 'Settlement'],
  [/^reference-api$/, 'cannot lead a partition', 'dynamodb:UpdateItem', 'Leases'],
  [/^reference-api$/, 'cannot remove from the audit trail', 'dynamodb:DeleteItem', 'Audit'],
  [/^reference-api$/, 'cannot change the audit trail', 'dynamodb:UpdateItem', 'Audit'],
  [/^reference-api$/, 'cannot change read models', 'dynamodb:PutItem', 'Wallets'],
  ...['/data/', '/reports/', 'matcher-snapshots', '/audit/'].map((prefix) => (
    [/^reference-api$/, `cannot write files below ${prefix}`, 's3:PutObject', prefix] as const)),
  [/^reference-api$/, 'cannot read what others ordered', 'kinesis:GetRecords', 'Journal'],
  [/^reference-api$/, 'cannot read what others ordered from a topic', 'kafka-cluster:ReadData'],
  [/^reference-api$/, 'cannot write market data', 'kinesis:PutRecord', 'MarketData'],
  [/^reference-matcher$/, 'cannot sign in to the ledger', 'rds-db:connect'],
  [/^reference-matcher$/, 'cannot read a secret', 'secretsmanager:GetSecretValue'],
  [/^reference-matcher$/, 'cannot take back events', 'sqs:DeleteMessage'],
  [/^reference-matcher$/, 'cannot read events again', 'sqs:ReceiveMessage'],
  [/^reference-matcher$/, 'cannot write market data', 'kinesis:PutRecord', 'MarketData'],
  [/^(streamer|settlement|setup|market-mirror)$/, 'cannot write to a topic', 'kafka-cluster:WriteData'],
  [/^streamer$/, 'cannot write orders', 'kinesis:PutRecord', 'Journal'],
  [/^streamer$/, 'cannot read orders', 'kinesis:GetRecords', 'Journal'],
  [/^streamer$/, 'cannot make events', 'sqs:SendMessage'],
  [/^streamer$/, 'cannot sign in to the ledger', 'rds-db:connect'],
  [/^streamer$/, 'cannot read a secret', 'secretsmanager:GetSecretValue'],
  [/^streamer$/, 'cannot read files', 's3:GetObject'],
  [/^settlement$/, 'cannot read the administrator\'s secret of the ledger', 'secretsmanager:GetSecretValue'],
  [/^settlement$/, 'cannot lead a partition', 'dynamodb:PutItem', 'Leases'],
  [/^settlement$/, 'cannot write market data', 'kinesis:PutRecord', 'MarketData'],
  [/^settlement$/, 'cannot write files', 's3:PutObject'],
  [/^setup$/, 'cannot take events', 'sqs:ReceiveMessage'],
  [/^setup$/, 'cannot make events', 'sqs:SendMessage'],
  [/^setup$/, 'cannot lead a partition', 'dynamodb:PutItem'],
  [/^setup$/, 'cannot write files', 's3:PutObject'],
  [/^user-service$/, 'cannot change the audit trail', 'dynamodb:UpdateItem', 'Audit'],
  [/^user-service$/, 'cannot remove from the audit trail', 'dynamodb:DeleteItem', 'Audit'],
  [/^user-service$/, 'cannot read what the audit trail has of others', 'dynamodb:Query', 'Audit'],
  [/^user-service$/, 'cannot place orders', 'kinesis:PutRecord'],
  ...['api', 'settlement', 'history'].map((user) => (
    [/^user-service$/, `cannot sign in to the ledger as ${user}`, 'rds-db:connect', `/${user}"`] as const)),
  [/^user-service$/, 'cannot make accounts or set passwords', 'cognito-idp:AdminSetUserPassword'],
  [/^audit-archiver$/, 'cannot write the audit trail', 'dynamodb:PutItem'],
  [/^audit-archiver$/, 'cannot remove from the audit trail', 'dynamodb:DeleteItem'],
  [/^audit-archiver$/, 'cannot remove from the archive', 's3:DeleteObject'],
  [/^audit-archiver$/, 'cannot read the archive', 's3:GetObject'],
  [/^audit-archiver$/, 'cannot lift a lock', 's3:BypassGovernanceRetention'],
  [/^audit-archiver$/, 'cannot shorten a lock', 's3:PutObjectRetention'],
  [/^market-mirror$/, 'cannot place orders', 'kinesis:PutRecord'],
  [/^market-mirror$/, 'cannot take events', 'sqs:ReceiveMessage'],
  [/^market-mirror$/, 'cannot read a secret by itself', 'secretsmanager:GetSecretValue'],
  [/^simulation-worker$/, 'cannot sign in to the ledger', 'rds-db:connect'],
  [/^simulation-worker$/, 'cannot make events', 'sqs:SendMessage'],
  [/^simulation-worker$/, 'cannot write files', 's3:PutObject'],
  [/^history-sync$/, 'cannot place orders', 'kinesis:PutRecord'],
  [/^history-sync$/, 'cannot take events', 'sqs:ReceiveMessage'],
  [/^backtester-/, 'cannot sign in to the ledger', 'rds-db:connect'],
  [/^backtester-/, 'cannot write candles', 's3:PutObject', '/data/'],
  [/^serverless-api$/, 'cannot write files', 's3:PutObject'],
  [/^serverless-api-analytics$/, 'cannot write orders', 'dynamodb:PutItem'],
  [/^socket-api-authorizer$/, 'cannot touch a table', 'dynamodb:GetItem'],
  [/^socket-api-/, 'cannot sign in to the ledger', 'rds-db:connect'],
  [/^socket-api-/, 'cannot place orders', 'kinesis:PutRecord'],
  [/^socket-api-connections$/, 'cannot post to connections', 'execute-api:ManageConnections'],
];

const NEVER = [
  'iam:CreateRole', 'iam:PassRole', 'iam:PutRolePolicy', 'sts:AssumeRole', 'kms:ScheduleKeyDeletion', 'kms:CreateGrant', 'kms:PutKeyPolicy',
  'ec2:AuthorizeSecurityGroupIngress',
  's3:DeleteBucket', 's3:PutBucketPolicy', 's3:PutObjectLegalHold', 's3:BypassGovernanceRetention', 'logs:DeleteLogGroup', 'cloudwatch:DeleteAlarms', 'kinesis:DeleteStream',
  'dynamodb:DeleteTable', 'dynamodb:PutResourcePolicy', 'dynamodb:DeleteResourcePolicy', 'dynamodb:UpdateTimeToLive', 'rds:DeleteDBCluster', 'rds:ModifyDBCluster',
  'lambda:UpdateFunctionCode', 'ecs:ExecuteCommand', 'cognito-idp:AdminCreateUser', 'secretsmanager:PutSecretValue',
];

const may = ({ allowed }: Role, action: string, resource = ''): boolean => allowed.some(({ actions, resources }) => (
  actions.some((each) => takesIn(each, action)) && resources.some((each) => each === '"*"' || each.includes(resource))));

/** Why a boundary does not leave a role an action that its policy allows. */
function heldBack(boundary: readonly Statement[], action: string, { condition }: Allowed): string | undefined {
  const names = ({ Action }: Statement): boolean => list(Action).some((each) => takesIn(each, action) || takesIn(action, each));
  if (!boundary.some((each) => each.Effect === 'Allow' && names(each))) return 'no statement of the boundary allows it';
  const passedTo = list(condition?.StringEquals?.['iam:PassedToService'] as string[] | string | undefined);
  const denied = boundary.filter((each) => each.Effect === 'Deny' && names(each)).find(({ Condition }) => {
    // Everything of IAM but passing a role.
    if (Condition?.Null?.['iam:PassedToService'] === 'true') return passedTo.length === 0;
    const to = Condition?.StringNotEquals?.['iam:PassedToService'];
    return to === undefined || passedTo.length === 0 || !passedTo.every((each) => list(to as string[]).includes(each));
  });
  return denied === undefined ? undefined : `denied by ${JSON.stringify(denied.Action).slice(0, 80)}`;
}

interface AssetFile { readonly dockerImages?: Record<string, { readonly source: { readonly directory: string } }> }

const base = readImages(join(__dirname, '../..'));
const seen = new Set<string>();
const made = CHOSEN.map(([system, form]) => {
  let built: { directory: string; roles: Role[] } | undefined;
  const read = () => {
    if (built !== undefined) return built;
    const directory = assemblyOf(system, form);
    return built = { directory, roles: templatesIn(directory).flatMap(rolesIn) };
  };
  return { name: `${system}, ${form}`, read };
});

describe.each(made)('$name', ({ read }) => {
  const roles = () => read().roles;
  const services = () => roles().filter((role): role is Role & { service: string } => role.service !== undefined);
  const actionsOf = ({ allowed }: Role): string[] => [...new Set(allowed.flatMap(({ actions }) => actions))].sort();

  test('every service may do what its manifest implies, and nothing else', () => {
    for (const role of services()) {
      const { kind, environment, eventSource } = manifests.get(role.service)!;
      const values = Object.entries(environment).filter(([name]) => role.given.has(name))
        .flatMap(([, { kind: value, access }]) => words(IMPLIED[access === undefined ? value : `${value} ${access}`] ?? ''));
      const started = Object.entries(STARTED_BY).flatMap(([source, actions]) => (source in (eventSource ?? {}) ? words(actions) : []));
      const most = [...values, ...started, ...words(PLATFORM[kind]), ...words(BESIDES[role.service] ?? '')];
      const granted = actionsOf(role);
      // A key is asked for only where the resource has one of ours.
      const needed = [...values, ...started].filter((action) => !action.startsWith('kms:'));
      const [beyond, missing] = [granted.filter((action) => !most.includes(action)), needed.filter((action) => !granted.includes(action))];
      expect({ role: role.id, beyond, missing }).toEqual({ role: role.id, beyond: [], missing: [] });
      seen.add(role.service);
    }
  });

  test('no service may do what is not its part', () => {
    for (const role of services()) {
      const wrong = DENIED.filter(([service, , action, resource]) => service.test(role.service) && may(role, action, resource));
      expect({ role: role.id, wrong: wrong.map(([, sentence]) => sentence) }).toEqual({ role: role.id, wrong: [] });
      expect({ role: role.id, never: NEVER.filter((action) => may(role, action)) }).toEqual({ role: role.id, never: [] });
    }
  });

  test('nobody but settlement signs in to the ledger as settlement', () => {
    const others = services().filter(({ service, allowed }) => service !== 'settlement'
      && allowed.some(({ actions, resources }) => actions.includes('rds-db:connect') && resources.some((each) => each.includes('/settlement"'))));
    expect(others.map(({ id }) => id)).toEqual([]);
  });

  test('wildcards are those of the list', () => {
    for (const role of roles()) {
      for (const { actions, resources } of role.allowed) {
        const wild = actions.filter((action) => action.includes('*'));
        const foreign = FOREIGN_WILDCARDS.some(([known]) => known.test(role.id));
        expect({ role: role.id, wild: foreign ? [] : wild }).toEqual({ role: role.id, wild: [] });
        if (role.service === undefined) continue;
        const open = resources.filter((each) => each.includes('*'));
        const unknown = open.filter((each) => !actions.every((action) => WILDCARDS.some(([of, resource]) => of.test(action) && resource.test(each))));
        expect({ role: role.id, unknown }).toEqual({ role: role.id, unknown: [] });
      }
    }
  });

  test('permissions boundaries leave every role what it needs', () => {
    for (const role of roles()) {
      expect({ role: role.id, boundary: role.boundary !== undefined }).toEqual({ role: role.id, boundary: true });
      const held = role.allowed.flatMap((statement) => statement.actions.map((action) => [action, heldBack(role.boundary!, action, statement)]))
        .filter(([, why]) => why !== undefined);
      expect({ role: role.id, held }).toEqual({ role: role.id, held: [] });
    }
  });

  test('containers run as nobody, from files that they cannot change, without capabilities', () => {
    for (const [id, { Type, Properties }] of templatesIn(read().directory).flatMap((resources) => Object.entries(resources))) {
      if (Type !== 'AWS::ECS::TaskDefinition') continue;
      const { PidMode: pid, IpcMode: ipc, NetworkMode: network } = Properties;
      expect({ id, pid, ipc, network }).toEqual({ id, pid: undefined, ipc: undefined, network: 'awsvpc' });
      for (const container of Properties.ContainerDefinitions as Record<string, unknown>[]) {
        expect(container).toMatchObject({
          User: '10001:10001', ReadonlyRootFilesystem: true, Privileged: false, LinuxParameters: { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: true },
        });
        expect((container.LinuxParameters as { Capabilities: { Add?: unknown } }).Capabilities.Add).toBeUndefined();
        const image = JSON.stringify(container.Image);
        if (!image.includes('cdk-hnb659fds-container-assets')) expect(image).toBe(JSON.stringify(`${base.collector.image}:${base.collector.tag}`));
      }
    }
  });

  test('images are built from bundles of ours, on the base of images.json', () => {
    const { directory } = read();
    const sources = readdirSync(directory).filter((name) => name.endsWith('.assets.json'))
      .flatMap((name) => Object.values((JSON.parse(readFileSync(join(directory, name), 'utf8')) as AssetFile).dockerImages ?? {}));
    for (const { source } of sources) {
      const dockerfile = readFileSync(join(directory, source.directory, 'Dockerfile'), 'utf8');
      const { image, tag, digest } = base.service;
      expect(dockerfile).toContain(`\nARG BASE_IMAGE=${image}:${tag}${digest === null ? '' : `@${digest}`}\nFROM \${BASE_IMAGE}\n`);
    }
  });
});

test('every service was looked at, and what is denied above is found where it is allowed', () => {
  expect([...manifests.keys()].filter((name) => !seen.has(name))).toEqual([]);
  for (const [service] of DENIED) expect([...seen].some((name) => service.test(name))).toBe(true);
  const all = made.flatMap(({ read }) => read().roles);
  const of = (service: string) => all.filter((role) => role.service === service);
  for (const [service, action, resource] of [
    ['setup', 'secretsmanager:GetSecretValue', 'AdminSecret'], ['reference-api', 'kinesis:PutRecord', 'Journal'], ['settlement', 'sqs:ReceiveMessage', 'Settlement'],
    ['reference-matcher', 'dynamodb:PutItem', 'Leases'], ['streamer', 'kinesis:PutRecord', 'MarketData'], ['user-service', 'dynamodb:PutItem', 'Audit'],
    ['user-service', 'dynamodb:UpdateItem', 'Sessions'], ['audit-archiver', 's3:PutObject', '/audit/'], ['backtester-worker', 's3:PutObject', '/reports/'],
    ['socket-api-publisher', 'execute-api:ManageConnections', ''],
  ]) expect({ service, action, allowed: of(service).some((role) => may(role, action, resource)) }).toEqual({ service, action, allowed: true });
});

test('a boundary that is too narrow, and an action too many, are found', () => {
  const allow = { Effect: 'Allow' as const, Action: '*', Resource: '*' };
  const plain: Allowed = { actions: ['kms:CreateGrant'], resources: ['"*"'] };
  expect(heldBack([allow], 'kms:CreateGrant', plain)).toBeUndefined();
  expect(heldBack([], 'kms:CreateGrant', plain)).toMatch(/no statement/);
  expect(heldBack([allow, { Effect: 'Deny', Action: ['kms:Create*'], Resource: '*' }], 'kms:CreateGrant', plain)).toMatch(/denied/);
  const pass: Statement = { Effect: 'Deny', Action: 'iam:PassRole', Resource: '*', Condition: { StringNotEquals: { 'iam:PassedToService': ['ecs-tasks.amazonaws.com'] } } };
  const to = (service: string): Allowed => ({ actions: ['iam:PassRole'], resources: [], condition: { StringEquals: { 'iam:PassedToService': service } } });
  expect(heldBack([allow, pass], 'iam:PassRole', to('ecs-tasks.amazonaws.com'))).toBeUndefined();
  expect(heldBack([allow, pass], 'iam:PassRole', to('lambda.amazonaws.com'))).toMatch(/denied/);
  expect(may({ id: 'x', managed: [], given: new Set(), allowed: [{ actions: ['kinesis:Put*'], resources: ['"arn:Journal"'] }] }, 'kinesis:PutRecord', 'Journal')).toBe(true);
});
