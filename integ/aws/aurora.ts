import {
  type DBCluster, DescribeDBClustersCommand, DescribeDBInstancesCommand, DescribeGlobalClustersCommand, FailoverDBClusterCommand,
  FailoverGlobalClusterCommand, type GlobalCluster, RDSClient, SwitchoverGlobalClusterCommand,
} from '@aws-sdk/client-rds';
import type { AwsSettings } from './settings';
import { DrillError, type Fault, sleep } from '../drill/fault';

const MINUTE = 60_000;

/** Moves the writer of an Aurora cluster to a reader in another zone. It stays there: going back would be a second outage. */
export function auroraFailover(settings: AwsSettings, clusterId: string, pollMs = 2_000): Fault {
  const client = new RDSClient(settings);
  const cluster = async (): Promise<DBCluster> => {
    const [found] = (await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: clusterId }))).DBClusters ?? [];
    if (!found) throw new DrillError(`there is no cluster ${clusterId}`);
    return found;
  };
  const instances = async () => (await client.send(new DescribeDBInstancesCommand({ Filters: [{ Name: 'db-cluster-id', Values: [clusterId] }] }))).DBInstances ?? [];
  let writer: string | undefined;
  const whole = async (): Promise<boolean> => (await cluster()).Status === 'available' && (await instances()).every(({ DBInstanceStatus }) => DBInstanceStatus === 'available');
  return {
    name: 'aurora-failover',
    what: `the writer of ${clusterId} moves to another zone`,
    completeLimitMs: 10 * MINUTE,
    restoreLimitMs: 20 * MINUTE,
    check: async () => {
      const { Status, DBClusterMembers = [] } = await cluster();
      writer = writerOf(DBClusterMembers);
      const all = await instances();
      const zoneOf = (id?: string): string | undefined => all.find(({ DBInstanceIdentifier }) => DBInstanceIdentifier === id)?.AvailabilityZone;
      const ready = all.filter((one) => one.DBInstanceIdentifier !== writer && one.DBInstanceStatus === 'available' && one.AvailabilityZone !== zoneOf(writer));
      if (Status !== 'available' || writer === undefined) throw new DrillError(`${clusterId} is ${Status} and cannot be failed over`);
      if (ready.length === 0) throw new DrillError(`${clusterId} has no available reader in another zone than its writer ${writer} (${zoneOf(writer)}): a failover would take about ten minutes`);
    },
    inject: async () => { await client.send(new FailoverDBClusterCommand({ DBClusterIdentifier: clusterId })); },
    // The status alone says `available` before anything has happened.
    complete: async () => {
      const now = writerOf((await cluster()).DBClusterMembers ?? []);
      return now !== undefined && now !== writer;
    },
    restore: () => wait(whole, pollMs),
    state: async () => {
      const { Status, DBClusterMembers = [] } = await cluster();
      return `${clusterId} is ${Status}, its writer is ${writerOf(DBClusterMembers) ?? 'nobody'} (it was ${writer ?? 'unknown'})`;
    },
  };
}

function writerOf(members: NonNullable<DBCluster['DBClusterMembers']>): string | undefined {
  return members.find(({ IsClusterWriter }) => IsClusterWriter)?.DBInstanceIdentifier;
}

/** What moves a global database to its other region. */
export interface GlobalMove {
  readonly globalClusterId: string;
  /** Of the region that is primary now. */
  readonly primary: AwsSettings;
  /** Of the region that is to be. */
  readonly secondary: AwsSettings;
  /** Must be true for a failover: what was not replicated is gone. */
  readonly acceptDataLoss?: boolean;
  readonly pollMs?: number;
}

/** Moves a global database to the other region in order, and back: nothing may be lost. */
export function globalSwitchover(move: GlobalMove): Fault {
  return globalFault('global-switchover', 'the ledger moves to the other region in order', move, async ({ primary, globalClusterId, target }) => {
    await primary.send(new SwitchoverGlobalClusterCommand({ GlobalClusterIdentifier: globalClusterId, TargetDbClusterIdentifier: target }));
  });
}

/** Makes the other region's copy the primary without asking the one that is, as when its region is lost; moves it back in order afterwards. */
export function globalFailover(move: GlobalMove): Fault {
  const fault = globalFault('global-failover', 'the other region takes the ledger without asking', move, async ({ secondary, globalClusterId, target }) => {
    await secondary.send(new FailoverGlobalClusterCommand({
      GlobalClusterIdentifier: globalClusterId, TargetDbClusterIdentifier: target, AllowDataLoss: true,
    }));
  });
  return {
    ...fault,
    check: async () => {
      if (move.acceptDataLoss !== true) throw new DrillError('global-failover gives up what was not replicated; it wants --accept-data-loss');
      await fault.check();
    },
  };
}

