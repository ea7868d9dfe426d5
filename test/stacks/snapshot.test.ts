import { Template } from 'aws-cdk-lib/assertions';
import { LedgerChoice } from '../../src/stacks/ledger-choice';
import { simulator, stacksOf } from '../support/simulator';
import { withoutHashes } from '../support/template-serializer';

const stacks = stacksOf(simulator());

test.each(Object.keys(stacks))('the %s stack is the one that was reviewed', (name) => {
  expect(withoutHashes(Template.fromStack(stacks[name]).toJSON())).toMatchSnapshot();
});

test('the Data stack of the small system is the one that was reviewed', () => {
  expect(withoutHashes(Template.fromStack(simulator({ ledger: LedgerChoice.small() }).data).toJSON())).toMatchSnapshot();
});
