import { RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { LedgerDatabase } from '../../../src';
import { givenVpc, testStack } from '../../support/apps';
import { resourcesOf } from '../../support/templates';

const stack = testStack();
const ledgerKey = new kms.Key(stack, 'LedgerKey');
const credentialsKey = new kms.Key(stack, 'CredentialsKey');
const ledger = new LedgerDatabase(stack, 'Ledger', { vpc: givenVpc(stack), encryptionKey: ledgerKey, credentialsKey });
const template = Template.fromStack(stack);

test('is Aurora PostgreSQL 17 that keeps what it has', () => {
  template.hasResource('AWS::RDS::DBCluster', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      Engine: 'aurora-postgresql',
      EngineVersion: Match.stringLikeRegexp('^17\\.'),
      DatabaseName: 'trading',
      DeletionProtection: true,
      BackupRetentionPeriod: 35,
      CopyTagsToSnapshot: true,
      StorageEncrypted: true,
      KmsKeyId: stack.resolve(ledgerKey.keyArn),
    },
  });
});

test('has a writer and a reader of the same class, none of them public', () => {
  template.resourceCountIs('AWS::RDS::DBInstance', 2);
  template.allResourcesProperties('AWS::RDS::DBInstance', { DBInstanceClass: 'db.r7g.large', PubliclyAccessible: false });
  template.hasResourceProperties('AWS::RDS::DBInstance', { PromotionTier: 1 });
});

test('lives in isolated subnets', () => {
  template.hasResourceProperties('AWS::RDS::DBSubnetGroup', { SubnetIds: [21, 22, 23].map((index) => `subnet-000000000000000${index}`) });
});

test('takes IAM tokens and nothing without TLS', () => {
  template.hasResourceProperties('AWS::RDS::DBCluster', { EnableIAMDatabaseAuthentication: true, EnableCloudwatchLogsExports: ['postgresql'] });
  template.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
    Parameters: Match.objectLike({ 'rds.force_ssl': '1', 'ssl_min_protocol_version': 'TLSv1.2' }),
  });
});

test('rotates the administrator\'s password, whose secret is kept under its own key', () => {
  template.hasResource('AWS::SecretsManager::Secret', {
    DeletionPolicy: 'Retain',
    Properties: { KmsKeyId: stack.resolve(credentialsKey.keyArn), GenerateSecretString: Match.objectLike({ SecretStringTemplate: '{"username":"ledger_admin"}' }) },
  });
  template.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
    HostedRotationLambda: Match.objectLike({ RotationType: 'PostgreSQLSingleUser' }),
    RotationRules: { ScheduleExpression: 'rate(30 days)' },
    RotateImmediatelyOnUpdate: false,
  });
  expect(stack.resolve(ledger.adminSecret.secretArn)).toEqual({ Ref: expect.stringContaining('Attachment') as string });
});

test('lets nobody in but the rotation, by reference', () => {
  const ingress = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::SecurityGroupIngress');
  expect(ingress.map(({ Properties }) => [Properties.SourceSecurityGroupId, Properties.FromPort]))
    .toEqual([[stack.resolve(ledger.rotationSecurityGroup.securityGroupId), 5433]]);
});

test('can be thrown away when that is said', () => {
  const throwaway = testStack();
  new LedgerDatabase(throwaway, 'Ledger', { vpc: givenVpc(throwaway), removalPolicy: RemovalPolicy.DESTROY });
  Template.fromStack(throwaway).hasResource('AWS::RDS::DBCluster', { DeletionPolicy: 'Delete', Properties: { DeletionProtection: false } });
});

test('stands for a cluster that exists already', () => {
  const own = testStack();
  const cluster = rds.DatabaseCluster.fromDatabaseClusterAttributes(own, 'Cluster', {
    clusterIdentifier: 'mine', clusterResourceIdentifier: 'cluster-ABC', port: 5432, clusterEndpointAddress: 'writer.example', readerEndpointAddress: 'reader.example',
  });
  const given = LedgerDatabase.fromDatabaseCluster(cluster, 'trading');
  expect([given.clusterResourceIdentifier, given.writerEndpoint.hostname, given.readerEndpoint.hostname, given.databaseName])
    .toEqual(['cluster-ABC', 'writer.example', 'reader.example', 'trading']);
});
