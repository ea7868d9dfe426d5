import { Environment } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ReadingApplicationStack } from './reading-application-stack';
import { ReadingDataStack } from './reading-data-stack';
import type { RetailDataStack } from './retail-data-stack';
import type { RetailExchangeProps } from './retail-options';
import { CidrPlan } from '../../constructs/network/cidr-plan';
import { ManagedPrefixListIds } from '../../constructs/network/managed-prefix-lists';
import { markStandby } from '../multi-region-exchange/standby';
import { NetworkStack } from '../network-stack';

/** Properties of `ReadingRegion`. */
export interface ReadingRegionProps {
  /** Account and region. */
  readonly env: Environment;

  /** Data of the home region. */
  readonly home: RetailDataStack;

  /** Properties of the system. */
  readonly system: RetailExchangeProps;

  /** Addresses of the network. */
  readonly cidrPlan: CidrPlan;

  /** API tasks that run at least, on Fargate. */
  readonly apiMinCapacity: number;

  /** API tasks that run at most; those above the minimum run on Fargate Spot. */
  readonly apiMaxCapacity: number;

  /**
   * Ids of AWS's own prefix lists in the region.
   *
   * @default - known for us-east-1 and us-west-2
   */
  readonly prefixListIds?: ManagedPrefixListIds;

  /** Ranges of the other regions' networks. */
  readonly peeredCidrs: string[];
}

/** The stacks of a region that only reads, below one construct so that their names sort together: network, data, services. */
export class ReadingRegion extends Construct {
  /** The network. */
  public readonly networkStack: NetworkStack;
  /** What the region reads. */
  public readonly data: ReadingDataStack;
  /** The API. */
  public readonly application: ReadingApplicationStack;

  public constructor(scope: Construct, id: string, props: ReadingRegionProps) {
    super(scope, id);
    const { env, home, system, cidrPlan, prefixListIds, apiMinCapacity, apiMaxCapacity } = props;
    this.networkStack = new NetworkStack(this, 'Network', {
      env, network: { cidrPlan, prefixListIds, peeredCidrs: props.peeredCidrs, removalPolicy: system.removalPolicy },
    });
    const { network } = this.networkStack;
    this.data = new ReadingDataStack(this, 'Data', { env, network, home, system });
    this.application = new ReadingApplicationStack(this, 'Application', {
      env, network, home, system, prefixListIds, apiMinCapacity, apiMaxCapacity, data: this.data,
    });
    for (const stack of [this.networkStack, this.data, this.application]) markStandby(stack);
  }
}
