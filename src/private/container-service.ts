import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { ServiceCapacity } from '../constructs/compute/service-capacity';

/** An ECS service of hardened tasks. */
export interface ContainerServiceSpec {
  readonly cluster: ecs.ICluster;
  readonly taskDefinition: ecs.TaskDefinition;
  readonly capacity: ServiceCapacity;
  /** Tasks that must run. */
  readonly minimum: number;
  /** Whether the number of tasks follows the load: a deployment must then leave it alone. */
  readonly isScaled: boolean;
  readonly minHealthyPercent: number;
  readonly maxHealthyPercent: number;
  readonly rebalances: boolean;
  readonly controller?: ecs.DeploymentControllerType;
  readonly vpcSubnets: ec2.SubnetSelection;
  readonly securityGroup: ec2.ISecurityGroup;
}

const { ENABLED, DISABLED } = ecs.AvailabilityZoneRebalancing;

/** The service: no public address, nobody gets a shell, and a deployment that does not become healthy is rolled back. */
export function containerService(scope: Construct, spec: ContainerServiceSpec): ecs.BaseService {
  const { cluster, taskDefinition, capacity } = spec;
  const byCodeDeploy = spec.controller === ecs.DeploymentControllerType.CODE_DEPLOY;
  const common = {
    cluster,
    taskDefinition,
    desiredCount: spec.isScaled ? undefined : spec.minimum,
    capacityProviderStrategies: capacity._strategies(spec.minimum),
    minHealthyPercent: spec.minHealthyPercent,
    maxHealthyPercent: spec.maxHealthyPercent,
    availabilityZoneRebalancing: spec.rebalances && !byCodeDeploy ? ENABLED : DISABLED,
    ...(byCodeDeploy ? { deploymentController: { type: spec.controller } } : { circuitBreaker: { enable: true, rollback: true } }),
    vpcSubnets: spec.vpcSubnets,
    securityGroups: [spec.securityGroup],
    enableExecuteCommand: false,
    propagateTags: ecs.PropagatedTagSource.SERVICE,
  };
  const service = capacity.isEc2
    ? new ecs.Ec2Service(scope, 'Service', {
      ...common,
      // Zones first, which moving tasks between zones asks for; then as few instances as possible.
      placementStrategies: [ecs.PlacementStrategy.spreadAcross(ecs.BuiltInAttributes.AVAILABILITY_ZONE), ecs.PlacementStrategy.packedByMemory()],
    })
    : new ecs.FargateService(scope, 'Service', { ...common, assignPublicIp: false });
  // Left in, each deployment would set the number of tasks back, whatever the load is.
  if (spec.isScaled) (service.node.findChild('Service') as ecs.CfnService).addPropertyDeletionOverride('DesiredCount');
  return service;
}
