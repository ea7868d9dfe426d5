import { Annotations, Duration, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { CollectorOptions } from './collector-sidecar';
import { HardenedTask } from './hardened-task';
import { ILoadBalancedService, ServiceProtocol } from './load-balanced-service';
import { ServiceCapacity } from './service-capacity';
import { ServiceScaling } from './service-scaling';
import { TaskOptions } from './task-options';
import { ZoneSizing } from './zone-sizing';
import { checkEgress, connectivity } from '../../private/connectivity';
import { containerService } from '../../private/container-service';
import { Faults } from '../../private/faults';
import { nameAmongMetrics, publishedMetric } from '../../private/published-metrics';
import { checkMetricsPort, checkServiceConnect, checkTask } from '../../private/service-checks';
import { ServiceDefinition } from '../../private/services.generated';

/** Properties of `TradingService`. */
export interface TradingServiceProps extends TaskOptions {
  /** The service and what it needs, for example `ServiceDefinition.referenceApi({ … })`. */
  readonly definition: ServiceDefinition;

  /**
   * Tasks that run at least. With three zones, three carry the load of a lost zone with half of their strength to spare.
   *
   * @default - what `sizing` says, 1 without it
   */
  readonly minCapacity?: number;

  /**
   * How many tasks must run so that the zones that are left carry the peak when one is lost; instead of `minCapacity`.
   *
   * @default - none
   */
  readonly sizing?: ZoneSizing;

  /**
   * Tasks that run at most; above the minimum, their number follows the load.
   *
   * @default - the same as the minimum
   */
  readonly maxCapacity?: number;

  /**
   * What the number of tasks follows. More can be added with `addScaling`.
   *
   * @default - CPU and memory, each at 70 %
   */
  readonly scaling?: ServiceScaling[];

  /**
   * What the tasks run on.
   *
   * @default ServiceCapacity.fargate()
   */
  readonly capacity?: ServiceCapacity;

  /**
   * What the container speaks on its port. The services of this package speak HTTP; a container that ends TLS itself says HTTPS, and the
   * health checks and the load balancer follow.
   *
   * @default ServiceProtocol.HTTP
   */
  readonly protocol?: ServiceProtocol;

  /**
   * An OpenTelemetry collector beside the container, for Prometheus metrics and traces.
   *
   * @default - none
   */
  readonly collector?: CollectorOptions;

  /**
   * Who carries out deployments: ECS, or CodeDeploy for `CodeDeployDelivery`. Changing it replaces the service.
   *
   * @default ecs.DeploymentControllerType.ECS
   */
  readonly deploymentController?: ecs.DeploymentControllerType;

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
}

/**
 * A service of this package in containers. Its environment, secrets, permissions and network peers follow from its manifest; its
 * tasks run as an ordinary user on a read-only file system without any capability, under a role of their own. A deployment
 * that does not become healthy is rolled back.
 */
export class TradingService extends Construct implements ec2.IConnectable, ILoadBalancedService {
  /** The service. */
  public readonly service: ecs.BaseService;
  /** The task definition. */
  public readonly taskDefinition: ecs.TaskDefinition;
  /** The container of the service. */
  public readonly container: ecs.ContainerDefinition;
  /** The container of the collector; undefined without one. */
  public readonly collector?: ecs.ContainerDefinition;
  /** Role of the service's own code: what its manifest asks for and nothing else. */
  public readonly taskRole: iam.Role;
  /** Logs of the tasks. */
  public readonly logGroup: logs.LogGroup;
  /** What the collector hands to CloudWatch as metrics; undefined without one. */
  public readonly metricsLogGroup?: logs.LogGroup;
  /** Security group of the tasks. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Network connections of the tasks. */
  public readonly connections: ec2.Connections;
  /** Scaling of the service; undefined when its number of tasks is fixed. */
  public readonly scaling?: ecs.ScalableTaskCount;
  /** What the tasks run on. */
  public readonly capacity: ServiceCapacity;
  /** Who carries out deployments. */
  public readonly deploymentController: ecs.DeploymentControllerType;
  /** Tasks that run at least. */
  public readonly minCapacity: number;
  /** TCP port that the tasks listen on. */
  public readonly port: number;
  /** Path of the health check on that port. */
  public readonly healthPath: string;
  /** Name of the service among the metrics that it publishes itself; undefined when it publishes none. */
  public readonly metricsName?: string;
  /** What the tasks speak on that port. */
  public readonly protocol: ServiceProtocol;
  /** The tasks as a load balancer takes them. */
  public readonly loadBalancerTarget: elbv2.IApplicationLoadBalancerTarget;
  private readonly followed = new Set<string>();

  public constructor(scope: Construct, id: string, props: TradingServiceProps) {
    super(scope, id);
    const rendering = props.definition._rendering();
    const { manifest } = rendering;
    const { vpc } = props.cluster;
    this.capacity = props.capacity ?? ServiceCapacity.fargate();
    this.protocol = props.protocol ?? ServiceProtocol.HTTP;
    this.deploymentController = props.deploymentController ?? ecs.DeploymentControllerType.ECS;
    const minHealthyPercent = props.minHealthyPercent ?? 100;
    const maxHealthyPercent = props.maxHealthyPercent ?? 200;
    const faults = new Faults(this.node.path);
    faults.check(manifest.kind === 'container', `\`definition\` must be a container, got the function '${manifest.serviceName}'; use TradingFunction`);
    checkEgress(faults, vpc, manifest, props.vpcSubnets);
    checkTask(faults, manifest, { ...props, capacity: this.capacity });
    checkMetricsPort(faults, rendering, props.collector);
    const [minimum, maximum] = this.size(props, faults);
    const hasRoom = minHealthyPercent >= 0 && maxHealthyPercent >= 100 && (minHealthyPercent < 100 || maxHealthyPercent > 100);
    faults.check([minHealthyPercent, maxHealthyPercent].some(Token.isUnresolved) || hasRoom,
      `\`minHealthyPercent\` and \`maxHealthyPercent\` must leave room for a deployment: one below 100 or the other above, got: ${minHealthyPercent} and ${maxHealthyPercent}`);
    faults.throwIfAny();
    this.minCapacity = minimum;

    const isScaled = maximum > minimum;
    const task = new HardenedTask(this, 'Task', rendering, {
      ...props, isEc2: this.capacity.isEc2, protocol: this.protocol, cpuArchitecture: props.cpuArchitecture ?? this.capacity.cpuArchitecture,
    });
    this.taskDefinition = task.taskDefinition;
    this.metricsName = nameAmongMetrics(this, rendering, task.container);
    this.container = task.container;
    this.collector = task.collector;
    this.metricsLogGroup = task.metricsLogGroup;
    this.taskRole = task.taskRole;
    this.logGroup = task.logGroup;
    this.port = task.port;
    this.healthPath = task.healthPath;

    const network = connectivity(this, vpc, rendering, props);
    this.securityGroup = network.securityGroup;
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(this.port) });
    this.service = containerService(this, {
      cluster: props.cluster,
      taskDefinition: this.taskDefinition,
      capacity: this.capacity,
      minimum,
      isScaled,
      minHealthyPercent,
      maxHealthyPercent,
      // ECS moves a task to another zone by starting it there first, which takes room above 100 %.
      rebalances: maxHealthyPercent > 100,
      controller: this.deploymentController,
      vpcSubnets: network.vpcSubnets,
      securityGroup: this.securityGroup,
    });
    this.loadBalancerTarget = this.service;
    if (this.deploymentController === ecs.DeploymentControllerType.CODE_DEPLOY) checkServiceConnect(this, this.service);
    if (isScaled) {
      this.scaling = this.service.autoScaleTaskCount({ minCapacity: minimum, maxCapacity: maximum });
      for (const rule of props.scaling ?? [ServiceScaling.cpu(), ServiceScaling.memory()]) this.addScaling(rule);
    }
  }

  /**
   * Lets the number of tasks follow something more, such as the connections of the load balancer that was made after the service.
   *
   * @throws Error when the number is fixed or follows the same already
   */
  public addScaling(rule: ServiceScaling): void {
    const faults = new Faults(this.node.path);
    faults.check(this.scaling !== undefined, `the number of tasks is fixed, so it cannot follow '${rule.name}'; set \`maxCapacity\` above the minimum`);
    faults.check(!this.followed.has(rule.name), `the number of tasks follows '${rule.name}' already; leave one of the two rules out`);
    faults.throwIfAny();
    this.followed.add(rule.name);
    rule._apply(this.scaling!, this.service);
  }

  /** CPU that the tasks use, in percent of what they have. Average of five minutes unless said otherwise. */
  public metricCpuUtilization(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.service.metricCpuUtilization(options);
  }

  /** Memory that the tasks use, in percent of what they have. Average of five minutes unless said otherwise. */
  public metricMemoryUtilization(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.service.metricMemoryUtilization(options);
  }

  /** Tasks that run, as Container Insights count them. Minimum of one minute unless said otherwise. */
  public metricRunningTasks(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'ECS/ContainerInsights',
      metricName: 'RunningTaskCount',
      dimensionsMap: { ClusterName: this.service.cluster.clusterName, ServiceName: this.service.serviceName },
      period: Duration.minutes(1),
      statistic: cloudwatch.Stats.MINIMUM,
      ...options,
    }).attachTo(this);
  }

  /**
   * A metric that the service publishes itself, such as `FeedAge`; the guide to observability lists them. Maximum of one minute unless said
   * otherwise.
   *
   * @param metricName its name in the namespace TradingPlatform
   * @throws Error when the service publishes none
   */
  public metricPublished(metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    const faults = new Faults(this.node.path);
    faults.check(this.metricsName !== undefined, `the service publishes no metrics itself, so it has no '${metricName}'`);
    faults.throwIfAny();
    return publishedMetric(metricName, { ServiceName: this.metricsName ?? '' }, options).attachTo(this);
  }

  /** Tasks that run at least and at most. */
  private size(props: TradingServiceProps, faults: Faults): [number, number] {
    const { sizing } = props;
    const zones = sizing === undefined ? 0 : zoneCount(props);
    faults.check(sizing === undefined || props.minCapacity === undefined, '`minCapacity` and `sizing` say the same thing; leave one of them out');
    faults.check(sizing === undefined || zones >= 2, `\`sizing\` needs subnets in two zones, better three, for one of them to carry on, got: ${zones}`);
    if (sizing !== undefined && zones === 2) {
      Annotations.of(this).addWarningV2('cdk-trading-platform:serviceInTwoZones', 'with two zones each must carry the whole peak, twice the tasks; with three it is half of it');
    }
    const minimum = props.minCapacity ?? (sizing !== undefined && zones >= 2 ? sizing.minimumTasks(zones) : 1);
    const maximum = props.maxCapacity ?? minimum;
    for (const [name, value] of Object.entries({ minCapacity: minimum, maxCapacity: maximum })) {
      faults.check(!Token.isUnresolved(value), `\`${name}\` must be a plain value, got an unresolved token; read it from the context instead of a parameter`);
    }
    if (Token.isUnresolved(minimum) || Token.isUnresolved(maximum)) return [minimum, maximum];
    faults.check(minimum >= 1 && maximum >= minimum, sizing === undefined
      ? `\`minCapacity\` must be at least 1 and not above \`maxCapacity\`, got: ${minimum} and ${maximum}`
      : `\`maxCapacity\` must not be below the ${minimum} tasks that \`sizing\` needs over ${zones} zones, got: ${maximum}`);
    faults.check(props.scaling === undefined || maximum > minimum, '`scaling` needs `maxCapacity` above the minimum');
    return [minimum, maximum];
  }
}

/** Zones of the subnets that the tasks get. */
function zoneCount({ cluster: { vpc }, definition, vpcSubnets }: TradingServiceProps): number {
  const isolated = !definition._rendering().manifest.internetEgress && vpc.isolatedSubnets.length > 0;
  const subnets = vpcSubnets === undefined ? (isolated ? vpc.isolatedSubnets : vpc.privateSubnets) : vpc.selectSubnets(vpcSubnets).subnets;
  return new Set(subnets.map(({ availabilityZone }) => availabilityZone)).size;
}
