import { Template } from 'aws-cdk-lib/assertions';
import { gateway, gatewayStacks, SIZES } from '../support/gateway';
import { withoutHashes } from '../support/template-serializer';
import { resourcesOf } from '../support/templates';

test.each([500, 5000] as const)('the stacks of %d requests/s are the ones that were reviewed', (size) => {
  for (const [name, stack] of Object.entries(gatewayStacks(gateway({ size: SIZES[size] })))) {
    expect(withoutHashes(Template.fromStack(stack).toJSON())).toMatchSnapshot(name);
  }
});

test('the stacks of 50,000 requests/s consist of what was reviewed', () => {
  for (const [name, stack] of Object.entries(gatewayStacks(gateway({ size: SIZES[50000] })))) {
    // Their parts are those of the smaller sizes; which of them there are is what differs.
    const resources = withoutHashes(resourcesOf(stack)) as ReturnType<typeof resourcesOf>;
    const parts = Object.entries(resources).map(([id, { Type }]) => `${Type} ${id.replace(/[0-9A-F]{8}$/, '')}`).sort();
    expect(parts).toMatchSnapshot(name);
  }
});
