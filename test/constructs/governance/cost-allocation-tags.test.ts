import { Aspects, AspectPriority, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { CostAllocationTags, CostAllocationTagsProps } from '../../../src/constructs/governance/cost-allocation-tags';
import { testStack } from '../../support/apps';

const required = { system: 'GatewayExchange', environment: 'production', costCenter: '4711', owner: 'platform' };
const tags = (props: Partial<CostAllocationTagsProps> = {}) => {
  const stack = testStack();
  return { stack, tags: new CostAllocationTags(stack, 'Tags', { ...required, ...props }) };
};

test('tags everything that takes tags', () => {
  const { stack, tags: { keys } } = tags({ additionalTags: { 'data-class': 'orders' } });
  new sqs.Queue(stack, 'Queue');
  Template.fromStack(stack).hasResourceProperties('AWS::SQS::Queue', {
    Tags: [
      { Key: 'cost-center', Value: '4711' },
      { Key: 'data-class', Value: 'orders' },
      { Key: 'environment', Value: 'production' },
      { Key: 'owner', Value: 'platform' },
      { Key: 'system', Value: 'GatewayExchange' },
    ],
  });
  expect([...keys].sort()).toEqual(['cost-center', 'data-class', 'environment', 'owner', 'system']);
});

test('leaves the value that a resource sets itself', () => {
  const { stack } = tags();
  const queue = new sqs.CfnQueue(stack, 'Queue', { tags: [{ key: 'owner', value: 'settlement' }] });
  Template.fromStack(stack);
  expect(queue.tags.tagValues().owner).toBe('settlement');
});

test('fails synthesis when a tag is taken away from a resource', () => {
  const { stack } = tags();
  Tags.of(new sqs.Queue(stack, 'Queue')).remove('cost-center', { priority: 300 });
  expect(() => Template.fromStack(stack))
    .toThrow(/Test\/Queue\/Resource \(AWS::SQS::Queue\) has no value for: cost-center/);
});

test('fails synthesis when an aspect of its own empties a value', () => {
  const { stack } = tags();
  const queue = new sqs.CfnQueue(stack, 'Queue');
  Aspects.of(queue).add({ visit: () => queue.tags.setTag('owner', '', 400) }, { priority: AspectPriority.READONLY });
  expect(() => Template.fromStack(stack)).toThrow(/has no value for: owner/);
});

test('lets exempt types go without', () => {
  const { stack } = tags({ exemptTypes: ['AWS::SQS::Queue'] });
  Tags.of(new sqs.Queue(stack, 'Queue')).remove('owner', { priority: 300 });
  expect(() => Template.fromStack(stack)).not.toThrow();
});

test.each([
  [{ owner: ' ' }, /the value of 'owner' must have 1 to 256/],
  [{ costCenter: 'x'.repeat(257) }, /the value of 'cost-center'/],
  [{ environment: 'a*b' }, /the value of 'environment'.*got: 'a\*b'/],
  [{ additionalTags: { 'aws:x': 'y' } }, /not begin with aws:, got: 'aws:x'/],
  [{ additionalTags: { owner: 'y' } }, /`additionalTags` must not hold 'owner'/],
  [{ additionalTags: Object.fromEntries(Array.from({ length: 37 }, (_, index) => [`k${index}`, 'v'])) }, /at most 40 tags, got: 41/],
])('fails for %j', (props, message) => {
  expect(() => tags(props)).toThrow(message);
});
