import * as ecs from 'aws-cdk-lib/aws-ecs';
import { givenVpc, testStack } from './apps';
import {
  ColdStore,
  LeaseTable,
  LedgerDatabase,
  MarketCache,
  MarketDataStream,
  OrderJournal,
  ServiceDefinition,
  SettlementQueue,
  TradingStack,
  TradingUserPool,
} from '../../src';

/** Everything that a service may need, in one stack. */
export function platform(stack: TradingStack = testStack()) {
  const vpc = givenVpc(stack);
  const settlement = new SettlementQueue(stack, 'SettlementQueue');
  const cache = new MarketCache(stack, 'Cache', { vpc });
  const identity = new TradingUserPool(stack, 'Identity');
  return {
    stack,
    vpc,
    settlement,
    cache,
    identity,
    cluster: new ecs.Cluster(stack, 'Cluster', { vpc, enableFargateCapacityProviders: true }),
    journal: new OrderJournal(stack, 'Journal'),
    marketData: new MarketDataStream(stack, 'MarketData'),
    ledger: new LedgerDatabase(stack, 'Ledger', { vpc }),
    leases: new LeaseTable(stack, 'Leases'),
    coldStore: new ColdStore(stack, 'ColdStore'),
  };
}

export type Platform = ReturnType<typeof platform>;

/** The API with what it needs from a platform. */
export function apiDefinition({ journal, cache, ledger, identity }: Platform): ServiceDefinition {
  return ServiceDefinition.referenceApi({
    journalStream: journal.stream,
    cache,
    cacheAuthToken: cache.authToken,
    ledger,
    userPool: identity.userPool,
    userPoolClient: identity.client,
  });
}

/** Settlement with what it needs from a platform. */
export function settlementDefinition({ settlement, ledger }: Platform): ServiceDefinition {
  return ServiceDefinition.settlement({ settlementQueue: settlement.queue, deadLetterQueue: settlement.deadLetterQueue, ledger });
}
