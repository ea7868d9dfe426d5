import { Template } from 'aws-cdk-lib/assertions';
import { FORMS, serverless, serverlessStacks } from '../../support/serverless';
import { withoutHashes } from '../../support/template-serializer';

describe.each(Object.keys(FORMS))('%s', (form) => {
  const stacks = serverlessStacks(serverless(FORMS[form]));

  test.each(Object.keys(stacks))('the %s stack is the one that was reviewed', (name) => {
    expect(withoutHashes(Template.fromStack(stacks[name]).toJSON())).toMatchSnapshot();
  });
});
