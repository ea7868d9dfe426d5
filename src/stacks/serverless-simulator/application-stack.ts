import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { acceptConnections, acceptPublicRoutes } from './acknowledgements';
import { backendRoutes, functionRoutes, Group, groupsOf } from './api-routes';
import { SimulatorDataStack } from './data-stack';
import { ScheduledFunction } from './schedules';
import { SimulatorApi, SimulatorStage } from './simulator-stage';
import { ServiceCapacity } from '../../constructs/compute/service-capacity';
import { SpotWorkers } from '../../constructs/compute/spot-workers';
import { TradingCluster } from '../../constructs/compute/trading-cluster';
import { TradingFunction } from '../../constructs/compute/trading-function';
import { TradingService } from '../../constructs/compute/trading-service';
import { RegionalWebAcl } from '../../constructs/edge/regional-web-acl';
import { RestApiBackend } from '../../constructs/ingress/rest-api-backend';
import { ServerlessRestApi } from '../../constructs/ingress/serverless-rest-api';
import { TradingLoadBalancer } from '../../constructs/ingress/trading-load-balancer';
import { TradingRestApi } from '../../constructs/ingress/trading-rest-api';
import { TradingWebSocketApi } from '../../constructs/ingress/trading-web-socket-api';
import { TradingNetwork } from '../../constructs/network/trading-network';
import { ServiceDefinition } from '../../private/services.generated';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** Properties of `SimulatorApplicationStack`. */
export interface SimulatorApplicationStackProps extends TradingStackProps {
  /** How far the simulator is built. */
  readonly stage: SimulatorStage;
  /** What answers the API. */
  readonly api: SimulatorApi;
  /** State that it works on. */
  readonly data: SimulatorDataStack;
  /**
   * Network of the containers.
   *
   * @default - none; needed for containers
   */
  readonly network?: TradingNetwork;
  /** Instruments as a JSON list. */
  readonly instruments: string;
  /** Symbols whose prices are taken. */
  readonly symbols: string[];
  /** Play money of a new account. */
  readonly startBalance: string;
  /**
   * Public REST API of the exchange.
   *
   * @default - Bybit
   */
  readonly marketUrl?: string;
  /**
   * Past days whose candles are fetched.
   *
   * @default 30
   */
  readonly backfillDays?: number;
  /**
   * Workers at most.
   *
   * @default 4
   */
  readonly maxWorkers?: number;
  /**
   * Whether API Gateway's account-wide role for logs is defined here.
   *
   * @default true
   */
  readonly accountLogging?: boolean;
  /**
   * What happens to logs when they leave the stack; the load balancer is protected unless it is DESTROY.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Times per minute that prices are taken when somebody may be listening. */
const LIVE_ROUNDS = 12;

/** The functions and containers of a serverless simulator; keeps no state. */
export class SimulatorApplicationStack extends TradingStack {
  /** Web ACL of the API: lets in what comes through our CloudFront. */
  public readonly webAcl: RegionalWebAcl;
  /** Functions of the API by group; the MVP's one function is all of them. Empty with containers. */
  public readonly functions: { [group: string]: TradingFunction } = {};
  /** The API of functions; undefined with containers. */
  public readonly serverlessApi?: ServerlessRestApi;
  /** The API of containers; undefined with functions. */
  public readonly containerApi?: TradingRestApi;
  /** The containers of the API; undefined with functions. */
  public readonly service?: TradingService;
  /** Their load balancer; undefined with functions. */
  public readonly ingress?: TradingLoadBalancer;
  /** Cluster of all containers; undefined without. */
  public readonly cluster?: TradingCluster;
  /** Takes prices and candles; since EXPAND. */
  public readonly ingestion?: TradingFunction;
  /** Its schedules; since EXPAND. */
  public readonly ingestionSchedules?: ScheduledFunction;
  /** Runs light backtests; since EXPAND. */
  public readonly lightBacktests?: TradingFunction;
  /** Runs heavy backtests; since SCALE. */
  public readonly heavyBacktests?: SpotWorkers;
  /** Lets listeners in; since SCALE. */
  public readonly stream?: TradingFunction;
  /** Live prices; since SCALE. */
  public readonly webSocketApi?: TradingWebSocketApi;
  /** Copies trades into the analytics database; undefined without one. */
  public readonly analytics?: TradingFunction;
  /** Its schedule; undefined without a database. */
  public readonly analyticsSchedule?: ScheduledFunction;

  private readonly props: SimulatorApplicationStackProps;

