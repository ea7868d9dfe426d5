import { Duration, Lazy } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { TradingStack, TradingWebAcl, TradingWebAclProps } from '../../../src';
import { RateLimit } from '../../../src/constructs/edge/rate-limit';
import { WebAclRuleGroup } from '../../../src/constructs/edge/web-acl-rule-group';
import { testApp, testStack } from '../../support/apps';
import { givenAlarmAction } from '../../support/given';

interface Rule { Name: string; Priority: number; OverrideAction?: object; Statement: { RuleGroupReferenceStatement?: object } }

function define(props: TradingWebAclProps = {}) {
  const stack = testStack();
  const acl = new TradingWebAcl(stack, 'WebAcl', props);
  return { stack, acl, template: Template.fromStack(stack) };
}

function rulesOf(template: Template): Rule[] {
  const [found] = Object.values(template.findResources('AWS::WAFv2::WebACL')) as Array<{ Properties: { Scope: string; Rules: Rule[] } }>;
  expect(found.Properties.Scope).toBe('CLOUDFRONT');
  return found.Properties.Rules.sort((a, b) => a.Priority - b.Priority);
}

const names = (template: Template) => rulesOf(template).map(({ Name }) => Name);

test('asks reputation first, then rates, then the well-known attacks', () => {
  expect(names(define().template)).toEqual([
    'AWSManagedRulesAmazonIpReputationList',
    'RequestsPerAddress',
    'SignInsPerAddress',
    'OrdersPerAddress',
    'AWSManagedRulesCommonRuleSet',
    'AWSManagedRulesKnownBadInputsRuleSet',
    'AWSManagedRulesSQLiRuleSet',
  ]);
});

test('asks about floods before all, anonymous addresses after reputation, own groups after the attacks and bots last', () => {
  const { template, acl } = define({
    antiDdos: true, anonymousIps: true, botControl: true, rateLimits: [RateLimit.path('Quotes', '/v1/quotes', 600)],
    ruleGroups: [WebAclRuleGroup.managed('AWSManagedRulesLinuxRuleSet'), WebAclRuleGroup.own('House', 'arn:aws:wafv2:us-east-1:111111111111:global/rulegroup/house/1', 40)],
  });
  expect(names(template)).toEqual([
    'AWSManagedRulesAntiDDoSRuleSet',
    'AWSManagedRulesAmazonIpReputationList',
    'AWSManagedRulesAnonymousIpList',
    'Quotes',
    'AWSManagedRulesCommonRuleSet',
    'AWSManagedRulesKnownBadInputsRuleSet',
    'AWSManagedRulesSQLiRuleSet',
    'AWSManagedRulesLinuxRuleSet',
    'House',
    'AWSManagedRulesBotControlRuleSet',
  ]);
  expect(rulesOf(template).at(-1)!.OverrideAction).toEqual({ Count: {} });
  expect(rulesOf(template).find(({ Name }) => Name === 'House')!.Statement.RuleGroupReferenceStatement).toBeDefined();
  expect(acl.capacity).toBe(50 + 25 + 50 + (2 + 2 + 20) + 700 + 200 + 200 + 200 + 40 + 50);
});

test('blocks floods of requests and of sign-ins, however their path is written', () => {
  const { template } = define({ rateLimits: [RateLimit.perAddress(5000, Duration.minutes(1)), RateLimit.signIns(100)] });
  const rule = (limit: number, window: number, more: object = {}) => Match.objectLike({
    Action: { Block: {} }, Statement: { RateBasedStatement: Match.objectLike({ Limit: limit, EvaluationWindowSec: window, AggregateKeyType: 'IP', ...more }) },
  });
  template.hasResourceProperties('AWS::WAFv2::WebACL', {
    Rules: Match.arrayWith([rule(5000, 60), rule(100, 300, {
      ScopeDownStatement: { ByteMatchStatement: Match.objectLike({ SearchString: '/v1/sessions', TextTransformations: [{ Priority: 0, Type: 'NORMALIZE_PATH' }, { Priority: 1, Type: 'LOWERCASE' }] }) },
    })]),
  });
});

test('counts what its rules take', () => {
  expect(define().acl.capacity).toBe(1175);
});

test('rules of the core set that meet honest programs can be counted only', () => {
  define({ countedRules: ['NoUserAgent_HEADER'] }).template.hasResourceProperties('AWS::WAFv2::WebACL', {
    Rules: Match.arrayWith([Match.objectLike({
      Statement: {
        ManagedRuleGroupStatement: Match.objectLike({
          Name: 'AWSManagedRulesCommonRuleSet', RuleActionOverrides: [{ Name: 'NoUserAgent_HEADER', ActionToUse: { Count: {} } }],
        }),
      },
    })]),
  });
});

