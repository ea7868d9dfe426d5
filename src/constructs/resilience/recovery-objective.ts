import { Duration, Token, Validations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { RecoveryThresholds, RecoveryTopology, RegionReplication, RequiredTopology } from './recovery-topology';
import { RecoveryValidation } from './recovery-validation';
import { Faults } from '../../private/faults';

/** How long the loss of something may be felt. */
export interface RecoveryTarget {
  /** Time within which orders are accepted again (RTO). */
  readonly rto: Duration;

  /** Span of accepted orders that may be lost (RPO); 0 for none. */
  readonly rpo: Duration;
}

/** What a system must survive. */
export interface RecoveryObjectiveOptions {
  /** Loss of an availability zone. */
  readonly zone: RecoveryTarget;

  /**
   * Loss of a region.
   *
   * @default - the loss of the region is not survived
   */
  readonly region?: RecoveryTarget;
}

/** What `RecoveryObjective.enforce()` leaves out. */
export interface RecoveryEnforcementOptions {
  /**
   * Parts on which no accepted order depends, such as backtests and their workers, with everything below them.
   *
   * @default - none: everything below the scope must keep the objective
   */
  readonly except?: IConstruct[];
}

/** Seconds of things that take their time whatever we do; documented by AWS, not measured here. */
const AURORA_WITHOUT_READER = 600;
const TASKS_START = 300;
const INSTANCE_IN_SECONDARY = 3600;
const SWITCH_BY_HAND = 3600;
/** Smallest RPO that Aurora Global Database can be held to (`rds.global_db_rpo`). */
const AURORA_GLOBAL_RPO = 20;

const RANK = [RegionReplication.NONE, RegionReplication.BACKUPS, RegionReplication.ASYNCHRONOUS, RegionReplication.SYNCHRONOUS];

/**
 * How soon a system must work again, and how much it may lose, when a zone or a region is gone. It says what the topology needs,
 * fails synthesis when the templates cannot keep it, and gives alarms their thresholds.
 */
export class RecoveryObjective {
  /** `GatewayExchange`: a zone within a minute, nothing lost. */
  public static readonly GATEWAY_EXCHANGE = RecoveryObjective.of({ zone: { rto: Duration.minutes(1), rpo: Duration.seconds(0) } });

  /** `MultiRegionExchange`: a zone within a minute, nothing lost; the region within 15 minutes, less than a minute lost. */
  public static readonly MULTI_REGION_EXCHANGE = RecoveryObjective.of({
    zone: { rto: Duration.minutes(1), rpo: Duration.seconds(0) },
    region: { rto: Duration.minutes(15), rpo: Duration.minutes(1) },
  });

  /**
   * An objective of one's own.
   *
   * @throws Error that lists everything that is wrong
   */
  public static of(options: RecoveryObjectiveOptions): RecoveryObjective {
    const faults = new Faults('RecoveryObjective');
    const targets: Array<[string, RecoveryTarget | undefined]> = [['zone', options.zone], ['region', options.region]];
    for (const [name, target] of targets) {
      if (target === undefined) continue;
      if (target.rto.isUnresolved() || target.rpo.isUnresolved()) {
        faults.add(`\`${name}.rto\` and \`${name}.rpo\` must be known when the template is made`);
      } else {
        faults.check(target.rto.toSeconds() >= 1, `\`${name}.rto\` must be at least a second, got: ${target.rto.toHumanString()}`);
      }
    }
    faults.throwIfAny();
    const { zone, region } = options;
    if (region !== undefined) {
      faults.check(region.rto.toSeconds() >= zone.rto.toSeconds(),
        `\`region.rto\` must not be shorter than \`zone.rto\` (${zone.rto.toHumanString()}), got: ${region.rto.toHumanString()}`);
      faults.check(region.rpo.toSeconds() >= zone.rpo.toSeconds(),
        `\`region.rpo\` must not be shorter than \`zone.rpo\` (${zone.rpo.toHumanString()}), got: ${region.rpo.toHumanString()}`);
    }
    faults.throwIfAny();
    return new RecoveryObjective(zone, region);
  }

  private constructor(
    /** Loss of a zone. */
    public readonly zone: RecoveryTarget,
    /** Loss of the region; undefined when it is not survived. */
    public readonly region?: RecoveryTarget,
  ) {}

  /** What the objective asks of a topology. */
  public requiredTopology(): RequiredTopology {
    const zoneRto = this.zone.rto.toSeconds();
    const regionRto = this.region?.rto.toSeconds() ?? Infinity;
    return {
      zones: 3,
      readerInAnotherZone: zoneRto < AURORA_WITHOUT_READER,
      standbyMatcher: zoneRto < TASKS_START,
      capacityWithoutZone: zoneRto < TASKS_START,
      synchronousJournal: this.zone.rpo.toSeconds() === 0,
      secondaryRegion: this.region !== undefined,
      replication: this.replication(),
      warmSecondary: regionRto < INSTANCE_IN_SECONDARY,
      regionSwitchPlan: regionRto < SWITCH_BY_HAND,
    };
  }

  /**
   * What a topology lacks to keep the objective, each with what would help; empty when it can keep it.
   *
   * A topology that passes can keep the objective; that it does is for a drill to show.
   */
  public shortfalls(topology: RecoveryTopology): string[] {
    const needed = this.requiredTopology();
    const zone = `a zone RTO of ${this.zone.rto.toHumanString()}`;
    const lacks: string[] = [];
    const need = (holds: boolean, text: string) => {
      if (!holds) lacks.push(text);
    };
    const { zones, databaseReaders, capacityWithoutZone } = topology;
    need(Token.isUnresolved(zones) || zones >= needed.zones, `${zone} needs ${needed.zones} zones, \`zones\` is ${zones}`);
    need(!needed.readerInAnotherZone || Token.isUnresolved(databaseReaders) || databaseReaders >= 1,
      `${zone} needs a database reader in another zone (a new writer takes up to 10 minutes), \`databaseReaders\` is ${databaseReaders}`);
    need(!needed.standbyMatcher || topology.standbyMatcher !== false, `${zone} needs a standby of the matcher in another zone, \`standbyMatcher\` is false`);
    need(!needed.capacityWithoutZone || capacityWithoutZone === undefined || Token.isUnresolved(capacityWithoutZone) || capacityWithoutZone >= 1,
      `${zone} needs the whole peak in the zones that remain, \`capacityWithoutZone\` is ${capacityWithoutZone}`);
    need(!needed.synchronousJournal || topology.synchronousJournal,
      'a zone RPO of 0 needs orders kept in several zones before anyone says yes, `synchronousJournal` is false');
    return [...lacks, ...this.regionShortfalls(topology, needed)];
  }

  /**
   * Fails unless a topology can keep the objective.
   *
   * @param scope what the message names
   * @param topology what is there
   * @throws Error that lists everything that is missing
   */
  public assertKeptBy(scope: IConstruct, topology: RecoveryTopology): void {
    const faults = new Faults(`${scope.node.path} cannot keep its recovery objective`);
    for (const shortfall of this.shortfalls(topology)) faults.add(shortfall);
    faults.throwIfAny();
  }

  /**
   * Fails the synthesis of the app when the templates of what is below `scope` cannot keep the objective: a database, a cache or a
   * service in one zone, a journal that forgets, a table that cannot be brought back to a point in time, and, with a target for the
   * region, a store that is not copied, no instance that runs there, no plan for the switch. What aspects and escape hatches change
   * counts. Each error names the resource, the property, its value and what would help, and can be acknowledged as
   * `RecoveryObjective::<rule>`.
   *
   * @param scope an app, a stage, a system, a stack or one construct
   * @param options what is left out
   */
  public enforce(scope: IConstruct, options: RecoveryEnforcementOptions = {}): void {
    const { zone, region } = this;
    Validations.of(scope).addPlugins(new RecoveryValidation(scope, { zone, region, needed: this.requiredTopology() }, options.except ?? []));
  }

  /** What alarms compare with. */
  public thresholds(): RecoveryThresholds {
    const part = (duration: Duration, divisor: number) => Duration.seconds(Math.max(1, Math.floor(duration.toSeconds() / divisor)));
    const lossless = this.region === undefined || this.region.rpo.toSeconds() === 0;
    return {
      standbyLag: part(this.zone.rto, 2),
      detection: part(this.zone.rto, 3),
      regionLag: lossless ? undefined : part((this.region as RecoveryTarget).rpo, 2),
    };
  }

  private replication(): RegionReplication {
    if (this.region === undefined) return RegionReplication.NONE;
    const rpo = this.region.rpo.toSeconds();
    if (rpo < AURORA_GLOBAL_RPO) return RegionReplication.SYNCHRONOUS;
    return rpo < 3600 ? RegionReplication.ASYNCHRONOUS : RegionReplication.BACKUPS;
  }

  private regionShortfalls(topology: RecoveryTopology, needed: RequiredTopology): string[] {
    if (this.region === undefined) return [];
    const rpo = `rpo ${this.region.rpo.toHumanString()}`;
    const rto = `rto ${this.region.rto.toHumanString()}`;
    const { primaryRegion, secondaryRegion, secondaryDatabaseInstances = 0, replication = RegionReplication.NONE } = topology;
    if (secondaryRegion === undefined) return [`${rpo} needs a secondary region, \`secondaryRegion\` is not given`];
    const lacks: string[] = [];
    if (secondaryRegion === primaryRegion) lacks.push(`\`secondaryRegion\` must be another region than \`primaryRegion\`, both are ${primaryRegion}`);
    if (RANK.indexOf(replication) < RANK.indexOf(needed.replication)) {
      lacks.push(`${rpo} needs ${needed.replication} replication to ${secondaryRegion}, \`replication\` is ${replication}`);
    } else if (replication === RegionReplication.BACKUPS) {
      const interval = topology.backupInterval ?? Duration.days(1);
      if (!interval.isUnresolved() && interval.toSeconds() > this.region.rpo.toSeconds()) {
        lacks.push(`${rpo} needs backups at least as often, \`backupInterval\` is ${interval.toHumanString()}`);
      }
    }
    if (needed.warmSecondary && secondaryDatabaseInstances < 1) {
      lacks.push(`${rto} needs a database instance that runs in ${secondaryRegion}, \`secondaryDatabaseInstances\` is ${secondaryDatabaseInstances}`);
    }
    if (needed.regionSwitchPlan && topology.regionSwitchPlan !== true) {
      lacks.push(`${rto} needs a prepared plan for the switch, such as RegionSwitchPlan, \`regionSwitchPlan\` is false`);
    }
    return lacks;
  }
}
