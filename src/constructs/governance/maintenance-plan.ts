import { AspectPriority, Aspects, CfnResource, Duration } from 'aws-cdk-lib';
import { CfnBroker } from 'aws-cdk-lib/aws-amazonmq';
import { CfnCacheCluster, CfnReplicationGroup } from 'aws-cdk-lib/aws-elasticache';
import { CfnDBCluster, CfnDBInstance } from 'aws-cdk-lib/aws-rds';
import { Construct, IConstruct } from 'constructs';
import { MaintenanceWindow } from './maintenance-window';
import { Faults } from '../../private/faults';

/** Properties of `MaintenancePlan`. */
export interface MaintenancePlanProps {
  /** Window of the first component; the others follow it. */
  readonly window: MaintenanceWindow;

  /**
   * Time between the end of one window and the start of the next, in which a component recovers.
   *
   * @default Duration.hours(1)
   */
  readonly pause?: Duration;

  /**
   * Components that keep the windows that they have, with everything below them.
   *
   * @default - none
   */
  readonly except?: IConstruct[];
}

/** AWS fixes the length of a broker's window. */
const BROKER_MINUTES = 120;
const WEEK = 7 * 24 * 60;

/**
 * Gives every database, cache and broker below its scope a weekly window of its own, one after the other: while a writer is worked
 * on, its readers, the cache and the broker are not. It replaces the windows that they have, in the order in which they are defined,
 * so what is added later comes last and changes nothing before it.
 */
export class MaintenancePlan extends Construct {
  private readonly planned = new Map<string, MaintenanceWindow>();
  private readonly faults: string[] = [];
  private readonly pause: number;
  private minutes = 0;

  public constructor(scope: Construct, id: string, private readonly props: MaintenancePlanProps) {
    super(scope, id);
    const pause = props.pause ?? Duration.hours(1);
    const faults = new Faults(this.node.path);
    faults.check(!pause.isUnresolved(), '`pause` must be known when the template is made');
    faults.throwIfAny();
    this.pause = pause.toMinutes();
    Aspects.of(scope).add({ visit: (construct) => this.visit(construct) }, { priority: AspectPriority.MUTATING });
    this.node.addValidation({ validate: () => this.problems() });
  }

  /** The windows as RDS writes them, by the path of the component; complete once the app is synthesised. */
  public get windows(): { [path: string]: string } {
    return Object.fromEntries([...this.planned].map(([path, window]) => [path, window.toRds()]));
  }

  private visit(construct: IConstruct): void {
    if (this.planned.has(construct.node.path) || construct.node.scopes.some((above) => this.props.except?.includes(above))) return;
    if (construct instanceof CfnDBCluster || construct instanceof CfnDBInstance) {
      construct.preferredMaintenanceWindow = this.next(construct).toRds();
    } else if (construct instanceof CfnReplicationGroup || construct instanceof CfnCacheCluster) {
      construct.preferredMaintenanceWindow = this.cacheWindow(construct);
    } else if (construct instanceof CfnBroker) {
      if (construct.deploymentMode === 'SINGLE_INSTANCE') {
        this.faults.push(`${construct.node.path}: a broker's window is two hours a week, eight a month, and a single instance is away in it; `
          + 'planned maintenance must stay within 4 hours a month, so set `deploymentMode` to ACTIVE_STANDBY_MULTI_AZ');
      }
      construct.maintenanceWindowStartTime = this.next(construct, BROKER_MINUTES).toMq();
    }
  }

  private cacheWindow(cache: CfnResource): string | undefined {
    const window = this.next(cache);
    if (window.duration.toMinutes() >= 60) return window.toElastiCache();
    this.faults.push(`${cache.node.path}: \`window\` must be 60 minutes long for ElastiCache, got: ${window.duration.toHumanString()}`);
    return undefined;
  }

  private next(component: IConstruct, minutes = this.props.window.duration.toMinutes()): MaintenanceWindow {
    const window = this.props.window.shifted(Duration.minutes(this.minutes));
    this.minutes += minutes + this.pause;
    this.planned.set(component.node.path, window);
    return window;
  }

  private problems(): string[] {
    const late = this.minutes <= WEEK ? [] : [
      `${this.planned.size} components with their pauses must fit into a week of ${WEEK} minutes, got: ${this.minutes} minutes; shorten \`pause\` or make several plans`,
    ];
    return [...this.faults, ...late];
  }
}
