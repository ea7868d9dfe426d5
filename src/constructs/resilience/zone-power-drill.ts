import { Duration, RemovalPolicy, Tags } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as fis from 'aws-cdk-lib/aws-fis';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, IConstruct } from 'constructs';
import { checkExperiment, ExperimentFault, experimentRole, experimentTemplate, isZone } from '../../private/fault-experiment';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';
import {
  cacheFault, databaseFault, instanceFault, networkFault, SCALING_TAG, scalingFault, shiftFault, taskFault, ZONE_TAG, ZoneOutage,
} from '../../private/zone-faults';
import { TradingLogGroup } from '../observability/trading-log-group';

/** What loses its power in a drill. The value is that of the tag by which FIS finds it. */
export enum ZoneDrillPart {
  /** Subnets of the zone are cut off. Fargate feels this. */
  SUBNETS = 'DisruptSubnet',
  /** ECS tasks in the zone stop. */
  TASKS = 'StopTasks',
  /** Aurora clusters whose writer is in the zone fail over. */
  DATABASES = 'DisruptRds',
  /** Cache nodes in the zone stop. */
  CACHES = 'ElasticacheImpact',
  /** EC2 instances in the zone stop. */
  INSTANCES = 'StopInstances',
  /** Auto Scaling groups get no new instances in the zone. */
  AUTO_SCALING_GROUPS = 'IceAsg',
  /** Load balancers with zonal autoshift send nothing to the zone, after five minutes. */
  LOAD_BALANCERS = 'RecoverAutoshiftResources',
}

/** Properties of `ZonePowerDrill`. */
export interface ZonePowerDrillProps {
  /** Zone that loses its power, by its name such as `us-east-1a`. A drill for the database needs the zone of its writer. */
  readonly availabilityZone: string;

  /** Alarms that end the drill at once, 1 to 5: users are hurt more than the drill is worth. */
  readonly stopAlarms: cloudwatch.IAlarm[];

  /**
   * What loses its power. Each part must have something that carries its tag, or the drill fails instead of proving nothing.
   *
   * @default - subnets, tasks, databases and caches
   */
  readonly parts?: ZoneDrillPart[];

  /**
   * How long the power is away.
   *
   * @default Duration.minutes(30)
   */
  readonly duration?: Duration;

  /**
   * How long the subnets are cut off, at the start of the outage.
   *
   * @default Duration.minutes(2)
   */
  readonly networkLoss?: Duration;

  /**
   * Group that takes the log of the drill.
   *
   * @default - a group is defined, kept for 90 days
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * What happens to the group that is defined here when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

const DEFAULT_PARTS = [ZoneDrillPart.SUBNETS, ZoneDrillPart.TASKS, ZoneDrillPart.DATABASES, ZoneDrillPart.CACHES];
/** AWS shifts traffic by itself only after it has seen the trouble; the drill does not do it sooner. */
const SHIFT_AFTER = Duration.minutes(5);

/**
 * A drill in which one zone loses its power, as a template of AWS Fault Injection Service. Deploying it changes nothing; a person
 * or a pipeline starts it. What takes part carries a tag, set with `ZonePowerDrill.include()`.
 */
export class ZonePowerDrill extends Construct {
  /**
   * Lets a construct, and everything of its kind below it, take part in drills.
   *
   * @param scope what takes part, such as a VPC for its subnets or a database cluster
   * @param part as what
   */
  public static include(scope: IConstruct, part: ZoneDrillPart): void {
    Tags.of(scope).add(part === ZoneDrillPart.AUTO_SCALING_GROUPS ? SCALING_TAG : ZONE_TAG, part, { includeResourceTypes: TYPES[part] });
  }

  /** The template. */
  public readonly template: fis.CfnExperimentTemplate;
  /** Role of the experiment. */
  public readonly role: iam.Role;
  /** Log of the drill. */
  public readonly logGroup: logs.ILogGroup;

