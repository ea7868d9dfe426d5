import { RecoveryRequirement, RecoveryRule, RecoveryShortfall, regionRpo, regionRto, ResourceShortfall } from './recovery-rules';
import { isCopy, standsAlone } from './recovery-store-rules';
import { numberOf, PlatformTemplates, TemplateResource } from './recovery-templates';
import { RegionReplication } from './recovery-topology';
import { LeaseTable } from '../data/lease-table';

const CONTINUOUS = [RegionReplication.ASYNCHRONOUS, RegionReplication.SYNCHRONOUS];

/** What a store lacks when it is in one region only: continuous copies, or copies of its backups where that is enough. */
function inOneRegion(
  requirement: RecoveryRequirement, platform: PlatformTemplates, property: string, got: string, remedy: string,
): ResourceShortfall[] {
  const { replication } = requirement.needed;
  if (!CONTINUOUS.includes(replication)) {
    const copies = platform.ofType('AWS::Backup::BackupPlan').some(({ properties }) => JSON.stringify(properties).includes('"CopyActions"'));
    if (copies) return [];
    return [{ rule: 'region-copy', property, fault: `${regionRpo(requirement)} needs copies of backups in another region; got: ${got}`, remedy: `copy backups to another region, such as with \`copyTo\` of TradingBackup, or ${remedy}` }];
  }
  return [{ rule: 'region-copy', property, fault: `${regionRpo(requirement)} needs ${replication} replication to another region; got: ${got}`, remedy }];
}

/** The global cluster that a cluster begins. */
function globalOf(cluster: TemplateResource, platform: PlatformTemplates): TemplateResource | undefined {
  return platform.referringTo(cluster, 'AWS::RDS::GlobalCluster')[0];
}

/** What the loss of a region must not stop, store by store. */
export const REGION_RULES: readonly RecoveryRule[] = [
  {
    types: ['AWS::RDS::DBCluster'],
    find: (cluster, requirement, platform) => {
      if (isCopy(cluster)) {
        const instances = platform.referringTo(cluster, 'AWS::RDS::DBInstance').length;
        return !requirement.needed.warmSecondary || instances > 0 ? [] : [{
          rule: 'region-warm-database', property: 'GlobalClusterIdentifier',
          fault: `${regionRto(requirement)} needs a database instance that runs in ${cluster.region ?? 'the other region'} already; got: none`,
          remedy: 'run one, such as with `instances: 1` of GlobalLedgerReplica',
        }];
      }
      if (requirement.needed.replication === RegionReplication.SYNCHRONOUS) {
        return [{
          rule: 'region-copy', property: 'GlobalClusterIdentifier', fault: `${regionRpo(requirement)} needs synchronous replication, and Aurora copies to other regions after the fact`,
          remedy: 'set `region.rpo` to 20 seconds or more, or keep these data in DynamoDB with strong consistency over regions',
        }];
      }
      const isGlobal = cluster.properties.GlobalClusterIdentifier !== undefined || globalOf(cluster, platform) !== undefined;
      return isGlobal ? [] : inOneRegion(requirement, platform, 'GlobalClusterIdentifier', 'a cluster of one region', 'make it the primary of a global database, such as with GlobalLedger');
    },
  },
  {
    types: ['AWS::RDS::GlobalCluster'],
    find: (_, requirement, platform) => (platform.ofType('AWS::RDS::DBCluster').some(isCopy) ? [] : [{
      rule: 'region-copy', property: 'GlobalClusterIdentifier',
      fault: `${regionRpo(requirement)} needs a cluster in another region; got: a global database with its primary only`, remedy: 'add one there, such as a GlobalLedgerReplica',
    }]),
  },
  {
    types: ['AWS::RDS::DBInstance'],
    find: (instance, requirement, platform) => (!standsAlone(instance) || instance.properties.SourceDBInstanceIdentifier !== undefined ? [] :
      inOneRegion(requirement, platform, 'SourceDBInstanceIdentifier', 'an instance of one region', 'take a LedgerCluster with a GlobalLedger')),
  },
  {
    types: ['AWS::RDS::DBClusterParameterGroup'],
    find: ({ properties }, requirement) => {
      const bound = numberOf((properties.Parameters as Record<string, unknown> | undefined)?.['rds.global_db_rpo'], 0);
      return bound === undefined || bound <= requirement.region!.rpo.toSeconds() ? [] : [{
        rule: 'region-bound', property: 'Parameters.rds.global_db_rpo', fault: `${regionRpo(requirement)} must not be exceeded by the bound of the database; got: ${bound} seconds`,
        remedy: 'set `globalRecoveryPoint` to the RPO of the region or less',
      }];
    },
  },
  {
    types: ['AWS::DynamoDB::Table'],
    find: (table, requirement, platform) => (isLease(table) ? [] :
      inOneRegion(requirement, platform, 'TableName', 'a table of one region', 'take a global table with a replica there, such as with `replicas` of TradingTable')),
  },
  {
    types: ['AWS::DynamoDB::GlobalTable'],
    find: (table, requirement, platform) => {
      const { Replicas: replicas, MultiRegionConsistency: consistency } = table.properties;
      if (isLease(table) || !Array.isArray(replicas)) return [];
      if (replicas.length < 2) return inOneRegion(requirement, platform, 'Replicas', 'one replica', 'add a replica in another region, such as with `replicas` of TradingTable');
      return requirement.needed.replication !== RegionReplication.SYNCHRONOUS || consistency === 'STRONG' ? [] : [{
        rule: 'region-copy', property: 'MultiRegionConsistency', fault: `${regionRpo(requirement)} needs strong consistency over regions; got: ${String(consistency ?? 'EVENTUAL')}`,
        remedy: 'set `MultiRegionConsistency` to STRONG',
      }];
    },
  },
];

/** Leases say who leads in this region; those of another one mean nothing there. */
function isLease({ construct }: TemplateResource): boolean {
  return construct.node.scopes.some((above) => above instanceof LeaseTable);
}

/** What the platform as a whole lacks. */
export function regionShortfalls(requirement: RecoveryRequirement, platform: PlatformTemplates): RecoveryShortfall[] {
  const { needed } = requirement;
  const found: RecoveryShortfall[] = [];
  if (needed.secondaryRegion && platform.isConcrete && platform.regions.length < 2) {
    found.push({
      rule: 'region-secondary', fault: `${regionRpo(requirement)} needs a secondary region; got: stacks in ${platform.regions.join(', ')} only`,
      remedy: 'add a stack in another region with what takes over, or leave `region` out of the objective',
    });
  }
  if (needed.regionSwitchPlan && platform.ofType('AWS::ARCRegionSwitch::Plan').length === 0) {
    found.push({ rule: 'region-switch-plan', fault: `${regionRto(requirement)} needs a prepared plan for the switch; got: none`, remedy: 'add a RegionSwitchPlan' });
  }
  return found;
}
