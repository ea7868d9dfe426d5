import { RecoveryRequirement, RecoveryRule, ResourceShortfall, unless, zoneRpo, zoneRto } from './recovery-rules';
import { differs, distinct, numberOf, TemplateResource } from './recovery-templates';
import { OrderJournal } from '../messaging/order-journal';

/** Least that a journal keeps, in hours: a restore of a week ago is still brought up to date. */
const JOURNAL_HOURS = 168;

/** A copy of a cluster in another region has no administrator of its own. */
export function isCopy({ properties }: TemplateResource): boolean {
  return properties.GlobalClusterIdentifier !== undefined && properties.MasterUsername === undefined && properties.MasterUserPassword === undefined;
}

/** Instances that have no cluster. */
export function standsAlone({ properties }: TemplateResource): boolean {
  return properties.DBClusterIdentifier === undefined;
}

/** Nothing may be lost, or there is no time for a restore. */
function needsStandby({ zone, needed }: RecoveryRequirement): boolean {
  return needed.readerInAnotherZone || zone.rpo.toSeconds() === 0;
}

function replicasOf({ Replicas }: Record<string, unknown>): Array<Record<string, unknown>> {
  return Array.isArray(Replicas) ? Replicas as Array<Record<string, unknown>> : [];
}

/** What the loss of a zone, or a mistake, must not take away. */
export const STORE_RULES: readonly RecoveryRule[] = [
  {
    types: ['AWS::RDS::DBCluster'],
    find: (cluster, requirement, platform) => {
      const isAurora = typeof cluster.properties.Engine === 'string' && cluster.properties.Engine.startsWith('aurora');
      const instances = platform.referringTo(cluster, 'AWS::RDS::DBInstance');
      const zones = new Set(instances.map(({ properties }) => JSON.stringify(properties.AvailabilityZone ?? null)));
      const fixed = instances.length > 1 && zones.size === 1 && !zones.has('null');
      if (!isAurora || isCopy(cluster) || !requirement.needed.readerInAnotherZone) return [];
      return unless(instances.length >= 2 && !fixed, () => ({
        rule: 'zone-database-reader',
        property: 'DBClusterMembers',
        fault: `${zoneRto(requirement)} needs a reader in another zone, because a new writer takes up to 10 minutes; got: ${fixed ? 'instances of one zone only' : `${instances.length} instance(s)`}`,
        remedy: 'add a reader, such as `readers: 1` of LedgerCluster',
      }));
    },
  },
  {
    types: ['AWS::RDS::DBInstance'],
    find: (instance, requirement) => (standsAlone(instance) && instance.properties.SourceDBInstanceIdentifier === undefined ? [
      ...unless(!differs(instance.properties.MultiAZ, true) || !needsStandby(requirement), () => ({
        rule: 'zone-database-standby',
        property: 'MultiAZ',
        fault: `${zoneRto(requirement)} and ${zoneRpo(requirement)} need a standby of the database in another zone; got: ${String(instance.properties.MultiAZ ?? false)}`,
        remedy: 'set `MultiAZ` to true, or take a LedgerCluster',
      })),
      ...unless(numberOf(instance.properties.BackupRetentionPeriod, 1) !== 0, () => backups('BackupRetentionPeriod', 0)),
    ] : []),
  },
  {
    types: ['AWS::DynamoDB::Table'],
    find: ({ properties }) => unless(!differs(pitr(properties.PointInTimeRecoverySpecification), true), () =>
      backups('PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled', pitr(properties.PointInTimeRecoverySpecification))),
  },
  {
    types: ['AWS::DynamoDB::GlobalTable'],
    find: ({ properties }) => replicasOf(properties).flatMap((replica, index) =>
      unless(!differs(pitr(replica.PointInTimeRecoverySpecification), true), () =>
        backups(`Replicas.${index}.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled`, pitr(replica.PointInTimeRecoverySpecification)))),
  },
  {
    types: ['AWS::ElastiCache::ReplicationGroup'],
    find: ({ properties }, requirement) => {
      const replicas = numberOf(properties.ReplicasPerNodeGroup, 0);
      const nodes = numberOf(properties.NumCacheClusters ?? (replicas === undefined ? {} : replicas + 1), 1);
      if (!requirement.needed.readerInAnotherZone) return [];
      return [
        ...['AutomaticFailoverEnabled', 'MultiAZEnabled'].flatMap((property) => unless(!differs(properties[property], true), () => ({
          rule: 'zone-cache-standby', property,
          fault: `${zoneRto(requirement)} needs a cache that fails over to another zone; got: ${String(properties[property] ?? false)}`,
          remedy: `set \`${property}\` to true`,
        }))),
        ...unless(nodes === undefined || nodes >= 2, () => ({
          rule: 'zone-cache-standby', property: 'NumCacheClusters',
          fault: `${zoneRto(requirement)} needs a cache node in another zone; got: ${nodes} node(s)`, remedy: 'give the cache two nodes or more',
        })),
      ];
    },
  },
  {
    types: ['AWS::ElastiCache::CacheCluster'],
    find: (_, requirement) => unless(!requirement.needed.readerInAnotherZone, () => ({
      rule: 'zone-cache-standby', property: 'NumCacheNodes',
      fault: `${zoneRto(requirement)} needs a cache that fails over to another zone; got: a cache cluster, which cannot`,
      remedy: 'take a replication group, such as TradingCache',
    })),
  },
  {
    types: ['AWS::AmazonMQ::Broker'],
    find: ({ properties }, requirement) => unless(differs(properties.DeploymentMode, 'SINGLE_INSTANCE') || typeof properties.DeploymentMode === 'object', () => ({
      rule: 'zone-broker-standby', property: 'DeploymentMode',
      fault: `${zoneRto(requirement)} needs a broker with a standby in another zone; got: SINGLE_INSTANCE`, remedy: 'set `DeploymentMode` to ACTIVE_STANDBY_MULTI_AZ, as MessageBroker does',
    })),
  },
  {
    types: ['AWS::MSK::Cluster'],
    find: ({ properties }, requirement) => {
      const subnets = distinct((properties.BrokerNodeGroupInfo as { ClientSubnets?: unknown } | undefined)?.ClientSubnets);
      return unless(!requirement.needed.synchronousJournal || subnets === undefined || subnets >= 2, () => ({
        rule: 'zone-journal', property: 'BrokerNodeGroupInfo.ClientSubnets',
        fault: `${zoneRpo(requirement)} needs orders kept in several zones before anyone says yes; got: ${subnets} subnet(s)`, remedy: 'give the brokers subnets of three zones',
      }));
    },
  },
  {
    types: ['AWS::Kinesis::Stream'],
    find: (stream) => {
      const hours = numberOf(stream.properties.RetentionPeriodHours, 24);
      const isJournal = stream.construct.node.scopes.some((above) => above instanceof OrderJournal);
      return unless(!isJournal || hours === undefined || hours >= JOURNAL_HOURS, () => ({
        rule: 'journal-retention', property: 'RetentionPeriodHours',
        fault: `a journal needs ${JOURNAL_HOURS} hours or more, or a snapshot of last week cannot be brought up to date; got: ${hours}`,
        remedy: `set \`RetentionPeriodHours\` to ${JOURNAL_HOURS} or more`,
      }));
    },
  },
  {
    types: ['AWS::EFS::FileSystem'],
    find: ({ properties }, requirement) => unless(properties.AvailabilityZoneName === undefined, () => ({
      rule: 'zone-file-system', property: 'AvailabilityZoneName',
      fault: `${zoneRpo(requirement)} needs files in several zones; got: ${String(properties.AvailabilityZoneName)}`, remedy: 'leave `AvailabilityZoneName` out',
    })),
  },
];

function pitr(specification: unknown): unknown {
  return (specification as { PointInTimeRecoveryEnabled?: unknown } | undefined)?.PointInTimeRecoveryEnabled ?? false;
}

/** What every objective needs: a copy in another zone or region takes over mistakes too. */
function backups(property: string, got: unknown): ResourceShortfall {
  return {
    rule: 'point-in-time-recovery', property,
    fault: `a change by mistake reaches every copy within a moment, so a point in time before it must be kept; got: ${String(got)}`,
    remedy: `set \`${property.split('.').pop()}\` ${got === 0 ? 'to 1 day or more, better 35' : 'to true'}`,
  };
}
