import { Token } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { InstanceOptions } from './instance-options';
import { alarm } from '../../private/alarms';
import { inServiceMetric, instanceGroup, instanceSubnets, instanceTemplate, isArm, zonesOf } from '../../private/ecs-instances';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';

/** Properties of `DedicatedCapacity`. */
export interface DedicatedCapacityProps extends InstanceOptions {
  /**
   * Type of the instances. Burstable ones (t3, t4g) are refused: a matcher out of credits is a halted market.
   *
   * @default - c7g.2xlarge
   */
  readonly instanceType?: ec2.InstanceType;

  /**
   * Instances that run at least, spread over the zones. A matcher with its standby needs two.
   *
   * @default 2
   */
  readonly minInstances?: number;

  /**
   * Instances that run at most; one more than the minimum is needed to replace them one by one.
   *
   * @default - minInstances + 1
   */
  readonly maxInstances?: number;

  /**
   * Whether the instances run on hardware that no other account uses. It costs more.
   *
   * @default false
   */
  readonly dedicatedHardware?: boolean;
}

/**
 * EC2 instances for what must not share a processor, as a capacity provider of a cluster: on demand, one zone beside the other, with nothing but
 * the ECS agent on them. Tasks are drained before an instance goes.
 */
export class DedicatedCapacity extends Construct implements ec2.IConnectable {
  /** The capacity provider. */
  public readonly capacityProvider: ecs.AsgCapacityProvider;
  /** Name of the capacity provider, for the strategy of a service. */
  public readonly capacityProviderName: string;
  /** Processor of the instances. */
  public readonly cpuArchitecture: ecs.CpuArchitecture;
  /** Zones of the instances. */
  public readonly availabilityZones: string[];
  /** Instances that run at least. */
  public readonly minInstances: number;
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
  /** Fires when fewer instances run than must. */
  public readonly capacityAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: DedicatedCapacityProps) {
    super(scope, id);
    const { vpc } = props.cluster;
    const instanceType = props.instanceType ?? ec2.InstanceType.of(ec2.InstanceClass.C7G, ec2.InstanceSize.XLARGE2);
    const minimum = props.minInstances ?? 2;
    const maximum = props.maxInstances ?? minimum + 1;
    const vpcSubnets = instanceSubnets(vpc, props.vpcSubnets);
    const type = instanceType.toString();
    this.availabilityZones = zonesOf(vpc, vpcSubnets);
    this.minInstances = minimum;
    this.cpuArchitecture = isArm(instanceType) ? ecs.CpuArchitecture.ARM64 : ecs.CpuArchitecture.X86_64;
    const zones = this.availabilityZones.length;
    const faults = new Faults(this.node.path);
    checkPlain(faults, { minInstances: minimum, maxInstances: props.maxInstances });
    faults.check(zones >= 2, `\`vpcSubnets\` must span two zones, so that the loss of one leaves the standby, got ${zones}`);
    faults.check(Token.isUnresolved(minimum) || (Number.isInteger(minimum) && minimum >= 2), `\`minInstances\` must be a whole number, 2 or more, got: ${minimum}`);
    faults.check(Token.isUnresolved(maximum) || Token.isUnresolved(minimum) || maximum > minimum, `\`maxInstances\` must be above \`minInstances\`, so that one can be replaced, got: ${maximum} and ${minimum}`);
    faults.check(Token.isUnresolved(type) || !/^t\d/.test(type), `\`instanceType\` must not be burstable, got: ${type}; take a c7g, c6i or c5`);
    faults.throwIfAny();

    const spec = { description: 'Dedicated instances', instanceType, agent: [], vpcSubnets };
    const template = instanceTemplate(this, props, spec);
    this.securityGroup = template.securityGroup;
    this.connections = template.connections;
    this.role = template.role;
    this.launchTemplate = template.launchTemplate;
    if (props.dedicatedHardware === true) {
      (this.launchTemplate.node.defaultChild as ec2.CfnLaunchTemplate).addPropertyOverride('LaunchTemplateData.Placement.Tenancy', 'dedicated');
    }
    const { autoScalingGroup, capacityProvider } = instanceGroup(this, props, {
      ...spec,
      group: {
        launchTemplate: this.launchTemplate,
        minCapacity: minimum,
        maxCapacity: maximum,
        updatePolicy: autoscaling.UpdatePolicy.rollingUpdate({ maxBatchSize: 1, minInstancesInService: minimum }),
      },
    });
    this.autoScalingGroup = autoScalingGroup;
    this.capacityProvider = capacityProvider;
    this.capacityProviderName = capacityProvider.capacityProviderName;
    this.capacityAlarm = alarm(this, 'CapacityAlarm', {
      metric: this.metricInService(),
      description: `Fewer than ${minimum} dedicated instances run: a matcher may be without its standby.`,
      threshold: minimum,
      periods: 3,
      comparison: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: cloudwatch.TreatMissingData.BREACHING,
      actions: props.alarmActions,
    });
  }

  /** Instances that run. Minimum of one minute unless said otherwise. */
  public metricInService(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return inServiceMetric(this.autoScalingGroup, options);
  }
}
