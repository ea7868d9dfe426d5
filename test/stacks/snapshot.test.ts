import { Template } from 'aws-cdk-lib/assertions';
import { simulator, stacksOf } from '../support/simulator';
import { withoutHashes } from '../support/template-serializer';

const stacks = stacksOf(simulator());

test.each(Object.keys(stacks))('the %s stack is the one that was reviewed', (name) => {
  expect(withoutHashes(Template.fromStack(stacks[name]).toJSON())).toMatchSnapshot();
});
