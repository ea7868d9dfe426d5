import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AccessLogBucket, ColdStore } from '../../../src';
import { testStack } from '../../support/apps';

const stack = testStack();
const logs = new AccessLogBucket(stack, 'Logs');
const key = new kms.Key(stack, 'Key');
const store = new ColdStore(stack, 'Store', { accessLogs: logs.bucket, encryptionKey: key });
const template = Template.fromStack(stack);
const isStore = { VersioningConfiguration: { Status: 'Enabled' } };

test('is versioned, private and encrypted with the given key', () => {
  template.hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      ...isStore,
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
      BucketEncryption: { ServerSideEncryptionConfiguration: [Match.objectLike({ BucketKeyEnabled: true })] },
    },
  });
});

test('forgets old snapshots of the core and never a candle', () => {
  const rules = Match.arrayWith([{ Prefix: 'matcher-snapshots/', ExpirationInDays: 30, Status: 'Enabled' }]);
  template.hasResourceProperties('AWS::S3::Bucket', { ...isStore, LifecycleConfiguration: { Rules: rules } });
  const rendered = JSON.stringify(template.findResources('AWS::S3::Bucket', { Properties: isStore }));
  expect(rendered).not.toMatch(/"ExpirationInDays":\d+,"Prefix":"data\/"/);
});

test('logs access to a bucket whose policy lets S3 deliver', () => {
  template.hasResourceProperties('AWS::S3::Bucket', {
    ...isStore,
    LoggingConfiguration: { DestinationBucketName: stack.resolve(logs.bucket.bucketName), LogFilePrefix: 'cold-store/' },
  });
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    Bucket: stack.resolve(logs.bucket.bucketName),
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({ Action: 's3:PutObject', Principal: { Service: 'logging.s3.amazonaws.com' }, Effect: 'Allow' })]),
    },
  });
});

test('refuses calls without TLS', () => {
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    Bucket: stack.resolve(store.bucket.bucketName),
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]) },
  });
});
