import { Duration } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as servicediscovery from 'aws-cdk-lib/aws-servicediscovery';
import * as triggers from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { DataStack } from './data-stack';
import { ServiceAlarms } from './service-alarms';
import { TradingStack, TradingStackProps } from './trading-stack';
import { MatchingService } from '../constructs/compute/matching-service';
import { ServiceCapacity } from '../constructs/compute/service-capacity';
import { TradingCluster } from '../constructs/compute/trading-cluster';
import { TradingFunction } from '../constructs/compute/trading-function';
import { TradingService } from '../constructs/compute/trading-service';
import { PublicEndpoint } from '../constructs/edge/public-endpoint';
import { TradingLoadBalancer } from '../constructs/ingress/trading-load-balancer';
import { TradingNetwork } from '../constructs/network/trading-network';
import { ServiceDefinition } from '../private/services.generated';

/** Properties of `ApplicationStack`. */
export interface ApplicationStackProps extends TradingStackProps {
  /** Network that the tasks run in. */
  readonly network: TradingNetwork;

  /** State that the services work on. */
  readonly data: DataStack;

  /**
   * How users reach the system; a custom name gives the load balancer a certificate.
   *
   * @default PublicEndpoint.cloudFrontDomain()
   */
  readonly endpoint?: PublicEndpoint;

  /**
   * Name of the environment in the logs of the services. In 'production' they refuse to start with debugging on.
   *
   * @default 'production'
   */
  readonly environmentName?: string;

  /**
   * Who is told when an alarm of the services changes its state.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /** Instruments as a JSON list, as the setup function takes them. */
  readonly instruments: string;

  /** Symbols that the streamer follows. */
  readonly symbols: string[];

  /**
   * API tasks that run at least.
   *
   * @default 3
   */
  readonly apiMinCapacity?: number;

  /**
   * API tasks that run at most.
   *
   * @default 12
   */
  readonly apiMaxCapacity?: number;

  /**
   * Whether users may begin strategies, trailing stops and brackets: somebody has to run the workers that look after them.
   *
   * @default false
   */
  readonly automations?: boolean;

  /**
   * What every account begins with, as JSON: an amount in whole units by the code of the asset.
   *
   * @default - nothing: accounts are neither opened nor reset
   */
  readonly startingBalances?: string;

  /**
   * Shortest time between two resets of an account.
   *
   * @default Duration.minutes(1)
   */
  readonly accountResetInterval?: Duration;

  /**
   * WebSocket of the exchange that prices come from, in Bybit's public protocol.
   *
   * @default - Bybit's spot market
   */
  readonly feedUrl?: string;

  /**
   * Whether the load balancer must first be unprotected before it can be deleted.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
}

/** The services of a system and its load balancer; keeps no state. */
export class ApplicationStack extends TradingStack {
  /** Cluster of all tasks. */
  public readonly cluster: TradingCluster;
  /** Orders, queries and WebSockets. */
  public readonly api: TradingService;
  /** Names of the matchers inside the network. */
  public readonly names: servicediscovery.PrivateDnsNamespace;
  /** The matcher, twice. */
  public readonly matching: MatchingService;
  /** Ticks from the exchange. */
  public readonly streamer: TradingService;
  /** Events into the ledger. */
  public readonly settlement: TradingFunction;
  /** Schema of the ledger and instruments of the journal. */
  public readonly setup: TradingFunction;
  /** Runs the setup on each deployment that changes it, before anything that needs it. */
  public readonly setupTrigger: triggers.Trigger;
  /** Way in from CloudFront. */
  public readonly ingress: TradingLoadBalancer;

