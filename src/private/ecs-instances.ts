import { Duration, Size, Token } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { InstanceOptions } from '../constructs/compute/instance-options';

/** Instances of a cluster as their construct wants them. */
export interface InstanceSpec {
  readonly description: string;
  readonly instanceType: ec2.InstanceType;
  /** Lines of the agent's configuration. */
  readonly agent: string[];
  readonly vpcSubnets: ec2.SubnetSelection;
  /** How many of what there are, and how they are replaced. */
  readonly group: Pick<autoscaling.AutoScalingGroupProps,
    'minCapacity' | 'maxCapacity' | 'launchTemplate' | 'mixedInstancesPolicy' | 'capacityRebalance' | 'updatePolicy'>;
}

/** Where instances are placed when nothing is said about it. */
export function instanceSubnets(vpc: ec2.IVpc, given?: ec2.SubnetSelection): ec2.SubnetSelection {
  return given ?? { subnetType: vpc.isolatedSubnets.length > 0 ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS };
}

/** Zones of a selection of subnets, in their order. */
export function zonesOf(vpc: ec2.IVpc, subnets: ec2.SubnetSelection): string[] {
  return [...new Set(vpc.selectSubnets(subnets).subnets.map(({ availabilityZone }) => availabilityZone))];
}

/** Whether a type is ARM; a type that is not known yet counts as one that is not. */
export function isArm(instanceType: ec2.InstanceType): boolean {
  return !Token.isUnresolved(instanceType.toString()) && instanceType.architecture === ec2.InstanceArchitecture.ARM_64;
}

/** Role, security group and launch template of instances with nothing but the ECS agent on them. */
export function instanceTemplate(scope: Construct, options: InstanceOptions, spec: Omit<InstanceSpec, 'group'>) {
  const { vpc } = options.cluster;
  const securityGroup = new ec2.SecurityGroup(scope, 'SecurityGroup', { vpc, description: `${spec.description} of the cluster`, allowAllOutbound: false });
  const connections = new ec2.Connections({ securityGroups: [securityGroup] });
  for (const peer of options.awsApiPeers ?? [ec2.Peer.anyIpv4()]) connections.allowTo(peer, ec2.Port.tcp(443), 'The ECS agent calls AWS');
  const role = new iam.Role(scope, 'Role', {
    description: `ECS agent of ${spec.description.charAt(0).toLowerCase()}${spec.description.slice(1)}`,
    assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
  });
  const userData = ec2.UserData.forLinux();
  // Containers with a network interface of their own do not get to the instance's role; the hop limit below keeps out the others.
  for (const line of ['ECS_AWSVPC_BLOCK_IMDS=true', ...spec.agent]) userData.addCommands(`echo ${line} >> /etc/ecs/ecs.config`);
  const hardware = isArm(spec.instanceType) ? ecs.AmiHardwareType.ARM : ecs.AmiHardwareType.STANDARD;
  const launchTemplate = new ec2.LaunchTemplate(scope, 'Template', {
    instanceType: spec.instanceType,
    machineImage: ecs.EcsOptimizedImage.amazonLinux2023(hardware),
    role,
    securityGroup,
    userData,
    requireImdsv2: true,
    httpTokens: ec2.LaunchTemplateHttpTokens.REQUIRED,
    httpPutResponseHopLimit: 1,
    detailedMonitoring: true,
    associatePublicIpAddress: false,
    blockDevices: [{ deviceName: '/dev/xvda', volume: disk(options.volumeSize, options.encryptionKey) }],
  });
  return { securityGroup, connections, role, launchTemplate };
}

function disk(size = Size.gibibytes(50), kmsKey?: kms.IKey): ec2.BlockDeviceVolume {
  const volumeType = ec2.EbsDeviceVolumeType.GP3;
  return ec2.BlockDeviceVolume.ebs(size.toGibibytes(), { volumeType, encrypted: true, kmsKey, deleteOnTermination: true });
}

/** The group of the instances, as a capacity provider of the cluster that scales it and drains an instance before it goes. */
export function instanceGroup(scope: Construct, options: InstanceOptions, spec: InstanceSpec) {
  const { notifications, cluster } = options;
  const autoScalingGroup = new autoscaling.AutoScalingGroup(scope, 'Group', {
    ...spec.group,
    vpc: cluster.vpc,
    vpcSubnets: spec.vpcSubnets,
    healthChecks: autoscaling.HealthChecks.ec2({ gracePeriod: Duration.minutes(5) }),
    cooldown: Duration.minutes(5),
    groupMetrics: [autoscaling.GroupMetrics.all()],
    newInstancesProtectedFromScaleIn: true,
    notifications: notifications === undefined ? undefined : [{ topic: notifications, scalingEvents: autoscaling.ScalingEvents.ALL }],
  });
  const capacityProvider = new ecs.AsgCapacityProvider(scope, 'Provider', {
    autoScalingGroup,
    enableManagedScaling: true,
    enableManagedTerminationProtection: true,
    enableManagedDraining: true,
    targetCapacityPercent: 100,
  });
  cluster.addAsgCapacityProvider(capacityProvider);
  return { autoScalingGroup, capacityProvider };
}

/** Instances of a group that run. */
export function inServiceMetric(group: autoscaling.IAutoScalingGroup, options: cloudwatch.MetricOptions): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/AutoScaling',
    metricName: 'GroupInServiceInstances',
    dimensionsMap: { AutoScalingGroupName: group.autoScalingGroupName },
    period: Duration.minutes(1),
    statistic: cloudwatch.Stats.MINIMUM,
    ...options,
  }).attachTo(group);
}
