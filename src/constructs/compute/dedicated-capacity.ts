import { Duration, Size, Token } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarm } from '../../private/alarms';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';

/** Properties of `DedicatedCapacity`. */
export interface DedicatedCapacityProps {
  /** Cluster that gets the capacity. */
  readonly cluster: ecs.Cluster;

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

  /**
   * Disk of an instance.
   *
   * @default Size.gibibytes(50)
   */
  readonly volumeSize?: Size;

  /**
   * Key that encrypts the disks. The service-linked role of EC2 Auto Scaling must be allowed to use it.
   *
   * @default - the key of EBS in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Subnets of the instances, in two zones at least.
   *
   * @default - the isolated subnets, or the private ones of a VPC without isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * What the instances reach the AWS APIs through, on TCP 443: ecs, ecs-agent, ecs-telemetry, ecr and logs.
   *
   * @default - any IPv4 address, which in an isolated subnet means what its endpoints offer
   */
  readonly awsApiPeers?: ec2.IConnectable[];

  /**
   * Topic that hears of every instance that starts or stops.
   *
   * @default - none
   */
  readonly notifications?: sns.ITopic;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
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
    const subnetType = vpc.isolatedSubnets.length > 0 ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS;
    const vpcSubnets = props.vpcSubnets ?? { subnetType };
    const zones = new Set(vpc.selectSubnets(vpcSubnets).subnets.map(({ availabilityZone }) => availabilityZone));
    const type = instanceType.toString();
    const faults = new Faults(this.node.path);
    checkPlain(faults, { minInstances: minimum, maxInstances: props.maxInstances });
    faults.check(zones.size >= 2, `\`vpcSubnets\` must span two zones, so that the loss of one leaves the standby, got ${zones.size}`);
    faults.check(Token.isUnresolved(minimum) || (Number.isInteger(minimum) && minimum >= 2), `\`minInstances\` must be a whole number, 2 or more, got: ${minimum}`);
    faults.check(Token.isUnresolved(maximum) || Token.isUnresolved(minimum) || maximum > minimum, `\`maxInstances\` must be above \`minInstances\`, so that one can be replaced, got: ${maximum} and ${minimum}`);
    faults.check(Token.isUnresolved(type) || !/^t\d/.test(type), `\`instanceType\` must not be burstable, got: ${type}; take a c7g, c6i or c5`);
    faults.throwIfAny();

    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, description: 'Dedicated instances of the cluster', allowAllOutbound: false });
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup] });
    for (const peer of props.awsApiPeers ?? [ec2.Peer.anyIpv4()]) this.connections.allowTo(peer, ec2.Port.tcp(443), 'The ECS agent calls AWS');
    this.role = new iam.Role(this, 'Role', { description: 'ECS agent of dedicated instances', assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
    const userData = ec2.UserData.forLinux();
    // Containers with a network interface of their own do not get to the instance's role; the hop limit below keeps out the others.
    userData.addCommands('echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config');
    const arm = !Token.isUnresolved(type) && instanceType.architecture === ec2.InstanceArchitecture.ARM_64;
    this.launchTemplate = new ec2.LaunchTemplate(this, 'Template', {
      instanceType,
      machineImage: ecs.EcsOptimizedImage.amazonLinux2023(arm ? ecs.AmiHardwareType.ARM : ecs.AmiHardwareType.STANDARD),
      role: this.role,
      securityGroup: this.securityGroup,
      userData,
      requireImdsv2: true,
      httpTokens: ec2.LaunchTemplateHttpTokens.REQUIRED,
      httpPutResponseHopLimit: 1,
      detailedMonitoring: true,
      associatePublicIpAddress: false,
      blockDevices: [{
        deviceName: '/dev/xvda',
        volume: ec2.BlockDeviceVolume.ebs((props.volumeSize ?? Size.gibibytes(50)).toGibibytes(), {
          volumeType: ec2.EbsDeviceVolumeType.GP3, encrypted: true, kmsKey: props.encryptionKey, deleteOnTermination: true,
        }),
      }],
    });
    if (props.dedicatedHardware === true) {
      (this.launchTemplate.node.defaultChild as ec2.CfnLaunchTemplate).addPropertyOverride('LaunchTemplateData.Placement.Tenancy', 'dedicated');
    }
    this.autoScalingGroup = new autoscaling.AutoScalingGroup(this, 'Group', {
      vpc,
      vpcSubnets,
      launchTemplate: this.launchTemplate,
      minCapacity: minimum,
      maxCapacity: maximum,
      healthChecks: autoscaling.HealthChecks.ec2({ gracePeriod: Duration.minutes(5) }),
      cooldown: Duration.minutes(5),
      groupMetrics: [autoscaling.GroupMetrics.all()],
      newInstancesProtectedFromScaleIn: true,
      updatePolicy: autoscaling.UpdatePolicy.rollingUpdate({ maxBatchSize: 1, minInstancesInService: minimum }),
      notifications: props.notifications === undefined ? undefined : [{ topic: props.notifications, scalingEvents: autoscaling.ScalingEvents.ALL }],
    });
    this.capacityProvider = new ecs.AsgCapacityProvider(this, 'Provider', {
      autoScalingGroup: this.autoScalingGroup,
      enableManagedScaling: true,
      enableManagedTerminationProtection: true,
      enableManagedDraining: true,
      targetCapacityPercent: 100,
    });
    props.cluster.addAsgCapacityProvider(this.capacityProvider);
    this.capacityProviderName = this.capacityProvider.capacityProviderName;
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
    return new cloudwatch.Metric({
      namespace: 'AWS/AutoScaling',
      metricName: 'GroupInServiceInstances',
      dimensionsMap: { AutoScalingGroupName: this.autoScalingGroup.autoScalingGroupName },
      period: Duration.minutes(1),
      statistic: cloudwatch.Stats.MINIMUM,
      ...options,
    }).attachTo(this);
  }
}
