import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { ExchangeDataStack } from './data-stack';
import { DeploymentPlan } from '../../constructs/delivery/deployment-plan';
import { PublicEndpoint } from '../../constructs/edge/public-endpoint';
import { ManagedPrefixListIds } from '../../constructs/network/managed-prefix-lists';
import { TradingNetwork } from '../../constructs/network/trading-network';
import { TradingStackProps } from '../trading-stack';

/** Properties of `ExchangeApplicationStack`. */
export interface ExchangeApplicationStackProps extends TradingStackProps {
  /** Network that the tasks run in. */
  readonly network: TradingNetwork;

  /** State that the services work on. */
  readonly data: ExchangeDataStack;

  /**
   * Whether the region waits to take over: its matchers are not started, and nothing is written into its journal.
   *
   * @default false
   */
  readonly isStandby?: boolean;

  /**
   * How users reach the system; a custom name gives the load balancer a public address that only our distribution can use.
   *
   * @default PublicEndpoint.cloudFrontDomain()
   */
  readonly endpoint?: PublicEndpoint;

  /** Instruments as a JSON list, as the setup function takes them. */
  readonly instruments: string;

  /** Symbols that the streamer follows. */
  readonly symbols: string[];

  /** API tasks that run at least. */
  readonly apiMinCapacity: number;

  /** API tasks that run at most. */
  readonly apiMaxCapacity: number;

  /**
   * WebSocket of the exchange that prices come from, in Bybit's public protocol.
   *
   * @default - Bybit's spot market
   */
  readonly feedUrl?: string;

  /** Type of the instances that the matchers run on. */
  readonly matcherInstanceType: ec2.InstanceType;

  /**
   * Whether they run on hardware that no other account uses.
   *
   * @default false
   */
  readonly dedicatedHardware?: boolean;

  /** How a new version of the API takes over. */
  readonly deploymentPlan: DeploymentPlan;

  /** What members of each group may do, as the user service takes it. */
  readonly accessControl: string;

  /**
   * Ids of AWS's own prefix lists in the region.
   *
   * @default - known for us-east-1 and us-west-2
   */
  readonly prefixListIds?: ManagedPrefixListIds;

  /**
   * Certificate of the load balancer.
   *
   * @default - made and validated in the hosted zone of `endpoint`
   */
  readonly certificate?: acm.ICertificate;

  /**
   * Whether the load balancer must first be unprotected before it can be deleted.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
}
