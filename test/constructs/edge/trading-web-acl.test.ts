import { Match, Template } from 'aws-cdk-lib/assertions';
import { TradingWebAcl } from '../../../src';
import { testStack } from '../../support/apps';

const stack = testStack();
new TradingWebAcl(stack, 'WebAcl', { requestsPerAddress: 5000 });
const template = Template.fromStack(stack);

test('asks reputation first, then rates, then the well-known attacks', () => {
  const [acl] = Object.values(template.findResources('AWS::WAFv2::WebACL')) as Array<{ Properties: { Scope: string; Rules: Array<{ Name: string; Priority: number }> } }>;
  expect(acl.Properties.Scope).toBe('CLOUDFRONT');
  expect(acl.Properties.Rules.sort((a, b) => a.Priority - b.Priority).map(({ Name }) => Name)).toEqual([
    'AWSManagedRulesAmazonIpReputationList',
    'RequestsPerAddress',
    'SignInsPerAddress',
    'AWSManagedRulesCommonRuleSet',
    'AWSManagedRulesKnownBadInputsRuleSet',
    'AWSManagedRulesSQLiRuleSet',
  ]);
});

test('blocks floods of requests and of sign-ins', () => {
  const rule = (limit: number) => Match.objectLike({ Action: { Block: {} }, Statement: { RateBasedStatement: Match.objectLike({ Limit: limit, AggregateKeyType: 'IP' }) } });
  template.hasResourceProperties('AWS::WAFv2::WebACL', { Rules: Match.arrayWith([rule(5000), rule(100)]) });
});

test('logs without tokens and cookies, to a group that WAF accepts', () => {
  template.hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
    RedactedFields: [{ SingleHeader: { Name: 'authorization' } }, { SingleHeader: { Name: 'cookie' } }],
  });
  template.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: Match.stringLikeRegexp('^aws-waf-logs-'), RetentionInDays: 90 });
});

test.each([9, 2_000_000_001])('fails for a limit of %s', (requestsPerAddress) => {
  expect(() => new TradingWebAcl(testStack(), 'WebAcl', { requestsPerAddress })).toThrow(/`requestsPerAddress` must be from 10/);
});