  public constructor(scope: Construct, id: string, props: ZonePowerDrillProps) {
    super(scope, id);
    const parts = props.parts ?? DEFAULT_PARTS;
    const duration = props.duration ?? Duration.minutes(30);
    const networkLoss = props.networkLoss ?? Duration.minutes(2);
    this.validate(props, parts, duration, networkLoss);
    const outage = { zone: props.availabilityZone, duration, networkLoss };
    const faults = parts.map((part) => this.faultOf(part, outage));
    this.logGroup = props.logGroup ?? new TradingLogGroup(this, 'Logs', { removalPolicy: props.removalPolicy }).logGroup;
    this.role = experimentRole(this, faults);
    const waits = parts.includes(ZoneDrillPart.LOAD_BALANCERS);
    this.template = experimentTemplate(this, this.role, {
      description: `Power outage of ${props.availabilityZone} for ${duration.toHumanString()}`,
      stopAlarms: props.stopAlarms,
      logGroup: this.logGroup,
      faults,
      otherActions: waits ? { Wait: { actionId: 'aws:fis:wait', parameters: { duration: SHIFT_AFTER.toIsoString() } } } : {},
    });
    // Without its permissions a drill that is started early fails halfway.
    this.template.node.addDependency(this.role);
  }

  private faultOf(part: ZoneDrillPart, outage: ZoneOutage): ExperimentFault {
    switch (part) {
      case ZoneDrillPart.SUBNETS: return networkFault(this, part, outage);
      case ZoneDrillPart.TASKS: return taskFault(this, part, outage);
      case ZoneDrillPart.DATABASES: return databaseFault(this, part, outage);
      case ZoneDrillPart.CACHES: return cacheFault(this, part, outage);
      case ZoneDrillPart.INSTANCES: return instanceFault(this, part, outage);
      case ZoneDrillPart.AUTO_SCALING_GROUPS: return scalingFault(part, outage);
      case ZoneDrillPart.LOAD_BALANCERS: return shiftFault(this, part, outage, SHIFT_AFTER);
    }
  }

  private validate(props: ZonePowerDrillProps, parts: ZoneDrillPart[], duration: Duration, networkLoss: Duration): void {
    const faults = new Faults(this.node.path);
    faults.check(isZone(props.availabilityZone), `\`availabilityZone\` must be the name of a zone such as us-east-1a, got: '${props.availabilityZone}'`);
    checkExperiment(faults, props.stopAlarms, duration);
    faults.check(parts.length > 0, '`parts` must not be empty');
    faults.check(new Set(parts).size === parts.length, `\`parts\` must not repeat one, got: ${parts.join(', ')}`);
    checkPlain(faults, { networkLoss });
    const known = !duration.isUnresolved() && !networkLoss.isUnresolved();
    faults.check(!known || (networkLoss.toSeconds() >= 60 && networkLoss.toSeconds() <= duration.toSeconds()),
      `\`networkLoss\` must be from 1 minute to the \`duration\` of ${duration.toHumanString()}, got: ${networkLoss.toHumanString()}`);
    faults.check(!parts.includes(ZoneDrillPart.LOAD_BALANCERS) || duration.isUnresolved() || duration.toSeconds() > SHIFT_AFTER.toSeconds(),
      `\`duration\` must be longer than the ${SHIFT_AFTER.toHumanString()} after which traffic is shifted, got: ${duration.toHumanString()}`);
    faults.check(props.logGroup === undefined || props.removalPolicy === undefined,
      '`removalPolicy` belongs to a group that is defined here and cannot be given with `logGroup`');
    faults.throwIfAny();
  }
}

/** What carries the tag of a part. Tasks get theirs from their service or task definition. */
const TYPES: Record<ZoneDrillPart, string[]> = {
  [ZoneDrillPart.SUBNETS]: ['AWS::EC2::Subnet'],
  [ZoneDrillPart.TASKS]: ['AWS::ECS::Service', 'AWS::ECS::TaskDefinition'],
  [ZoneDrillPart.DATABASES]: ['AWS::RDS::DBCluster'],
  [ZoneDrillPart.CACHES]: ['AWS::ElastiCache::ReplicationGroup'],
  [ZoneDrillPart.INSTANCES]: ['AWS::EC2::Instance', 'AWS::AutoScaling::AutoScalingGroup'],
  [ZoneDrillPart.AUTO_SCALING_GROUPS]: ['AWS::AutoScaling::AutoScalingGroup'],
  [ZoneDrillPart.LOAD_BALANCERS]: ['AWS::ElasticLoadBalancingV2::LoadBalancer'],
};
