import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acceptPlainListener } from './acknowledgements-retail';
import { acceptTriggers } from './acknowledgements-shared';
import { ApplicationStack } from './application-stack';
import { DataStack } from './data-stack';
import { EdgeStack } from './edge-stack';
import { applyGuardrails } from './guardrails';
import { InstrumentOptions, instrumentsJson } from './instruments';
import { LedgerChoice } from './ledger-choice';
import { NetworkStack } from './network-stack';
import { OperationsStack } from './operations-stack';
import { MarketMirrorOptions, SimulationStack } from './realtime-simulator/simulation-stack';
import { startingBalancesJson } from './starting-balances';
import { TradingSystemProps } from './system-props';
import { CapacityPlan } from '../assurance/capacity/capacity-plan';
import { LibraryAcknowledgements } from '../assurance/library-acknowledgements';
import { CostAllocationTags } from '../constructs/governance/cost-allocation-tags';
import { ManagedPrefixListIds } from '../constructs/network/managed-prefix-lists';
import { TradingNetwork } from '../constructs/network/trading-network';
import { DashboardSection } from '../constructs/observability/dashboard-section';
import { ServiceLevelObjective } from '../constructs/observability/service-level-objective';
import { RecoveryObjective } from '../constructs/resilience/recovery-objective';
import { Faults } from '../private/faults';

/** Properties of `RealtimeSimulator`. */
export interface RealtimeSimulatorProps extends TradingSystemProps {
  /**
   * VPC to use.
   *
   * @default - a VPC over three zones is defined
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Ids of AWS's own prefix lists.
   *
   * @default - known for us-east-1 and us-west-2; must be given in other regions
   */
  readonly prefixListIds?: ManagedPrefixListIds;

  /**
   * Instruments that are traded.
   *
   * @default - BTCUSDT and ETHUSDT
   */
  readonly instruments?: InstrumentOptions[];

  /**
   * Symbols whose live prices are streamed and mirrored and whose candles are kept.
   *
   * @default - the symbols of the instruments
   */
  readonly symbols?: string[];

  /**
   * WebSocket of the exchange that prices come from, in Bybit's public protocol.
   *
   * @default - Bybit's spot market
   */
  readonly feedUrl?: string;

  /**
   * REST API of the exchange that candles come from, in Bybit's version 5.
   *
   * @default - Bybit
   */
  readonly marketUrl?: string;

  /**
   * Key that the exchange knows the nightly download by, as the plain value of a secret. Market data needs none.
   *
   * @default - none
   */
  readonly exchangeApiKey?: secretsmanager.ISecret;

  /**
   * API tasks that run at least: three keep their service when a zone is lost.
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
   * Simulation workers that run, on Spot capacity.
   *
   * @default 2
   */
  readonly simulationWorkers?: number;

  /**
   * How the live market is mirrored into the book, so that users' orders fill at live prices.
   *
   * @default - five levels around the live price
   */
  readonly mirror?: MarketMirrorOptions;

  /**
   * What the ledger runs on. Chosen once: CloudFormation refuses to make one of the other.
   *
   * @default LedgerChoice.aurora(ledgerInstanceType)
   */
  readonly ledger?: LedgerChoice;

  /**
   * Class of the ledger's writer and reader, where `ledger` does not say.
   *
   * @default - db.r7g.large
   */
  readonly ledgerInstanceType?: ec2.InstanceType;

  /**
   * Type of the cache's nodes.
   *
   * @default 'cache.t4g.medium'
   */
  readonly cacheNodeType?: string;

  /**
   * Whether people may create an account by themselves.
   *
   * @default true
   */
  readonly selfSignUp?: boolean;

  /**
   * What every account begins with: for the code of each asset an amount in its whole units, as a decimal number. An account is given it once,
   * when its user opens it, and again by each reset. An empty object gives nobody anything: then accounts are neither opened nor reset, and
   * operators deposit. Changing it changes openings and resets from then on, never what somebody has.
   *
   * @default - 100000 of the quote asset of the first instrument (USDT)
   */
  readonly startingBalances?: { [asset: string]: string };

  /**
   * Shortest time between two resets of an account.
   *
   * @default Duration.minutes(1)
   */
  readonly accountResetInterval?: Duration;
}

