import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { BackupBucket, type BackupBucketProps } from '../../../src/constructs/data/backup-bucket';
import { BackupRetention } from '../../../src/constructs/data/backup-retention';
import { testStack } from '../../support/apps';

function synthesised(props: BackupBucketProps = {}) {
  const stack = testStack();
  const backups = new BackupBucket(stack, 'Backups', props);
  return { stack, backups, template: Template.fromStack(stack) };
}

test('locks what is in it for 35 days and keeps it for a year', () => {
  synthesised().template.hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'Retain',
    Properties: {
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 35 } } },
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 365, NoncurrentVersionExpiration: { NoncurrentDays: 35 }, Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 30 }] })] },
    },
  });
});

test('tells EventBridge what arrives, without a function of the library', () => {
  const { template } = synthesised();
  template.hasResourceProperties('AWS::S3::Bucket', { NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } } });
  template.resourceCountIs('AWS::Lambda::Function', 0);
  template.resourceCountIs('AWS::Logs::ResourcePolicy', 1);
});

test('has a key of its own, or the given one', () => {
  synthesised().template.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } });
  const stack = testStack();
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1234');
  new BackupBucket(stack, 'Backups', { encryptionKey });
  Template.fromStack(stack).resourceCountIs('AWS::KMS::Key', 0);
  Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', {
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [Match.objectLike({
        ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: encryptionKey.keyArn }, BucketKeyEnabled: true,
      })],
    },
  });
});

test('binds the root user too when that is asked for', () => {
  synthesised({ objectLock: s3.ObjectLockRetention.compliance(Duration.days(90)) }).template.hasResourceProperties('AWS::S3::Bucket', {
    ObjectLockConfiguration: Match.objectLike({ Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 90 } } }),
  });
});

test('copies to a bucket of another region', () => {
  const stack = testStack();
  new BackupBucket(stack, 'Backups', { replicateTo: s3.Bucket.fromBucketName(stack, 'Other', 'other-region') });
  Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', { ReplicationConfiguration: { Rules: [Match.objectLike({ Status: 'Enabled', SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } } })] } });
});

test('can be thrown away when that is said', () => {
  synthesised({ removalPolicy: RemovalPolicy.DESTROY }).template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
});

test('fails when objects would expire before their lock', () => {
  expect(() => synthesised({ retention: BackupRetention.shorter(Duration.days(30), 'exports of a test market') })).toThrow(/`retention` must not be shorter than `objectLock` of 35 days, got: 30 days/);
});

test('fails with a key for copies and no copies', () => {
  const stack = testStack();
  expect(() => new BackupBucket(stack, 'Backups', { replicationKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-west-2:111111111111:key/1') })).toThrow(/`replicationKey` encrypts copies, and there are none/);
});

test('stands for a bucket of backups that exists already', () => {
  const stack = testStack();
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1234');
  const completionLog = logs.LogGroup.fromLogGroupName(stack, 'Log', 'exports');
  const given = BackupBucket.fromBackupBucketAttributes({ bucket: s3.Bucket.fromBucketName(stack, 'Given', 'backups'), encryptionKey, completionLog });
  expect([given.bucket.bucketName, given.encryptionKey, given.completionLog]).toEqual(['backups', encryptionKey, completionLog]);
});
