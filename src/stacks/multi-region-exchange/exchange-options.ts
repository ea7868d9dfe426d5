import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { DeploymentPlan } from '../../constructs/delivery/deployment-plan';
import { MaintenanceWindow } from '../../constructs/governance/maintenance-window';
import { CidrPlan } from '../../constructs/network/cidr-plan';
import { ManagedPrefixListIds } from '../../constructs/network/managed-prefix-lists';
import { InstrumentOptions } from '../instruments';
import { TradingSystemProps } from '../system-props';

/** What members of a group may do, as the user service tells them. */
export interface UserGroupAccess {
  /** Name of the group in the user pool. */
  readonly group: string;

  /** What they may do, in words of the application such as `orders:write`. */
  readonly permissions: string[];

  /**
   * Orders per second that one of them may send.
   *
   * @default 10
   */
  readonly ordersPerSecond?: number;

  /**
   * Orders that one of them may have open at the same time.
   *
   * @default 500
   */
  readonly openOrders?: number;
}

/** Properties of `MultiRegionExchange`. */
export interface MultiRegionExchangeProps extends TradingSystemProps {
  /**
   * Region that takes over when the other one is lost.
   *
   * @default 'us-west-2'
   */
  readonly drRegion?: string;

  /**
   * Addresses of the network.
   *
   * @default CidrPlan.document()
   */
  readonly cidrPlan?: CidrPlan;

  /**
   * Addresses of the network in the region that takes over; an overlap with the other one is an error.
   *
   * @default - the next free range of the same size
   */
  readonly drCidrPlan?: CidrPlan;

  /**
   * Ids of AWS's own prefix lists.
   *
   * @default - known for us-east-1 and us-west-2; must be given in other regions
   */
  readonly prefixListIds?: ManagedPrefixListIds;

  /**
   * Ids of AWS's own prefix lists in the region that takes over.
   *
   * @default - known for us-east-1 and us-west-2; must be given in other regions
   */
  readonly drPrefixListIds?: ManagedPrefixListIds;

  /**
   * Instruments that are traded.
   *
   * @default - BTCUSDT and ETHUSDT
   */
  readonly instruments?: InstrumentOptions[];

  /**
   * Symbols whose live prices are streamed.
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
   * What members of each group may do.
   *
   * @default - traders may trade, operators may operate
   */
  readonly accessControl?: UserGroupAccess[];

  /**
   * Countries that are served or not, as ISO 3166-1 alpha-2 codes.
   *
   * @default - all are served
   */
  readonly geoRestriction?: cloudfront.GeoRestriction;

  /**
   * API tasks that run at least: what two of three zones need for the workload.
   *
   * @default 6
   */
  readonly apiMinCapacity?: number;

  /**
   * API tasks that run at most.
   *
   * @default 18
   */
  readonly apiMaxCapacity?: number;

  /**
   * API tasks that wait in the region that takes over. They serve reads; the switch starts the others.
   *
   * @default 3
   */
  readonly drApiMinCapacity?: number;

  /**
   * How a new version of the API takes over.
   *
   * @default DeploymentPlan.blueGreen()
   */
  readonly deploymentPlan?: DeploymentPlan;

  /**
   * Type of the instances that nothing but matchers run on.
   *
   * @default - c5.2xlarge
   */
  readonly matcherInstanceType?: ec2.InstanceType;

  /**
   * Whether matchers run on hardware that no other account uses.
   *
   * @default false
   */
  readonly dedicatedHardware?: boolean;

  /**
   * Class of the ledger's instances, the same in both regions.
   *
   * @default - db.r7g.large
   */
  readonly ledgerInstanceType?: ec2.InstanceType;

  /**
   * Type of the cache's nodes.
   *
   * @default 'cache.r7g.large'
   */
  readonly cacheNodeType?: string;

  /**
   * Shards of the cache.
   *
   * @default 2
   */
  readonly cacheShards?: number;

  /**
   * Type of the two instances of the message broker.
   *
   * @default 'mq.m5.large'
   */
  readonly brokerInstanceType?: string;

  /**
   * Whether people may create an account by themselves.
   *
   * @default true
   */
  readonly selfSignUp?: boolean;

  /**
   * First of the weekly windows in which AWS may work on databases, caches and brokers; the others follow one after the other.
   *
   * @default - Sunday 03:00 UTC, an hour
   */
  readonly maintenanceWindow?: MaintenanceWindow;
}
