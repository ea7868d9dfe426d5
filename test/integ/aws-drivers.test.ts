import { AwsError, AwsLoopback, type Answer } from './support/aws-loopback';
import { auroraFailover, globalFailover, globalSwitchover } from '../../integ/aws/aurora';
import { cacheFailover } from '../../integ/aws/cache';
import { depths, readTail, undrainedQueues } from '../../integ/aws/drain';
import { StackInventory } from '../../integ/aws/inventory';
import { zoneTasks } from '../../integ/aws/tasks';
import { zonalShift } from '../../integ/aws/zonal-shift';
import { zonePower } from '../../integ/aws/zone-power';
import { injectAndRestore } from '../../integ/drill/fault';

const LIMITS = { completeMs: 2_000, restoreMs: 2_000, pollMs: 5 };
const ACCOUNT = '123456789012';
let aws: AwsLoopback;
const given = async (answers: Record<string, Answer>): Promise<AwsLoopback> => {
  aws = await AwsLoopback.start(answers);
  return aws;
};
const run = (fault: Parameters<typeof injectAndRestore>[0]) => injectAndRestore(fault, LIMITS, () => performance.now());

afterEach(() => aws.stop());

describe('stacks', () => {
  const stack = (over: object = {}) => ({
    Stacks: {
      member: {
        StackName: 'Data', StackId: `arn:aws:cloudformation:us-east-1:${ACCOUNT}:stack/Data/1`, StackStatus: 'UPDATE_COMPLETE', CreationTime: '2026-01-01T00:00:00Z',
        Tags: { member: [{ Key: 'cdk-trading-platform:drills', Value: 'allowed' }] }, ...over,
      },
    },
  });
  const resources = {
    StackResourceSummaries: {
      member: [
        { LogicalResourceId: 'Ledger', PhysicalResourceId: 'ledger-1', ResourceType: 'AWS::RDS::DBCluster', LastUpdatedTimestamp: '2026-01-01T00:00:00Z', ResourceStatus: 'CREATE_COMPLETE' },
        { LogicalResourceId: 'Other', PhysicalResourceId: 'other-1', ResourceType: 'AWS::RDS::DBCluster', LastUpdatedTimestamp: '2026-01-01T00:00:00Z', ResourceStatus: 'CREATE_COMPLETE' },
      ],
    },
  };
  const open = () => StackInventory.open(aws.settings, ACCOUNT, ['Data']);

  test('what stacks that allow drills are made of', async () => {
    await given({ DescribeStacks: () => stack(), ListStackResources: () => resources });
    const inventory = await open();
    expect(inventory.one('AWS::RDS::DBCluster', 'Ledger')).toMatchObject({ physicalId: 'ledger-1' });
    expect(() => inventory.one('AWS::RDS::DBCluster')).toThrow('there are several AWS::RDS::DBCluster in the stacks; there are: Ledger, Other');
    expect(() => inventory.one('AWS::FIS::ExperimentTemplate')).toThrow('there is no AWS::FIS::ExperimentTemplate');
  });

  test.each([
    ['without the tag', { Tags: undefined }, 'Data does not allow drills: its tag cdk-trading-platform:drills is missing, it must be \'allowed\''],
    ['with another value', { Tags: { member: [{ Key: 'cdk-trading-platform:drills', Value: 'no' }] } }, 'is \'no\''],
    ['of another account', { StackId: 'arn:aws:cloudformation:us-east-1:999999999999:stack/Data/1' }, 'Data belongs to 999999999999'],
    ['that changes', { StackStatus: 'UPDATE_IN_PROGRESS' }, 'wait until it stands still'],
  ])('a stack %s is refused before anything else is asked', async (_, over, message) => {
    await given({ DescribeStacks: () => stack(over), ListStackResources: () => resources });
    await expect(open()).rejects.toThrow(message);
    expect(aws.names()).toEqual(['DescribeStacks']);
  });

  test('a stack that is not there is named', async () => {
    await given({ DescribeStacks: () => new AwsError('ValidationError', 'Stack with id Data does not exist') });
    await expect(open()).rejects.toThrow('nothing was touched: there is no stack Data');
  });
});

