/** Streams, queues and brokers as the documents set them. */
import { Duration, Size } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import {
  BrokerProtocol, JournalCluster, MarketDataArchive, MarketDataStream, MessageBroker, OrderJournal, SettlementQueue, StreamFanOut,
} from '../../../src';
import { PartitionedSettlementQueues } from '../../../src/constructs/messaging/partitioned-settlement-queues';
import { StreamCapacity } from '../../../src/constructs/messaging/stream-capacity';
import { StreamReplay } from '../../../src/constructs/messaging/stream-replay';
import type { Scenarios, ScenarioStack } from '../scenario';

const rebuild = (stack: ScenarioStack) => new lambda.Function(stack, 'Rebuild', {
  runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = async () => undefined;'),
});

export const messaging: Scenarios = {
  marketData: (stack) => {
    const { stream } = new MarketDataStream(stack, 'Ticks', { capacity: StreamCapacity.shards(4) });
    new StreamFanOut(stack, 'Reader', { stream });
  },
  replay: (stack) => {
    new StreamReplay(stack, 'Replay', { stream: stack.stream, handler: rebuild(stack), startAt: new Date('2025-12-10T00:00:00Z') });
  },
  archive: (stack) => {
    new MarketDataArchive(stack, 'Archive', { stream: stack.stream, bucket: stack.store, bufferInterval: Duration.minutes(5), bufferSize: Size.mebibytes(128) });
  },
  journal: (stack) => { new OrderJournal(stack, 'Journal'); },
  settlement: (stack) => { new SettlementQueue(stack, 'Settlement'); },
  partitionedSettlement: (stack) => { new PartitionedSettlementQueues(stack, 'Settlement', { partitions: 5 }); },
  kafka: (stack) => { new JournalCluster(stack, 'Journal', { vpc: stack.vpc }); },
  broker: (stack) => {
    const broker = new MessageBroker(stack, 'Broker', {
      vpc: stack.vpc,
      queues: [{ name: 'orders' }, { name: 'orders.BTCUSDT', depthThreshold: 100 }],
      routes: [{ source: 'orders', destination: 'orders.BTCUSDT', selector: "symbol = 'BTCUSDT'" }],
    });
    broker.allowFrom(stack.clients(), BrokerProtocol.AMQP);
    broker.allowFrom(stack.clients(), BrokerProtocol.MQTT);
  },
};
