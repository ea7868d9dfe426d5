import { Template } from 'aws-cdk-lib/assertions';
import { exchange, stacksOfExchange } from '../support/exchange';
import { withoutHashes } from '../support/template-serializer';

const stacks = stacksOfExchange(exchange());

test.each(Object.keys(stacks))('the %s stack is the one that was reviewed', (name) => {
  expect(withoutHashes(Template.fromStack(stacks[name]).toJSON())).toMatchSnapshot();
});
