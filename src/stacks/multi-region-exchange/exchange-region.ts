import { Environment, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { ExchangeApplicationStack } from './application-stack';
import { ExchangeDataStack } from './data-stack';
import type { MultiRegionExchangeProps } from './exchange-options';
import { ExchangeKeysStack } from './keys-stack';
import { markStandby } from './standby';
import { DeploymentPlan } from '../../constructs/delivery/deployment-plan';
import { CidrPlan } from '../../constructs/network/cidr-plan';
import { RecoveryObjective } from '../../constructs/resilience/recovery-objective';
import { NetworkStack } from '../network-stack';

/** Properties of `ExchangeRegion`. */
export interface ExchangeRegionProps {
  /** Account and region. */
  readonly env: Environment;

  /** Properties of the system. */
  readonly system: MultiRegionExchangeProps;

  /** What must be kept. */
  readonly objective: RecoveryObjective;

  /** Addresses of the network. */
  readonly cidrPlan: CidrPlan;

  /** Addresses of the other region's network. */
  readonly otherCidrPlan: CidrPlan;

  /** Keys of the region. */
  readonly keys: ExchangeKeysStack;

  /**
   * Keys of the region that takes over. Given in the primary region.
   *
   * @default - this is the region that takes over
   */
  readonly standbyKeys?: ExchangeKeysStack;

  /**
   * The primary region. Given in the region that takes over.
   *
   * @default - this is the primary region
   */
  readonly primary?: ExchangeRegion;

  /** Instruments as a JSON list, as the setup function takes them. */
  readonly instruments: string;

  /** Symbols that the streamer follows. */
  readonly symbols: string[];

  /** What members of each group may do, as JSON. */
  readonly accessControl: string;
}

/** The stacks of one region, below one construct so that their names sort together: network, data, services. */
export class ExchangeRegion extends Construct {
  /** The network. */
  public readonly networkStack: NetworkStack;
  /** Everything that keeps state. */
  public readonly data: ExchangeDataStack;
  /** The services. */
  public readonly application: ExchangeApplicationStack;

  public constructor(scope: Construct, id: string, props: ExchangeRegionProps) {
    super(scope, id);
    const { env, system, primary } = props;
    const { endpoint, removalPolicy } = system;
    const prefixListIds = primary === undefined ? system.prefixListIds : system.drPrefixListIds;
    this.networkStack = new NetworkStack(this, 'Network', {
      env, network: { cidrPlan: props.cidrPlan, peeredCidrs: [props.otherCidrPlan.cidr], containerInstances: true, prefixListIds, removalPolicy },
    });
    const { network } = this.networkStack;
    this.data = new ExchangeDataStack(this, 'Data', {
      env,
      network,
      keys: props.keys,
      standbyKeys: props.standbyKeys,
      primary: primary?.data,
      objective: props.objective,
      hasOriginSecret: endpoint?.isCustom,
      alarmEmails: system.alarmEmails,
      ledgerInstanceType: system.ledgerInstanceType,
      cacheNodeType: system.cacheNodeType,
      cacheShards: system.cacheShards,
      brokerInstanceType: system.brokerInstanceType,
      selfSignUp: system.selfSignUp,
      removalPolicy,
    });
    this.application = new ExchangeApplicationStack(this, 'Application', {
      env,
      network,
      data: this.data,
      endpoint,
      prefixListIds,
      isStandby: primary !== undefined,
      instruments: props.instruments,
      symbols: props.symbols,
      feedUrl: system.feedUrl,
      accessControl: props.accessControl,
      apiMinCapacity: primary === undefined ? system.apiMinCapacity ?? 6 : system.drApiMinCapacity ?? 3,
      apiMaxCapacity: system.apiMaxCapacity ?? 18,
      matcherInstanceType: system.matcherInstanceType ?? ec2.InstanceType.of(ec2.InstanceClass.C5, ec2.InstanceSize.XLARGE2),
      dedicatedHardware: system.dedicatedHardware,
      deploymentPlan: system.deploymentPlan ?? DeploymentPlan.blueGreen(),
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    });
    if (primary !== undefined) for (const stack of [this.networkStack, this.data, this.application]) markStandby(stack);
  }
}