/** The document asks for real time and high availability without figures; these are ours. */
const PROMISE = ServiceLevelObjective.of({ availability: 99.9, latencyP99: Duration.millis(250) });
const RECOVERY = RecoveryObjective.of({ zone: { rto: Duration.minutes(2), rpo: Duration.seconds(0) } });

/**
 * A trading simulator with live prices: sticky WebSockets behind CloudFront, an API on Fargate, a matcher that reads a durable
 * journal, a PostgreSQL ledger, a cache for fan-out, a streamer for the market, workers on Spot that mirror it into the book, and the
 * history of every night. Six stacks below this construct: network, data, application, simulation, edge and operations. Deploy them
 * with `cdk deploy --all`.
 */
export class RealtimeSimulator extends Construct {
  /** The network. */
  public readonly network: TradingNetwork;
  /** Stack of the network; undefined with a VPC of your own. */
  public readonly networkStack?: NetworkStack;
  /** Everything that keeps state. */
  public readonly data: DataStack;
  /** The services. */
  public readonly application: ApplicationStack;
  /** Simulation workers and market history. */
  public readonly simulation: SimulationStack;
  /** CloudFront and its web ACL. */
  public readonly edge: EdgeStack;
  /** Promise, dashboard and budget. */
  public readonly operations: OperationsStack;
  /** What the system is held against quotas with; undefined without a workload. */
  public readonly capacity?: CapacityPlan;

  public constructor(scope: Construct, id: string, props: RealtimeSimulatorProps = {}) {
    super(scope, id);
    this.checkProps(props);
    const { env, endpoint, removalPolicy, environmentName } = props;
    const { json, symbols: traded } = instrumentsJson(props.instruments);
    const symbols = props.symbols ?? traded;
    const { prefixListIds, vpc } = props;
    // A VPC of your own needs no stack: an empty one could not be deployed.
    this.networkStack = vpc === undefined ? new NetworkStack(this, 'Network', { env, network: { prefixListIds } }) : undefined;
    this.network = this.networkStack?.network ?? new TradingNetwork(this, 'GivenNetwork', { vpc, prefixListIds });
    const { network } = this;
    this.data = new DataStack(this, 'Data', {
      env,
      network,
      ledger: props.ledger,
      ledgerInstanceType: props.ledgerInstanceType,
      cacheNodeType: props.cacheNodeType,
      selfSignUp: props.selfSignUp,
      // CloudFront's own name is not known before it is there, and it needs the data. The signature says what may be uploaded.
      uploadOrigins: [endpoint?.domainName === undefined ? 'https://*.cloudfront.net' : `https://${endpoint.domainName}`],
      alarmEmails: props.alarmEmails,
      removalPolicy,
    });
    const alarmTopic = this.data.alarmTopic!;
    this.application = new ApplicationStack(this, 'Application', {
      env,
      network,
      data: this.data,
      endpoint,
      environmentName,
      instruments: json,
      symbols,
      feedUrl: props.feedUrl,
      apiMinCapacity: props.apiMinCapacity,
      apiMaxCapacity: props.apiMaxCapacity,
      automations: props.simulationWorkers !== 0,
      startingBalances: startingBalancesJson(props.startingBalances, json),
      accountResetInterval: props.accountResetInterval,
      alarmActions: [alarmTopic],
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    });
    this.simulation = new SimulationStack(this, 'Simulation', {
      env,
      network,
      data: this.data,
      cluster: this.application.cluster.cluster,
      symbols,
      instruments: json,
      workers: props.simulationWorkers,
      mirror: props.mirror,
      marketUrl: props.marketUrl,
      exchangeApiKey: props.exchangeApiKey,
      environmentName,
      alarmActions: [alarmTopic],
    });
    this.edge = new EdgeStack(this, 'Edge', {
      env,
      endpoint,
      loadBalancer: this.application.ingress.loadBalancer,
      removalPolicy,
      // CloudFront's alarms are in us-east-1, and alarms act in their own region only.
      alarmActions: this.data.region === 'us-east-1' ? [alarmTopic] : undefined,
    });
    this.operations = this.createOperations(props);
    new CfnOutput(this.edge, 'SiteUrl', { value: this.edge.edge.url, description: 'URL of the simulator' });
    new CfnOutput(this.data, 'UserPoolId', { value: this.data.identity.userPool.userPoolId, description: 'User pool of traders and operators' });
    new CfnOutput(this.data, 'UserPoolClientId', { value: this.data.identity.client.userPoolClientId, description: 'Client that signs them in' });
    this.capacity = this.assure(props);
  }

