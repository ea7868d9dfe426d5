import { Duration, Lazy, RemovalPolicy, Size, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { BackupRetention } from '../../../src/constructs/data/backup-retention';
import { LedgerInstance, type LedgerInstanceProps } from '../../../src/constructs/data/ledger-instance';
import { givenVpc, testStack } from '../../support/apps';
import { resourcesOf } from '../../support/templates';

const token = Token.asString({ Ref: 'Version' });

function synthesised(props: Partial<LedgerInstanceProps> = {}) {
  const stack = testStack();
  const ledger = new LedgerInstance(stack, 'Ledger', { vpc: givenVpc(stack), ...props });
  return { stack, ledger, template: Template.fromStack(stack) };
}

test('is PostgreSQL 17 with a standby in another zone, and keeps what it has', () => {
  synthesised().template.hasResource('AWS::RDS::DBInstance', {
    DeletionPolicy: 'Retain',
    Properties: {
      Engine: 'postgres', EngineVersion: Match.stringLikeRegexp('^17'), MultiAZ: true, PubliclyAccessible: false, StorageEncrypted: true, DBName: 'trading',
      DeletionProtection: true, BackupRetentionPeriod: 35, DeleteAutomatedBackups: false, EnableIAMDatabaseAuthentication: true, Port: '5433',
      StorageType: 'gp3', AllocatedStorage: '50', MaxAllocatedStorage: 200, MonitoringInterval: 60, EnablePerformanceInsights: true,
      EnableCloudwatchLogsExports: ['postgresql', 'upgrade'],
    },
  });
});

test('takes nothing without TLS', () => {
  synthesised().template.hasResourceProperties('AWS::RDS::DBParameterGroup', { Parameters: Match.objectLike({ 'rds.force_ssl': '1', 'ssl_min_protocol_version': 'TLSv1.2' }) });
});

test('stands wherever a ledger is asked for', () => {
  const { stack, ledger, template } = synthesised();
  const [id] = Object.keys(template.findResources('AWS::RDS::DBInstance'));
  expect(stack.resolve(ledger.clusterResourceIdentifier)).toEqual({ 'Fn::GetAtt': [id, 'DbiResourceId'] });
  expect(ledger.readerEndpoint).toBe(ledger.writerEndpoint);
  expect(ledger.connections.defaultPort?.toString()).toBe('5433');
});

test('rotates the password, and lets nobody in but the rotation, by reference', () => {
  const { stack, ledger, template } = synthesised();
  template.hasResourceProperties('AWS::SecretsManager::RotationSchedule', { RotateImmediatelyOnUpdate: false, HostedRotationLambda: Match.objectLike({ RotationType: 'PostgreSQLSingleUser' }) });
  const ingress = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::SecurityGroupIngress');
  expect(ingress.map(({ Properties }) => [Properties.SourceSecurityGroupId, Properties.FromPort]))
    .toEqual([[stack.resolve(ledger.rotationSecurityGroup.securityGroupId), 5433]]);
});

test('uses the given keys', () => {
  const stack = testStack();
  const [encryptionKey, credentialsKey] = ['Data', 'Credentials'].map((id) => new kms.Key(stack, id));
  new LedgerInstance(stack, 'Ledger', { vpc: givenVpc(stack), encryptionKey, credentialsKey });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::RDS::DBInstance', { KmsKeyId: stack.resolve(encryptionKey.keyArn), PerformanceInsightsKMSKeyId: stack.resolve(encryptionKey.keyArn) });
  template.hasResourceProperties('AWS::SecretsManager::Secret', { KmsKeyId: stack.resolve(credentialsKey.keyArn) });
});

test('alarms on processor, storage and memory', () => {
  const { template } = synthesised({ storage: Size.gibibytes(100) });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'FreeStorageSpace', Threshold: 10 * 1024 ** 3, ComparisonOperator: 'LessThanThreshold' });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'CPUUtilization', Threshold: 80 });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'FreeableMemory', ComparisonOperator: 'LessThanThreshold' });
});

test('can be thrown away when that is said', () => {
  synthesised({ removalPolicy: RemovalPolicy.DESTROY }).template.hasResource('AWS::RDS::DBInstance', { DeletionPolicy: 'Delete', Properties: { DeletionProtection: false } });
});

test('stands for an instance that exists already', () => {
  const own = testStack();
  const given = (instanceResourceId?: string) => rds.DatabaseInstance.fromDatabaseInstanceAttributes(own, `Given${instanceResourceId}`, {
    instanceIdentifier: 'mine', instanceResourceId, instanceEndpointAddress: 'db.example', port: 5432, securityGroups: [],
  });
  const ledger = LedgerInstance.fromDatabaseInstance(given('db-ABC'), 'trading');
  expect([ledger.clusterResourceIdentifier, ledger.writerEndpoint.socketAddress, ledger.readerEndpoint.socketAddress]).toEqual(['db-ABC', 'db.example:5432', 'db.example:5432']);
  expect(() => LedgerInstance.fromDatabaseInstance(given(), 'trading')).toThrow(/`instance` must have an `instanceResourceId`/);
});

test.each<[string, Partial<LedgerInstanceProps>, RegExp]>([
  ['PostgreSQL 14', { engineVersion: rds.PostgresEngineVersion.of('14.9', '14') }, /`engineVersion` must be PostgreSQL 15 or newer, got: 14.9/],
  ['10 GiB', { storage: Size.gibibytes(10) }, /`storage` must be at least 20 GiB, got: 10 GiB/],
  ['no room to grow', { storage: Size.gibibytes(100), maxStorage: Size.gibibytes(100) }, /`maxStorage` must be at least a tenth above/],
  ['storage that is a token', { storage: Size.gibibytes(Lazy.number({ produce: () => 50 })) }, /must be plain sizes.*got a token/],
  ['backups for a year', { backupRetention: BackupRetention.of(Duration.days(365)) }, /`backupRetention` must be at most 35 days, got: 365 days/],
  ['a version that is a token', { engineVersion: rds.PostgresEngineVersion.of(token, token) }, /`engineVersion` must be PostgreSQL 15 or newer, got: an unresolved token/],
])('fails with %s', (_, props, message) => {
  expect(() => synthesised(props)).toThrow(message);
});