  public constructor(scope: Construct, id: string, props: SimulatorApplicationStackProps) {
    super(scope, id, { description: 'Functions, containers and APIs', ...props });
    const { data, stage, network } = props;
    this.props = props;
    this.webAcl = new RegionalWebAcl(this, 'WebAcl', {
      originSecrets: [data.originSecret], encryptionKey: data.key, alarmActions: [data.alarms], removalPolicy: props.removalPolicy,
    });
    if (network !== undefined && (props.api === SimulatorApi.FARGATE || stage.includes(SimulatorStage.SCALE))) {
      this.cluster = new TradingCluster(this, 'Cluster', { vpc: network.vpc });
    }
    if (props.api === SimulatorApi.FARGATE) [this.service, this.ingress, this.containerApi] = this.createContainerApi(network!);
    else this.serverlessApi = this.createFunctionApi();
    if (stage.includes(SimulatorStage.SCALE)) [this.stream, this.webSocketApi] = this.createStream();
    if (stage.includes(SimulatorStage.EXPAND)) [this.ingestion, this.ingestionSchedules, this.lightBacktests] = this.createBackground();
    if (stage.includes(SimulatorStage.SCALE)) this.heavyBacktests = this.createWorkers(network!);
    acceptPublicRoutes((this.serverlessApi ?? this.containerApi!).restApi);
    if (data.analytics !== undefined) [this.analytics, this.analyticsSchedule] = this.createAnalytics(network!);
  }

  private fn(id: string, definition: ServiceDefinition, vpc?: TradingNetwork): TradingFunction {
    const { data } = this.props;
    return new TradingFunction(this, id, {
      definition,
      encryptionKey: data.key,
      alarmActions: [data.alarms],
      ...(vpc === undefined ? {} : { vpc: vpc.vpc, awsApiPeers: vpc.awsApiPeers }),
    });
  }

  private createFunctionApi(): ServerlessRestApi {
    const { data, stage, instruments, startBalance, marketUrl } = this.props;
    const { identity, trades, expanded, scaled } = data;
    const groups = groupsOf(stage);
    const money = { tradesTable: trades.table, pricesTable: expanded?.prices.table };
    const needs: { [group in Group]: object } = {
      trades: money,
      portfolio: { ...money, userPoolClient: identity.client },
      backtest: expanded && {
        backtestTable: expanded.backtests.table,
        lightQueue: expanded.lightQueue.queue,
        heavyQueue: scaled?.heavyQueue.queue,
        reportsBucket: expanded.coldStore.bucket,
      } || {},
    };
    const definition = (some: Group[]) => ServiceDefinition.serverlessApi(
      { instruments, startBalance, marketUrl, groups: some, ...Object.assign({}, ...some.map((group) => needs[group])) });
    const together = stage.includes(SimulatorStage.EXPAND) ? undefined : this.fn('Api', definition(groups));
    for (const group of groups) this.functions[group] = together ?? this.fn(`Api${group}`, definition([group]));
    return new ServerlessRestApi(this, 'RestApi', {
      ...this.apiOptions(),
      routes: functionRoutes(stage, (group) => this.functions[group].target),
      userPools: [identity.userPool],
      webAcl: this.webAcl.webAcl,
    });
  }

  private createContainerApi(network: TradingNetwork): [TradingService, TradingLoadBalancer, TradingRestApi] {
    const { data, instruments, startBalance, removalPolicy, stage } = this.props;
    const { identity, trades, key } = data;
    const { prices, backtests, coldStore, lightQueue, accessLogs } = data.expanded!;
    const service = new TradingService(this, 'Service', {
      cluster: this.cluster!.cluster,
      awsApiPeers: network.awsApiPeers,
      encryptionKey: key,
      minCapacity: 3,
      maxCapacity: 9,
      capacity: ServiceCapacity.fargateWithSpot(),
      definition: ServiceDefinition.serverlessApiContainer({
        instruments,
        startBalance,
        tradesTable: trades.table,
        pricesTable: prices.table,
        backtestTable: backtests.table,
        lightQueue: lightQueue.queue,
        heavyQueue: data.scaled?.heavyQueue.queue,
        reportsBucket: coldStore.bucket,
        userPool: identity.userPool,
        userPoolClient: identity.client,
      }),
    });
    const ingress = new TradingLoadBalancer(this, 'Ingress', {
      vpc: network.vpc,
      service,
      // The VPC link alone, which adds itself.
      allowFrom: [],
      accessLogs: accessLogs.bucket,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      alarmActions: [data.alarms],
    });
    const api = new TradingRestApi(this, 'RestApi', {
      ...this.apiOptions(),
      vpc: network.vpc,
      backend: RestApiBackend.applicationLoadBalancer(ingress.loadBalancer),
      routes: backendRoutes(stage),
      userPools: [identity.userPool],
      webAcl: this.webAcl.webAcl,
      latencyTarget: Duration.seconds(1),
    });
    return [service, ingress, api];
  }

