import { Environment, RemovalPolicy } from 'aws-cdk-lib';
import { QuotaIncrease } from '../assurance/capacity/quota';
import { Workload } from '../assurance/capacity/workload';
import { PublicEndpoint } from '../constructs/edge/public-endpoint';
import { ServiceLevelObjective } from '../constructs/observability/service-level-objective';
import { RecoveryObjective } from '../constructs/resilience/recovery-objective';

/** Decisions that the user of any system makes; each system adds its own. */
export interface TradingSystemProps {
  /**
   * Where the system is deployed. Its edge is always in us-east-1.
   *
   * @default - us-east-1 in the account of the deployment
   */
  readonly env?: Environment;

  /**
   * How users reach the system.
   *
   * @default PublicEndpoint.cloudFrontDomain()
   */
  readonly endpoint?: PublicEndpoint;

  /**
   * What the system is built for. Quotas and tasks are held against it when the templates are made.
   *
   * @default - nothing is held against quotas
   */
  readonly workload?: Workload;

  /**
   * Increases of quotas that AWS has granted.
   *
   * @default - the limits of a fresh account
   */
  readonly quotaIncreases?: QuotaIncrease[];

  /**
   * What users are promised.
   *
   * @default - what the system's document promises
   */
  readonly serviceLevelObjective?: ServiceLevelObjective;

  /**
   * How soon the system is back and what may be lost. The synthesis fails when the templates cannot keep it.
   *
   * @default - what the system's document promises
   */
  readonly recoveryObjective?: RecoveryObjective;

  /**
   * Addresses that are told about alarms and costs.
   *
   * @default - nobody; the topic is there to subscribe to
   */
  readonly alarmEmails?: string[];

  /**
   * What a calendar month may cost, in US dollars.
   *
   * @default - no budget
   */
  readonly monthlyBudgetUsd?: number;

  /**
   * Name of the environment in tags and logs, such as `production`.
   *
   * @default 'production'
   */
  readonly environmentName?: string;

  /**
   * Who owns the system, for the tags.
   *
   * @default 'platform'
   */
  readonly owner?: string;

  /**
   * Whom the costs belong to, for the tags.
   *
   * @default 'trading'
   */
  readonly costCenter?: string;

  /**
   * What happens to everything that keeps state when it leaves the system. DESTROY also turns deletion protection off: for
   * environments that are thrown away.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
