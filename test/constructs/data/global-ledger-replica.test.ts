import { Duration, Lazy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { TradingStack } from '../../../src';
import { GlobalLedger } from '../../../src/constructs/data/global-ledger';
import { GlobalLedgerReplica, type GlobalLedgerReplicaProps } from '../../../src/constructs/data/global-ledger-replica';
import { LedgerDatabase } from '../../../src/constructs/data/ledger-database';
import { givenVpc, testApp, testStack } from '../../support/apps';

const existing = GlobalLedger.fromGlobalClusterIdentifier('trading-global', 'us-east-1', 'trading');

function synthesised(props: Partial<GlobalLedgerReplicaProps> = {}, region = 'us-west-2') {
  const stack = testStack({ region });
  const replica = new GlobalLedgerReplica(stack, 'Copy', { globalLedger: existing, vpc: givenVpc(stack), ...props });
  return { stack, replica, template: Template.fromStack(stack) };
}

test('joins the global database without an administrator of its own', () => {
  synthesised().template.hasResource('AWS::RDS::DBCluster', {
    DeletionPolicy: 'Retain',
    Properties: {
      Engine: 'aurora-postgresql', EngineVersion: Match.stringLikeRegexp('^17\\.'), GlobalClusterIdentifier: 'trading-global',
      MasterUsername: Match.absent(), MasterUserPassword: Match.absent(), DatabaseName: Match.absent(),
      StorageEncrypted: true, KmsKeyId: Match.anyValue(), DeletionProtection: true, BackupRetentionPeriod: 35,
      EnableIAMDatabaseAuthentication: true, Port: 5433,
    },
  });
});

test('is warm with one instance, not public, in isolated subnets', () => {
  const { template } = synthesised();
  template.resourceCountIs('AWS::RDS::DBInstance', 1);
  template.hasResourceProperties('AWS::RDS::DBInstance', { DBInstanceClass: 'db.r7g.large', PubliclyAccessible: false, PromotionTier: 0, MonitoringInterval: 60 });
  template.hasResourceProperties('AWS::RDS::DBSubnetGroup', { SubnetIds: [21, 22, 23].map((index) => `subnet-000000000000000${index}`) });
});

test('is headless when no instance is asked for', () => {
  const { template, replica } = synthesised({ instances: 0 });
  template.resourceCountIs('AWS::RDS::DBInstance', 0);
  template.resourceCountIs('AWS::IAM::Role', 0);
  expect(replica.instances).toEqual([]);
});

test('takes a larger class and more instances', () => {
  const { template } = synthesised({ instances: 2, instanceType: ec2.InstanceType.of(ec2.InstanceClass.R7G, ec2.InstanceSize.XLARGE) });
  template.resourceCountIs('AWS::RDS::DBInstance', 2);
  template.allResourcesProperties('AWS::RDS::DBInstance', { DBInstanceClass: 'db.r7g.xlarge' });
});

test('alarms where the copy is, with the loss that is accepted', () => {
  const { stack, replica, template } = synthesised({ maxLag: Duration.seconds(10) });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'AuroraGlobalDBRPOLag', Namespace: 'AWS/RDS', Threshold: 10000, TreatMissingData: 'breaching',
    Dimensions: [{ Name: 'DBClusterIdentifier', Value: stack.resolve(replica.cfnCluster.ref) }],
  });
});

test('uses a given key and defines none then', () => {
  const stack = testStack({ region: 'us-west-2' });
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-west-2:111111111111:key/1234');
  new GlobalLedgerReplica(stack, 'Copy', { globalLedger: existing, vpc: givenVpc(stack), encryptionKey });
  Template.fromStack(stack).resourceCountIs('AWS::KMS::Key', 0);
  Template.fromStack(stack).hasResourceProperties('AWS::RDS::DBCluster', { KmsKeyId: encryptionKey.keyArn });
});

test('is deployed after the primary region, and finds the global database there', () => {
  const app = testApp();
  const primary = new TradingStack(app, 'Primary', { env: { region: 'us-east-1' } });
  const secondary = new TradingStack(app, 'Secondary', { env: { region: 'us-west-2' } });
  const { cluster } = new LedgerDatabase(primary, 'Ledger', { vpc: givenVpc(primary) });
  const globalLedger = new GlobalLedger(primary, 'Global', { primary: cluster });
  new GlobalLedgerReplica(secondary, 'Copy', { globalLedger, vpc: givenVpc(secondary) });
  Template.fromStack(secondary).hasResourceProperties('AWS::RDS::DBCluster', { GlobalClusterIdentifier: Match.objectLike({ 'Fn::GetStackOutput': Match.anyValue() }) });
  expect(secondary.dependencies).toContain(primary);
});

test('fails in the region of the primary', () => {
  expect(() => synthesised({}, 'us-east-1')).toThrow(/`globalLedger` has its primary in us-east-1, where this copy would be too; put the copy into a stack of another region/);
});

test('fails in a stack without a region', () => {
  expect(() => synthesised({}, Lazy.string({ produce: () => 'us-west-2' }))).toThrow(/`globalLedger` needs concrete regions on both sides/);
});

test.each<[string, Partial<GlobalLedgerReplicaProps>, RegExp]>([
  ['17 instances', { instances: 17 }, /`instances` must be a whole number from 0 to 16, got: 17/],
  ['a lag that is always exceeded', { maxLag: Duration.millis(100) }, /`maxLag` must be at least a second/],
  ['PostgreSQL 14', { engineVersion: rds.AuroraPostgresEngineVersion.of('14.9', '14') }, /`engineVersion` must be Aurora PostgreSQL 15 or newer, got: 14.9/],
])('fails with %s', (_, props, message) => {
  expect(() => synthesised(props)).toThrow(message);
});
