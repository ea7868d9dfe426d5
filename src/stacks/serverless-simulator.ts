import { CfnOutput, Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { applyGuardrails } from './guardrails';
import { InstrumentOptions, instrumentsJson } from './instruments';
import { NetworkStack } from './network-stack';
import { OperationsStack } from './operations-stack';
import { acceptApplication, acceptSharedKeys, acceptWithoutNetwork } from './serverless-simulator/acknowledgements';
import { SimulatorApplicationStack } from './serverless-simulator/application-stack';
import { SimulatorDataStack } from './serverless-simulator/data-stack';
import { SimulatorAnalytics, SimulatorApi, SimulatorStage } from './serverless-simulator/simulator-stage';
import { SimulatorSiteStack } from './serverless-simulator/site-stack';
import { TradingSystemProps } from './system-props';
import { CapacityPlan } from '../assurance/capacity/capacity-plan';
import { LibraryAcknowledgements } from '../assurance/library-acknowledgements';
import { CostAllocationTags } from '../constructs/governance/cost-allocation-tags';
import { NetworkProfile } from '../constructs/network/network-profile';
import { DashboardSection } from '../constructs/observability/dashboard-section';
import { ServiceLevelObjective } from '../constructs/observability/service-level-objective';
import { RecoveryObjective } from '../constructs/resilience/recovery-objective';
import { Faults } from '../private/faults';

/** Properties of `ServerlessSimulator`. */
export interface ServerlessSimulatorProps extends TradingSystemProps {
  /**
   * How far the simulator is built. Going up later replaces nothing that keeps state.
   *
   * @default SimulatorStage.MVP
   */
  readonly stage?: SimulatorStage;

  /**
   * What answers the API. Containers need the stage EXPAND or SCALE.
   *
   * @default SimulatorApi.LAMBDA
   */
  readonly api?: SimulatorApi;

  /**
   * What answers questions that DynamoDB cannot. A database needs the stage EXPAND or SCALE.
   *
   * @default SimulatorAnalytics.NONE
   */
  readonly analytics?: SimulatorAnalytics;

  /**
   * Instruments that are traded.
   *
   * @default - BTCUSDT and ETHUSDT
   */
  readonly instruments?: InstrumentOptions[];

  /**
   * Play money that a new account starts with, in units of each quote asset, as a decimal number.
   *
   * @default '100000'
   */
  readonly startBalance?: string;

  /**
   * Public REST API of the exchange that prices come from, in the form of Bybit's version 5.
   *
   * @default 'https://api.bybit.com'
   */
  readonly marketUrl?: string;

  /**
   * Past days whose candles are fetched for backtests, 1 to 1000.
   *
   * @default 30
   */
  readonly backfillDays?: number;

  /**
   * Workers for heavy backtests at most; none run while there is no work.
   *
   * @default 4
   */
  readonly maxWorkers?: number;

  /**
   * Whether people may create an account by themselves.
   *
   * @default true
   */
  readonly selfSignUp?: boolean;

  /**
   * Whether API Gateway's account-wide role for logs is defined. Say false where another stack of the account and region has it.
   *
   * @default true
   */
  readonly accountLogging?: boolean;
}

/** What the containers and the database of a simulator call besides DynamoDB and S3. */
const ENDPOINTS = ['ecr.api', 'ecr.dkr', 'logs', 'secretsmanager', 'sqs', 'cognito-idp'];
/** What the document promises nothing about: an hour, because nothing here needs a hand when a zone is gone. */
const RECOVERY = RecoveryObjective.of({ zone: { rto: Duration.hours(1), rpo: Duration.seconds(0) } });
const PROMISE = ServiceLevelObjective.of({ availability: 99.5, latencyP99: Duration.seconds(1) });

/**
 * A trading simulator that costs next to nothing while nobody trades: a page in S3 behind CloudFront, functions behind API Gateway,
 * DynamoDB. It grows in three stages, up to containers for heavy backtests and live prices on WebSockets. Deploy it with
 * `cdk deploy --all`.
 */
export class ServerlessSimulator extends Construct {
  /** How far it is built. */
  public readonly stage: SimulatorStage;
  /** The network; undefined without containers and database. */
  public readonly network?: NetworkStack;
  /** Everything that keeps state. */
  public readonly data: SimulatorDataStack;
  /** Functions, containers and APIs. */
  public readonly application: SimulatorApplicationStack;
  /** The page and CloudFront. */
  public readonly site: SimulatorSiteStack;
  /** Promise, dashboard and budget. */
  public readonly operations: OperationsStack;

  public constructor(scope: Construct, id: string, props: ServerlessSimulatorProps = {}) {
    super(scope, id);
    this.stage = props.stage ?? SimulatorStage.MVP;
    const api = props.api ?? SimulatorApi.LAMBDA;
    const analytics = props.analytics ?? SimulatorAnalytics.NONE;
    this.validate(props, api, analytics);
    const { stage } = this;
    const { env, removalPolicy } = props;
    const { json: instruments, symbols } = instrumentsJson(props.instruments);
    const needsNetwork = stage.includes(SimulatorStage.SCALE) || api === SimulatorApi.FARGATE || analytics === SimulatorAnalytics.POSTGRES;
    // Nothing in it calls the internet, so there is no NAT gateway either.
    this.network = needsNetwork
      ? new NetworkStack(this, 'Network', { env, network: { profile: NetworkProfile.privateOnly(), interfaceEndpoints: ENDPOINTS } })
      : undefined;
    const network = this.network?.network;
    this.data = new SimulatorDataStack(this, 'Data', {
      env, stage, analytics, network, removalPolicy, selfSignUp: props.selfSignUp, alarmEmails: props.alarmEmails,
    });
    this.application = new SimulatorApplicationStack(this, 'Application', {
      env,
      stage,
      api,
      network,
      instruments,
      symbols,
      removalPolicy,
      data: this.data,
      startBalance: props.startBalance ?? '100000',
      marketUrl: props.marketUrl,
      backfillDays: props.backfillDays,
      maxWorkers: props.maxWorkers,
      accountLogging: props.accountLogging,
    });
    const { serverlessApi, containerApi, webSocketApi } = this.application;
    this.site = new SimulatorSiteStack(this, 'Site', {
      env,
      removalPolicy,
      endpoint: props.endpoint,
      apiUrl: (serverlessApi ?? containerApi!).url,
      streamUrl: webSocketApi?.url,
      originSecret: this.data.originSecret,
      // CloudFront's alarms are in us-east-1, and alarms act in their own region only.
      alarmActions: this.data.region === 'us-east-1' ? [this.data.alarms] : undefined,
    });
    this.operations = this.createOperations(props);
    this.assure(props);
    new CfnOutput(this.site, 'SiteUrl', { value: this.site.site.url, description: 'URL of the simulator' });
    new CfnOutput(this.data, 'UserPoolId', { value: this.data.identity.userPool.userPoolId, description: 'User pool of traders' });
    new CfnOutput(this.data, 'UserPoolClientId', { value: this.data.identity.client.userPoolClientId, description: 'Client that signs them in' });
  }

  private createOperations({ env, serviceLevelObjective, monthlyBudgetUsd }: ServerlessSimulatorProps): OperationsStack {
    const { serverlessApi, containerApi } = this.application;
    const api = serverlessApi ?? containerApi!;
    const objective = serviceLevelObjective ?? PROMISE;
    const indicators = { total: api.metricRequests(), errors: api.metricServerErrors(), latencyP99: api.metricLatency() };
    const { trades, expanded, scaled } = this.data;
    const tables = [trades, ...(expanded === undefined ? [] : [expanded.prices, expanded.backtests])];
    const queues = [expanded?.lightQueue, scaled?.heavyQueue].filter((queue) => queue !== undefined);
    return new OperationsStack(this, 'Operations', {
      env,
      objective,
      indicators,
      alarmTopic: this.data.alarms,
      monthlyBudgetUsd,
      alarms: [
        api.errorAlarm, api.latencyAlarm,
        ...tables.flatMap(({ throttleAlarms }) => throttleAlarms), ...queues.map(({ deadLetterAlarm }) => deadLetterAlarm),
      ],
      sections: [
        DashboardSection.api({ requests: indicators.total, errors: indicators.errors, latencies: [indicators.latencyP99] }, objective),
        DashboardSection.data({ cpuUtilizations: [], connections: [], throttles: [trades.metricThrottleEvents()] }),
      ],
    });
  }

  /** What is held against the templates when they are made. */
  private assure(props: ServerlessSimulatorProps): void {
    const { workload, quotaIncreases } = props;
    if (workload !== undefined) new CapacityPlan(this, 'Capacity', { workload, quotaIncreases });
    new CostAllocationTags(this, 'CostTags', {
      system: 'ServerlessSimulator',
      environment: props.environmentName ?? 'production',
      costCenter: props.costCenter ?? 'trading',
      owner: props.owner ?? 'platform',
    });
    LibraryAcknowledgements.apply(this, { owner: 'platform', reviewBy: '2027-05-31' });
    acceptWithoutNetwork(this.application);
    acceptApplication(this.application);
    acceptSharedKeys(this.data);
    applyGuardrails(this);
    const { heavyBacktests } = this.application;
    // No trade waits for a backtest.
    (props.recoveryObjective ?? RECOVERY).enforce(this, { except: heavyBacktests === undefined ? [] : [heavyBacktests] });
  }

  private validate(props: ServerlessSimulatorProps, api: SimulatorApi, analytics: SimulatorAnalytics): void {
    const { startBalance, backfillDays, marketUrl, workload, quotaIncreases, monthlyBudgetUsd, removalPolicy, recoveryObjective, maxWorkers } = props;
    const plain = (value: unknown): boolean => value !== undefined && !Token.isUnresolved(value);
    const whole = (value: number, from: number, to: number): boolean => Number.isInteger(value) && value >= from && value <= to;
    const faults = new Faults(this.node.path);
    const isMvp = !this.stage.includes(SimulatorStage.EXPAND);
    faults.check(!isMvp || api === SimulatorApi.LAMBDA, '`api` FARGATE needs a network, which the stage MVP does not have; set `stage` to SimulatorStage.EXPAND, or leave `api` out');
    faults.check(!isMvp || analytics === SimulatorAnalytics.NONE, '`analytics` POSTGRES needs a network, which the stage MVP does not have; set `stage` to SimulatorStage.EXPAND, or leave `analytics` out');
    faults.check(!plain(startBalance) || /^(0|[1-9]\d{0,9})(\.\d{1,6})?$/.test(startBalance!), `\`startBalance\` must be a decimal number below ten billion such as '100000', got: '${startBalance}'`);
    faults.check(!plain(backfillDays) || whole(backfillDays!, 1, 1_000), `\`backfillDays\` must be a whole number from 1 to 1000, got: ${backfillDays}`);
    faults.check(maxWorkers === undefined || this.stage.includes(SimulatorStage.SCALE), `\`maxWorkers\` is for the stage SCALE, got: ${maxWorkers} in ${this.stage.name}; leave it out, or set \`stage\``);
    faults.check(!plain(maxWorkers) || whole(maxWorkers!, 1, 100), `\`maxWorkers\` must be a whole number from 1 to 100, got: ${maxWorkers}`);
    faults.check(!plain(marketUrl) || /^https:\/\/[^/?#]+$/.test(marketUrl!), `\`marketUrl\` must be an https URL without a path, got: '${marketUrl}'`);
    faults.check(workload !== undefined || (quotaIncreases ?? []).length === 0, '`quotaIncreases` are held against `workload`; give it too, or leave them out');
    faults.check(!plain(monthlyBudgetUsd) || monthlyBudgetUsd! > 0, `\`monthlyBudgetUsd\` must be above 0, got: ${monthlyBudgetUsd}`);
    faults.check(recoveryObjective?.region === undefined, '`recoveryObjective.region`: the simulator lives in one region; leave it out, or take MultiRegionExchange');
    faults.check(removalPolicy === undefined || [RemovalPolicy.RETAIN, RemovalPolicy.DESTROY].includes(removalPolicy), `\`removalPolicy\` must be RETAIN or DESTROY, got: ${removalPolicy}`);
    faults.throwIfAny();
  }
}