describe('aurora-failover', () => {
  const cluster = (writer: string) => ({
    DBClusters: {
      DBCluster: {
        DBClusterIdentifier: 'ledger', Status: 'available', DBClusterMembers: {
          DBClusterMember: ['a', 'b'].map((id) => (
            { DBInstanceIdentifier: id, IsClusterWriter: id === writer })),
        },
      },
    },
  });
  const instances = (zones: readonly string[]) => ({
    DBInstances: {
      DBInstance: zones.map((zone, i) => (
        { DBInstanceIdentifier: 'ab'[i], DBInstanceStatus: 'available', AvailabilityZone: zone })),
    },
  });

  test('moves the writer and waits until it has moved', async () => {
    let [writer, asked] = ['a', 0];
    await given({
      DescribeDBClusters: () => {
        // The status never says anything; the writer moves at the third question behind the call.
        if (asked > 0 && ++asked > 3) writer = 'b';
        return cluster(writer);
      },
      DescribeDBInstances: () => instances(['us-east-1a', 'us-east-1b']),
      FailoverDBCluster: () => {
        asked = 1;
        return {};
      },
    });
    const { faultAt, restoredAt } = await run(auroraFailover(aws.settings, 'ledger', 5));
    expect(restoredAt).toBeGreaterThan(faultAt);
    expect(aws.calls.find(({ name }) => name === 'FailoverDBCluster')?.parameters).toMatchObject({ DBClusterIdentifier: 'ledger' });
  });

  test('refuses a cluster whose reader is in the zone of its writer', async () => {
    await given({ DescribeDBClusters: () => cluster('a'), DescribeDBInstances: () => instances(['us-east-1a', 'us-east-1a']) });
    await expect(run(auroraFailover(aws.settings, 'ledger'))).rejects.toThrow('ledger has no available reader in another zone than its writer a (us-east-1a)');
    expect(aws.names()).not.toContain('FailoverDBCluster');
  });
});

