import { Duration, Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { HardenedTask } from './hardened-task';
import { connectivity } from '../../private/connectivity';
import { Faults } from '../../private/faults';
import { ServiceDefinition } from '../../private/services.generated';

/** Properties of `TradingService`. */
export interface TradingServiceProps {
  /** Cluster that runs the tasks. */
  readonly cluster: ecs.ICluster;

  /** The service and what it needs, for example `ServiceDefinition.referenceApi({ … })`. */
  readonly definition: ServiceDefinition;

  /**
   * CPU units of a task: 256, 512, 1024, 2048, 4096, 8192 or 16384, of which 1024 make one virtual CPU.
   *
   * @default 512
   */
  readonly cpu?: number;

  /**
   * Memory of a task.
   *
   * @default Size.mebibytes(1024)
   */
  readonly memory?: Size;

  /**
   * Processor of the tasks; the image is built for it.
   *
   * @default - ARM64
   */
  readonly cpuArchitecture?: ecs.CpuArchitecture;

  /**
   * Tasks that run at least. With three zones, three carry the load of a lost zone with half of their strength to spare.
   *
   * @default 1
   */
  readonly minCapacity?: number;

  /**
   * Tasks that run at most; above `minCapacity`, their number follows the load and keeps the CPU at 70 %.
   *
   * @default - the same as minCapacity
   */
  readonly maxCapacity?: number;

  /**
   * Whether tasks beyond `minCapacity` may run on Spot capacity, which AWS takes back with two minutes' notice.
   *
   * @default false
   */
  readonly spot?: boolean;

  /**
   * Tasks that must stay healthy during a deployment, in percent of those wanted.
   *
   * @default 100
   */
  readonly minHealthyPercent?: number;

  /**
   * Tasks that may run during a deployment, in percent of those wanted.
   *
   * @default 200
   */
  readonly maxHealthyPercent?: number;

  /**
   * How long a task may take to finish its work after it was told to stop. Fargate allows two minutes at most.
   *
   * @default Duration.seconds(60)
   */
  readonly stopTimeout?: Duration;

  /**
   * Subnets of the tasks.
   *
   * @default - private subnets when the service's manifest asks for internet egress, isolated ones otherwise
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * What the tasks reach the AWS APIs through, on TCP 443.
   *
   * @default - any IPv4 address, which in an isolated subnet means what its endpoints offer
   */
  readonly awsApiPeers?: ec2.IConnectable[];

  /**
   * How long logs are kept.
   *
   * @default Duration.days(90)
   */
  readonly logRetention?: Duration;
}

/**
 * A service of this package on Fargate. Its environment, secrets, permissions and network peers follow from its manifest; its
 * tasks run as an ordinary user on a read-only file system without any capability, under a role of their own. A deployment
 * that does not become healthy is rolled back.
 */
export class TradingService extends Construct implements ec2.IConnectable {
  /** The service. */
  public readonly service: ecs.FargateService;
  /** The task definition. */
  public readonly taskDefinition: ecs.FargateTaskDefinition;
  /** The only container of a task. */
  public readonly container: ecs.ContainerDefinition;
  /** Role of the service's own code: what its manifest asks for and nothing else. */
  public readonly taskRole: iam.Role;
  /** Logs of the tasks. */
  public readonly logGroup: logs.LogGroup;
  /** Security group of the tasks. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Network connections of the tasks. */
  public readonly connections: ec2.Connections;
  /** Scaling of the service; undefined when its number of tasks is fixed. */
  public readonly scaling?: ecs.ScalableTaskCount;
  /** TCP port that the tasks listen on. */
  public readonly port: number;
  /** Path of the health check on that port. */
  public readonly healthPath: string;

  public constructor(scope: Construct, id: string, props: TradingServiceProps) {
    super(scope, id);
    const rendering = props.definition._rendering();
    const { manifest } = rendering;
    const minimum = props.minCapacity ?? 1;
    const maximum = props.maxCapacity ?? minimum;
    const faults = new Faults(this.node.path);
    faults.check(manifest.kind === 'container', `\`definition\` must be a container, got the function '${manifest.serviceName}'; use TradingFunction`);
    faults.check(minimum >= 1 && maximum >= minimum, `\`minCapacity\` must be at least 1 and not above \`maxCapacity\`, got: ${minimum} and ${maximum}`);
    faults.throwIfAny();
    const minHealthyPercent = props.minHealthyPercent ?? 100;
    const maxHealthyPercent = props.maxHealthyPercent ?? 200;
    const task = new HardenedTask(this, 'Task', rendering, props);
    this.taskDefinition = task.taskDefinition;
    this.container = task.container;
    this.taskRole = task.taskRole;
    this.logGroup = task.logGroup;
    this.port = task.port;
    this.healthPath = task.healthPath;

    const network = connectivity(this, props.cluster.vpc, rendering, props);
    this.securityGroup = network.securityGroup;
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(this.port) });
    this.service = new ecs.FargateService(this, 'Service', {
      cluster: props.cluster,
      taskDefinition: this.taskDefinition,
      desiredCount: minimum,
      capacityProviderStrategies: strategies(minimum, props.spot ?? false),
      minHealthyPercent,
      maxHealthyPercent,
      // ECS moves a task to another zone by starting it there first, which takes room above 100 %.
      availabilityZoneRebalancing: maxHealthyPercent > 100 ? ecs.AvailabilityZoneRebalancing.ENABLED : ecs.AvailabilityZoneRebalancing.DISABLED,
      circuitBreaker: { enable: true, rollback: true },
      vpcSubnets: network.vpcSubnets,
      securityGroups: [this.securityGroup],
      assignPublicIp: false,
      enableExecuteCommand: false,
      propagateTags: ecs.PropagatedTagSource.SERVICE,
    });
    if (maximum > minimum) {
      this.scaling = this.service.autoScaleTaskCount({ minCapacity: minimum, maxCapacity: maximum });
      this.scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 70, scaleInCooldown: Duration.minutes(5), scaleOutCooldown: Duration.seconds(30) });
    }
  }
}

/** The tasks that must run are on demand; what comes above them is Spot when Spot is allowed. */
function strategies(minimum: number, spot: boolean): ecs.CapacityProviderStrategy[] {
  return spot
    ? [{ capacityProvider: 'FARGATE', base: minimum, weight: 0 }, { capacityProvider: 'FARGATE_SPOT', weight: 1 }]
    : [{ capacityProvider: 'FARGATE', weight: 1 }];
}
