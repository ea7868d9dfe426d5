/** Logical ids of everything here that keeps state: another id is another resource, and the content of the old one stays behind. */
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { TradingUserPool } from '../../../src/constructs/identity/trading-user-pool';
import { JournalCluster } from '../../../src/constructs/messaging/journal-cluster';
import { MarketDataStream } from '../../../src/constructs/messaging/market-data-stream';
import { MessageBroker } from '../../../src/constructs/messaging/message-broker';
import { OrderJournal } from '../../../src/constructs/messaging/order-journal';
import { PartitionedSettlementQueues } from '../../../src/constructs/messaging/partitioned-settlement-queues';
import { SettlementQueue } from '../../../src/constructs/messaging/settlement-queue';
import { StreamReplay } from '../../../src/constructs/messaging/stream-replay';
import { DataKeys } from '../../../src/constructs/security/data-keys';
import { RotatedSecret } from '../../../src/constructs/security/rotated-secret';
import { givenVpc, testStack } from '../../support/apps';
import { givenFunction } from '../../support/given';
import { resourcesOf } from '../../support/templates';

const STATEFUL = [
  'AWS::AmazonMQ::Broker', 'AWS::Cognito::UserPool', 'AWS::KMS::Key', 'AWS::Kinesis::Stream', 'AWS::MSK::Cluster', 'AWS::SQS::Queue', 'AWS::SecretsManager::Secret',
];

test('are frozen, and what they belong to is retained', () => {
  const stack = testStack();
  const vpc = givenVpc(stack);
  new OrderJournal(stack, 'Journal');
  new MarketDataStream(stack, 'MarketData');
  new SettlementQueue(stack, 'Settlement');
  new PartitionedSettlementQueues(stack, 'Partitions', { partitions: 2 });
  new MessageBroker(stack, 'Broker', { vpc, queues: [{ name: 'orders' }] });
  new JournalCluster(stack, 'Cluster', { vpc });
  new TradingUserPool(stack, 'Identity');
  new DataKeys(stack, 'Keys');
  new RotatedSecret(stack, 'Secret', { description: 'Key of the market feed', rotationFunction: givenFunction(stack, 'Rotate') });
  const stream = kinesis.Stream.fromStreamArn(stack, 'Stream', 'arn:aws:kinesis:us-east-1:111111111111:stream/market-data');
  const handler = new lambda.Function(stack, 'Fill', { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = () => {}') });
  new StreamReplay(stack, 'Replay', { stream, handler, startAt: new Date('2025-12-10T00:00:00Z') });
  const stateful = Object.entries(resourcesOf(stack)).filter(([, { Type }]) => STATEFUL.includes(Type));
  expect(stateful.map(([id, { Type }]) => `${Type} ${id}`).sort()).toMatchInlineSnapshot(`
[
  "AWS::AmazonMQ::Broker BrokerE1355FD6",
  "AWS::Cognito::UserPool IdentityB9BD10AD",
  "AWS::KMS::Key ClusterLogsKey93796454",
  "AWS::KMS::Key KeysCredentials92347FCD",
  "AWS::KMS::Key KeysLedger7E0A7958",
  "AWS::KMS::Key KeysMarket2A7BB9E5",
  "AWS::KMS::Key KeysOrdersFC4D3FDA",
  "AWS::KMS::Key SecretKeyBCA64351",
  "AWS::Kinesis::Stream JournalF917C201",
  "AWS::Kinesis::Stream MarketData76741170",
  "AWS::MSK::Cluster ClusterEB0386A7",
  "AWS::SQS::Queue PartitionsPartition04F9E01F8",
  "AWS::SQS::Queue PartitionsPartition0DeadLetterQueue403C9F70",
  "AWS::SQS::Queue PartitionsPartition15D8BD308",
  "AWS::SQS::Queue PartitionsPartition1DeadLetterQueueD0319A73",
  "AWS::SQS::Queue ReplayFailed4D4D5E81",
  "AWS::SQS::Queue Settlement2616B688",
  "AWS::SQS::Queue SettlementDeadLetterQueue2F09A26D",
  "AWS::SecretsManager::Secret BrokerCredentialsF40440BA",
  "AWS::SecretsManager::Secret SecretFDB41899",
]
`);
  expect(stateful.filter(([, { DeletionPolicy }]) => DeletionPolicy !== 'Retain').map(([id]) => id)).toEqual([]);
});
