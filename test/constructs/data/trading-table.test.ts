import { Duration, Lazy, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, MultiRegionConsistency } from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { BackupRetention } from '../../../src/constructs/data/backup-retention';
import { TradingTable, type TradingTableProps } from '../../../src/constructs/data/trading-table';
import { testStack } from '../../support/apps';
import { resourcesOf } from '../../support/templates';

const key = { name: 'id', type: AttributeType.STRING };

function table(props: Partial<TradingTableProps> = {}) {
  const stack = testStack();
  return { stack, table: new TradingTable(stack, 'Table', { partitionKey: key, ...props }), template: () => Template.fromStack(stack) };
}

test('is on demand, encrypted, protected and restorable for 35 days', () => {
  table().template().hasResource('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      StreamSpecification: Match.absent(),
      TableName: Match.absent(),
      Replicas: [Match.objectLike({
        Region: 'us-east-1',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
      })],
    },
  });
});

test('can be thrown away when that is said', () => {
  table({ removalPolicy: RemovalPolicy.DESTROY }).template().hasResource('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'Delete', Properties: { Replicas: [Match.objectLike({ DeletionProtectionEnabled: false })] },
  });
});

test('watches the table and each index for throttling, and reports both ways', () => {
  const action: cloudwatch.IAlarmAction = { bind: () => ({ alarmActionArn: 'arn:aws:sns:us-east-1:111111111111:ops' }) };
  const { template } = table({ globalSecondaryIndexes: [{ indexName: 'other', partitionKey: { name: 'other', type: AttributeType.STRING } }], alarmActions: [action] });
  template().resourceCountIs('AWS::CloudWatch::Alarm', 2);
  template().allResourcesProperties('AWS::CloudWatch::Alarm', {
    AlarmActions: ['arn:aws:sns:us-east-1:111111111111:ops'], OKActions: ['arn:aws:sns:us-east-1:111111111111:ops'], DatapointsToAlarm: 2, EvaluationPeriods: 5,
  });
  template().hasResourceProperties('AWS::CloudWatch::Alarm', {
    Metrics: Match.arrayWith([Match.objectLike({
      MetricStat: Match.objectLike({
        Metric: { MetricName: 'WriteThrottleEvents', Namespace: 'AWS/DynamoDB', Dimensions: Match.arrayWith([{ Name: 'GlobalSecondaryIndexName', Value: 'other' }]) },
      }),
    })]),
  });
});

test('has copies in other regions under the keys of those regions, and watches their delay', () => {
  const stack = testStack();
  const here = new kms.Key(stack, 'Key');
  const there = kms.Key.fromKeyArn(stack, 'There', 'arn:aws:kms:us-west-2:111111111111:key/1234');
  const { replicationAlarms } = new TradingTable(stack, 'Table', {
    partitionKey: key, encryptionKey: here, replicas: [{ region: 'us-west-2', encryptionKey: there }],
  });
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    Replicas: Match.arrayWith([
      Match.objectLike({ Region: 'us-west-2', DeletionProtectionEnabled: true, SSESpecification: { KMSMasterKeyId: there.keyArn }, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 } }),
      Match.objectLike({ Region: 'us-east-1', SSESpecification: { KMSMasterKeyId: stack.resolve(here.keyArn) } }),
    ]),
  });
  expect(replicationAlarms).toHaveLength(1);
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'ReplicationLatency', Threshold: 30000, Dimensions: Match.arrayWith([{ Name: 'ReceivingRegion', Value: 'us-west-2' }]),
  });
});

test('is strongly consistent over two regions and a witness, without an alarm on a delay that cannot be', () => {
  const { table: strong, template } = table({ replicas: [{ region: 'us-west-2' }], witnessRegion: 'us-east-2', consistency: MultiRegionConsistency.STRONG });
  template().hasResourceProperties('AWS::DynamoDB::GlobalTable', { MultiRegionConsistency: 'STRONG', GlobalTableWitnesses: [{ Region: 'us-east-2' }] });
  expect(strong.replicationAlarms).toEqual([]);
});

