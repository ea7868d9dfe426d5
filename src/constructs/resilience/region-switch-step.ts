import { Duration, Stack } from 'aws-cdk-lib';
import { CfnPlan } from 'aws-cdk-lib/aws-arcregionswitch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { IConstruct } from 'constructs';

/** An ECS service in one of the regions. It is named by ARN, because the other region belongs to another stack. */
export interface RegionalEcsService {
  /** ARN of its cluster. */
  readonly clusterArn: string;
  /** ARN of the service. */
  readonly serviceArn: string;
}

/** What a step that scales services takes. */
export interface ScaleServicesOptions {
  /** The service in each region. */
  readonly services: RegionalEcsService[];

  /**
   * Tasks of the region that takes over, in per cent of those that the other one had at most in the last day.
   *
   * @default 100
   */
  readonly targetPercent?: number;

  /**
   * Time after which the step has failed.
   *
   * @default Duration.minutes(5)
   */
  readonly timeout?: Duration;
}

/** What a step that moves the writer of a global database takes. */
export interface PromoteDatabaseOptions {
  /** Identifier of the global cluster. */
  readonly globalClusterIdentifier: string;

  /** ARN of the cluster in each region, because the other region belongs to another stack. */
  readonly clusterArns: string[];

  /**
   * Time after which the step has failed.
   *
   * @default Duration.minutes(5)
   */
  readonly timeout?: Duration;
}

/** What a step that moves traffic by DNS takes. */
export interface ShiftTrafficOptions {
  /** Zone of the record. */
  readonly hostedZone: route53.IHostedZone;

  /** Name of the record. */
  readonly recordName: string;

  /**
   * Identifier of the record set of each region, by region.
   *
   * @default - found by the name
   */
  readonly recordSets?: { [region: string]: string };

  /**
   * Time after which the step has failed.
   *
   * @default Duration.minutes(5)
   */
  readonly timeout?: Duration;
}

/** Everything that AWS has to be told about a step. */
interface Definition {
  readonly type: string;
  readonly block: (plan: IConstruct) => CfnPlan.ExecutionBlockConfigurationProperty;
  readonly statements: (plan: IConstruct) => iam.PolicyStatement[];
  readonly faults: string[];
  readonly minutes: number;
}

/** A step of a switch to another region. */
export class RegionSwitchStep {
  /**
   * Starts tasks until the region can carry the load.
   *
   * @param name name of the step
   * @param options what is scaled
   */
  public static scaleServices(name: string, options: ScaleServicesOptions): RegionSwitchStep {
    const { services, targetPercent = 100, timeout = Duration.minutes(5) } = options;
    return new RegionSwitchStep(name, {
      type: 'ECSServiceScaling',
      minutes: timeout.toMinutes(),
      block: () => ({
        ecsCapacityIncreaseConfig: {
          services: services.map(({ clusterArn, serviceArn }) => ({ clusterArn, serviceArn })),
          targetPercent,
          capacityMonitoringApproach: 'sampledMaxInLast24Hours',
          timeoutMinutes: timeout.toMinutes(),
        },
      }),
      statements: () => [
        statement('ScaleServices', ['ecs:DescribeServices', 'ecs:UpdateService'], services.map(({ serviceArn }) => serviceArn)),
        statement('DescribeClusters', ['ecs:DescribeClusters'], services.map(({ clusterArn }) => clusterArn)),
        statement('DescribeScaling', ['ecs:ListServices', 'application-autoscaling:DescribeScalableTargets',
          'application-autoscaling:RegisterScalableTarget'], ['*']),
      ],
      faults: [
        ...(services.length >= 2 ? [] : [`\`services\` of '${name}' must name the service of each region, got: ${services.length}`]),
        ...(targetPercent >= 1 ? [] : [`\`targetPercent\` of '${name}' must be at least 1, got: ${targetPercent}`]),
      ],
    });
  }

  /**
   * Makes the database of the region the writer. A switch that was planned loses nothing; one that was not gives up what had not
   * arrived yet.
   *
   * @param name name of the step
   * @param options what is promoted
   */
  public static promoteDatabase(name: string, options: PromoteDatabaseOptions): RegionSwitchStep {
    const { globalClusterIdentifier, clusterArns, timeout = Duration.minutes(5) } = options;
    return new RegionSwitchStep(name, {
      type: 'AuroraGlobalDatabase',
      minutes: timeout.toMinutes(),
      block: () => ({
        globalAuroraConfig: {
          globalClusterIdentifier,
          databaseClusterArns: clusterArns,
          behavior: 'switchoverOnly',
          ungraceful: { ungraceful: 'failover' },
          timeoutMinutes: timeout.toMinutes(),
        },
      }),
      statements: (plan) => [
        statement('PromoteDatabase', ['rds:FailoverGlobalCluster', 'rds:SwitchoverGlobalCluster'],
          [Stack.of(plan).formatArn({ service: 'rds', region: '', resource: `global-cluster:${globalClusterIdentifier}` }), ...clusterArns]),
        statement('DescribeDatabases', ['rds:DescribeGlobalClusters', 'rds:DescribeDBClusters'], ['*']),
      ],
      faults: clusterArns.length >= 2 ? [] : [`\`clusterArns\` of '${name}' must name the cluster of each region, got: ${clusterArns.length}`],
    });
  }

  /**
   * Sends users to the region, by health checks that the plan switches.
   *
   * @param name name of the step
   * @param options what is moved
   */
  public static shiftTraffic(name: string, options: ShiftTrafficOptions): RegionSwitchStep {
    const { hostedZone, recordName, recordSets, timeout = Duration.minutes(5) } = options;
    return new RegionSwitchStep(name, {
      type: 'Route53HealthCheck',
      minutes: timeout.toMinutes(),
      block: () => ({
        route53HealthCheckConfig: {
          hostedZoneId: hostedZone.hostedZoneId,
          recordName,
          recordSets: recordSets && Object.entries(recordSets).map(([region, recordSetIdentifier]) => ({ region, recordSetIdentifier })),
          timeoutMinutes: timeout.toMinutes(),
        },
      }),
      statements: () => [statement('ReadRecords', ['route53:ListResourceRecordSets'], [hostedZone.hostedZoneArn])],
      faults: [],
    });
  }

  private constructor(
    /** Name of the step. */
    public readonly name: string,
    private readonly definition: Definition,
  ) {}

  /**
   * Time after which the step has failed, in minutes.
   *
   * @internal
   */
  public get _minutes(): number {
    return this.definition.minutes;
  }

  /**
   * What ARC calls it.
   *
   * @internal
   */
  public get _type(): string {
    return this.definition.type;
  }

  /** @internal */
  public get _faults(): string[] {
    return this.definition.faults;
  }

  /** @internal */
  public _statements(plan: IConstruct): iam.PolicyStatement[] {
    return this.definition.statements(plan);
  }

  /** @internal */
  public _render(plan: IConstruct): CfnPlan.StepProperty {
    return { name: this.name, executionBlockType: this.definition.type, executionBlockConfiguration: this.definition.block(plan) };
  }
}

function statement(sid: string, actions: string[], resources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ sid, actions, resources });
}
