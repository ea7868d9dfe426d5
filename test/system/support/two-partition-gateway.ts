import { App } from 'aws-cdk-lib';
import { GatewayExchange, GatewayExchangeSize, PartitionMap } from '../../../src';

// Small, and yet with two partitions: what the sizes of 5,000 and 50,000 requests/s have.
new GatewayExchange(new App(), 'TwoPartitions', {
  size: GatewayExchangeSize.of({ requestsPerSecond: 100, apiTasks: 3, partitionMaps: [PartitionMap.oneLedger(2)] }),
  instrumentPartitions: { ETHUSDT: 1 },
});
