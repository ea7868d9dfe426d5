import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ScheduledTask } from '../../constructs/compute/scheduled-task';
import { SpotWorkers } from '../../constructs/compute/spot-workers';
import { TradingFunction } from '../../constructs/compute/trading-function';
import { TradingNetwork } from '../../constructs/network/trading-network';
import { alarm } from '../../private/alarms';
import { ServiceDefinition } from '../../private/services.generated';
import { DataStack } from '../data-stack';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** How the simulator mirrors the live market into its own book. */
export interface MarketMirrorOptions {
  /**
   * Price levels on each side of the book.
   *
   * @default 5
   */
  readonly depth?: number;

  /**
   * Least distance between the best bid and the best offer, in hundredths of a per cent of the price.
   *
   * @default 2
   */
  readonly spreadBps?: number;

  /**
   * Distance between two levels, in hundredths of a per cent of the price: what a large order pays more.
   *
   * @default 2
   */
  readonly stepBps?: number;

  /**
   * Worth of the best level in whole units of the quote asset; each further one is worth half as much again.
   *
   * @default 20000
   */
  readonly levelWorth?: number;

  /**
   * Time by which the mirror is behind the market.
   *
   * @default Duration.millis(0)
   */
  readonly latency?: Duration;

  /**
   * Least time between two changes of the quotes of a symbol.
   *
   * @default Duration.seconds(1)
   */
  readonly refresh?: Duration;
}

/** Properties of `SimulationStack`. */
export interface SimulationStackProps extends TradingStackProps {
  /** Network that the tasks run in. */
  readonly network: TradingNetwork;

  /** State that they work on. */
  readonly data: DataStack;

  /** Cluster that runs them. */
  readonly cluster: ecs.ICluster;

  /** Symbols that are mirrored and whose candles are kept. */
  readonly symbols: string[];

  /**
   * Instruments as a JSON list, which backtests are run with.
   *
   * @default - nothing runs backtests
   */
  readonly instruments?: string;

  /**
   * Workers that run. One mirrors all symbols; two share them and take over from each other within seconds.
   *
   * @default 2
   */
  readonly workers?: number;

  /**
   * How the live market is mirrored.
   *
   * @default - five levels around the live price
   */
  readonly mirror?: MarketMirrorOptions;

  /**
   * REST API of the exchange that candles come from, in Bybit's version 5.
   *
   * @default - Bybit
   */
  readonly marketUrl?: string;

  /**
   * Key that the exchange knows the nightly download by. Market data needs none.
   *
   * @default - none
   */
  readonly exchangeApiKey?: secretsmanager.ISecret;

  /**
   * Name of the environment in the logs of the services.
   *
   * @default 'production'
   */
  readonly environmentName?: string;

  /**
   * Who is told when an alarm changes its state.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/** What makes a simulator of an exchange: workers that mirror the live market, the history of every night, backtests over it. Keeps no state. */
export class SimulationStack extends TradingStack {
  /** Mirrors the live market into the book, on Spot capacity. */
  public readonly workers: SpotWorkers;
  /** Candles of the day before, every night at 00:05 UTC. */
  public readonly historySync: ScheduledTask;
  /** Runs backtests, as far as a function can; undefined without instruments. */
  public readonly backtests?: TradingFunction;
  /** Fires when the exchange lacks candles of a day. */
  public readonly incompleteHistoryAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: SimulationStackProps) {
    super(scope, id, { description: 'Simulation workers and market history', ...props });
    const { data, cluster, symbols, alarmActions, environmentName: environment } = props;
    const { awsApiPeers } = props.network;
    const shared = { cluster, awsApiPeers, alarmActions };
    this.workers = new SpotWorkers(this, 'Workers', {
      ...shared,
      encryptionKey: data.keys.orders,
      minCapacity: props.workers ?? 2,
      definition: ServiceDefinition.simulationWorker({
        environment,
        ...props.mirror,
        symbols,
        journalStream: data.journal.stream,
        cache: data.cache,
        cacheAuthToken: data.cache.authToken,
      }),
    });
    this.historySync = new ScheduledTask(this, 'HistorySync', {
      ...shared,
      encryptionKey: data.keys.market,
      definition: ServiceDefinition.historySync({
        environment,
        symbols,
        marketUrl: props.marketUrl,
        bybitApiKey: props.exchangeApiKey,
        candlesBucket: data.coldStore.bucket,
        ledger: data.ledger,
      }),
    });
    this.backtests = props.instruments === undefined ? undefined : new TradingFunction(this, 'Backtests', {
      vpc: props.network.vpc,
      awsApiPeers,
      alarmActions,
      encryptionKey: data.keys.market,
      definition: ServiceDefinition.backtesterRunner({
        environment,
        instruments: props.instruments,
        lightQueue: data.backtestQueue.queue,
        backtestTable: data.backtests.table,
        candlesBucket: data.coldStore.bucket,
        reportsBucket: data.coldStore.bucket,
      }),
    });
    this.incompleteHistoryAlarm = alarm(this, 'IncompleteHistoryAlarm', {
      metric: this.metricIncompleteDays(),
      description: 'The exchange lacks candles of a day. The day is marked in the index and asked for again every night of a week; see operations.',
      threshold: 0,
      actions: alarmActions,
    });
  }

  /** Days whose candles the exchange does not have all, by run. Sum of an hour unless said otherwise. */
  public metricIncompleteDays(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'TradingPlatform',
      metricName: 'IncompleteDays',
      dimensionsMap: { ServiceName: 'history-sync' },
      statistic: cloudwatch.Stats.SUM,
      period: Duration.hours(1),
      ...options,
    });
  }
}
