import { auroraFailover, globalFailover, globalSwitchover } from './aurora';
import { cacheFailover } from './cache';
import type { AwsFlags } from './flags';
import type { StackInventory } from './inventory';
import type { AwsSettings } from './settings';
import { zoneTasks } from './tasks';
import { zonalShift } from './zonal-shift';
import { zonePower } from './zone-power';
import { DrillError, type Fault } from '../drill/fault';

/** The fault that was asked for, aimed at what the stacks hold: never at a name that somebody typed. */
export function awsFault(flags: AwsFlags, inventory: StackInventory, settings: AwsSettings = { region: flags.region }): Fault {
  const target = (type: string): string => inventory.one(type, flags.resource).physicalId;
  const move = () => ({
    globalClusterId: target('AWS::RDS::GlobalCluster'), primary: settings, secondary: { ...settings, region: flags.secondaryRegion! }, acceptDataLoss: flags.acceptDataLoss,
  });
  switch (flags.fault) {
    case 'aurora-failover': return auroraFailover(settings, target('AWS::RDS::DBCluster'));
    case 'global-switchover': return globalSwitchover(move());
    case 'global-failover': return globalFailover(move());
    case 'cache-failover': return cacheFailover(settings, target('AWS::ElastiCache::ReplicationGroup'), flags.nodeGroup);
    case 'zone-tasks': {
      const services = inventory.all('AWS::ECS::Service').map(({ physicalId }) => physicalId);
      if (services.length === 0) throw new DrillError('the stacks run no ECS service');
      return zoneTasks(settings, services, flags.zone!);
    }
    case 'zone-power': return zonePower(settings, target('AWS::FIS::ExperimentTemplate'));
    case 'zonal-shift': return zonalShift(settings, target('AWS::ElasticLoadBalancingV2::LoadBalancer'), flags.zoneId!, flags.holdSeconds * 1_000);
  }
}