test('limits what a runaway client can spend', () => {
  table({ maxReadRequestUnits: 100, maxWriteRequestUnits: 50 }).template().hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 50 },
    Replicas: [Match.objectLike({ ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 100 } })],
  });
});

test('grants access to itself and its key', () => {
  const stack = testStack();
  const own = new TradingTable(stack, 'Table', { partitionKey: key, encryptionKey: new kms.Key(stack, 'Key') });
  own.grants.readData(new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }));
  const policies = JSON.stringify(Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::IAM::Policy'));
  expect(policies).toContain('dynamodb:GetItem');
  expect(policies).toContain('kms:Decrypt');
  expect(policies).not.toContain('dynamodb:PutItem');
});

test('fails with a recovery period that DynamoDB does not have', () => {
  expect(() => table({ pointInTimeRecovery: BackupRetention.of(Duration.days(36)) })).toThrow(/`pointInTimeRecovery` must be at most 35 days, got: 36 days/);
});

test('says in the template why it can be restored for less than 35 days', () => {
  const { stack } = table({ pointInTimeRecovery: BackupRetention.shorter(Duration.days(1), 'prices that the exchange has too') });
  Template.fromStack(stack).hasResource('AWS::DynamoDB::GlobalTable', {
    Metadata: { 'cdk-trading-platform:shortBackupRetention': 'prices that the exchange has too' },
    Properties: { Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 1 } })] },
  });
});

test('stands for a table that exists already', () => {
  const own = testStack();
  const given = TradingTable.fromTradingTableAttributes(own, 'Given', { tableName: 'trades', globalIndexes: ['bySymbol'] });
  const role = new iam.Role(own, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  given.grantReadData(role);
  expect(JSON.stringify(Template.fromStack(own).findResources('AWS::IAM::Policy'))).toContain('table/trades/index/*');
});

test.each<[string, Partial<TradingTableProps>, RegExp]>([
  ['a copy in its own region', { replicas: [{ region: 'us-east-1' }] }, /`replicas` must not hold the region of the table itself, got: us-east-1/],
  ['a region twice', { replicas: [{ region: 'us-west-2' }, { region: 'us-west-2' }] }, /`replicas` must hold each region once, got: us-west-2, us-west-2/],
  ['a region that is a token', { replicas: [{ region: Lazy.string({ produce: () => 'us-west-2' }) }] }, /plain text, got a token/],
  ['a witness without strong consistency', { witnessRegion: 'us-west-2' }, /`witnessRegion` is for STRONG `consistency` only/],
  ['strong consistency in one region', { consistency: MultiRegionConsistency.STRONG }, /needs two `replicas`, or one and a `witnessRegion`, got: 0 and no witness/],
  ['strong consistency and expiry', {
    consistency: MultiRegionConsistency.STRONG, replicas: [{ region: 'us-west-2' }, { region: 'us-east-2' }], timeToLiveAttribute: 'expiresAt',
  }, /knows no expiry, and items of this table expire by `expiresAt`/],
  ['no room for a single write', { maxWriteRequestUnits: 0 }, /`maxWriteRequestUnits` must be a whole number, at least 1, got: 0/],
])('fails with %s', (_, props, message) => {
  expect(() => table(props)).toThrow(message);
});

test('fails when a copy has no key while the table has one, and says everything at once', () => {
  const stack = testStack();
  expect(() => new TradingTable(stack, 'Table', {
    partitionKey: key, encryptionKey: new kms.Key(stack, 'Key'), replicas: [{ region: 'us-west-2' }], witnessRegion: 'us-east-2',
  })).toThrow(/`encryptionKey` of us-west-2.*`witnessRegion` is for STRONG/);
});

test('fails with copies in a stack without a region', () => {
  const stack = testStack({ region: Lazy.string({ produce: () => 'us-east-1' }) });
  expect(() => new TradingTable(stack, 'Table', { partitionKey: key, replicas: [{ region: 'us-west-2' }] })).toThrow(/`replicas` need a stack with a concrete region/);
});
