import { Duration, Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { GatewayExchangeCell } from './gateway-exchange/cell';
import { GatewayExchangeSize } from './gateway-exchange/gateway-exchange-size';
import { planOf } from './gateway-exchange/input';
import { applyGuardrails } from './guardrails';
import { InstrumentOptions, instrumentsJson } from './instruments';
import { TradingSystemProps } from './system-props';
import { CapacityPlan } from '../assurance/capacity/capacity-plan';
import { Workload } from '../assurance/capacity/workload';
import { LibraryAcknowledgements } from '../assurance/library-acknowledgements';
import { PublicEndpoint } from '../constructs/edge/public-endpoint';
import { CostAllocationTags } from '../constructs/governance/cost-allocation-tags';
import { CidrPlan } from '../constructs/network/cidr-plan';
import { ManagedPrefixListIds } from '../constructs/network/managed-prefix-lists';
import { ServiceLevelObjective } from '../constructs/observability/service-level-objective';
import { RecoveryObjective } from '../constructs/resilience/recovery-objective';

/** Properties of `GatewayExchange`. */
export interface GatewayExchangeProps extends TradingSystemProps {
  /**
   * How large the exchange is. A larger size keeps every resource with state but the cache, which is a projection.
   *
   * @default GatewayExchangeSize.requests500()
   */
  readonly size?: GatewayExchangeSize;

  /**
   * Regions of a size with several, the first one's stacks directly below the system.
   *
   * @default - the region of `env`; us-east-1, us-west-2 and eu-west-1 for three
   */
  readonly regions?: string[];

  /**
   * How users reach each region of a size with several, by region.
   *
   * @default - CloudFront's own names
   */
  readonly endpoints?: { [region: string]: PublicEndpoint };

  /**
   * Addresses of the VPC of each region, by region.
   *
   * @default - 10.0.0.0/16, 10.16.0.0/16, 10.32.0.0/16
   */
  readonly cidrPlans?: { [region: string]: CidrPlan };

  /**
   * Ids of AWS's own prefix lists, by region.
   *
   * @default - known for us-east-1 and us-west-2; must be given for other regions
   */
  readonly prefixListIds?: { [region: string]: ManagedPrefixListIds };

  /**
   * VPC to use, in a size of one region.
   *
   * @default - a VPC over three zones is defined
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Instruments that are traded.
   *
   * @default - BTCUSDT and ETHUSDT
   */
  readonly instruments?: InstrumentOptions[];

  /**
   * Partition of each instrument, by symbol, in a size with several. An instrument never changes its partition: its orders, its sequence and
   * the funds of those who trade it are there.
   *
   * @default - partition 0, also for instruments that are not named
   */
  readonly instrumentPartitions?: { [symbol: string]: number };

  /**
   * Origins of the web pages that may connect to the WebSocket API, such as `https://trade.example.com`. What is no browser names none and
   * is not asked; a token is needed in any case.
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
}

/**
 * An exchange behind API Gateway: tokens are checked at the edge, orders are acknowledged with 202 as soon as the journal has them, and
 * queues and functions bring what became of them into the ledger, the read models and the trade stream, from where fills are pushed over a
 * WebSocket API. It grows from 500 to 5,000 to 50,000 requests a second by its size. Six stacks per region: network, data, compute, API,
 * edge and operations.
 */
export class GatewayExchange extends Construct {
  /** The exchange of each region; most sizes have one. */
  public readonly cells: GatewayExchangeCell[];
  /** How large it is. */
  public readonly size: GatewayExchangeSize;
  /** What it is held against; undefined without a workload. */
  public readonly capacity?: CapacityPlan;

  public constructor(scope: Construct, id: string, props: GatewayExchangeProps = {}) {
    super(scope, id);
    this.size = props.size ?? GatewayExchangeSize.requests500();
    const { size } = this;
    const { json: instruments, symbols } = instrumentsJson(props.instruments);
    const { regions, cidrPlans } = planOf(this.node.path, props, size, symbols);
    const objective = props.serviceLevelObjective ?? ServiceLevelObjective.GATEWAY_EXCHANGE;
    // The first region's stacks stand where those of a small size stand, so that growing moves nothing.
    const scopes = regions.map((region, index) => (index === 0 ? this : new Construct(this, region)));
    this.cells = [];
    regions.forEach((region, index) => this.cells.push(new GatewayExchangeCell(scopes[index], {
      env: { ...props.env, region },
      size,
      partitions: size.partitionMaps[index],
      instruments,
      objective,
      endpoint: props.endpoints?.[region] ?? props.endpoint,
      vpc: props.vpc,
      cidrPlan: cidrPlans[index],
      prefixListIds: props.prefixListIds?.[region],
      instrumentPartitions: props.instrumentPartitions,
      allowedOrigins: props.allowedOrigins,
      selfSignUp: props.selfSignUp,
      alarmEmails: props.alarmEmails,
      edgeAlarmActions: regions[0] === 'us-east-1' && index > 0 ? [this.cells[0].data.alarms] : undefined,
      monthlyBudgetUsd: index === 0 ? props.monthlyBudgetUsd : undefined,
      removalPolicy: props.removalPolicy,
    })));
    this.capacity = this.plan(props);
    new CostAllocationTags(this, 'Tags', {
      system: 'GatewayExchange', environment: props.environmentName ?? 'production', owner: props.owner ?? 'platform', costCenter: props.costCenter ?? 'trading',
    });
    (props.recoveryObjective ?? RecoveryObjective.GATEWAY_EXCHANGE).enforce(this);
    applyGuardrails(this);
    LibraryAcknowledgements.apply(this, { owner: props.owner ?? 'platform', reviewBy: '2027-05-31' });
  }

  /** Quotas count by region, and each region must carry its share of what a lost one carried. */
  private plan({ workload, quotaIncreases }: GatewayExchangeProps): CapacityPlan | undefined {
    if (workload === undefined) return undefined;
    const share = 1 / Math.max(1, this.cells.length - 1);
    const { ordersPerSecond, requestsPerSecond } = workload;
    return new CapacityPlan(this, 'Capacity', {
      quotaIncreases,
      workload: this.cells.length === 1 ? workload : Workload.of({
        requestsPerSecond: requestsPerSecond * share,
        burstRequestsPerSecond: workload.burstRequestsPerSecond * share,
        orderShare: ordersPerSecond / requestsPerSecond,
        orderSize: Size.bytes(workload.orderBytes),
        busiestAccountShare: ordersPerSecond === 0 ? 0 : workload.busiestAccountOrdersPerSecond / ordersPerSecond,
        clients: workload.clients * share,
        requestsPerTask: workload.requestsPerTask,
        reconnectTime: Duration.seconds(workload.reconnectSeconds),
      }),
    });
  }
}