describe('global database', () => {
  const arn = (region: string) => `arn:aws:rds:${region}:${ACCOUNT}:cluster:ledger`;
  const world = () => {
    const state = { writer: arn('us-east-1'), connected: true };
    const move = ({ TargetDbClusterIdentifier }: Record<string, unknown>) => {
      state.writer = String(TargetDbClusterIdentifier);
      return {};
    };
    const answers: Record<string, Answer> = {
      DescribeGlobalClusters: () => ({
        GlobalClusters: {
          GlobalClusterMember: {
            GlobalClusterIdentifier: 'venue', Status: 'available', GlobalClusterMembers: {
              GlobalClusterMember: [
                'us-east-1', 'us-west-2',
              ].map((region) => ({ DBClusterArn: arn(region), IsWriter: state.writer === arn(region), SynchronizationStatus: state.connected ? 'connected' : 'pending-resync' })),
            },
          },
        },
      }),
      DescribeDBClusters: () => ({ DBClusters: { DBCluster: { DBClusterMembers: { DBClusterMember: [{ DBInstanceIdentifier: 'w' }] } } } }),
      SwitchoverGlobalCluster: move,
      FailoverGlobalCluster: move,
    };
    return { state, answers };
  };
  const move = (acceptDataLoss = false) => ({ globalClusterId: 'venue', primary: aws.settings, secondary: { ...aws.settings, region: 'us-west-2' }, acceptDataLoss, pollMs: 5 });
  const moves = () => aws.calls.filter(({ name }) => /over/.test(name))
    .map(({ name, parameters }) => [name, parameters.TargetDbClusterIdentifier, parameters.AllowDataLoss]);

  test('a switchover goes there and back', async () => {
    const { state, answers } = world();
    await given(answers);
    await run(globalSwitchover(move()));
    expect(moves()).toEqual([['SwitchoverGlobalCluster', arn('us-west-2'), undefined], ['SwitchoverGlobalCluster', arn('us-east-1'), undefined]]);
    expect(state.writer).toBe(arn('us-east-1'));
  });

  test('a failover says that it gives up data, wants to be told so, and goes back in order', async () => {
    await given(world().answers);
    await expect(run(globalFailover(move()))).rejects.toThrow('it wants --accept-data-loss');
    expect(aws.names()).toEqual([]);
    await run(globalFailover(move(true)));
    expect(moves()).toEqual([['FailoverGlobalCluster', arn('us-west-2'), 'true'], ['SwitchoverGlobalCluster', arn('us-east-1'), undefined]]);
  });

  test('is refused while a copy is behind, and from the wrong region', async () => {
    const { state, answers } = world();
    await given(answers);
    state.connected = false;
    await expect(run(globalSwitchover(move()))).rejects.toThrow('its copies are not all connected');
    Object.assign(state, { connected: true, writer: arn('us-west-2') });
    await expect(run(globalSwitchover(move()))).rejects.toThrow(`us-east-1 does not write venue; its writer is ${arn('us-west-2')}`);
    expect(moves()).toEqual([]);
  });

  test('one that does not go back in time is told with the state that it left', async () => {
    const { state, answers } = world();
    await given({ ...answers, SwitchoverGlobalCluster: (parameters) => (parameters.TargetDbClusterIdentifier === arn('us-east-1') ? {} : answers.SwitchoverGlobalCluster(parameters)) });
    const fault = { ...globalSwitchover(move()), restoreLimitMs: 100 };
    await expect(run(fault)).rejects.toThrow(
      `global-switchover was not undone: it takes longer than 0.1 s. The state that it left: venue is available, its writer is ${arn('us-west-2')} (it was ${arn('us-east-1')})`);
    // Lets the wait that goes on behind our back end.
    state.writer = arn('us-east-1');
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
});

describe('cache-failover', () => {
  const group = (over: object = {}) => ({
    ReplicationGroups: {
      ReplicationGroup: {
        ReplicationGroupId: 'cache', Status: 'available', MultiAZ: 'enabled', AutomaticFailover: 'enabled',
        NodeGroups: { NodeGroup: [{ NodeGroupId: '0001', NodeGroupMembers: { NodeGroupMember: [{ CacheClusterId: 'a' }, { CacheClusterId: 'b' }] } }] }, ...over,
      },
    },
  });

  test('is complete when its event says so', async () => {
    let [failing, asked] = [false, 0];
    await given({
      DescribeReplicationGroups: () => group(),
      TestFailover: () => {
        failing = true;
        return {};
      },
      DescribeEvents: () => ({
        Events: {
          Event: [
            ...(failing ? [{ Message: 'Test Failover API called for node group 0001' }] : []),
            ...(failing && ++asked > 2 ? [{ Message: 'Failover from primary node a to replica node b completed' }] : []),
          ],
        },
      }),
    });
    await run(cacheFailover(aws.settings, 'cache', '0001', 5));
    expect(aws.calls.find(({ name }) => name === 'TestFailover')?.parameters).toMatchObject({ ReplicationGroupId: 'cache', NodeGroupId: '0001' });
    expect(asked).toBe(3);
  });

  test.each([
    ['that does not fail over', { AutomaticFailover: 'disabled' }, 'automatic failover disabled'],
    ['that is busy', { Status: 'modifying' }, 'cache is modifying'],
    ['without a replica', { NodeGroups: { NodeGroup: [{ NodeGroupId: '0001', NodeGroupMembers: { NodeGroupMember: [{ CacheClusterId: 'a' }] } }] } }, 'has no replica'],
  ])('refuses a group %s', async (_, over, message) => {
    await given({ DescribeReplicationGroups: () => group(over) });
    await expect(run(cacheFailover(aws.settings, 'cache'))).rejects.toThrow(message);
  });
});

describe('zone-tasks', () => {
  const service = `arn:aws:ecs:us-east-1:${ACCOUNT}:service/venue/api`;
  const venue = (zones: string[]) => {
    const tasks = new Map(zones.map((zone, i) => [`arn:aws:ecs:us-east-1:${ACCOUNT}:task/venue/${i}`, zone]));
    return {
      tasks,
      answers: {
        DescribeServices: () => ({ services: [{ serviceName: 'api', serviceArn: service, desiredCount: zones.length, runningCount: tasks.size, deployments: [{}] }], failures: [] }),
        ListTasks: () => ({ taskArns: [...tasks.keys()] }),
        DescribeTasks: ({ tasks: arns }) => ({
          tasks: (arns as string[]).map((arn) => (
            { taskArn: arn, clusterArn: 'venue', availabilityZone: tasks.get(arn), group: 'service:api' })), failures: [],
        }),
        StopTask: ({ task }) => {
          tasks.delete(String(task));
          // The service starts another one, elsewhere.
          setTimeout(() => tasks.set(`arn:aws:ecs:us-east-1:${ACCOUNT}:task/venue/new-${String(task)}`, 'us-east-1c'), 30);
          return { task: {} };
        },
      } satisfies Record<string, Answer>,
    };
  };

  test('stops every task of the zone and no other one', async () => {
    const { answers } = venue(['us-east-1a', 'us-east-1b', 'us-east-1a']);
    await given(answers);
    await run(zoneTasks(aws.settings, [service], 'us-east-1a', 5));
    const stopped = aws.calls.filter(({ name }) => name === 'StopTask').map(({ parameters }) => parameters);
    expect(stopped).toEqual([0, 2].map((i) => ({ cluster: 'venue', task: `arn:aws:ecs:us-east-1:${ACCOUNT}:task/venue/${i}`, reason: 'drill: loss of us-east-1a' })));
  });

  test('refuses a zone in which nothing runs, and a service that is in one zone alone', async () => {
    const { answers } = venue(['us-east-1a', 'us-east-1a']);
    await given(answers);
    await expect(run(zoneTasks(aws.settings, [service], 'us-east-1b'))).rejects.toThrow('nothing runs in us-east-1b');
    await expect(run(zoneTasks(aws.settings, [service], 'us-east-1a'))).rejects.toThrow('every task of api runs in us-east-1a');
    expect(aws.names()).not.toContain('StopTask');
  });
});

describe('zone-power', () => {
  const template = (over: object = {}) => ({ experimentTemplate: { id: 'EXT1', stopConditions: [{ source: 'aws:cloudwatch:alarm', value: 'arn' }], experimentOptions: { emptyTargetResolutionMode: 'fail' }, ...over } });
  const experiment = (statuses: string[], targets: object[] = [{ targetName: 'Subnets' }]): Record<string, Answer> => ({
    'GET /experimentTemplates/*': () => template(),
    'POST /experiments': () => ({ experiment: { id: 'EXP1' } }),
    'GET /experiments/*': () => ({ experiment: { id: 'EXP1', state: { status: statuses.length > 1 ? statuses.shift() : statuses[0], reason: 'because' } } }),
    'GET /experiments/*/resolvedTargets': () => ({ resolvedTargets: targets }),
    'DELETE /experiments/*': () => {
      statuses.splice(0, statuses.length, 'stopped');
      return { experiment: { id: 'EXP1' } };
    },
  });

  test('runs to its end', async () => {
    await given(experiment(['pending', 'running', 'running', 'completed']));
    await run(zonePower(aws.settings, 'EXT1', 5));
    expect(aws.names()).toContain('GET /experiments/*/resolvedTargets');
    expect(aws.names()).not.toContain('DELETE /experiments/*');
  });

  test('one that strikes nothing is stopped, and one that an alarm ended is told', async () => {
    await given(experiment(['running'], []));
    await expect(run(zonePower(aws.settings, 'EXT1', 5))).rejects.toThrow('experiment EXP1 found nothing to strike');
    expect(aws.names()).toContain('DELETE /experiments/*');
    await aws.stop();
    await given(experiment(['running', 'stopped']));
    await expect(run(zonePower(aws.settings, 'EXT1', 5))).rejects.toThrow('experiment EXP1 stopped: because');
  });

  test.each([
    ['without an alarm', { stopConditions: [{ source: 'none' }] }, 'has no alarm that ends it'],
    ['that skips what it does not find', { experimentOptions: { emptyTargetResolutionMode: 'skip' } }, 'would prove nothing'],
  ])('refuses a template %s', async (_, over, message) => {
    await given({ 'GET /experimentTemplates/*': () => template(over) });
    await expect(run(zonePower(aws.settings, 'EXT1'))).rejects.toThrow(message);
  });
});

describe('zonal-shift', () => {
  const balancer = `arn:aws:elasticloadbalancing:us-east-1:${ACCOUNT}:loadbalancer/app/api/1`;
  const venue = (weights: Record<string, number>) => {
    let shifted: string | undefined;
    return {
      'GET /managedresources/*': () => ({ appliedWeights: shifted === undefined ? weights : { ...weights, [shifted]: 0 }, zonalShifts: shifted === undefined ? [] : [{ zonalShiftId: 'shift-1' }] }),
      'POST /zonalshifts': ({ awayFrom }) => {
        shifted = String(awayFrom);
        return { zonalShiftId: 'shift-1' };
      },
      'DELETE /zonalshifts/*': () => {
        shifted = undefined;
        return { zonalShiftId: 'shift-1' };
      },
    } satisfies Record<string, Answer>;
  };

  test('moves traffic away and lets it back, with an end of its own', async () => {
    await given(venue({ 'use1-az1': 1, 'use1-az2': 1 }));
    await run(zonalShift(aws.settings, balancer, 'use1-az1', 20, 5));
    expect(aws.calls.find(({ name }) => name === 'POST /zonalshifts')?.parameters).toEqual({ resourceIdentifier: balancer, awayFrom: 'use1-az1', expiresIn: '30m', comment: 'drill' });
    expect(aws.names().at(-2)).toBe('DELETE /zonalshifts/*');
  });

  test('refuses a zone that is not served, or the only one', async () => {
    await given(venue({ 'use1-az1': 1 }));
    await expect(run(zonalShift(aws.settings, balancer, 'use1-az9', 0))).rejects.toThrow('does not serve use1-az9; it serves use1-az1');
    await expect(run(zonalShift(aws.settings, balancer, 'use1-az1', 0))).rejects.toThrow('use1-az1 is the only zone');
  });
});

describe('drained', () => {
  const queue = (counts: number[]) => () => ({ Attributes: { ApproximateNumberOfMessages: String(counts.length > 1 ? counts.shift() : counts[0]), ApproximateNumberOfMessagesNotVisible: '0' } });

  test('a queue that empties is fine, one that does not is named, and a dead letter of before is not ours', async () => {
    await given({ GetQueueAttributes: queue([3, 1, 0]) });
    expect(await undrainedQueues(aws.settings, ['https://queue/settlement'], new Map(), 1_000, 5)).toEqual([]);
    await aws.stop();
    await given({ GetQueueAttributes: queue([2]) });
    expect(await undrainedQueues(aws.settings, ['https://queue/settlement'], new Map(), 30, 5)).toEqual(['https://queue/settlement holds 2 messages after 0.03 s']);
    const before = await depths(aws.settings, ['https://queue/dead']);
    expect(await undrainedQueues(aws.settings, ['https://queue/dead'], before, 30, 5)).toEqual([]);
  });

  test('a stream is read to the end of every shard', async () => {
    const pages: Record<string, { records: number; behind: number }[]> = {
      a: [{ records: 2, behind: 500 }, { records: 1, behind: 0 }, { records: 0, behind: 0 }],
      b: [{ records: 0, behind: 0 }],
    };
    await given({
      ListShards: () => ({ Shards: [{ ShardId: 'a' }, { ShardId: 'b' }] }),
      GetShardIterator: ({ ShardId }) => ({ ShardIterator: ShardId }),
      GetRecords: ({ ShardIterator }) => {
        const { records, behind } = pages[String(ShardIterator)].shift()!;
        return { Records: Array.from({ length: records }, () => ({ Data: '', PartitionKey: 'p', SequenceNumber: '1' })), MillisBehindLatest: behind, NextShardIterator: ShardIterator };
      },
    });
    expect(await readTail(aws.settings, 'journal', new Date(), 10_000)).toEqual({ records: 3, complete: true });
  });
});
