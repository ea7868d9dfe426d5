import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Workload } from '../../src/assurance/capacity/workload';
import { PublicEndpoint } from '../../src/constructs/edge/public-endpoint';
import { CidrPlan } from '../../src/constructs/network/cidr-plan';
import { RecoveryObjective } from '../../src/constructs/resilience/recovery-objective';
import type { GatewayExchangeProps } from '../../src/stacks/gateway-exchange';
import { GatewayExchangeSize } from '../../src/stacks/gateway-exchange/gateway-exchange-size';
import { PartitionMap } from '../../src/stacks/gateway-exchange/partition-map';
import { testApp, testStack } from '../support/apps';
import { gateway, SIZES } from '../support/gateway';

const messageOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

test('everything that contradicts itself is said at once, with its prop and what to do', () => {
  const app = testApp();
  const message = messageOf(() => gateway({
    size: SIZES[50000],
    regions: ['us-east-1', 'eu-central-1', 'us-east-1'],
    env: { region: 'us-west-2' },
    endpoint: PublicEndpoint.cloudFrontDomain(),
    vpc: ec2.Vpc.fromVpcAttributes(testStack(), 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a'] }),
    cidrPlans: { 'eu-central-1': CidrPlan.of('10.0.0.0/16'), 'ap-south-1': CidrPlan.of('10.48.0.0/16') },
    workload: Workload.of({ requestsPerSecond: 60_000 }),
    recoveryObjective: RecoveryObjective.MULTI_REGION_EXCHANGE,
  }, app));
  expect(message).toMatch(/^GatewayExchange: /);
  for (const part of [
    '`regions` must name each region once, got: us-east-1, eu-central-1, us-east-1',
    '`env.region` is us-west-2 and the first of `regions` is us-east-1',
    '`prefixListIds` must hold those of eu-central-1, which `aws ec2 describe-managed-prefix-lists --region eu-central-1` prints',
    '`vpc` is in one region, and the size has several; give `cidrPlans` instead',
    '`endpoint` is one name, and each of the size\'s regions has a distribution of its own; give `endpoints` by region instead',
    '`endpoints` and `cidrPlans` must name regions of the exchange (us-east-1, eu-central-1, us-east-1), got: ap-south-1',
    '`workload` is 60000 requests/s, and the size is meant for 50000; choose a larger `size`',
    '`recoveryObjective` cannot be kept:',
    '`cidrPlans` of eu-central-1 (10.0.0.0/16) overlaps with that of us-east-1 (10.0.0.0/16)',
  ]) expect(message).toContain(part);
  // Nothing was defined, so no asset was built.
  expect(app.node.findAll().filter(({ node }) => node.path.includes('/'))).toEqual([]);
});

test.each<[string, GatewayExchangeProps, string]>([
  ['too few regions', { size: SIZES[50000], regions: ['us-east-1'] }, '`regions` must name 3 region(s), one for each map of the size\'s `partitionMaps`, got: us-east-1'],
  ['one name for two regions', {
    size: SIZES[50000],
    endpoints: Object.fromEntries(['us-east-1', 'us-west-2'].map((region) => [region, PublicEndpoint.customDomain({
      domainName: 'trade.example.com', certificate: { certificateArn: 'arn:aws:acm:us-east-1:111111111111:certificate/1' } as never,
    })])),
  }, '`endpoints` must have another name for each region, got: trade.example.com, trade.example.com'],
  ['a partition that a region lacks', { size: SIZES[50000], instrumentPartitions: { ETHUSDT: 3 } }, '`instrumentPartitions` of ETHUSDT must be a whole number from 0 to 2'],
  ['a partition of an unknown instrument', { size: SIZES[5000], instrumentPartitions: { DOGEUSDT: 1 } }, 'must name instruments of the exchange (BTCUSDT, ETHUSDT), got: DOGEUSDT'],
  ['an origin with a path', { allowedOrigins: ['https://trade.example.com/'] }, '`allowedOrigins` must be origins such as \'https://trade.example.com\', without a path, got: \'https://trade.example.com/\''],
  ['a region that nobody knows', { env: { region: 'eu-north-1' } }, '`prefixListIds` must hold those of eu-north-1'],
  ['a recovery of the region', {
    recoveryObjective: RecoveryObjective.of({
      zone: { rto: Duration.minutes(1), rpo: Duration.seconds(0) }, region: { rto: Duration.hours(4), rpo: Duration.hours(24) },
    }),
  }, 'MultiRegionExchange survives the loss of a region'],
])('%s', (_, props, part) => {
  expect(messageOf(() => gateway(props))).toContain(part);
});

test.each<[string, () => unknown, string]>([
  ['too few tasks', () => GatewayExchangeSize.of({ requestsPerSecond: 1, apiTasks: 2 }), '`apiTasks` must be a whole number from 3 to 1000, so that a zone can be lost, got: 2'],
  ['fewer tasks at most than at least', () => GatewayExchangeSize.of({ requestsPerSecond: 1, apiTasks: 9, apiMaxTasks: 8 }), '`apiMaxTasks` must not be below `apiTasks` of 9, got: 8'],
  ['no reader', () => GatewayExchangeSize.of({ requestsPerSecond: 1, apiTasks: 3, ledgerReaders: 0 }), '`ledgerReaders` must be a whole number from 1 to 15'],
  ['no region', () => GatewayExchangeSize.of({ requestsPerSecond: 1, apiTasks: 3, partitionMaps: [] }), '`partitionMaps` must hold one map for each region, got none'],
  ['a ledger left out', () => PartitionMap.of([0, 2]), '`ledgers` must be numbers from 0 without one left out, got: 0, 2'],
  ['no partition', () => PartitionMap.oneLedger(0), '`partitions` must be a whole number from 1 to 100, got: 0'],
])('a size with %s is refused', (_, make, part) => {
  expect(messageOf(make)).toContain(part);
});

describe('capacity', () => {
  const errors = (props: GatewayExchangeProps): string => messageOf(() => {
    const app = testApp();
    gateway(props, app);
    app.synth();
  });
  const vcpu = (granted: number) => ({ quotaId: 'fargate.vcpu', granted });

  test('what a fresh account has is too little for the smallest size, and the remedy is said', () => {
    const message = errors({ workload: Workload.of({ requestsPerSecond: 500 }) });
    expect(message).toContain('of 6 vCPU of running Fargate tasks in a region (fargate.vcpu, us-east-1): ask for an increase');
    expect(message).toContain("declare it in `quotaIncreases`: { quotaId: 'fargate.vcpu', granted: … }");
  });

  test('the declared increases are enough for each size', () => {
    expect(errors({ workload: Workload.of({ requestsPerSecond: 500 }), quotaIncreases: [vcpu(64)] })).toBe('');
    expect(errors({
      size: SIZES[5000], workload: Workload.of({ requestsPerSecond: 5_000 }), quotaIncreases: [vcpu(512), { quotaId: 'apigateway.connects', granted: 1_000 }],
    })).toBe('');
    expect(errors({
      size: SIZES[50000],
      workload: Workload.of({ requestsPerSecond: 50_000, busiestAccountShare: 0.02 }),
      quotaIncreases: [
        vcpu(1_024), { quotaId: 'fargate.launches', granted: 300 }, { quotaId: 'apigateway.rate', granted: 30_000 }, { quotaId: 'apigateway.connects', granted: 5_000 },
      ],
    })).toBe('');
  });

  test('a workload in one region that API Gateway refuses at once cannot be declared away', () => {
    const size = GatewayExchangeSize.of({ requestsPerSecond: 50_000, apiTasks: 600, apiMaxTasks: 900 });
    const message = errors({ size, workload: Workload.of({ requestsPerSecond: 50_000 }) });
    expect(message).toMatch(/needs 10000 of 5000 requests to API Gateway at once \(apigateway\.burst, us-east-1\): lead clients to the load balancer/);
  });

  test('tasks that two zones could not do without are missed', () => {
    const size = GatewayExchangeSize.of({ requestsPerSecond: 5_000, apiTasks: 30 });
    expect(errors({ size, workload: Workload.of({ requestsPerSecond: 5_000 }), quotaIncreases: [vcpu(512)] })).toContain('two zones carry 5000 requests/s with 60');
  });
});
