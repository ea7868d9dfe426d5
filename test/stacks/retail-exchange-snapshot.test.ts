import { SecretValue } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SignInDomain } from '../../src';
import { retail, stacksBelow, twoRegions } from '../support/retail';
import { withoutHashes } from '../support/template-serializer';

const one = stacksBelow(retail());
const two = stacksBelow(retail((scope) => ({
  ...twoRegions(scope),
  signIn: {
    domain: SignInDomain.prefix('desk-retail'),
    google: { clientId: 'google-client', clientSecret: SecretValue.secretsManager('google-sign-in') },
    okta: { issuerUrl: 'https://desk.okta.com', clientId: 'okta-client', clientSecret: SecretValue.secretsManager('okta-sign-in') },
  },
})));

test.each(Object.keys(one))('one region: the %s stack is the one that was reviewed', (name) => {
  expect(withoutHashes(Template.fromStack(one[name]).toJSON())).toMatchSnapshot();
});

// What another region changes.
test.each(['Data', 'Application', 'Reading-us-west-2/Data', 'Reading-us-west-2/Application', 'Edge'])('two regions: the %s stack is the one that was reviewed', (name) => {
  expect(withoutHashes(Template.fromStack(two[name]).toJSON())).toMatchSnapshot();
});
