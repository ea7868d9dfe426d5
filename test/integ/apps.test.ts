/** The apps that deploy the systems for their integration tests: they cannot be deployed here, so that they synthesise is what is proven. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SYSTEM_OBJECTIVES, thresholdsOf } from '../../integ/drill/objectives';
import { build as gatewayExchange } from '../../integ/gateway-exchange.integ';
import { build as multiRegionExchange } from '../../integ/multi-region-exchange.integ';
import { build as realtimeSimulator } from '../../integ/realtime-simulator.integ';
import { build as retailExchange } from '../../integ/retail-exchange.integ';
import { build as serverlessSimulator } from '../../integ/serverless-simulator.integ';
import { GatewayExchange, MultiRegionExchange, RealtimeSimulator, RecoveryObjective, RetailExchange, ServerlessSimulator } from '../../src';
import { testApp } from '../support/apps';
import { customDomain } from '../support/exchange';

const APPS: Record<string, (app: App) => void> = {
  ServerlessSimulator: serverlessSimulator,
  RealtimeSimulator: realtimeSimulator,
  MultiRegionExchange: multiRegionExchange,
  GatewayExchange: gatewayExchange,
  RetailExchange: retailExchange,
};

describe.each(Object.keys(APPS))('%s', (name) => {
  let stacks: Stack[];
  let assertions: Template;

  beforeAll(() => {
    const app = testApp();
    APPS[name](app);
    app.synth();
    stacks = app.node.findAll().filter((one): one is Stack => Stack.isStack(one));
    assertions = Template.fromStack(stacks.find(({ node }) => node.id === 'Assertions')!);
  }, 180_000);

  test('signs in, trades and looks for the effect through the public door, step by step', () => {
    const types = Object.values(assertions.toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
    const calls = JSON.stringify(assertions.toJSON());
    expect(types.filter((type) => type.startsWith('Custom::DeployAssert@HttpCall')).length).toBeGreaterThanOrEqual(3);
    for (const part of ['AdminCreateUser', '/v1/sessions', '/v1/portfolio', name === 'ServerlessSimulator' ? '/v1/trades' : '/v1/orders']) expect(calls).toContain(part);
    // Every step but the first comes behind another one.
    const steps = Object.values(assertions.toJSON().Resources as Record<string, { Type: string; DependsOn?: string[] }>)
      .filter(({ Type }) => /^Custom::DeployAssert@(SdkCall|HttpCall)/.test(Type));
    expect(steps.filter(({ DependsOn }) => DependsOn === undefined)).toHaveLength(1);
  });

  test('every stack of the system allows drills, and is there before it is asked', () => {
    const own = stacks.filter(({ node }) => node.path.startsWith(name));
    expect(own.length).toBeGreaterThan(2);
    expect(stacks.find(({ node }) => node.id === 'Assertions')!.dependencies).toEqual(expect.arrayContaining(own));
    for (const stack of own) expect(stack.tags.tagValues()).toMatchObject({ 'cdk-trading-platform:drills': 'allowed' });
  });
});

test('a drill is held against the objective that its system enforces', () => {
  const enforced: RecoveryObjective[] = [];
  const enforce = jest.spyOn(RecoveryObjective.prototype, 'enforce').mockImplementation(function (this: RecoveryObjective) {
    enforced.push(this);
  });
  const systems: Record<string, () => unknown> = {
    ServerlessSimulator: () => new ServerlessSimulator(testApp(), 'Simulator'),
    RealtimeSimulator: () => new RealtimeSimulator(testApp(), 'Simulator'),
    MultiRegionExchange: () => {
      const app = testApp();
      return new MultiRegionExchange(app, 'Exchange', { endpoint: customDomain(app) });
    },
    GatewayExchange: () => new GatewayExchange(testApp(), 'Exchange'),
    RetailExchange: () => new RetailExchange(testApp(), 'Exchange'),
  };
  try {
    expect(Object.keys(systems).sort()).toEqual(Object.keys(SYSTEM_OBJECTIVES).sort());
    for (const [name, make] of Object.entries(systems)) {
      enforced.length = 0;
      make();
      const scopes = (objective: RecoveryObjective) => [thresholdsOf(objective), objective.region && thresholdsOf(objective, 'region')];
      expect([name, enforced.map(scopes)]).toEqual([name, enforced.map(() => scopes(SYSTEM_OBJECTIVES[name]))]);
      expect(enforced.length).toBeGreaterThan(0);
    }
  } finally {
    enforce.mockRestore();
  }
}, 120_000);
