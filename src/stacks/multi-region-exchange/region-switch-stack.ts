import { ArnFormat, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acceptRegionSwitch } from './acknowledgements';
import type { ExchangeDataStack } from './data-stack';
import type { ExchangeRegion } from './exchange-region';
import { TradingService } from '../../constructs/compute/trading-service';
import { RecoveryObjective } from '../../constructs/resilience/recovery-objective';
import { RegionSwitchPlan } from '../../constructs/resilience/region-switch-plan';
import { RegionSwitchStep } from '../../constructs/resilience/region-switch-step';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** Properties of `RegionSwitchStack`. */
export interface RegionSwitchStackProps extends TradingStackProps {
  /** Region that serves. */
  readonly primary: ExchangeRegion;

  /** Region that takes over. */
  readonly standby: ExchangeRegion;

  /** What must be kept. */
  readonly objective: RecoveryObjective;
}

/**
 * The plan of the switch, in the region that takes over, because it is needed when the other one is gone. Its steps: tasks of the API for
 * the whole load, then the ledger, then the matchers. Users follow by themselves: a region whose matchers run is healthy.
 */
export class RegionSwitchStack extends TradingStack {
  /** The plan. */
  public readonly plan: RegionSwitchPlan;

  public constructor(scope: Construct, id: string, props: RegionSwitchStackProps) {
    super(scope, id, { description: 'Plan of the switch to the other region', ...props });
    const { primary, standby, objective } = props;
    const both = (service: (region: ExchangeRegion) => TradingService) => ({ services: [primary, standby].map((region) => arnsOf(service(region))) });
    this.plan = new RegionSwitchPlan(this, 'Plan', {
      primaryRegion: primary.data.region,
      secondaryRegion: standby.data.region,
      objective,
      steps: [
        RegionSwitchStep.scaleServices('scale-api', { ...both(({ application }) => application.api), timeout: Duration.minutes(3) }),
        RegionSwitchStep.promoteDatabase('promote-ledger', {
          globalClusterIdentifier: primary.data.globalLedger!.globalClusterIdentifier,
          clusterArns: [primary, standby].map(({ data }) => clusterArn(data)),
          timeout: Duration.minutes(5),
        }),
        RegionSwitchStep.scaleServices('start-matcher-a', { ...both(({ application }) => application.matching.serviceA), timeout: Duration.minutes(3) }),
        RegionSwitchStep.scaleServices('start-matcher-b', { ...both(({ application }) => application.matching.serviceB), timeout: Duration.minutes(3) }),
      ],
      healthAlarms: primary.application.healthAlarms.slice(0, 1).concat(standby.application.healthAlarms.slice(0, 1)),
    });
    acceptRegionSwitch(this.plan);
  }
}

function arnsOf({ service }: TradingService): { clusterArn: string; serviceArn: string } {
  return { clusterArn: service.cluster.clusterArn, serviceArn: service.serviceArn };
}

function clusterArn(data: ExchangeDataStack): string {
  const resourceName = data.primaryLedger?.cluster.clusterIdentifier ?? data.ledgerReplica!.cfnCluster.ref;
  return data.formatArn({ service: 'rds', resource: 'cluster', resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}
