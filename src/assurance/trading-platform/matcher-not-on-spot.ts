import { CfnResource, Stack } from 'aws-cdk-lib';
import { CfnAutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { CfnCapacityProvider, CfnService } from 'aws-cdk-lib/aws-ecs';
import { isPartOf, NOT_APPLICABLE, resolved, resourcesOfApp, verdict } from './support';
import { MatchingService } from '../../constructs/compute/matching-service';

interface Strategy { readonly capacityProvider: unknown }
interface MixedInstances { readonly instancesDistribution?: { readonly onDemandPercentageAboveBaseCapacity?: number } }

/** Spot capacity is taken away with two minutes' notice, and both replicas could go at once. */
export function MatcherNotOnSpot(node: CfnResource): ReturnType<typeof verdict> {
  if (!(node instanceof CfnService) || !isPartOf(node, MatchingService)) return NOT_APPLICABLE;
  const strategies = resolved<Strategy[] | undefined>(node, node.capacityProviderStrategy) ?? [];
  return verdict(strategies.every(({ capacityProvider }) => !isSpot(node, capacityProvider)));
}

function isSpot(node: CfnResource, provider: unknown): boolean {
  if (typeof provider === 'string') return provider === 'FARGATE_SPOT';
  const text = JSON.stringify(provider);
  return resourcesOfApp(node, CfnCapacityProvider).filter((each) => text.includes(`"${idOf(each)}"`)).some((each) => {
    const group = JSON.stringify(resolved(each, each.autoScalingGroupProvider) ?? {});
    return resourcesOfApp(node, CfnAutoScalingGroup).some((one) => Stack.of(one) === Stack.of(each) && group.includes(`"${idOf(one)}"`) && buysSpot(one));
  });
}

function buysSpot(group: CfnAutoScalingGroup): boolean {
  const mixed = resolved<MixedInstances | undefined>(group, group.mixedInstancesPolicy);
  return mixed !== undefined && (mixed.instancesDistribution?.onDemandPercentageAboveBaseCapacity ?? 100) < 100;
}

function idOf(resource: CfnResource): string {
  return resolved(resource, resource.logicalId);
}
