import { App, Duration, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { CapacityPlan } from '../../../src/assurance/capacity/capacity-plan';
import { QUOTAS } from '../../../src/assurance/capacity/quotas';
import { memoryGiB } from '../../../src/assurance/capacity/system-demands';
import { Workload } from '../../../src/assurance/capacity/workload';
import { OrderJournal } from '../../../src/constructs/messaging/order-journal';
import { RealtimeSimulator } from '../../../src/stacks/realtime-simulator';
import { testApp } from '../../support/apps';

const env = { region: 'us-east-1' };
const WORKLOAD = Workload.of({ requestsPerSecond: 500 });
const errorsOf = (plan: CapacityPlan): string[] => plan.node.validate();

function withTasks(count: number, cpu = 1024): { stack: Stack; app: App } {
  const app = testApp();
  const stack = new Stack(app, 'Stack', { env });
  const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Task', { cpu, memoryLimitMiB: 2048 });
  taskDefinition.addContainer('main', { image: ecs.ContainerImage.fromRegistry('image') });
  new ecs.FargateService(stack, 'Service', { cluster: new ecs.Cluster(stack, 'Cluster'), taskDefinition, desiredCount: count, maxHealthyPercent: 100, minHealthyPercent: 50 });
  return { stack, app };
}

describe('a soft quota', () => {
  test('above its default fails the synthesis and says what to declare', () => {
    const { stack, app } = withTasks(8);
    new CapacityPlan(stack, 'Plan', { workload: WORKLOAD });
    expect(() => app.synth()).toThrow(/8 of 6 vCPU.*\(fargate\.vcpu, us-east-1\).*ask for an increase.*quotaId: 'fargate\.vcpu'/);
  });

  test('passes with an increase for the region, and warns above 70 % of it', () => {
    const { stack } = withTasks(8);
    const plan = new CapacityPlan(stack, 'Plan', { workload: WORKLOAD, quotaIncreases: [{ quotaId: 'fargate.vcpu', granted: 10, region: 'us-east-1' }] });
    expect(errorsOf(plan)).toEqual([]);
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('8 of 10 vCPU.*more than 70 %'));
    const elsewhere = new CapacityPlan(stack, 'Elsewhere', { workload: WORKLOAD, quotaIncreases: [{ quotaId: 'fargate.vcpu', granted: 10, region: 'us-west-2' }] });
    expect(errorsOf(elsewhere)).toHaveLength(1);
  });

  test('says nothing below 70 %', () => {
    const { stack } = withTasks(4);
    expect(errorsOf(new CapacityPlan(stack, 'Plan', { workload: WORKLOAD }))).toEqual([]);
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('vCPU'));
  });
});

describe('a hard quota', () => {
  test('fails with the remedy and cannot be declared away', () => {
    const stack = new Stack(testApp(), 'Stack', { env });
    new OrderJournal(stack, 'Journal', { partitions: 1 });
    const [error] = errorsOf(new CapacityPlan(stack, 'Plan', { workload: Workload.of({ requestsPerSecond: 20_000 }) }));
    expect(error).toMatch(/Journal needs 1320000 of 1000000 bytes\/s into a shard.*more partitions/);
    expect(error).not.toContain('quotaIncreases');
    expect(() => new CapacityPlan(stack, 'Declared', { workload: WORKLOAD, quotaIncreases: [{ quotaId: 'kinesis.shard.bytes', granted: 2_000_000 }] }))
      .toThrow('which AWS does not raise');
  });

  test('is met by more partitions', () => {
    const stack = new Stack(testApp(), 'Stack', { env });
    new OrderJournal(stack, 'Journal', { partitions: 2 });
    expect(errorsOf(new CapacityPlan(stack, 'Plan', { workload: Workload.of({ requestsPerSecond: 20_000 }) }))).toEqual([]);
  });

  test('counts the fan-out consumers of each stream', () => {
    const stack = new Stack(testApp(), 'Stack', { env });
    const [one, other] = ['One', 'Other'].map((id) => new kinesis.Stream(stack, id, { streamMode: kinesis.StreamMode.PROVISIONED }));
    for (let i = 0; i < 21; i++) new kinesis.StreamConsumer(stack, `Consumer${i}`, { stream: i === 0 ? other : one, streamConsumerName: `c${i}` });
    const counts = new CapacityPlan(stack, 'Plan', { workload: WORKLOAD }).findings().filter(({ quota }) => quota.id === 'kinesis.consumers').map(({ demand }) => demand);
    expect(counts).toEqual([20, 1]);
  });
});

