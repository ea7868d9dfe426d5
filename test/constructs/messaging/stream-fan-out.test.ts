import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { MarketDataStream } from '../../../src';
import { StreamFanOut } from '../../../src/constructs/messaging/stream-fan-out';
import { testStack } from '../../support/apps';
import { statementsOf } from '../../support/templates';

function define(lagThreshold?: Duration) {
  const stack = testStack();
  const { stream } = new MarketDataStream(stack, 'Stream', { encryptionKey: new kms.Key(stack, 'Key') });
  return { stack, stream, fanOut: new StreamFanOut(stack, 'FanOut', { stream, lagThreshold }) };
}

test('is a reader of its own, under a name of its own', () => {
  const { stack, stream } = define();
  new StreamFanOut(stack, 'Second', { stream });
  const consumers = Object.values(Template.fromStack(stack).findResources('AWS::Kinesis::StreamConsumer')) as Array<{ Properties: { ConsumerName: string; StreamARN: unknown } }>;
  expect(new Set(consumers.map(({ Properties }) => Properties.ConsumerName)).size).toBe(2);
  expect(consumers[0].Properties.StreamARN).toEqual(stack.resolve(stream.streamArn));
});

test('grants reading as this reader, and nothing that writes', () => {
  const { stack, fanOut } = define();
  const role = new iam.Role(stack, 'Reader', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  fanOut.grants.subscribe(role);
  const statements = statementsOf(stack, stack.getLogicalId(role.node.defaultChild as iam.CfnRole));
  expect(statements.flatMap(({ actions }) => actions).sort()).toEqual([
    'kinesis:DescribeStreamConsumer', 'kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:SubscribeToShard', 'kms:Decrypt',
  ]);
  expect(statements.find(({ actions }) => actions.includes('kinesis:SubscribeToShard'))?.resources).toEqual([stack.resolve(fanOut.consumer.streamConsumerArn)]);
});

test('alarms when the reader lags or is gone', () => {
  const { stack, stream } = define(Duration.seconds(2));
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'AWS/Kinesis', MetricName: 'SubscribeToShardEvent.MillisBehindLatest', Threshold: 2000, TreatMissingData: 'breaching',
    Dimensions: Match.arrayWith([{ Name: 'ConsumerName', Value: Match.stringLikeRegexp('^Test-FanOut-') }, { Name: 'StreamName', Value: stack.resolve(stream.streamName) as unknown }]),
  });
});

test('fails for a lag below what the metric shows', () => {
  expect(() => define(Duration.millis(500))).toThrow(/`lagThreshold` must be a second or more/);
});
