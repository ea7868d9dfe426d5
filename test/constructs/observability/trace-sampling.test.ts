import { Template } from 'aws-cdk-lib/assertions';
import { TraceSampling, TraceSamplingProps } from '../../../src/constructs/observability/trace-sampling';
import { testStack } from '../../support/apps';

const rules = (props?: TraceSamplingProps) => {
  const stack = testStack();
  new TraceSampling(stack, 'Sampling', props);
  return Object.values(Template.fromStack(stack).findResources('AWS::XRay::SamplingRule')).map(({ Properties }) => Properties.SamplingRule);
};

test('traces no health checks and one of twenty other requests', () => {
  expect(rules()).toEqual([
    expect.objectContaining({ Priority: 1000, URLPath: '/health', FixedRate: 0, ReservoirSize: 0, Version: 1 }),
    expect.objectContaining({ Priority: 1001, URLPath: '*', FixedRate: 0.05, ReservoirSize: 1, HTTPMethod: '*', ServiceName: '*' }),
  ]);
});

test('gives every rule a name of its own that X-Ray takes', () => {
  const names = rules().map(({ RuleName }) => RuleName);
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name).toMatch(/^[\w-]{1,32}$/);
});

test('raises the rate on an anomaly where asked, and never that of what is not traced', () => {
  const boosts = rules({ boostRate: 0.5 }).map(({ SamplingRateBoost }) => SamplingRateBoost);
  expect(boosts).toEqual([undefined, { MaxRate: 0.5, CooldownWindowMinutes: 60 }]);
});

test('tries own rules in their order', () => {
  const orders = { urlPath: '/v1/orders*', httpMethod: 'POST', rate: 1, reservoir: 5 };
  const own = rules({ firstPriority: 10, rules: [orders, { urlPath: '*', rate: 0 }] });
  expect(own.map(({ Priority, HTTPMethod }) => [Priority, HTTPMethod])).toEqual([[10, 'POST'], [11, '*']]);
});

test('fails with everything that is wrong at once', () => {
  expect(() => rules({ firstPriority: 9999, boostRate: 2, rules: [{ urlPath: '', rate: 1.1, reservoir: -1 }, { urlPath: '*', rate: 0 }] }))
    .toThrow(/`firstPriority` must leave room for 2 rules.*`boostRate`.*`rules\[0\].rate`.*got: 1.1.*`rules\[0\].reservoir`.*`rules\[0\].urlPath`/);
  expect(() => rules({ rules: [] })).toThrow(/`rules` must not be empty/);
});

test('matches requests of a service', () => {
  expect(rules({ rules: [{ urlPath: '*', rate: 1, serviceName: 'reference-api' }] })).toEqual([expect.objectContaining({ ServiceName: 'reference-api' })]);
});
