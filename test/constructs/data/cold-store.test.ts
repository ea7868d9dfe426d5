import { Duration, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AccessLogBucket, ColdStore, ColdStoreProps } from '../../../src';
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

test.each(['data/', 'ticks/', 'reports/', 'screenshots/'])('moves %s to where reading seldom costs little, and keeps it', (prefix) => {
  template.hasResourceProperties('AWS::S3::Bucket', {
    ...isStore,
    LifecycleConfiguration: { Rules: Match.arrayWith([{ Prefix: prefix, Status: 'Enabled', Transitions: [{ StorageClass: 'INTELLIGENT_TIERING', TransitionInDays: 1 }] }]) },
  });
});

test('is copied to another region if that is asked for', () => {
  const own = testStack();
  new ColdStore(own, 'Store', { replicateTo: s3.Bucket.fromBucketName(own, 'Other', 'other-region') });
  Template.fromStack(own).hasResourceProperties('AWS::S3::Bucket', { ReplicationConfiguration: { Rules: [Match.objectLike({ Status: 'Enabled' })] } });
});

test('takes forms of the named pages, and of none unless they are named', () => {
  const own = testStack();
  new ColdStore(own, 'Store', { uploadOrigins: ['https://trade.example.com', 'https://*.cloudfront.net'] });
  Template.fromStack(own).hasResourceProperties('AWS::S3::Bucket', {
    CorsConfiguration: { CorsRules: [{ AllowedMethods: ['POST'], AllowedOrigins: ['https://trade.example.com', 'https://*.cloudfront.net'], MaxAge: 3_600 }] },
  });
  template.hasResourceProperties('AWS::S3::Bucket', { ...isStore, CorsConfiguration: Match.absent() });
});

test('stands for a bucket that exists already', () => {
  expect(ColdStore.fromColdStoreAttributes(testStack(), 'Given', { bucketName: 'candles' }).bucketName).toBe('candles');
});

test('counts its bytes by storage class', () => {
  expect(store.metricSize('IntelligentTieringFAStorage')).toMatchObject({ metricName: 'BucketSizeBytes', dimensions: { StorageType: 'IntelligentTieringFAStorage' } });
});

test.each<[string, ColdStoreProps, RegExp]>([
  ['snapshots that nobody can read', { snapshotRetention: Duration.days(0) }, /`snapshotRetention` must be a whole number of days, at least 1/],
  ['a retention that is a token', { snapshotRetention: Duration.days(Token.asNumber({ Ref: 'Days' })) }, /`snapshotRetention` must be a plain value, got an unresolved token/],
  ['pages of everybody', { uploadOrigins: ['*'] }, /`uploadOrigins` must be origins of pages .* got: '\*'/],
  ['a page instead of its origin', { uploadOrigins: ['https://trade.example.com/'] }, /`uploadOrigins` must be origins/],
  ['pages of everybody with TLS', { uploadOrigins: ['https://*'] }, /`uploadOrigins` must be origins/],
  ['a key for copies and no copies', { replicationKey: key }, /`replicationKey` encrypts copies, and there are none/],
])('fails with %s', (_, props, message) => {
  expect(() => new ColdStore(testStack(), 'Store', props)).toThrow(message);
});
