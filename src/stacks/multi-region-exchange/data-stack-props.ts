import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { ExchangeDataStack } from './data-stack';
import type { ExchangeKeysStack } from './keys-stack';
import { TradingNetwork } from '../../constructs/network/trading-network';
import { RecoveryObjective } from '../../constructs/resilience/recovery-objective';
import { TradingStackProps } from '../trading-stack';

/** Properties of `ExchangeDataStack`. */
export interface ExchangeDataStackProps extends TradingStackProps {
  /** Network that the stores are placed in. */
  readonly network: TradingNetwork;

  /** Keys of the region. */
  readonly keys: ExchangeKeysStack;

  /**
   * Keys and files of the region that takes over. Given in the primary region.
   *
   * @default - `primary`
   */
  readonly standbyKeys?: ExchangeKeysStack;

  /**
   * Data of the primary region. Given in the region that takes over.
   *
   * @default - this is the primary region
   */
  readonly primary?: ExchangeDataStack;

  /** What must be kept. */
  readonly objective: RecoveryObjective;

  /**
   * Whether our distribution reaches the load balancers over the internet and so shows them a secret.
   *
   * @default false
   */
  readonly hasOriginSecret?: boolean;

  /**
   * Addresses that are told about alarms.
   *
   * @default - nobody; the topic is there to subscribe to
   */
  readonly alarmEmails?: string[];

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
   * Type of the two instances of the broker.
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
   * What happens to everything that keeps state when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