  public constructor(scope: Construct, id: string, props: ApplicationStackProps) {
    super(scope, id, { description: 'Services and load balancer', ...props });
    const { network, data, alarmActions, environmentName: environment } = props;
    const { vpc, awsApiPeers } = network;
    const cacheNeeds = { cache: data.cache, cacheAuthToken: data.cache.authToken };
    const journalStream = data.journal.stream;
    // What services log is about orders, so their logs are in the same class of data.
    const encryptionKey = data.keys.orders;

    this.setup = new TradingFunction(this, 'Setup', {
      alarmActions,
      vpc,
      awsApiPeers,
      encryptionKey,
      definition: ServiceDefinition.setup({ environment, ledgerAdminSecret: data.ledgerAdminSecret, journalStream, instruments: props.instruments }),
    });
    this.setup.connections.allowToDefaultPort(data.ledger, 'setup migrates the ledger');
    this.settlement = new TradingFunction(this, 'Settlement', {
      alarmActions,
      vpc,
      awsApiPeers,
      encryptionKey,
      definition: ServiceDefinition.settlement({
        environment,
        settlementQueue: data.settlement.queue,
        deadLetterQueue: data.settlement.deadLetterQueue,
        ledger: data.ledger,
      }),
    });

    this.cluster = new TradingCluster(this, 'Cluster', { vpc });
    const { cluster } = this.cluster;
    this.names = new servicediscovery.PrivateDnsNamespace(this, 'Names', { name: 'trading.internal', vpc, description: 'Names of the matchers' });
    this.matching = new MatchingService(this, 'Matching', {
      namespace: this.names,
      ...cacheNeeds,
      environment,
      cluster,
      awsApiPeers,
      encryptionKey,
      journalStream,
      settlementQueue: data.settlement.queue,
      leaseTable: data.leases.table,
      snapshotBucket: data.coldStore.bucket,
    });
    this.streamer = new TradingService(this, 'Streamer', {
      cluster,
      awsApiPeers,
      encryptionKey,
      definition: ServiceDefinition.streamer({
        environment,
        ...cacheNeeds,
        marketDataStream: data.marketData.stream,
        symbols: props.symbols,
        feedUrl: props.feedUrl,
      }),
    });
    this.api = new TradingService(this, 'Api', {
      cluster,
      awsApiPeers,
      encryptionKey,
      minCapacity: props.apiMinCapacity ?? 3,
      maxCapacity: props.apiMaxCapacity ?? 12,
      capacity: ServiceCapacity.fargateWithSpot(),
      definition: ServiceDefinition.referenceApi({
        environment,
        ...cacheNeeds,
        journalStream,
        ledger: data.ledger,
        apiKeysDatabase: data.ledger,
        apiKeysSecret: data.apiKeysSecret,
        userPool: data.identity.userPool,
        userPoolClient: data.identity.client,
        operatorsGroup: data.identity.operatorsGroup,
        sessionsTable: data.sessions.table,
        // Candles of past days, which the nightly run of the simulation writes.
        candlesBucket: data.coldStore.bucket,
        screenshotsBucket: data.coldStore.bucket,
        backtestTable: data.backtests.table,
        backtestQueue: data.backtestQueue.queue,
        reportsBucket: data.coldStore.bucket,
        automations: props.automations || undefined,
        startingBalances: props.startingBalances,
        matcherEndpoints: this.matching.queryEndpoints,
        // CloudFront and the load balancer: the address before theirs is the client's.
        admission: JSON.stringify({ trustedProxies: 2, secondsBetweenResets: props.accountResetInterval?.toSeconds() }),
      }),
    });
    this.matching.allowQueriesFrom(this.api);
    this.ingress = new TradingLoadBalancer(this, 'Ingress', {
      alarmActions,
      vpc,
      service: this.api,
      allowFrom: [network.cloudFrontOriginFacing],
      certificate: this.originCertificate(props.endpoint),
      accessLogs: data.accessLogs.bucket,
      deletionProtection: props.deletionProtection,
    });

    new ServiceAlarms(this, 'Alarms', {
      api: this.api, matching: [this.matching], streamer: this.streamer, settlement: [this.settlement], actions: alarmActions,
    });
    this.setupTrigger = new triggers.Trigger(this, 'RunSetup', {
      handler: this.setup.function,
      timeout: Duration.minutes(2),
      executeAfter: [this.setup],
      executeBefore: [this.settlement, this.matching, this.api],
    });
  }

  private originCertificate(endpoint?: PublicEndpoint): acm.ICertificate | undefined {
    if (endpoint?.domainName === undefined || endpoint.originCertificate !== undefined) return endpoint?.originCertificate;
    if (endpoint.hostedZone !== undefined) {
      return new acm.Certificate(this, 'Certificate', {
        domainName: endpoint.domainName,
        validation: acm.CertificateValidation.fromDns(endpoint.hostedZone),
      });
    }
    if (this.region !== 'us-east-1') {
      throw new Error(`the load balancer in ${this.region} cannot use CloudFront's certificate of ${endpoint.domainName}, which is in us-east-1; `
        + 'pass `originCertificate` or `hostedZone` to PublicEndpoint.customDomain');
    }
    return endpoint.certificate;
  }
}
