import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { SimulatorAnalytics, SimulatorStage } from './simulator-stage';
import { BacktestTable } from '../../constructs/data/backtest-table';
import { ColdStore } from '../../constructs/data/cold-store';
import { LedgerInstance } from '../../constructs/data/ledger-instance';
import { RecentPricesTable } from '../../constructs/data/recent-prices-table';
import { TradesTable } from '../../constructs/data/trades-table';
import { TradingTable } from '../../constructs/data/trading-table';
import { OriginSecret } from '../../constructs/edge/origin-secret';
import { TradingUserPool } from '../../constructs/identity/trading-user-pool';
import { TradingNetwork } from '../../constructs/network/trading-network';
import { AccessLogBucket } from '../../constructs/observability/access-log-bucket';
import { AlarmTopic } from '../../constructs/observability/alarm-topic';
import { TradingStack, TradingStackProps } from '../trading-stack';
import { WorkQueue } from '../work-queue';

/** Properties of `SimulatorDataStack`. */
export interface SimulatorDataStackProps extends TradingStackProps {
  /** How far the simulator is built. */
  readonly stage: SimulatorStage;

  /**
   * What answers questions that DynamoDB cannot.
   *
   * @default SimulatorAnalytics.NONE
   */
  readonly analytics?: SimulatorAnalytics;

  /**
   * Network of the analytics database.
   *
   * @default - none; needed with `analytics`
   */
  readonly network?: TradingNetwork;

  /**
   * Whether people may create an account by themselves.
   *
   * @default true
   */
  readonly selfSignUp?: boolean;

  /**
   * Addresses that are told about alarms and costs.
   *
   * @default - nobody; the topic is there to subscribe to
   */
  readonly alarmEmails?: string[];

  /**
   * What happens to everything that keeps state when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** What has been there since the stage EXPAND. */
export interface ExpandedData {
  /** Recent prices; they expire. */
  readonly prices: RecentPricesTable;
  /** What is known about backtests. */
  readonly backtests: BacktestTable;
  /** Candles and reports. */
  readonly coldStore: ColdStore;
  /** Access logs of the cold store. */
  readonly accessLogs: AccessLogBucket;
  /** Backtests for the function. */
  readonly lightQueue: WorkQueue;
}

/** What has been there since the stage SCALE. */
export interface ScaledData {
  /** Backtests for the workers. */
  readonly heavyQueue: WorkQueue;
  /** Who listens to which prices. */
  readonly connections: TradingTable;
}

/** Everything of a serverless simulator that keeps state. A later stage adds to it and changes nothing that is there. */
export class SimulatorDataStack extends TradingStack {
  /** Where alarms go. */
  public readonly alarms: AlarmTopic;
  /** Key of the logs, the alarms and the secret between CloudFront and the API. */
  public readonly key: kms.Key;
  /** Accounts of traders. */
  public readonly identity: TradingUserPool;
  /** What CloudFront adds to requests, so that nobody comes past it. */
  public readonly originSecret: OriginSecret;
  /** Wallets and paper trades. */
  public readonly trades: TradesTable;
  /** What came with EXPAND. */
  public readonly expanded?: ExpandedData;
  /** What came with SCALE. */
  public readonly scaled?: ScaledData;
  /** Analytics database; undefined without one. */
  public readonly analytics?: LedgerInstance;

  public constructor(scope: Construct, id: string, props: SimulatorDataStackProps) {
    super(scope, id, { description: 'Everything that keeps state', ...props });
    const { stage, network, removalPolicy } = props;
    // One key where five would each cost a dollar a month: logs, alarms and the secret are read by the same people.
    this.key = new kms.Key(this, 'Key', { description: 'Logs, alarms and the origin secret', enableKeyRotation: true, removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN });
    this.alarms = new AlarmTopic(this, 'Alarms', { emails: props.alarmEmails, encryptionKey: this.key, removalPolicy });
    const kept = { alarmActions: [this.alarms], removalPolicy };
    this.identity = new TradingUserPool(this, 'Identity', { selfSignUp: props.selfSignUp, mfa: cognito.Mfa.OPTIONAL, ...kept });
    this.originSecret = new OriginSecret(this, 'OriginSecret', { encryptionKey: this.key, removalPolicy });
    this.trades = new TradesTable(this, 'Trades', kept);
    if (stage.includes(SimulatorStage.EXPAND)) {
      const accessLogs = new AccessLogBucket(this, 'AccessLogs', { removalPolicy });
      this.expanded = {
        accessLogs,
        prices: new RecentPricesTable(this, 'Prices', kept),
        backtests: new BacktestTable(this, 'Backtests', kept),
        coldStore: new ColdStore(this, 'ColdStore', { accessLogs: accessLogs.bucket, removalPolicy }),
        // Six times what the function may take, as AWS advises, so that a throttled function does not use up attempts.
        lightQueue: new WorkQueue(this, 'LightBacktests', { work: 'light backtests', visibilityTimeout: Duration.minutes(90), ...kept }),
      };
    }
    if (stage.includes(SimulatorStage.SCALE)) {
      const text = (name: string): dynamodb.Attribute => ({ name, type: dynamodb.AttributeType.STRING });
      this.scaled = {
        // The workers prolong it while they work.
        heavyQueue: new WorkQueue(this, 'HeavyBacktests', { work: 'heavy backtests', visibilityTimeout: Duration.minutes(2), ...kept }),
        connections: new TradingTable(this, 'Connections', {
          partitionKey: text('connectionId'),
          sortKey: text('entry'),
          globalSecondaryIndexes: [{ indexName: 'byChannel', partitionKey: text('channel'), sortKey: text('connectionId') }],
          timeToLiveAttribute: 'expiresAt',
          ...kept,
        }),
      };
    }
    if (props.analytics === SimulatorAnalytics.POSTGRES && network !== undefined) {
      const { vpc, isolatedSubnets: vpcSubnets, awsApiPeers } = network;
      this.analytics = new LedgerInstance(this, 'Analytics', { vpc, vpcSubnets, awsApiPeers, ...kept });
    }
  }
}
