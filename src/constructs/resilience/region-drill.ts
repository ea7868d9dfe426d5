import { ArnFormat, Duration, RemovalPolicy, Stack, Tags, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as fis from 'aws-cdk-lib/aws-fis';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, IConstruct } from 'constructs';
import { allow, checkExperiment, everyResource, ExperimentFault, experimentRole, experimentTemplate } from '../../private/fault-experiment';
import { Faults } from '../../private/faults';
import { routeStatements } from '../../private/network-fault-statements';
import { TradingLogGroup } from '../observability/trading-log-group';

/** What loses its connection to the other region in a drill. */
export enum RegionDrillPart {
  /** Traffic from subnets to the other region is cut off. */
  SUBNETS = 'DisruptSubnet',
  /** DynamoDB global tables replicate no more. */
  TABLES = 'DisruptDynamoDb',
  /** S3 buckets replicate no more. */
  BUCKETS = 'DisruptS3',
}

/** Properties of `RegionDrill`. */
export interface RegionDrillProps {
  /** Region that seems to be gone, seen from the region of the stack. */
  readonly isolatedRegion: string;

  /** Alarms that end the drill at once, 1 to 5: users are hurt more than the drill is worth. */
  readonly stopAlarms: cloudwatch.IAlarm[];

  /**
   * What loses its connection. Each part must have something that carries its tag, or the drill fails instead of proving nothing.
   *
   * @default - subnets
   */
  readonly parts?: RegionDrillPart[];

  /**
   * How long the region is away.
   *
   * @default Duration.minutes(30)
   */
  readonly duration?: Duration;

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

/** What carries the tag of a part. */
const TYPES: Record<RegionDrillPart, string[]> = {
  [RegionDrillPart.SUBNETS]: ['AWS::EC2::Subnet'],
  [RegionDrillPart.TABLES]: ['AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table'],
  [RegionDrillPart.BUCKETS]: ['AWS::S3::Bucket'],
};
/** Value of the tags. */
const ALLOWED = 'Allowed';

/**
 * A drill in which another region cannot be reached, as a template of AWS Fault Injection Service: what runs here must go on
 * without it, and what takes over there must not need this region. Deploying it changes nothing. What takes part carries a tag,
 * set with `RegionDrill.include()`.
 *
 * FIS cuts traffic that leaves, not traffic that arrives, and cannot cut the replication of Aurora Global Database.
 */
export class RegionDrill extends Construct {
  /**
   * Lets a construct, and everything of its kind below it, take part in drills.
   *
   * @param scope what takes part, such as a VPC for its subnets or a bucket
   * @param part as what
   */
  public static include(scope: IConstruct, part: RegionDrillPart): void {
    Tags.of(scope).add(part, ALLOWED, { includeResourceTypes: TYPES[part] });
  }

  /** The template. */
  public readonly template: fis.CfnExperimentTemplate;
  /** Role of the experiment. */
  public readonly role: iam.Role;
  /** Log of the drill. */
  public readonly logGroup: logs.ILogGroup;

  public constructor(scope: Construct, id: string, props: RegionDrillProps) {
    super(scope, id);
    const parts = props.parts ?? [RegionDrillPart.SUBNETS];
    const duration = props.duration ?? Duration.minutes(30);
    this.validate(props, parts, duration);
    const faults = parts.map((part) => this.faultOf(part, props.isolatedRegion, duration.toIsoString()));
    this.logGroup = props.logGroup ?? new TradingLogGroup(this, 'Logs', { removalPolicy: props.removalPolicy }).logGroup;
    this.role = experimentRole(this, faults);
    this.template = experimentTemplate(this, this.role, {
      description: `Loss of ${props.isolatedRegion} for ${duration.toHumanString()}`, stopAlarms: props.stopAlarms, logGroup: this.logGroup, faults,
    });
    // Without its permissions a drill that is started early fails halfway.
    this.template.node.addDependency(this.role);
  }

  private faultOf(part: RegionDrillPart, region: string, duration: string): ExperimentFault {
    const target = (resourceType: string) => ({ resourceType, resourceTags: { [part]: ALLOWED }, selectionMode: 'ALL' });
    const inAccount = { 'aws:ResourceAccount': Stack.of(this).account };
    const ifTagged = { StringEquals: { [`aws:ResourceTag/${part}`]: ALLOWED } };
    switch (part) {
      case RegionDrillPart.SUBNETS: return {
        name: 'CutRoutes',
        targetKey: 'Subnets',
        target: target('aws:ec2:subnet'),
        action: { actionId: 'aws:network:route-table-disrupt-cross-region-connectivity', parameters: { region, duration } },
        statements: routeStatements(this, ifTagged),
      };
      case RegionDrillPart.TABLES: return {
        name: 'PauseTables',
        targetKey: 'Tables',
        target: target('aws:dynamodb:global-table'),
        action: { actionId: 'aws:dynamodb:global-table-pause-replication', parameters: { duration } },
        statements: [allow('PauseTables', ['dynamodb:PutResourcePolicy', 'dynamodb:DeleteResourcePolicy', 'dynamodb:GetResourcePolicy',
          'dynamodb:DescribeTable', 'dynamodb:InjectError'],
        [everyResource(this, 'dynamodb', 'table'), Stack.of(this).formatArn({ service: 'dynamodb', resource: 'table', resourceName: '*/stream/*' })])],
      };
      case RegionDrillPart.BUCKETS: return {
        name: 'PauseBuckets',
        targetKey: 'Buckets',
        target: target('aws:s3:bucket'),
        action: { actionId: 'aws:s3:bucket-pause-replication', parameters: { region, duration } },
        statements: [
          allow('PauseBuckets', ['s3:PauseReplication'], [this.everyBucket()], { StringEquals: { 's3:DestinationRegion': region, ...inAccount } }),
          allow('ChangeReplication', ['s3:PutReplicationConfiguration', 's3:GetReplicationConfiguration'], [this.everyBucket()],
            { BoolIfExists: { 's3:isReplicationPauseRequest': 'true' }, StringEquals: inAccount }),
          allow('ListBuckets', ['s3:ListAllMyBuckets'], ['*']),
        ],
      };
    }
  }

  /** ARNs of buckets say nothing about their account; conditions do. */
  private everyBucket(): string {
    return Stack.of(this).formatArn({ service: 's3', region: '', account: '', resource: '*', arnFormat: ArnFormat.NO_RESOURCE_NAME });
  }

  private validate(props: RegionDrillProps, parts: RegionDrillPart[], duration: Duration): void {
    const faults = new Faults(this.node.path);
    const { isolatedRegion } = props;
    const { region } = Stack.of(this);
    faults.check(Token.isUnresolved(isolatedRegion) || /^[a-z]{2}(-[a-z]+)+-\d$/.test(isolatedRegion),
      `\`isolatedRegion\` must be a region such as us-west-2, got: '${isolatedRegion}'`);
    faults.check(Token.isUnresolved(region) || isolatedRegion !== region, `\`isolatedRegion\` must be another region than that of the stack, got: ${isolatedRegion}`);
    checkExperiment(faults, props.stopAlarms, duration);
    faults.check(parts.length > 0, '`parts` must not be empty');
    faults.check(new Set(parts).size === parts.length, `\`parts\` must not repeat one, got: ${parts.join(', ')}`);
    faults.check(props.logGroup === undefined || props.removalPolicy === undefined,
      '`removalPolicy` belongs to a group that is defined here and cannot be given with `logGroup`');
    faults.throwIfAny();
  }
}