interface MoveCall {
  readonly primary: RDSClient;
  readonly secondary: RDSClient;
  readonly globalClusterId: string;
  /** ARN of the cluster that becomes the primary. */
  readonly target: string;
}

function globalFault(name: string, what: string, move: GlobalMove, call: (of: MoveCall) => Promise<void>): Fault {
  const { globalClusterId, pollMs = 5_000 } = move;
  const [primary, secondary] = [new RDSClient(move.primary), new RDSClient(move.secondary)];
  // Either region answers for the whole; the one that takes over is asked, as it is the one that stays.
  const global = async (): Promise<GlobalCluster> => {
    const [found] = (await secondary.send(new DescribeGlobalClustersCommand({ GlobalClusterIdentifier: globalClusterId }))).GlobalClusters ?? [];
    if (!found) throw new DrillError(`there is no global database ${globalClusterId}`);
    return found;
  };
  const inRegion = ({ GlobalClusterMembers = [] }: GlobalCluster, region: string) => GlobalClusterMembers.find(({ DBClusterArn = '' }) => DBClusterArn.split(':')[3] === region);
  let before: { writer: string; target: string } | undefined;
  const writerArn = ({ GlobalClusterMembers = [] }: GlobalCluster): string | undefined => (
    GlobalClusterMembers.find(({ IsWriter }) => IsWriter)?.DBClusterArn);
  const still = (one: GlobalCluster): boolean => one.FailoverState === undefined && one.Status === 'available';
  const connected = ({ GlobalClusterMembers = [] }: GlobalCluster): boolean => GlobalClusterMembers.every(({ IsWriter, SynchronizationStatus }) => IsWriter || SynchronizationStatus === 'connected');
  return {
    name,
    what,
    completeLimitMs: 30 * MINUTE,
    // The copy of a region that was lost is made anew before anything can go back.
    restoreLimitMs: 120 * MINUTE,
    check: async () => {
      const now = await global();
      const [from, to] = [inRegion(now, move.primary.region), inRegion(now, move.secondary.region)];
      if (!from?.DBClusterArn || from.IsWriter !== true) throw new DrillError(`${move.primary.region} does not write ${globalClusterId}; its writer is ${writerArn(now) ?? 'nobody'}`);
      if (!to?.DBClusterArn) throw new DrillError(`${globalClusterId} has no copy in ${move.secondary.region}`);
      if (!still(now) || !connected(now)) throw new DrillError(`${globalClusterId} is ${now.Status}, its copies are not all connected: wait until they are`);
      await requireInstance(secondary, to.DBClusterArn);
      before = { writer: from.DBClusterArn, target: to.DBClusterArn };
    },
    inject: () => call({ primary, secondary, globalClusterId, target: before!.target }),
    complete: async () => {
      const now = await global();
      return writerArn(now) === before!.target && still(now);
    },
    restore: async () => {
      if (before === undefined) return;
      await wait(async () => still(await global()), pollMs);
      if (writerArn(await global()) === before.writer) return;
      await wait(async () => connected(await global()), pollMs);
      const back = { GlobalClusterIdentifier: globalClusterId, TargetDbClusterIdentifier: before.writer };
      await secondary.send(new SwitchoverGlobalClusterCommand(back));
      await wait(async () => {
        const now = await global();
        return writerArn(now) === before!.writer && still(now) && connected(now);
      }, pollMs);
    },
    state: async () => {
      const now = await global();
      return `${globalClusterId} is ${now.Status}${now.FailoverState ? ` (${now.FailoverState.Status})` : ''}, its writer is ${writerArn(now) ?? 'nobody'} (it was ${before?.writer ?? 'unknown'})`;
    },
  };
}

/** A copy without an instance has nothing that could take over. */
async function requireInstance(client: RDSClient, arn: string): Promise<void> {
  const [cluster] = (await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: arn }))).DBClusters ?? [];
  if ((cluster?.DBClusterMembers ?? []).length === 0) throw new DrillError(`${arn} has no instance; add one and wait until it is available`);
}

/** Asks until it holds; whoever restores has the limit. */
export async function wait(holds: () => Promise<boolean>, pollMs: number): Promise<void> {
  while (!await holds()) await sleep(pollMs);
}
