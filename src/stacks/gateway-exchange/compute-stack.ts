import { Duration } from 'aws-cdk-lib';
import * as servicediscovery from 'aws-cdk-lib/aws-servicediscovery';
import * as triggers from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { GatewayDataStack } from './data-stack';
import { GatewayExchangeSize } from './gateway-exchange-size';
import { PartitionMap } from './partition-map';
import { MatchingService } from '../../constructs/compute/matching-service';
import { TradingCluster } from '../../constructs/compute/trading-cluster';
import { TradingFunction } from '../../constructs/compute/trading-function';
import { TradingService } from '../../constructs/compute/trading-service';
import { TradingLoadBalancer } from '../../constructs/ingress/trading-load-balancer';
import { TradingNetwork } from '../../constructs/network/trading-network';
import { ServiceDefinition } from '../../private/services.generated';
import { ServiceAlarms } from '../service-alarms';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** Properties of `GatewayComputeStack`. */
export interface GatewayComputeStackProps extends TradingStackProps {
  /** Network that the tasks run in. */
  readonly network: TradingNetwork;

  /** State that the services work on. */
  readonly data: GatewayDataStack;

  /** How large everything is. */
  readonly size: GatewayExchangeSize;

  /** Partitions of this region and their ledgers. */
  readonly partitions: PartitionMap;

  /** Instruments as a JSON list, as the setup function takes them. */
  readonly instruments: string;

  /**
   * Partition by symbol; all others, and deposits, are on partition 0.
   *
   * @default - everything is on partition 0
   */
  readonly instrumentPartitions?: { [symbol: string]: number };

  /**
   * Whether the load balancer must first be unprotected before it can be deleted.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
}

/** The services of a region and their internal load balancer; keeps no state. */
export class GatewayComputeStack extends TradingStack {
  /** Cluster of all tasks. */
  public readonly cluster: TradingCluster;
  /** Takes orders and answers queries. */
  public readonly api: TradingService;
  /** Names of the matchers inside the network. */
  public readonly names: servicediscovery.PrivateDnsNamespace;
  /** The matcher of each partition, twice. */
  public readonly matching: MatchingService[];
  /** Events of each partition into its ledger, the read models and the trade stream. */
  public readonly settlement: TradingFunction[];
  /** Schema of each ledger, and instruments of the journal. */
  public readonly setup: TradingFunction[];
  /** Way in from API Gateway's VPC link. */
  public readonly ingress: TradingLoadBalancer;

