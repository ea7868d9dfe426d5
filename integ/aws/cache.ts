import { DescribeEventsCommand, DescribeReplicationGroupsCommand, ElastiCacheClient, type ReplicationGroup, TestFailoverCommand } from '@aws-sdk/client-elasticache';
import { wait } from './aurora';
import type { AwsSettings } from './settings';
import { DrillError, type Fault } from '../drill/fault';

/** What the service writes when a replica has taken over. */
const COMPLETED = /failover.*complet/i;

/** Has ElastiCache fail over the primary of a node group to its replica. AWS allows 15 node groups a day. */
export function cacheFailover(settings: AwsSettings, groupId: string, nodeGroupId = '0001', pollMs = 2_000): Fault {
  const client = new ElastiCacheClient(settings);
  let since: Date | undefined;
  const group = async (): Promise<ReplicationGroup> => {
    const [found] = (await client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: groupId }))).ReplicationGroups ?? [];
    if (!found) throw new DrillError(`there is no replication group ${groupId}`);
    return found;
  };
  return {
    name: 'cache-failover',
    what: `the primary of ${groupId} (${nodeGroupId}) fails over to its replica`,
    check: async () => {
      const { Status, MultiAZ, AutomaticFailover, NodeGroups = [] } = await group();
      const nodes = NodeGroups.find(({ NodeGroupId }) => NodeGroupId === nodeGroupId);
      if (Status !== 'available') throw new DrillError(`${groupId} is ${Status}; wait until it is available`);
      if (MultiAZ !== 'enabled' || AutomaticFailover !== 'enabled') throw new DrillError(`${groupId} does not fail over by itself: Multi-AZ is ${MultiAZ}, automatic failover ${AutomaticFailover}`);
      if (!nodes) throw new DrillError(`${groupId} has no node group ${nodeGroupId}; there are ${NodeGroups.map(({ NodeGroupId }) => NodeGroupId).join(', ')}`);
      if ((nodes.NodeGroupMembers ?? []).length < 2) throw new DrillError(`node group ${nodeGroupId} of ${groupId} has no replica to fail over to`);
    },
    inject: async () => {
      // Its events bear the time of AWS, and ours may be ahead of it.
      since = new Date(Date.now() - 60_000);
      await client.send(new TestFailoverCommand({ ReplicationGroupId: groupId, NodeGroupId: nodeGroupId }));
    },
    // In cluster mode nothing else says which node is primary.
    complete: async () => {
      const { Events = [] } = await client.send(new DescribeEventsCommand({ SourceType: 'replication-group', SourceIdentifier: groupId, StartTime: since }));
      return Events.some(({ Message = '' }) => COMPLETED.test(Message));
    },
    restore: () => wait(async () => (await group()).Status === 'available', pollMs),
    state: async () => `${groupId} is ${(await group()).Status}`,
  };
}