test('a queue of high throughput takes nothing of what a plain one may', () => {
  const stack = new Stack(testApp(), 'Stack', { env });
  new sqs.Queue(stack, 'Plain', { fifo: true });
  new sqs.Queue(stack, 'Fast', { fifo: true, fifoThroughputLimit: sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID, deduplicationScope: sqs.DeduplicationScope.MESSAGE_GROUP });
  const found = new CapacityPlan(stack, 'Plan', { workload: WORKLOAD }).findings().filter(({ quota }) => quota.id === 'sqs.fifo.calls');
  expect(found.map(({ subject, demand }) => [subject, demand])).toEqual([['Stack/Plain/Resource', 25]]);
});

describe('the simulator at 500 requests/s', () => {
  const app = testApp();
  const system = new RealtimeSimulator(app, 'Simulator', { env });

  test('needs more Fargate than a fresh account has, and says so', () => {
    expect(errorsOf(new CapacityPlan(system, 'Fresh', { workload: Workload.of({ requestsPerSecond: 250 }) }))).toEqual([expect.stringContaining('fargate.vcpu')]);
  });

  test('must run enough tasks for two zones', () => {
    const plan = new CapacityPlan(system, 'Zones', { workload: WORKLOAD, quotaIncreases: [{ quotaId: 'fargate.vcpu', granted: 100 }] });
    expect(errorsOf(plan)).toEqual([expect.stringMatching(/Api.* runs 3 tasks at least; two zones carry 500 requests\/s with 6 \(2 in each of 3 zones/)]);
  });

  test('holds the connections of all services against the smaller database instance', () => {
    const found = new CapacityPlan(system, 'Connections', { workload: WORKLOAD }).findings().find(({ quota }) => quota.id === 'aurora.connections');
    expect(found).toMatchObject({ demand: 120, limit: Math.floor((16 * 2 ** 30) / 9_531_392) });
  });
});

describe('bad input', () => {
  test('fails with all figures of a workload that make no sense', () => {
    expect(() => Workload.of({ requestsPerSecond: 0, orderShare: 2, burstRequestsPerSecond: -1, clients: -5, requestsPerTask: 0 }))
      .toThrow(/requestsPerSecond.*burstRequestsPerSecond.*orderShare.*requestsPerTask.*clients/);
  });

  test('fails on a quota that is not known and on an increase that is none', () => {
    const stack = new Stack(testApp(), 'Stack', { env });
    const quotaIncreases = [{ quotaId: 'fargate', granted: 1 }, { quotaId: 'alb.targets', granted: 10 }];
    expect(() => new CapacityPlan(stack, 'Plan', { workload: WORKLOAD, quotaIncreases }))
      .toThrow(/'fargate', which is none of: fargate\.vcpu.*'alb\.targets' must be above its default of 1000, got: 10/);
  });
});

test('a workload has the figures of its parts', () => {
  const workload = Workload.of({
    requestsPerSecond: 1_000, orderShare: 0.5, orderSize: Size.kibibytes(1), busiestAccountShare: 0.1, reconnectTime: Duration.minutes(2),
  });
  expect(workload).toMatchObject({
    ordersPerSecond: 500, orderBytes: 1_024, busiestAccountOrdersPerSecond: 50, burstRequestsPerSecond: 2_000, reconnectSeconds: 120,
  });
});

test('every quota has its source and date, and each id once', () => {
  expect(new Set(QUOTAS.map(({ id }) => id)).size).toBe(QUOTAS.length);
  for (const { source, asOf, remedy } of QUOTAS) expect([source.length > 5, /^\d{4}-\d{2}$/.test(asOf), remedy.length > 10]).toEqual([true, true, true]);
});

test.each([['db.r7g.large', 16], ['r6g.xlarge', 32], ['db.t4g.medium', 4], ['db.r7g.16xlarge', 512], ['db.serverless', undefined]])('the memory of %s', (name, expected) => {
  expect(memoryGiB(name)).toBe(expected);
});
