import { Duration, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ColdStore, MarketDataStream } from '../../../src';
import { MarketDataArchive, MarketDataArchiveProps } from '../../../src/constructs/messaging/market-data-archive';
import { testStack } from '../../support/apps';

function archive(change: Partial<MarketDataArchiveProps> = {}) {
  const stack = testStack();
  const key = new kms.Key(stack, 'Key');
  const { stream } = new MarketDataStream(stack, 'Stream', { encryptionKey: key });
  const { bucket } = new ColdStore(stack, 'Store', { encryptionKey: key });
  const construct = new MarketDataArchive(stack, 'Archive', { stream, bucket, ...change });
  return { stack, construct, stream, bucket, key, template: Template.fromStack(stack) };
}

const { stack, template, stream, bucket, key } = archive();

interface Processor { Type: string; Parameters: Array<{ ParameterName: string; ParameterValue: string }> }
interface Destination { ProcessingConfiguration: { Processors: Processor[] } }

test('writes one folder per symbol and day, compressed, errors apart', () => {
  template.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
    DeliveryStreamType: 'KinesisStreamAsSource',
    ExtendedS3DestinationConfiguration: Match.objectLike({
      Prefix: 'ticks/!{partitionKeyFromQuery:symbol}/!{timestamp:yyyy/MM/dd}/',
      ErrorOutputPrefix: 'ticks-errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/',
      CompressionFormat: 'GZIP',
      FileExtension: '.jsonl.gz',
      DynamicPartitioningConfiguration: { Enabled: true, RetryOptions: { DurationInSeconds: 300 } },
      BufferingHints: { IntervalInSeconds: 300, SizeInMBs: 64 },
    }),
  });
});

test('takes records of several documents apart and finds the symbol of each', () => {
  const [delivery] = Object.values(template.findResources('AWS::KinesisFirehose::DeliveryStream')) as Array<{ Properties: { ExtendedS3DestinationConfiguration: Destination } }>;
  const { Processors } = delivery.Properties.ExtendedS3DestinationConfiguration.ProcessingConfiguration;
  expect(Processors.map(({ Type, Parameters }) => [Type, ...Parameters.map(({ ParameterValue }) => ParameterValue)])).toEqual([
    ['RecordDeAggregation', 'JSON'], ['MetadataExtraction', '{symbol: .symbol}', 'JQ-1.6'], ['AppendDelimiterToRecord', '\\n'],
  ]);
});

test('may read this stream and write below its two prefixes, with the keys through their services', () => {
  const [policy] = Object.values(template.findResources('AWS::IAM::ManagedPolicy')) as Array<{ Properties: { PolicyDocument: { Statement: Array<Record<string, unknown>> } } }>;
  const statements = policy.Properties.PolicyDocument.Statement;
  expect(statements).toContainEqual(expect.objectContaining({ Resource: stack.resolve(stream.streamArn) as unknown, Action: expect.arrayContaining(['kinesis:GetRecords']) as unknown }));
  expect(statements).toContainEqual({
    Effect: 'Allow', Action: ['s3:AbortMultipartUpload', 's3:PutObject'], Resource: [stack.resolve(bucket.arnForObjects('ticks/*')), stack.resolve(bucket.arnForObjects('ticks-errors/*'))],
  });
  const keys = statements.filter(({ Resource }) => JSON.stringify(Resource) === JSON.stringify(stack.resolve(key.keyArn)));
  expect(keys.map(({ Condition }) => Condition)).toEqual([
    { StringEquals: { 'kms:ViaService': 'kinesis.us-east-1.amazonaws.com' } }, { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } },
  ]);
  template.resourceCountIs('AWS::IAM::Policy', 0);
});

test('encrypts the files with a given key', () => {
  const own = testStack();
  const encryptionKey = kms.Key.fromKeyArn(own, 'Given', 'arn:aws:kms:us-east-1:111111111111:key/1');
  const { stream: source } = new MarketDataStream(own, 'Stream');
  new MarketDataArchive(own, 'Archive', { stream: source, bucket: new ColdStore(own, 'Store').bucket, encryptionKey, prefix: 'data' });
  const other = Template.fromStack(own);
  other.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
    ExtendedS3DestinationConfiguration: Match.objectLike({ EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: 'arn:aws:kms:us-east-1:111111111111:key/1' } } }),
  });
  other.resourceCountIs('AWS::KMS::Key', 0);
});

test('alarms on old data, on lag and on too many symbols', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'DeliveryToS3.DataFreshness', Threshold: 900 });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'KinesisMillisBehindLatest', Threshold: 300000 });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'PartitionCountExceeded', Threshold: 0 });
  archive({ bufferInterval: Duration.minutes(15) }).template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'DeliveryToS3.DataFreshness', Threshold: 2700 });
});

test.each([
  [{ prefix: 'ticks/' }, /`prefix` must be names.*got: 'ticks\/'/],
  [{ prefix: '!{timestamp:yyyy}' }, /`prefix` must be names/],
  [{ symbolField: 'a.b' }, /`symbolField` must be the name of a field, got: 'a.b'/],
  [{ bufferInterval: Duration.seconds(59) }, /`bufferInterval` must be from 1 to 15 minutes, got: 59 seconds/],
  [{ bufferSize: Size.mebibytes(5) }, /`bufferSize` must be from 64 to 128 MiB.*got: 5 MiB/],
] as Array<[Partial<MarketDataArchiveProps>, RegExp]>)('fails for %j', (change, message) => {
  expect(() => archive(change)).toThrow(message);
});