  private apiOptions() {
    const { data, accountLogging } = this.props;
    return { encryptionKey: data.key, alarmActions: [data.alarms], accountLogging };
  }

  private createStream(): [TradingFunction, TradingWebSocketApi] {
    const { data, symbols, removalPolicy } = this.props;
    const { table } = data.scaled!.connections;
    const stream = this.fn('Stream', ServiceDefinition.serverlessApiStream({
      symbols, connectionsTable: table, userPool: data.identity.userPool, userPoolClient: data.identity.client,
    }));
    const handler = stream.target;
    const api = new TradingWebSocketApi(this, 'WebSocketApi', {
      ...this.apiOptions(),
      authorizer: handler, onConnect: handler, onDisconnect: handler, onSubscribe: handler,
      connectionTable: table,
      removalPolicy,
    });
    return [stream, api];
  }

  private createBackground(): [TradingFunction, ScheduledFunction, TradingFunction] {
    const { data, symbols, marketUrl, backfillDays, instruments } = this.props;
    const { prices, coldStore, backtests, lightQueue } = data.expanded!;
    const ingestion = this.fn('Ingestion', ServiceDefinition.serverlessApiIngestion({
      symbols,
      marketUrl,
      backfillDays,
      pricesTable: prices.table,
      candlesBucket: coldStore.bucket,
      ...(this.webSocketApi === undefined ? {} : {
        rounds: LIVE_ROUNDS, connectionsTable: data.scaled!.connections.table, callbackUrl: this.webSocketApi.callbackUrl,
      }),
    }));
    if (this.webSocketApi !== undefined) {
      this.webSocketApi.grants.post(ingestion.role);
      acceptConnections(ingestion, this.webSocketApi);
    }
    const schedules = new ScheduledFunction(this, 'IngestionSchedule', {
      target: ingestion,
      runs: {
        Prices: { schedule: ScheduleExpression.rate(Duration.minutes(1)), input: { task: 'prices' } },
        // Also soon after the first deployment, and again when the exchange was away at midnight.
        Candles: { schedule: ScheduleExpression.cron({ minute: '5' }), input: { task: 'candles' } },
      },
      loss: 'Prices get old, and trades are refused when they are older than three minutes; or candles are missing.',
      alarmActions: [data.alarms],
    });
    const lightBacktests = this.fn('LightBacktests', ServiceDefinition.backtesterRunner({
      instruments,
      lightQueue: lightQueue.queue,
      heavyQueue: data.scaled?.heavyQueue.queue,
      backtestTable: backtests.table,
      candlesBucket: coldStore.bucket,
      reportsBucket: coldStore.bucket,
    }));
    return [ingestion, schedules, lightBacktests];
  }

  private createWorkers(network: TradingNetwork): SpotWorkers {
    const { data, instruments, maxWorkers } = this.props;
    const { coldStore, backtests } = data.expanded!;
    const { queue } = data.scaled!.heavyQueue;
    return new SpotWorkers(this, 'HeavyBacktests', {
      cluster: this.cluster!.cluster,
      awsApiPeers: network.awsApiPeers,
      encryptionKey: data.key,
      queue,
      cpu: 1024,
      memory: Size.gibibytes(4),
      maxCapacity: maxWorkers ?? 4,
      messagesPerWorker: 1,
      alarmActions: [data.alarms],
      definition: ServiceDefinition.backtesterWorker({
        instruments, heavyQueue: queue, backtestTable: backtests.table, candlesBucket: coldStore.bucket, reportsBucket: coldStore.bucket,
      }),
    });
  }

  private createAnalytics(network: TradingNetwork): [TradingFunction, ScheduledFunction] {
    const { data, symbols } = this.props;
    const database = data.analytics!;
    const loader = this.fn('AnalyticsLoader', ServiceDefinition.serverlessApiAnalytics({
      symbols, tradesTable: data.trades.table, analyticsSecret: database.adminSecret,
    }), network);
    loader.connections.allowTo(database, ec2.Port.tcp(5432), 'trades are copied');
    const schedule = new ScheduledFunction(this, 'AnalyticsSchedule', {
      target: loader,
      runs: { Trades: { schedule: ScheduleExpression.rate(Duration.minutes(15)), input: {} } },
      loss: 'The analytics database falls behind.',
      alarmActions: [data.alarms],
    });
    return [loader, schedule];
  }
}