test('logs without tokens and cookies, encrypted, to a group that WAF accepts, by an ARN without an asterisk', () => {
  const { template } = define();
  template.hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
    RedactedFields: [{ SingleHeader: { Name: 'authorization' } }, { SingleHeader: { Name: 'cookie' } }],
    LogDestinationConfigs: [{ 'Fn::Join': ['', Match.arrayWith(['arn:', Match.stringLikeRegexp(':log-group:aws-waf-logs-[^*]*$')])] }],
  });
  template.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: Match.stringLikeRegexp('^aws-waf-logs-'), RetentionInDays: 90, KmsKeyId: Match.anyValue() });
});

test('alarms on unusually many blocked requests, whose metric has no region at CloudFront', () => {
  const { template, acl, stack } = define({ blockedRequestsThreshold: 50 });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Namespace: 'AWS/WAFV2', MetricName: 'BlockedRequests', Threshold: 50 });
  expect(Object.keys(stack.resolve(acl.metricAllowedRequests().dimensions) as object).sort()).toEqual(['Rule', 'WebACL']);
});

test('warns of groups that have a price of their own, and of capacity that has', () => {
  const { stack } = define({ antiDdos: true, botControl: true, ruleGroups: [WebAclRuleGroup.own('House', 'arn', 1000)] });
  Annotations.fromStack(stack).hasWarning('/Test/WebAcl', Match.stringLikeRegexp('`antiDdos` and `botControl`.*webAclPaidGroup'));
  Annotations.fromStack(stack).hasWarning('/Test/WebAcl', Match.stringLikeRegexp('above 1500 AWS asks more.*webAclExtraCapacity'));
  Annotations.fromStack(define().stack).hasNoWarning('/Test/WebAcl', Match.anyValue());
});

test('stands in us-east-1 when its stack does not, and is reached from there', () => {
  const app = testApp();
  const stack = new TradingStack(app, 'Frankfurt', { env: { region: 'eu-central-1' } });
  const acl = new TradingWebAcl(stack, 'WebAcl');
  const support = app.node.findChild('Frankfurt-us-east-1') as TradingStack;
  expect([support.region, support.stackName]).toEqual(['us-east-1', 'Frankfurt-us-east-1']);
  Template.fromStack(stack).resourceCountIs('AWS::WAFv2::WebACL', 0);
  Template.fromStack(support).hasResourceProperties('AWS::WAFv2::WebACL', { Scope: 'CLOUDFRONT' });
  Template.fromStack(support).resourceCountIs('AWS::WAFv2::LoggingConfiguration', 1);
  expect(acl.webAcl.stack).toBe(support);
});

test('fails for what cannot follow it to us-east-1', () => {
  const stack = new TradingStack(testApp(), 'Frankfurt', { env: { region: 'eu-central-1' } });
  expect(() => new TradingWebAcl(stack, 'WebAcl', { alarmActions: [givenAlarmAction(stack)], encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:111111111111:key/1') }))
    .toThrow(/`alarmActions` of eu-central-1 cannot be told.*`encryptionKey` of eu-central-1 cannot encrypt/);
});

test('fails when its rules take more than AWS accepts', () => {
  expect(() => define({ ruleGroups: [1, 2, 3, 4].map((index) => WebAclRuleGroup.own(`House${index}`, 'arn', 1000)) })).toThrow(/take 5\d{3} web ACL capacity units, above the 5000 that AWS accepts; leave out some/);
});

test.each([
  [() => RateLimit.perAddress(9), /`requests` must be from 10 to 2,000,000,000, as WAF counts, got: 9/],
  [() => RateLimit.orders(2_000_000_001), /`requests` must be from 10/],
  [() => RateLimit.orders(100, 'orders'), /`path` must begin with '\/'/],
  [() => RateLimit.signIns(100, '/V1'), /`path` must.*lower case, got: '\/V1'/],
  [() => RateLimit.perAddress(100, Duration.minutes(3)), /`window` must be 1, 2, 5 or 10 minutes, got: 3 minutes/],
  [() => RateLimit.perAddress(100, Duration.seconds(Lazy.number({ produce: () => 60 }))), /`window` must be.*unresolved token/],
  [() => RateLimit.path('a b', '/x', 100), /`name` must consist of letters and digits, got: 'a b'/],
  [() => WebAclRuleGroup.managed('AWSManagedRulesATPRuleSet'), /`capacity` must be given: it is known for/],
  [() => WebAclRuleGroup.own('House', 'arn', 0), /`capacity` must be a whole number from 1 to 5000, got: 0/],
])('fails for a value that WAF does not take (%#)', (make, message) => {
  expect(make).toThrow(message);
});
