import { Stack, Stage } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { TradingStack } from '../../../src';
import { EdgeRegion } from '../../../src/constructs/edge/edge-region';
import { testApp, testStack } from '../../support/apps';

test('is where the construct is, in us-east-1 and where the region is open', () => {
  const here = new Construct(testStack(), 'Here');
  const open = new Construct(new Stack(testApp(), 'Open'), 'Here');
  expect([EdgeRegion.scopeFor(here), EdgeRegion.scopeFor(open)]).toEqual([here, open]);
});

test('is one stack in us-east-1 beside a stack elsewhere, in its stage and account, with a place for each construct', () => {
  const stage = new Stage(testApp(), 'Prod', { env: { account: '111111111111', region: 'eu-central-1' } });
  const stack = new TradingStack(stage, 'Frankfurt', { env: { account: '111111111111', region: 'eu-central-1' } });
  const one = new Construct(stack, 'One');
  const places = [EdgeRegion.scopeFor(one), EdgeRegion.scopeFor(new Construct(one, 'Two')), EdgeRegion.scopeFor(stack)];
  expect(new Set(places).size).toBe(3);
  expect(EdgeRegion.scopeFor(one)).toBe(places[0]);
  const support = Stack.of(places[0]);
  expect([support.region, support.account, Stage.of(support)]).toEqual(['us-east-1', '111111111111', stage]);
  expect(new Set(places.map((place) => Stack.of(place)))).toEqual(new Set([support]));
  expect(stage.node.children).toHaveLength(2);
});
