import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { BackupRetention } from '../../../src/constructs/data/backup-retention';
import { LedgerCapacity } from '../../../src/constructs/data/ledger-capacity';
import { LedgerCluster } from '../../../src/constructs/data/ledger-cluster';
import type { LedgerClusterProps } from '../../../src/constructs/data/ledger-cluster-options';
import { givenVpc, testStack } from '../../support/apps';
import { resourcesOf, statementsOf } from '../../support/templates';

const token = Token.asString({ Ref: 'Version' });

function synthesised(props: Partial<LedgerClusterProps> = {}) {
  const stack = testStack();
  const ledger = new LedgerCluster(stack, 'Ledger', { vpc: givenVpc(stack), ...props });
  return { stack, ledger, template: Template.fromStack(stack) };
}

test('is what the ledger is without any choice: a writer and a reader of Aurora PostgreSQL 17 that are kept', () => {
  const { template } = synthesised();
  template.hasResource('AWS::RDS::DBCluster', {
    DeletionPolicy: 'Retain',
    Properties: {
      Engine: 'aurora-postgresql', EngineVersion: Match.stringLikeRegexp('^17\\.'), DatabaseName: 'trading', DeletionProtection: true, BackupRetentionPeriod: 35,
      EnableIAMDatabaseAuthentication: true, StorageEncrypted: true, StorageType: 'aurora', Port: 5433, EnableCloudwatchLogsExports: ['postgresql'], ServerlessV2ScalingConfiguration: Match.absent(),
    },
  });
  template.resourceCountIs('AWS::RDS::DBInstance', 2);
  template.allResourcesProperties('AWS::RDS::DBInstance', { DBInstanceClass: 'db.r7g.large', PubliclyAccessible: false, MonitoringInterval: 60, EnablePerformanceInsights: true });
  template.hasResourceProperties('AWS::RDS::DBInstance', { PromotionTier: 1 });
  template.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', { Parameters: Match.objectLike({ 'rds.force_ssl': '1', 'shared_preload_libraries': 'pg_stat_statements' }) });
});

test('grows and shrinks by itself, and says when it cannot grow further', () => {
  const { ledger, template } = synthesised({ capacity: LedgerCapacity.serverless({ minAcu: 1, maxAcu: 32 }), readers: 2 });
  template.hasResourceProperties('AWS::RDS::DBCluster', { ServerlessV2ScalingConfiguration: { MinCapacity: 1, MaxCapacity: 32 } });
  template.allResourcesProperties('AWS::RDS::DBInstance', { DBInstanceClass: 'db.serverless' });
  template.hasResourceProperties('AWS::RDS::DBInstance', { PromotionTier: 1 });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ACUUtilization', Threshold: 90 });
  expect(ledger.capacityAlarm).toBeDefined();
});

test('pauses when nobody is connected, if that is asked for', () => {
  synthesised({ capacity: LedgerCapacity.serverless({ minAcu: 0, maxAcu: 4, pauseAfter: Duration.minutes(10) }) }).template
    .hasResourceProperties('AWS::RDS::DBCluster', { ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 4, SecondsUntilAutoPause: 600 } });
});

test('adds readers with the load and never takes those that are always there', () => {
  const { ledger, template } = synthesised({ readers: 2, readerScaling: { maxReaders: 5 } });
  expect([ledger.readerTarget?.maxCapacity, ledger.readerPolicy?.policyType]).toEqual([5, 'TargetTrackingScaling']);
  template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { ServiceNamespace: 'rds', ScalableDimension: 'rds:cluster:ReadReplicaCount', MinCapacity: 2, MaxCapacity: 5 });
  template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
    TargetTrackingScalingPolicyConfiguration: Match.objectLike({ TargetValue: 70, PredefinedMetricSpecification: { PredefinedMetricType: 'RDSReaderAverageCPUUtilization' } }),
  });
});

test('pays nothing for I/O and keeps statistics for 15 months when that is asked for', () => {
  const { template } = synthesised({ ioOptimized: true, databaseInsights: rds.DatabaseInsightsMode.ADVANCED });
  template.hasResourceProperties('AWS::RDS::DBCluster', { StorageType: 'aurora-iopt1', DatabaseInsightsMode: 'advanced', PerformanceInsightsRetentionPeriod: 465 });
});

test('holds commits back rather than losing more than is allowed', () => {
  synthesised({ globalRecoveryPoint: Duration.minutes(1) }).template.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', { Parameters: Match.objectLike({ 'rds.global_db_rpo': '60' }) });
});

test('writes results of queries below one folder of a bucket', () => {
  const stack = testStack();
  const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey: new kms.Key(stack, 'Key') });
  const ledger = new LedgerCluster(stack, 'Ledger', { vpc: givenVpc(stack), exportTo: bucket });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::RDS::DBCluster', { AssociatedRoles: [{ FeatureName: 's3Export', RoleArn: stack.resolve(ledger.exportRole?.roleArn) }] });
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: {
      Statement: [
        Match.objectLike({ Action: ['s3:AbortMultipartUpload', 's3:PutObject'], Resource: { 'Fn::Join': ['', [Match.anyValue(), '/ledger-exports/*']] } }),
        Match.objectLike({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'] }),
      ],
    },
  });
});

test('lets nobody in but the rotation, by reference', () => {
  const { stack, ledger } = synthesised();
  const ingress = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::SecurityGroupIngress');
  expect(ingress.map(({ Properties }) => [Properties.SourceSecurityGroupId, Properties.FromPort]))
    .toEqual([[stack.resolve(ledger.rotationSecurityGroup.securityGroupId), 5433]]);
});

test('warns of a ledger without a reader and has no alarm on its delay', () => {
  const { stack, ledger } = synthesised({ readers: 0 });
  Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('takes up to ten minutes'));
  expect(ledger.replicaLagAlarm).toBeUndefined();
});

