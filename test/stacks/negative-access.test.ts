/** What services must not be able to do, said one by one: adding one action to a role fails one of these. */
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { simulator } from '../support/simulator';
import { statementsOf } from '../support/templates';

const { application, simulation } = simulator();
const ROLES: Record<string, iam.Role> = {
  'the API': application.api.taskRole,
  'the matcher': application.matching.serviceA.taskRole,
  'the streamer': application.streamer.taskRole,
  'settlement': application.settlement.role,
  'setup': application.setup.role,
  'a simulation worker': simulation.workers.taskRole,
  'history sync': simulation.historySync.taskRole,
};
const ALLOWED = Object.fromEntries(Object.entries(ROLES).map(([name, role]) => [
  name, statementsOf(Stack.of(role), Stack.of(role).getLogicalId(role.node.defaultChild as iam.CfnRole)),
]));

const fits = (pattern: string, action: string): boolean => new RegExp(`^${pattern.replace(/[.]/g, '\\.').replace(/\*/g, '.*')}$`, 'i').test(action);

/** Whether a role has a statement for an action on a resource whose ARN, as the template has it, holds a text; any resource without one. */
function may(who: string, action: string, resource = ''): boolean {
  return ALLOWED[who].some(({ actions, resources }) => actions.some((each) => fits(each, action) || fits(action, each))
    && resources.some((arn) => arn === '*' || JSON.stringify(arn).includes(resource)));
}

const ADMIN_SECRET = 'AdminSecret';

const DENIED: Array<[who: string, sentence: string, action: string, resource?: string]> = [
  ['the API', 'cannot read the ledger\'s administrator secret', 'secretsmanager:GetSecretValue', ADMIN_SECRET],
  ['the API', 'cannot settle: it reads no events', 'sqs:ReceiveMessage'],
  ['the API', 'cannot make events', 'sqs:SendMessage', 'Settlement'],
  ['the API', 'cannot lead a partition', 'dynamodb:PutItem', 'Leases'],
  ['the API', 'cannot write candles', 's3:PutObject', '/data/'],
  ['the API', 'cannot write snapshots', 's3:PutObject', '/matcher-snapshots/'],
  ['the API', 'cannot write reports of backtests', 's3:PutObject', '/reports/'],
  ['the API', 'cannot run backtests: it takes none from their queue', 'sqs:DeleteMessage'],
  ['the API', 'cannot read what others ordered', 'kinesis:GetRecords', 'Journal'],
  ['the API', 'cannot read snapshots, which lie beside the candles', 's3:GetObject', '/matcher-snapshots/'],
  ['the matcher', 'cannot read the ledger\'s administrator secret', 'secretsmanager:GetSecretValue', ADMIN_SECRET],
  ['the matcher', 'cannot sign in to the ledger', 'rds-db:connect'],
  ['the matcher', 'cannot take back events that it sent', 'sqs:DeleteMessage'],
  ['the matcher', 'cannot write market data', 'kinesis:PutRecord', 'MarketData'],
  ['the streamer', 'cannot write orders', 'kinesis:PutRecord', 'Journal'],
  ['the streamer', 'cannot write many orders at once', 'kinesis:PutRecords', 'Journal'],
  ['the streamer', 'cannot read orders', 'kinesis:GetRecords', 'Journal'],
  ['the streamer', 'cannot sign in to the ledger', 'rds-db:connect'],
  ['the streamer', 'cannot make events', 'sqs:SendMessage'],
  ['the streamer', 'cannot lead a partition', 'dynamodb:PutItem'],
  ['the streamer', 'cannot read files', 's3:GetObject'],
  ['the streamer', 'cannot read the ledger\'s administrator secret', 'secretsmanager:GetSecretValue', ADMIN_SECRET],
  ['settlement', 'cannot read the ledger\'s administrator secret', 'secretsmanager:GetSecretValue', ADMIN_SECRET],
  ['settlement', 'cannot lead a partition', 'dynamodb:PutItem', 'Leases'],
  ['settlement', 'cannot write market data', 'kinesis:PutRecord', 'MarketData'],
  ['settlement', 'cannot write snapshots', 's3:PutObject'],
  ['setup', 'cannot settle: it reads no events', 'sqs:ReceiveMessage'],
  ['setup', 'cannot make events', 'sqs:SendMessage'],
  ['setup', 'cannot write files', 's3:PutObject'],
  ['setup', 'cannot lead a partition', 'dynamodb:PutItem'],
  ['a simulation worker', 'cannot sign in to the ledger', 'rds-db:connect'],
  ['a simulation worker', 'cannot make events', 'sqs:SendMessage'],
  ['a simulation worker', 'cannot lead a partition', 'dynamodb:PutItem'],
  ['a simulation worker', 'cannot write files', 's3:PutObject'],
  ['a simulation worker', 'cannot read the ledger\'s administrator secret', 'secretsmanager:GetSecretValue', ADMIN_SECRET],
  ['history sync', 'cannot write orders', 'kinesis:PutRecord'],
  ['history sync', 'cannot settle: it reads no events', 'sqs:ReceiveMessage'],
  ['history sync', 'cannot lead a partition', 'dynamodb:PutItem'],
  ['history sync', 'cannot read the ledger\'s administrator secret', 'secretsmanager:GetSecretValue', ADMIN_SECRET],
];

test.each(DENIED.map(([who, sentence, action, resource = '']) => ({ who, sentence, action, resource })))('$who $sentence', ({ who, action, resource }) => {
  expect(may(who, action, resource)).toBe(false);
});

test('what the sentences above deny is found where it is allowed', () => {
  expect(may('setup', 'secretsmanager:GetSecretValue', ADMIN_SECRET)).toBe(true);
  expect(may('the API', 'kinesis:PutRecord', 'Journal')).toBe(true);
  expect(may('settlement', 'sqs:ReceiveMessage')).toBe(true);
  expect(may('the matcher', 'dynamodb:PutItem', 'Leases')).toBe(true);
  expect(may('the matcher', 's3:PutObject')).toBe(true);
  expect(may('the matcher', 's3:GetObject', '/matcher-snapshots/')).toBe(true);
  expect(may('the API', 's3:GetObject', '/data/')).toBe(true);
  expect(may('the API', 's3:PutObject', '/screenshots/')).toBe(true);
  expect(may('the API', 'sqs:SendMessage', 'BacktestQueue')).toBe(true);
  expect(may('the matcher', 'sqs:SendMessage', 'Settlement')).toBe(true);
  expect(may('the streamer', 'kinesis:PutRecord', 'MarketData')).toBe(true);
});

test.each([
  'iam:CreateRole', 'iam:PassRole', 'kms:ScheduleKeyDeletion', 'kms:CreateGrant', 'ec2:AuthorizeSecurityGroupIngress', 's3:DeleteBucket', 's3:PutBucketPolicy',
  'logs:DeleteLogGroup', 'cloudwatch:DeleteAlarms', 'kinesis:DeleteStream', 'dynamodb:DeleteTable', 'rds:DeleteDBCluster', 'cognito-idp:AdminCreateUser',
])('no service may %s', (action) => {
  expect(Object.keys(ROLES).filter((who) => may(who, action))).toEqual([]);
});

test('no other role signs in to the ledger as settlement', () => {
  const users = Object.entries(ALLOWED).filter(([, statements]) => statements.some(({ actions, resources }) =>
    actions.includes('rds-db:connect') && JSON.stringify(resources).includes('/settlement"')));
  expect(users.map(([name]) => name)).toEqual(['settlement']);
});
