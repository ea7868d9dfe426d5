import { Environment } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { LayerStack } from './common';
import {
  JournalCluster, MarketDataArchive, MarketDataStream, MessageBroker, OrderJournal, PartitionedSettlementQueues, SettlementQueue,
  StreamFanOut, StreamReplay,
} from '../../../src';

/** Every construct of the layer in its minimal form; streams also with a key, which a rule does not like. */
export function messaging(scope: Construct, env?: Environment): void {
  const stack = new LayerStack(scope, 'Messaging', env);
  const { vpc, alarmActions, stream, store, encryptionKey } = stack;
  stack.create(OrderJournal, 'Journal');
  stack.create(MarketDataStream, 'MarketData');
  stack.create(OrderJournal, 'KeyedJournal', { encryptionKey });
  stack.create(MarketDataStream, 'KeyedMarketData', { encryptionKey });
  stack.create(SettlementQueue, 'Settlement');
  stack.create(PartitionedSettlementQueues, 'Partitions', { partitions: 2 });
  stack.create(StreamReplay, 'Replay', { stream, handler: stack.functionWithRole(), startAt: new Date('2027-01-01T00:00:00Z') });
  stack.create(MarketDataArchive, 'Archive', { stream, bucket: store, alarmActions });
  stack.create(StreamFanOut, 'FanOut', { stream, alarmActions });
  stack.create(MessageBroker, 'Broker', { vpc, queues: [{ name: 'orders' }], credentialsKey: encryptionKey, alarmActions });
  stack.create(JournalCluster, 'Cluster', { vpc, alarmActions });
}