  /** What is known to be wrong before anything is built. */
  private checkProps({ symbols, ledger, ledgerInstanceType, accountResetInterval }: RealtimeSimulatorProps): void {
    const faults = new Faults(this.node.path);
    faults.check(symbols === undefined || symbols.length > 0, '`symbols` must name one symbol at least, or be left out for those of the instruments');
    faults.check(ledger === undefined || ledgerInstanceType === undefined,
      '`ledgerInstanceType` must not be given beside `ledger`, which says it: LedgerChoice.aurora(type) or LedgerChoice.small({ instanceType })');
    faults.check(accountResetInterval === undefined || accountResetInterval.isUnresolved() || accountResetInterval.toSeconds() <= 86_400,
      `\`accountResetInterval\` must be at most a day, got: ${accountResetInterval}`);
    faults.throwIfAny();
  }

  private createOperations({ env, serviceLevelObjective, monthlyBudgetUsd }: RealtimeSimulatorProps): OperationsStack {
    const { application: { ingress, matching, settlement }, data, simulation } = this;
    const objective = serviceLevelObjective ?? PROMISE;
    // The load balancer counts in seconds, the promise is in milliseconds.
    const latency = (percentile: string) => new cloudwatch.MathExpression({
      expression: `${percentile}Seconds * 1000`,
      usingMetrics: { [`${percentile}Seconds`]: ingress.metricResponseTime({ statistic: percentile }) },
      label: percentile,
      period: Duration.minutes(1),
    });
    return new OperationsStack(this, 'Operations', {
      env,
      objective,
      indicators: { total: ingress.metricRequests(), errors: ingress.metricServerErrors(), latencyP99: latency('p99') },
      sections: [
        DashboardSection.api({
          requests: ingress.metricRequests(),
          errors: ingress.metricServerErrors(),
          latencies: [latency('p50'), latency('p99')],
          connections: ingress.metricActiveConnections(),
        }, objective),
        DashboardSection.orderPath({
          orders: data.journal.metricIncomingRecords(),
          journalAges: [matching.consumerA!, matching.consumerB!].map(({ streamConsumerName }, index) => new cloudwatch.Metric({
            namespace: 'AWS/Kinesis',
            metricName: 'SubscribeToShardEvent.MillisBehindLatest',
            dimensionsMap: { StreamName: data.journal.stream.streamName, ConsumerName: streamConsumerName },
            statistic: cloudwatch.Stats.MAXIMUM,
            period: Duration.minutes(1),
            label: `Replica ${index === 0 ? 'A' : 'B'}`,
          })),
          settlementAges: [data.settlement.metricAgeOfOldestMessage()],
          deadLetters: [data.settlement.metricHaltedMessages()],
        }),
        DashboardSection.data({ cpuUtilizations: [data.metricLedgerCpuUtilization()], connections: [data.metricLedgerConnections()] }),
      ],
      alarms: [
        data.settlement.haltedAlarm, data.settlement.ageAlarm, data.journal.writeThrottleAlarm, data.ledgerCpuAlarm,
        ingress.unhealthyAlarm, ...(settlement.errorAlarm === undefined ? [] : [settlement.errorAlarm]),
        simulation.historySync.failureAlarm, simulation.incompleteHistoryAlarm,
      ],
      alarmTopic: data.alarmTopic,
      monthlyBudgetUsd,
    });
  }

  /** Tags, capacity and recovery of everything that was built. */
  private assure(props: RealtimeSimulatorProps): CapacityPlan | undefined {
    new CostAllocationTags(this, 'Tags', {
      system: 'RealtimeSimulator',
      environment: props.environmentName ?? 'production',
      owner: props.owner ?? 'platform',
      costCenter: props.costCenter ?? 'trading',
    });
    acceptPlainListener(this.application.ingress);
    acceptTriggers(this.application);
    applyGuardrails(this);
    LibraryAcknowledgements.apply(this, { owner: 'platform', reviewBy: '2027-05-31' });
    // Prices and the mirrored market may pause for a minute; no accepted order depends on them.
    (props.recoveryObjective ?? RECOVERY).enforce(this, { except: [this.application.streamer, this.simulation] });
    const { workload, quotaIncreases } = props;
    return workload === undefined ? undefined : new CapacityPlan(this, 'Capacity', { workload, quotaIncreases });
  }
}
