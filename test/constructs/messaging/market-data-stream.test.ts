import { Duration, Size, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { MarketDataStream, MarketDataStreamProps } from '../../../src/constructs/messaging/market-data-stream';
import { StreamCapacity } from '../../../src/constructs/messaging/stream-capacity';
import { testStack } from '../../support/apps';

function synthesised(props: MarketDataStreamProps = {}) {
  const stack = testStack();
  const marketData = new MarketDataStream(stack, 'MarketData', props);
  return { stack, marketData, template: Template.fromStack(stack) };
}

test('follows the load and keeps a day of ticks', () => {
  synthesised().template.hasResource('AWS::Kinesis::Stream', {
    DeletionPolicy: 'Retain',
    Properties: {
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      RetentionPeriodHours: 24,
      StreamEncryption: { EncryptionType: 'KMS' },
      ShardCount: Match.absent(),
    },
  });
});

test('has as many shards as the load needs', () => {
  const { template } = synthesised({ capacity: StreamCapacity.forLoad({ recordsPerSecond: 5000 }) });
  template.hasResourceProperties('AWS::Kinesis::Stream', { ShardCount: 8, StreamModeDetails: { StreamMode: 'PROVISIONED' } });
});

test('alarms when ticks are refused', () => {
  synthesised().template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'WriteProvisionedThroughputExceeded', Threshold: 0 });
});

test('stands for a stream that exists already', () => {
  const streamArn = 'arn:aws:kinesis:us-east-1:111111111111:stream/ticks';
  expect(MarketDataStream.fromMarketDataStreamAttributes(testStack(), 'Given', { streamArn }).streamName).toBe('ticks');
});

test('has a metric for what comes in and what is refused', () => {
  const { marketData } = synthesised();
  const metrics = [marketData.metricIncomingBytes(), marketData.metricIncomingRecords(), marketData.metricThrottledWrites()];
  expect(metrics.map(({ metricName }) => metricName))
    .toEqual(['IncomingBytes', 'IncomingRecords', 'WriteProvisionedThroughputExceeded']);
});

test.each<[string, Duration]>([
  ['less than a day', Duration.hours(23)], ['more than a year', Duration.days(366)], ['an hour and a half beyond a day', Duration.minutes(25 * 60 + 30)],
])('fails with a retention of %s', (_, retention) => {
  expect(() => synthesised({ retention })).toThrow(/`retention` must be whole hours from 24 hours to 365 days/);
});

test('fails with a retention that is a token', () => {
  expect(() => synthesised({ retention: Duration.hours(Token.asNumber({ Ref: 'Hours' })) })).toThrow(/`retention` must be a plain value, got an unresolved token/);
});

describe('a capacity', () => {
  test.each([
    ['by records', { recordsPerSecond: 7000, recordSize: Size.bytes(100) }, 10],
    ['by bytes', { recordsPerSecond: 1000, recordSize: Size.kibibytes(7) }, 10],
    ['with all of each shard', { recordsPerSecond: 1000, recordSize: Size.bytes(100), utilizationPercent: 100 }, 1],
    ['of one record a second', { recordsPerSecond: 1 }, 1],
  ])('%s', (_, load, shards) => {
    expect(StreamCapacity.forLoad(load).shardCount).toBe(shards);
  });

  test.each<[string, () => StreamCapacity, RegExp]>([
    ['no shards', () => StreamCapacity.shards(0), /`count` must be a whole number from 1/],
    ['shards that are a token', () => StreamCapacity.shards(Token.asNumber({ Ref: 'Shards' })), /`count`.*got: an unresolved token/],
    ['no records', () => StreamCapacity.forLoad({ recordsPerSecond: 0 }), /`recordsPerSecond` must be a whole number from 1/],
    ['records that Kinesis does not take', () => StreamCapacity.forLoad({ recordsPerSecond: 1, recordSize: Size.mebibytes(2) }), /`recordSize` must be from 1 byte to 1 MiB, got: 2097152 bytes/],
    ['more than all of a shard', () => StreamCapacity.forLoad({ recordsPerSecond: 1, utilizationPercent: 101 }), /`utilizationPercent` must be a whole number from 10 to 100, got: 101/],
  ])('fails with %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
