import { Environment } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { LayerStack } from './common';
import {
  DedicatedCapacity, MatchingService, ScheduledTask, ServiceDefinition, SpotCapacity, SpotWorkers, TradingCluster, TradingFunction, TradingService,
} from '../../../src';

/** Every construct of the layer in its minimal form. */
export function compute(scope: Construct, env?: Environment): void {
  const stack = new LayerStack(scope, 'Compute', env);
  const { vpc, alarmActions, stream, store, cache, cacheAuthToken } = stack;
  const { cluster } = stack.create(TradingCluster, 'Cluster', { vpc });
  const definition = stack.definition();
  const settlementQueue = stack.queue('settlement.fifo');
  stack.create(TradingService, 'Service', { cluster, definition });
  stack.create(ScheduledTask, 'Nightly', { cluster, definition, alarmActions });
  stack.create(SpotWorkers, 'Workers', { cluster, definition, alarmActions, queue: stack.queue('work') });
  stack.create(MatchingService, 'Matching', {
    cluster,
    settlementQueue,
    journalStream: stream,
    leaseTable: dynamodb.Table.fromTableName(stack, 'GivenLeases', 'leases'),
    snapshotBucket: store,
    cache,
    cacheAuthToken,
  });
  stack.create(TradingFunction, 'Settlement', {
    vpc, definition: ServiceDefinition.settlement({ settlementQueue, deadLetterQueue: stack.queue('halted.fifo'), ledger: stack.ledger() }),
  });
  const notifications = sns.Topic.fromTopicArn(stack, 'GivenNotifications', 'arn:aws:sns:us-east-1:111111111111:instances');
  stack.create(SpotCapacity, 'Spot', { cluster, notifications });
  stack.create(DedicatedCapacity, 'Matchers', { cluster, notifications });
}
