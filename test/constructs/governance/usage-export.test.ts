import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { UsageExport } from '../../../src/constructs/governance/usage-export';
import { testStack } from '../../support/apps';

test('exports every line of the bill into a private bucket that outlives the stack', () => {
  const stack = testStack();
  const { bucket } = new UsageExport(stack, 'Usage');
  const template = Template.fromStack(stack);
  template.hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
    },
  });
  template.hasResource('AWS::BCMDataExports::Export', {
    Properties: {
      Export: Match.objectLike({
        DataQuery: Match.objectLike({ QueryStatement: Match.stringLikeRegexp('^SELECT .*line_item_unblended_cost.*resource_tags FROM COST_AND_USAGE_REPORT$') }),
        DestinationConfigurations: {
          S3Destination: Match.objectLike({
            S3Bucket: stack.resolve(bucket.bucketName),
            S3Prefix: 'usage',
            S3Region: 'us-east-1',
            S3OutputConfigurations: { OutputType: 'CUSTOM', Format: 'PARQUET', Compression: 'PARQUET', Overwrite: 'OVERWRITE_REPORT' },
          }),
        },
        RefreshCadence: { Frequency: 'SYNCHRONOUS' },
      }),
    },
    DependsOn: [Match.stringLikeRegexp('BucketPolicy')],
  });
});

test('lets in exports of this account only', () => {
  const stack = testStack();
  new UsageExport(stack, 'Usage');
  Template.fromStack(stack).hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({
        Sid: 'DeliverUsageExport',
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:GetBucketPolicy'],
        Principal: { Service: ['bcm-data-exports.amazonaws.com', 'billingreports.amazonaws.com'] },
        Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
      })]),
    },
  });
});

test('encrypts with a given key that the export may use', () => {
  const stack = testStack();
  new UsageExport(stack, 'Usage', { encryptionKey: new kms.Key(stack, 'Key'), removalPolicy: RemovalPolicy.DESTROY });
  const template = Template.fromStack(stack);
  template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete', Properties: { BucketEncryption: Match.anyValue() } });
  template.hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Principal: { Service: Match.arrayWith(['bcm-data-exports.amazonaws.com']) } })]) },
  });
});

test('uses a given bucket and defines none in its place', () => {
  const stack = testStack();
  const bucket = s3.Bucket.fromBucketName(stack, 'Given', 'billing-lake');
  expect(new UsageExport(stack, 'Usage', { bucket, bucketRegion: 'eu-west-1' }).bucket).toBe(bucket);
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::S3::Bucket', 0);
  template.hasResourceProperties('AWS::BCMDataExports::Export', {
    Export: { DestinationConfigurations: { S3Destination: { S3Bucket: 'billing-lake', S3Region: 'eu-west-1' } } },
  });
});

test('fails outside us-east-1', () => {
  const stack = new Stack(new App(), 'Test', { env: { region: 'eu-west-1' } });
  expect(() => new UsageExport(stack, 'Usage')).toThrow(/must be in us-east-1, where data exports are, got: eu-west-1/);
});

test('fails with everything that is wrong at once', () => {
  const stack = testStack();
  const bucket = s3.Bucket.fromBucketName(stack, 'Given', 'billing-lake');
  expect(() => new UsageExport(stack, 'Usage', { bucket, removalPolicy: RemovalPolicy.DESTROY, prefix: '', columns: ['*'] }))
    .toThrow(/`prefix`.*`columns` must hold names.*got: '\*'.*`removalPolicy` belongs to a bucket that is defined here/);
});
