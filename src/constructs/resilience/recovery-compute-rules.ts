import { RecoveryRule, unless, zoneRto } from './recovery-rules';
import { distinct, numberOf } from './recovery-templates';
import { MatchingService } from '../compute/matching-service';

/** What must run in the zones that remain before anything is started. */
export const COMPUTE_RULES: readonly RecoveryRule[] = [
  {
    types: ['AWS::ECS::Service'],
    find: (service, requirement, platform) => {
      const { properties } = service;
      if (!requirement.needed.capacityWithoutZone || properties.SchedulingStrategy === 'DAEMON') return [];
      const inPair = service.construct.node.scopes.some((above) => above instanceof MatchingService);
      const least = inPair ? 1 : 2;
      const [target] = platform.referringTo(service, 'AWS::ApplicationAutoScaling::ScalableTarget');
      const tasks = target === undefined ? numberOf(properties.DesiredCount, 1) : numberOf(target.properties.MinCapacity, 1);
      const network = properties.NetworkConfiguration as { AwsvpcConfiguration?: { Subnets?: unknown } } | undefined;
      const subnets = distinct(network?.AwsvpcConfiguration?.Subnets);
      return [
        ...unless(tasks === undefined || tasks >= least, () => ({
          rule: inPair ? 'zone-standby-matcher' : 'zone-tasks',
          property: 'DesiredCount',
          fault: `${zoneRto(requirement)} needs tasks that run in another zone already, because new ones take minutes; got: ${tasks} task(s)`,
          remedy: inPair ? 'let both services of the MatchingService run a task' : 'run two tasks or more (`minCapacity`), or name the service in `except` when no order depends on it',
        })),
        ...unless(inPair || subnets === undefined || subnets >= 2, () => ({
          rule: 'zone-tasks', property: 'NetworkConfiguration.AwsvpcConfiguration.Subnets',
          fault: `${zoneRto(requirement)} needs tasks in two zones or more; got: ${subnets} subnet(s)`, remedy: 'place the service in subnets of several zones',
        })),
      ];
    },
  },
  {
    types: ['AWS::AutoScaling::AutoScalingGroup'],
    find: ({ properties }, requirement) => {
      const least = numberOf(properties.MinSize, 1);
      const subnets = distinct(properties.VPCZoneIdentifier);
      if (!requirement.needed.capacityWithoutZone) return [];
      return [
        ...unless(least === undefined || least >= 2, () => ({
          rule: 'zone-instances', property: 'MinSize', fault: `${zoneRto(requirement)} needs instances that run in another zone already; got: ${least}`,
          remedy: 'set `MinSize` to 2 or more, or name the group in `except` when no order depends on it',
        })),
        ...unless(subnets === undefined || subnets >= 2, () => ({
          rule: 'zone-instances', property: 'VPCZoneIdentifier', fault: `${zoneRto(requirement)} needs instances in two zones or more; got: ${subnets} subnet(s)`,
          remedy: 'place the group in subnets of several zones',
        })),
      ];
    },
  },
  {
    types: ['AWS::ElasticLoadBalancingV2::LoadBalancer'],
    find: ({ properties }, requirement) => {
      const list = properties.Subnets ?? properties.SubnetMappings;
      const subnets = distinct(list);
      return unless(subnets === undefined || subnets >= 2, () => ({
        rule: 'zone-load-balancer', property: properties.Subnets === undefined ? 'SubnetMappings' : 'Subnets',
        fault: `${zoneRto(requirement)} needs a load balancer in two zones or more; got: ${subnets} subnet(s)`, remedy: 'give it subnets of several zones',
      }));
    },
  },
];