test('can be thrown away when that is said', () => {
  synthesised({ removalPolicy: RemovalPolicy.DESTROY }).template.hasResource('AWS::RDS::DBCluster', { DeletionPolicy: 'Delete', Properties: { DeletionProtection: false } });
});

test('takes another class', () => {
  synthesised({ capacity: LedgerCapacity.provisioned(ec2.InstanceType.of(ec2.InstanceClass.R8G, ec2.InstanceSize.XLARGE)) }).template
    .allResourcesProperties('AWS::RDS::DBInstance', { DBInstanceClass: 'db.r8g.xlarge' });
});

test('says in the template why backups are kept for less than 35 days', () => {
  synthesised({ backupRetention: BackupRetention.shorter(Duration.days(7), 'a copy of staging data, made again every night') }).template.hasResource('AWS::RDS::DBCluster', {
    Metadata: { 'cdk-trading-platform:shortBackupRetention': 'a copy of staging data, made again every night' },
    Properties: { BackupRetentionPeriod: 7 },
  });
});

test('lets a principal sign in as one user and as nobody else', () => {
  const stack = testStack();
  const ledger = new LedgerCluster(stack, 'Ledger', { vpc: givenVpc(stack) });
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  ledger.grants.connect(role, 'api');
  const [statement] = statementsOf(stack, stack.getLogicalId(role.node.defaultChild as iam.CfnRole));
  expect(statement.actions).toEqual(['rds-db:connect']);
  expect(JSON.stringify(statement.resources)).toMatch(/:rds-db:us-east-1:.*:dbuser:.*DBClusterResourceId.*\/api/);
  expect(() => ledger.grants.connect(role, '*')).toThrow(/`user` must be the name of one user of the database, got: '\*'/);
});

test('watches memory, commits and size by their official names', () => {
  const { ledger } = synthesised();
  expect([ledger.metricFreeableMemory(), ledger.metricCommitLatency(), ledger.metricCapacityUtilization(), ledger.metricDatabaseConnections()]
    .map(({ metricName, statistic }) => `${metricName} ${statistic}`)).toEqual(['FreeableMemory Minimum', 'CommitLatency Average', 'ACUUtilization Maximum', 'DatabaseConnections Maximum']);
});

test('stands for a database that exists already, into which services are let', () => {
  const own = testStack();
  const group = ec2.SecurityGroup.fromSecurityGroupId(own, 'Group', 'sg-0123456789abcdef0');
  const given = LedgerCluster.fromLedgerAttributes(own, 'Given', { clusterResourceIdentifier: 'cluster-ABC', writerAddress: 'writer.example', securityGroups: [group] });
  expect([given.writerEndpoint.socketAddress, given.readerEndpoint.socketAddress, given.databaseName]).toEqual(['writer.example:5432', 'writer.example:5432', 'trading']);
  given.connections.allowDefaultPortFrom(ec2.SecurityGroup.fromSecurityGroupId(own, 'Service', 'sg-0fedcba9876543210'));
  Template.fromStack(own).hasResourceProperties('AWS::EC2::SecurityGroupIngress', { GroupId: 'sg-0123456789abcdef0', FromPort: 5432, SourceSecurityGroupId: 'sg-0fedcba9876543210' });
});

test.each<[string, Partial<LedgerClusterProps>, RegExp]>([
  ['16 readers', { readers: 16 }, /`readers` must be a whole number from 0 to 15, got: 16/],
  ['fewer readers at most than always', { readers: 2, readerScaling: { maxReaders: 2 } }, /`readerScaling.maxReaders` must be a whole number from 3 to 15, above `readers`, got: 2/],
  ['scaling without a reader to look at', { readers: 0, readerScaling: { maxReaders: 2 } }, /`readerScaling` needs `readers` of at least 1/],
  ['PostgreSQL 14', { engineVersion: rds.AuroraPostgresEngineVersion.of('14.9', '14') }, /`engineVersion` must be Aurora PostgreSQL 15 or newer, got: 14.9/],
  ['a recovery point of ten seconds', { globalRecoveryPoint: Duration.seconds(10) }, /`globalRecoveryPoint` must be at least 20 seconds/],
  ['36 days of backups', { backupRetention: BackupRetention.of(Duration.days(36)) }, /`backupRetention` must be at most 35 days, got: 36 days; keep copies for longer with `TradingBackup`/],
  ['a version that is a token', { engineVersion: rds.AuroraPostgresEngineVersion.of(token, token) }, /`engineVersion` must be Aurora PostgreSQL 15 or newer, got: an unresolved token/],
  ['readers that are a token', { readers: Token.asNumber({ Ref: 'Readers' }) }, /`readers` must be a whole number from 0 to 15, got: an unresolved token/],
  ['a size that is a token', { capacity: LedgerCapacity.serverless({ maxAcu: Token.asNumber({ Ref: 'Acu' }) }) }, /`capacity.maxAcu` must be a plain value, got an unresolved token/],
  ['a third of an ACU', { capacity: LedgerCapacity.serverless({ minAcu: 0.3 }) }, /`capacity.minAcu` must be from 0 to 256 in halves, got: 0.3/],
  ['a largest size below the least', { capacity: LedgerCapacity.serverless({ minAcu: 8, maxAcu: 4 }) }, /`capacity.maxAcu` must not be below `minAcu` of 8, got: 4/],
  ['a pause of a ledger that never rests', { capacity: LedgerCapacity.serverless({ minAcu: 1, pauseAfter: Duration.minutes(5) }) }, /`capacity.pauseAfter` needs `minAcu` 0, got: 1/],
])('fails with %s', (_, props, message) => {
  expect(() => synthesised(props)).toThrow(message);
});
