import { CfnOutput, Duration, Environment, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { acceptApi, acceptCompute } from './acknowledgements';
import { GatewayApiStack } from './api-stack';
import { GatewayComputeStack } from './compute-stack';
import { GatewayDataStack } from './data-stack';
import { RAW_QUERY_HEADER } from './facade-routes';
import { GatewayExchangeSize } from './gateway-exchange-size';
import { PartitionMap } from './partition-map';
import { ROUTES } from './routes';
import { CachedRoute } from '../../constructs/edge/cached-route';
import { EdgeOrigin } from '../../constructs/edge/edge-origin';
import { PublicEndpoint } from '../../constructs/edge/public-endpoint';
import { CidrPlan } from '../../constructs/network/cidr-plan';
import { ManagedPrefixListIds } from '../../constructs/network/managed-prefix-lists';
import { NetworkProfile } from '../../constructs/network/network-profile';
import { TradingNetwork } from '../../constructs/network/trading-network';
import { DashboardSection } from '../../constructs/observability/dashboard-section';
import { ServiceLevelObjective } from '../../constructs/observability/service-level-objective';
import { EdgeStack } from '../edge-stack';
import { NetworkStack } from '../network-stack';
import { OperationsStack } from '../operations-stack';

/** Properties of `GatewayExchangeCell`. */
export interface GatewayExchangeCellProps {
  /** Account and region. */
  readonly env: Environment;

  /** How large everything is. */
  readonly size: GatewayExchangeSize;

  /** Partitions of the region and their ledgers. */
  readonly partitions: PartitionMap;

  /** Instruments as a JSON list. */
  readonly instruments: string;

  /**
   * Partition by symbol; all others, and deposits, are on partition 0.
   *
   * @default - everything is on partition 0
   */
  readonly instrumentPartitions?: { [symbol: string]: number };

  /** What users are promised. */
  readonly objective: ServiceLevelObjective;

  /**
   * How users reach the region.
   *
   * @default PublicEndpoint.cloudFrontDomain()
   */
  readonly endpoint?: PublicEndpoint;

  /**
   * VPC to use.
   *
   * @default - a VPC over three zones is defined
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Addresses of the VPC.
   *
   * @default - 10.0.0.0/16
   */
  readonly cidrPlan?: CidrPlan;

  /**
   * Ids of AWS's own prefix lists in the region.
   *
   * @default - known for us-east-1 and us-west-2
   */
  readonly prefixListIds?: ManagedPrefixListIds;

  /**
   * Origins of the web pages that may connect to the WebSocket API.
   *
   * @default - any
   */
  readonly allowedOrigins?: string[];

  /**
   * Whether people may create an account by themselves.
   *
   * @default true
   */
  readonly selfSignUp?: boolean;

  /**
   * Addresses that are told about alarms and costs.
   *
   * @default - nobody
   */
  readonly alarmEmails?: string[];

  /**
   * Who is told about alarms of the edge, whose alarms are in us-east-1.
   *
   * @default - the region's own topic when it is there; nobody otherwise
   */
  readonly edgeAlarmActions?: cloudwatch.IAlarmAction[];

  /**
   * What a calendar month may cost, in US dollars.
   *
   * @default - no budget
   */
  readonly monthlyBudgetUsd?: number;

  /**
   * What happens to everything that keeps state when it leaves the system.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Where CloudFront's metrics are. */
const EDGE_REGION = 'us-east-1';
/** What API Gateway lets through in a fresh account; above it, an increase must be declared. */
const DEFAULT_RATE = 10_000;

/**
 * An exchange of one region, complete in itself: accounts, partitions, ledgers and a way in. A larger exchange is several of them that
 * share nothing, so that what goes wrong in one stays there.
 */
export class GatewayExchangeCell {
  /** The network. */
  public readonly network: TradingNetwork;
  /** Stack of the network; undefined with a VPC of your own. */
  public readonly networkStack?: NetworkStack;
  /** Everything that keeps state. */
  public readonly data: GatewayDataStack;
  /** The services. */
  public readonly compute: GatewayComputeStack;
  /** REST API and WebSocket API. */
  public readonly api: GatewayApiStack;
  /** CloudFront and its web ACL. */
  public readonly edge: EdgeStack;
  /** Promise, dashboard and budget. */
  public readonly operations: OperationsStack;

  /**
   * @param scope what the stacks are defined below
   * @param props what the region is made of
   */
  public constructor(scope: Construct, props: GatewayExchangeCellProps) {
    const { env, endpoint, objective, partitions, prefixListIds, removalPolicy, size, vpc } = props;
    const network = { prefixListIds, cidrPlan: props.cidrPlan, profile: NetworkProfile.privateOnly() };
    this.networkStack = vpc === undefined ? new NetworkStack(scope, 'Network', { env, network }) : undefined;
    this.network = this.networkStack?.network ?? new TradingNetwork(scope, 'GivenNetwork', { vpc, prefixListIds });
    const common = { env, size, partitions, network: this.network };
    this.data = new GatewayDataStack(scope, 'Data', { ...common, selfSignUp: props.selfSignUp, alarmEmails: props.alarmEmails, removalPolicy });
    const { data } = this;
    this.compute = new GatewayComputeStack(scope, 'Compute', {
      ...common,
      data,
      instruments: props.instruments,
      instrumentPartitions: props.instrumentPartitions,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    });
    this.api = new GatewayApiStack(scope, 'Api', {
      env, data, objective, vpc: this.network.vpc, ingress: this.compute.ingress, allowedOrigins: props.allowedOrigins,
      rateLimit: Math.max(DEFAULT_RATE, size.requestsPerSecondPerRegion),
    });
    acceptCompute(this.compute);
    acceptApi(this.api);
    this.edge = new EdgeStack(scope, 'Edge', {
      env,
      endpoint,
      removalPolicy,
      alarmActions: env.region === EDGE_REGION ? [data.alarms] : props.edgeAlarmActions,
      origin: EdgeOrigin.restApi(this.api.rest.stage, { originSecret: data.originSecret, rawQueryHeader: RAW_QUERY_HEADER }),
      ...(size.apiCaching ? { routes: ROUTES, cachedRoutes: CACHED } : {}),
    });
    this.operations = this.watch(scope, props);
    new CfnOutput(this.edge, 'ApiUrl', { value: this.edge.edge.url, description: 'URL of the REST API' });
    new CfnOutput(this.api, 'SocketUrl', { value: this.api.socket.url, description: 'URL of the WebSocket API' });
    new CfnOutput(data, 'UserPoolId', { value: data.identity.userPool.userPoolId, description: 'User pool of traders and operators' });
    new CfnOutput(data, 'UserPoolClientId', { value: data.identity.client.userPoolClientId, description: 'Client that signs them in' });
  }

  private watch(scope: Construct, { env, objective, monthlyBudgetUsd }: GatewayExchangeCellProps): OperationsStack {
    const { alarms, cache, journal, ledgers, settlement, wallets } = this.data;
    const { rest, socket } = this.api;
    const minute = { period: Duration.minutes(1), statistic: cloudwatch.Stats.SUM };
    return new OperationsStack(scope, 'Operations', {
      env,
      objective,
      indicators: { total: rest.metricRequests(), errors: rest.metricServerErrors(), latencyP99: rest.metricLatency() },
      sections: [
        DashboardSection.api({
          requests: rest.metricRequests(),
          errors: rest.metricServerErrors(),
          latencies: [rest.metricLatency()],
          connections: socket.metricConnects(minute),
        }, objective),
        DashboardSection.orderPath({
          orders: journal.metricIncomingRecords(),
          journalAges: [journal.metricAppendLatency()],
          settlementAges: [settlement.metricAgeOfOldestMessage()],
          deadLetters: settlement.queues.map((queue) => queue.metricHaltedMessages()),
        }),
        DashboardSection.data({
          cpuUtilizations: [...ledgers.map((ledger) => ledger.metricCpuUtilization()), cache.metricEngineCpuUtilization()],
          connections: ledgers.map((ledger) => ledger.metricDatabaseConnections()),
          replicaLags: ledgers.map((ledger) => ledger.metricReplicaLag()),
          throttles: [wallets.metricThrottleEvents()],
        }),
      ],
      alarms: [
        rest.errorAlarm, rest.latencyAlarm, socket.errorAlarm, ...settlement.queues.flatMap(({ haltedAlarm, ageAlarm }) => [haltedAlarm, ageAlarm]),
      ],
      alarmTopic: alarms,
      monthlyBudgetUsd,
    });
  }
}

/** Answers that are the same for everybody and change seldom. */
const CACHED: CachedRoute[] = [CachedRoute.of('/v1/instruments', Duration.seconds(60)), CachedRoute.of('/v1/status', Duration.seconds(1))];
