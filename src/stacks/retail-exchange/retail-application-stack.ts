import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as triggers from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import type { RetailDataStack } from './retail-data-stack';
import { createIngress, healthAlarm } from './retail-ingress';
import type { RetailExchangeProps } from './retail-options';
import { MatchingService } from '../../constructs/compute/matching-service';
import { ServiceCapacity } from '../../constructs/compute/service-capacity';
import { TradingCluster } from '../../constructs/compute/trading-cluster';
import { TradingFunction } from '../../constructs/compute/trading-function';
import { TradingService } from '../../constructs/compute/trading-service';
import { TradingLoadBalancer } from '../../constructs/ingress/trading-load-balancer';
import { ManagedPrefixListIds } from '../../constructs/network/managed-prefix-lists';
import { TradingNetwork } from '../../constructs/network/trading-network';
import { TraceSampling } from '../../constructs/observability/trace-sampling';
import { ServiceDefinition } from '../../private/services.generated';
import { ServiceAlarms } from '../service-alarms';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** Properties of `RetailApplicationStack`. */
export interface RetailApplicationStackProps extends TradingStackProps {
  /** Network that the tasks run in. */
  readonly network: TradingNetwork;

  /** State that the services work on. */
  readonly data: RetailDataStack;

  /** Properties of the system. */
  readonly system: RetailExchangeProps;

  /** API tasks that run at least, on Fargate. */
  readonly apiMinCapacity: number;

  /** API tasks that run at most; those above the minimum run on Fargate Spot. */
  readonly apiMaxCapacity: number;

  /**
   * Ids of AWS's own prefix lists in the region.
   *
   * @default - known for us-east-1 and us-west-2
   */
  readonly prefixListIds?: ManagedPrefixListIds;

  /** Instruments as a JSON list, as the setup function takes them. */
  readonly instruments: string;

  /** Symbols that the streamer follows. */
  readonly symbols: string[];
}

/** The services of the home region: orders are accepted, matched and settled here. Keeps no state. */
export class RetailApplicationStack extends TradingStack {
  /** Cluster of all tasks. */
  public readonly cluster: TradingCluster;
  /** The backend API: orders, queries and WebSockets. */
  public readonly api: TradingService;
  /** Order matching, twice. */
  public readonly matching: MatchingService;
  /** Ticks from the exchange, on Spot. */
  public readonly streamer: TradingService;
  /** Events into the ledger and the tables. */
  public readonly settlement: TradingFunction;
  /** Schema of the ledger and instruments of the journal. */
  public readonly setup: TradingFunction;
  /** Runs the setup on each deployment that changes it. */
  public readonly setupTrigger: triggers.Trigger;
  /** Way in from CloudFront. */
  public readonly ingress: TradingLoadBalancer;
  /** Fires while no task of the API answers. */
  public readonly healthAlarm: cloudwatch.Alarm;
  /** Which requests are traced. */
  public readonly traces: TraceSampling;

  public constructor(scope: Construct, id: string, props: RetailApplicationStackProps) {
    super(scope, id, { description: 'Services and load balancer', ...props });
    const { network, data, system } = props;
    const { vpc, awsApiPeers } = network;
    const alarmActions = [data.alarms];
    const cacheNeeds = { cache: data.cache, cacheAuthToken: data.cache.authToken };
    const journalStream = data.journal.stream;
    // What services log is about orders, so their logs are in the same class of data.
    const common = { awsApiPeers, encryptionKey: data.keys.orders };

    this.setup = new TradingFunction(this, 'Setup', {
      vpc,
      ...common,
      definition: ServiceDefinition.setup({ ledgerAdminSecret: data.ledger.adminSecret, journalStream, instruments: props.instruments }),
    });
    this.setup.connections.allowToDefaultPort(data.ledger, 'setup migrates the ledger');
    this.settlement = new TradingFunction(this, 'Settlement', {
      vpc,
      ...common,
      definition: ServiceDefinition.settlement({
        settlementQueue: data.settlement.queue,
        deadLetterQueue: data.settlement.deadLetterQueue,
        ledger: data.ledger,
        orderBookTable: data.orderBook.table,
        tradesTable: data.trades.table,
        ordersTable: data.orderHistory.table,
      }),
    });
    this.cluster = new TradingCluster(this, 'Cluster', { vpc });
    const { cluster } = this.cluster;
    this.matching = new MatchingService(this, 'Matching', {
      ...cacheNeeds,
      ...common,
      cluster,
      journalStream,
      settlementQueue: data.settlement.queue,
      leaseTable: data.leases.table,
      snapshotBucket: data.coldStore.bucket,
      collector: system.collector,
    });
    this.streamer = new TradingService(this, 'Streamer', {
      ...common,
      cluster,
      // No order waits for a price: when AWS takes the task back, its successor is there within a minute.
      capacity: ServiceCapacity.fargateSpot(0),
      definition: ServiceDefinition.streamer({
        ...cacheNeeds, marketDataStream: data.marketData.stream, symbols: props.symbols, feedUrl: system.feedUrl,
      }),
    });
    this.api = new TradingService(this, 'Api', {
      ...common,
      // Sign-in pages are on the internet, and a pool that has any answers there alone.
      ...(data.federation === undefined ? {} : { vpcSubnets: network.egressSubnets, awsApiPeers: [...awsApiPeers, ec2.Peer.anyIpv4()] }),
      cluster,
      minCapacity: props.apiMinCapacity,
      maxCapacity: props.apiMaxCapacity,
      capacity: ServiceCapacity.fargateWithSpot(),
      collector: system.collector,
      definition: ServiceDefinition.referenceApi({
        ...cacheNeeds,
        journalStream,
        ledger: data.ledger,
        userPool: data.identity.userPool,
        userPoolClient: data.identity.client,
        federatedClient: data.federation?.client,
        ...signInPages(data),
        sessionsTable: data.sessions.table,
        operatorsGroup: data.identity.operatorsGroup,
        // Only here: a region that reads has no database that keys could be written to.
        apiKeysDatabase: data.ledger,
        apiKeysSecret: data.apiKeysSecret,
        ordersTable: data.orderHistory.table,
        // CloudFront and the load balancer: the address before theirs is the client's.
        admission: JSON.stringify({ trustedProxies: 2 }),
      }),
    });
    this.ingress = createIngress(this, {
      network,
      system,
      service: this.api,
      prefixListIds: props.prefixListIds,
      isHome: true,
      accessLogs: data.accessLogs.bucket,
      originSecret: data.originSecret?.valueIn(this),
      alarmActions,
    });
    this.healthAlarm = healthAlarm(this, this.ingress, alarmActions);
    new ServiceAlarms(this, 'Alarms', {
      api: this.api, matching: [this.matching], streamer: this.streamer, settlement: [this.settlement], actions: alarmActions,
    });
    this.traces = new TraceSampling(this, 'Traces');
    this.setupTrigger = new triggers.Trigger(this, 'RunSetup', {
      handler: this.setup.function,
      timeout: Duration.minutes(2),
      executeAfter: [this.setup],
      executeBefore: [this.settlement, this.matching, this.api],
    });
  }
}

/** What the API needs to sign people in on pages elsewhere. */
function signInPages({ federation, signInReturnUrl }: RetailDataStack) {
  if (federation === undefined || signInReturnUrl === undefined) return {};
  const providers = [...(federation.google === undefined ? [] : ['Google']), ...(federation.okta === undefined ? [] : ['Okta'])];
  return { signInPages: federation.domain.baseUrl(), signInReturnUrl, signInProviders: providers };
}