  public constructor(scope: Construct, id: string, props: GatewayComputeStackProps) {
    super(scope, id, { description: 'Services and internal load balancer', ...props });
    const { network: { vpc, awsApiPeers }, data, size, partitions } = props;
    const alarmActions = [data.alarms];
    // What services log is about orders, so their logs are in the same class of data.
    const common = { vpc, awsApiPeers, encryptionKey: data.keys.orders, alarmActions };
    const cacheNeeds = { cache: data.cache, cacheAuthToken: data.cache.authToken };
    const journalStream = data.journal.stream;
    const byPartition = <T>(make: (partition: number, suffix: string) => T): T[] => (
      partitions.ledgers.map((_, partition) => make(partition, partition === 0 ? '' : String(partition))));

    const several = partitions.partitionCount > 1;
    const partitionMap = several ? JSON.stringify({ defaultPartition: 0, instruments: props.instrumentPartitions ?? {} }) : undefined;
    const named = new Set([0, ...Object.values(props.instrumentPartitions ?? {})]);
    const ledgerOf = (partition: number) => data.ledgers[partitions.ledgers[partition]];

    this.setup = data.ledgers.map((ledger, index) => {
      const fn = new TradingFunction(this, `Setup${index === 0 ? '' : index}`, {
        ...common,
        definition: ServiceDefinition.setup({
          ledgerAdminSecret: ledger.adminSecret,
          journalStream,
          instruments: props.instruments,
          partitionMap,
          partitions: several ? partitions.partitionsOf(index).map(String) : undefined,
        }),
      });
      fn.connections.allowToDefaultPort(ledger, 'setup migrates the ledger');
      return fn;
    });
    this.settlement = byPartition((partition, suffix) => new TradingFunction(this, `Settlement${suffix}`, {
      ...common,
      definition: ServiceDefinition.settlement({
        settlementQueue: data.settlement.queues[partition].queue,
        deadLetterQueue: data.settlement.queues[partition].deadLetterQueue,
        ledger: ledgerOf(partition),
        // Transfers between partitions arrive by the journal.
        journalStream: several ? journalStream : undefined,
        walletsTable: data.wallets.table,
        ordersTable: data.orders.table,
        tradeStream: data.trades.stream,
      }),
    }));
    this.cluster = new TradingCluster(this, 'Cluster', { vpc });
    const { cluster } = this.cluster;
    const task = { cluster, awsApiPeers, encryptionKey: data.keys.orders };
    this.names = new servicediscovery.PrivateDnsNamespace(this, 'Names', { name: 'trading.internal', vpc, description: 'Names of the matchers' });
    this.matching = byPartition((partition, suffix) => new MatchingService(this, `Matching${suffix}`, {
      ...cacheNeeds,
      ...task,
      namespace: this.names,
      partition,
      journalStream,
      settlementQueue: data.settlement.queues[partition].queue,
      leaseTable: data.leases.table,
      snapshotBucket: data.coldStore.bucket,
    }));
    this.api = new TradingService(this, 'Api', {
      ...task,
      minCapacity: size.apiTasks,
      maxCapacity: size.apiMaxTasks,
      definition: ServiceDefinition.referenceApi({
        ...cacheNeeds,
        journalStream,
        partitionMap,
        ledger: ledgerOf(0),
        ledgers: several ? byPartition(ledgerOf) : undefined,
        apiKeysDatabase: ledgerOf(0),
        apiKeysSecret: data.apiKeysSecret,
        // Lists and balances come from the tables, so that screens that ask again and again leave the ledgers alone.
        ordersTable: data.orders.table,
        walletsTable: data.wallets.table,
        userPool: data.identity.userPool,
        userPoolClient: data.identity.client,
        operatorsGroup: data.identity.operatorsGroup,
        sessionsTable: data.sessions.table,
        // CloudFront, API Gateway and the load balancer: the address before theirs is the client's.
        admission: JSON.stringify({ trustedProxies: 3 }),
        // A partition that the map does not name trades nothing, so nobody asks it.
        matcherEndpoints: this.matching.flatMap((matching, partition) => (named.has(partition) ? [endpointsOf(matching, partition)] : [])).join(','),
      }),
    });
    for (const matching of this.matching) matching.allowQueriesFrom(this.api);
    this.ingress = new TradingLoadBalancer(this, 'Ingress', {
      vpc,
      service: this.api,
      accessLogs: data.accessLogs.bucket,
      deletionProtection: props.deletionProtection,
      alarmActions,
    });
    new ServiceAlarms(this, 'Alarms', { api: this.api, matching: this.matching, settlement: this.settlement, actions: alarmActions });
    this.setup.forEach((handler, index) => new triggers.Trigger(this, `RunSetup${index === 0 ? '' : index}`, {
      handler: handler.function,
      timeout: Duration.minutes(2),
      executeAfter: [handler],
      executeBefore: [...this.settlement, ...this.matching, this.api],
    }));
    this.connectKafka(data);
  }

  /** Who would write and read the topics; the services of today use the journal and the queues. */
  private connectKafka({ kafka }: GatewayDataStack): void {
    if (kafka === undefined) return;
    const tasks = [this.api, ...this.matching.flatMap(({ serviceA, serviceB }) => [serviceA, serviceB])];
    for (const one of [...tasks, ...this.settlement]) one.connections.allowToDefaultPort(kafka, 'journal and settlement topics');
    kafka.grants.produce(this.api.taskRole, JOURNAL_TOPIC);
    for (const { taskRole } of tasks.slice(1)) {
      kafka.grants.consume(taskRole, JOURNAL_TOPIC, 'matchers');
      kafka.grants.produce(taskRole, SETTLEMENT_TOPIC);
    }
    for (const { role } of this.settlement) kafka.grants.consume(role, SETTLEMENT_TOPIC, 'settlement');
  }
}

/** Endpoints of a partition's matchers as the API takes them: those of partition 0 without its number. */
function endpointsOf({ queryEndpoints = '' }: MatchingService, partition: number): string {
  return partition === 0 ? queryEndpoints : queryEndpoints.split(',').map((endpoint) => `${partition}=${endpoint}`).join(',');
}

const JOURNAL_TOPIC = 'orders';
const SETTLEMENT_TOPIC = 'settlement';
