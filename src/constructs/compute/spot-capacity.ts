import { Annotations, Token } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { InstanceOptions } from './instance-options';
import { inServiceMetric, instanceGroup, instanceSubnets, instanceTemplate, isArm, zonesOf } from '../../private/ecs-instances';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';

/** Properties of `SpotCapacity`. */
export interface SpotCapacityProps extends InstanceOptions {
  /**
   * Types of the instances, all for the same processor. AWS takes them from where it has most to spare, so more types mean fewer
   * interruptions.
   *
   * @default - c7g, c6g, m7g, m6g, r7g and r6g, each xlarge
   */
  readonly instanceTypes?: ec2.InstanceType[];

  /**
   * Instances that run at least.
   *
   * @default 0
   */
  readonly minInstances?: number;

  /**
   * Instances that run at most.
   *
   * @default 20
   */
  readonly maxInstances?: number;
}

const { C7G, C6G, M7G, M6G, R7G, R6G } = ec2.InstanceClass;

/**
 * EC2 Spot instances as a capacity provider of a cluster, for work that can be interrupted: many types, taken from the pools that AWS has
 * most to spare of, replaced before AWS takes them where it says so in time, and drained when the two minutes' notice comes.
 */
export class SpotCapacity extends Construct implements ec2.IConnectable {
  /** The capacity provider. */
  public readonly capacityProvider: ecs.AsgCapacityProvider;
  /** Name of the capacity provider, for the strategy of a service. */
  public readonly capacityProviderName: string;
  /** Processor of the instances. */
  public readonly cpuArchitecture: ecs.CpuArchitecture;
  /** Zones of the instances. */
  public readonly availabilityZones: string[];
  /** The instances. */
  public readonly autoScalingGroup: autoscaling.AutoScalingGroup;
  /** How they are made. */
  public readonly launchTemplate: ec2.LaunchTemplate;
  /** Role of the ECS agent. Containers cannot use it. */
  public readonly role: iam.Role;
  /** Security group of the instances. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Network connections of the instances. */
  public readonly connections: ec2.Connections;

  public constructor(scope: Construct, id: string, props: SpotCapacityProps) {
    super(scope, id);
    const { vpc } = props.cluster;
    const types = props.instanceTypes ?? [C7G, C6G, M7G, M6G, R7G, R6G].map((family) => ec2.InstanceType.of(family, ec2.InstanceSize.XLARGE));
    const minimum = props.minInstances ?? 0;
    const maximum = props.maxInstances ?? 20;
    const vpcSubnets = instanceSubnets(vpc, props.vpcSubnets);
    this.availabilityZones = zonesOf(vpc, vpcSubnets);
    const faults = new Faults(this.node.path);
    checkPlain(faults, { minInstances: props.minInstances, maxInstances: props.maxInstances });
    faults.check(this.availabilityZones.length >= 2, `\`vpcSubnets\` must span two zones, because a zone runs out of Spot capacity as a whole, got ${this.availabilityZones.length}`);
    faults.check(types.length > 0, '`instanceTypes` must name at least one type');
    const processors = new Set(types.filter((type) => !Token.isUnresolved(type.toString())).map(isArm));
    faults.check(processors.size <= 1, `\`instanceTypes\` must be for one processor, got: ${types.map(String).join(', ')}`);
    const isRange = Number.isInteger(minimum) && Number.isInteger(maximum) && minimum >= 0 && maximum > minimum;
    faults.check([minimum, maximum].some(Token.isUnresolved) || isRange, `\`maxInstances\` must be a whole number above \`minInstances\`, got: ${maximum} and ${minimum}`);
    faults.throwIfAny();
    if (types.length < 4) {
      Annotations.of(this).addWarningV2('cdk-trading-platform:spotFewInstanceTypes', `with ${types.length} type(s) AWS interrupts often; name four or more in \`instanceTypes\``);
    }
    this.cpuArchitecture = isArm(types[0]) ? ecs.CpuArchitecture.ARM64 : ecs.CpuArchitecture.X86_64;
    // The agent hears of the two minutes' notice itself and drains the instance, so that ECS stops and moves its tasks in time.
    const spec = { description: 'Spot instances', instanceType: types[0], agent: ['ECS_ENABLE_SPOT_INSTANCE_DRAINING=true'], vpcSubnets };
    const template = instanceTemplate(this, props, spec);
    this.securityGroup = template.securityGroup;
    this.connections = template.connections;
    this.role = template.role;
    this.launchTemplate = template.launchTemplate;
    const { autoScalingGroup, capacityProvider } = instanceGroup(this, props, {
      ...spec,
      group: {
        minCapacity: minimum,
        maxCapacity: maximum,
        // Starts a replacement as soon as AWS says that an instance is at risk, before the notice itself.
        capacityRebalance: true,
        mixedInstancesPolicy: {
          launchTemplate: this.launchTemplate,
          launchTemplateOverrides: types.map((instanceType) => ({ instanceType })),
          instancesDistribution: {
            onDemandBaseCapacity: 0,
            onDemandPercentageAboveBaseCapacity: 0,
            spotAllocationStrategy: autoscaling.SpotAllocationStrategy.CAPACITY_OPTIMIZED,
          },
        },
        updatePolicy: autoscaling.UpdatePolicy.rollingUpdate({ maxBatchSize: 1 }),
      },
    });
    this.autoScalingGroup = autoScalingGroup;
    this.capacityProvider = capacityProvider;
    this.capacityProviderName = capacityProvider.capacityProviderName;
  }

  /** Instances that run. Minimum of one minute unless said otherwise. */
  public metricInService(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return inServiceMetric(this.autoScalingGroup, options);
  }
}
