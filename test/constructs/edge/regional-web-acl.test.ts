import { Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { OriginSecret } from '../../../src/constructs/edge/origin-secret';
import { RateLimit } from '../../../src/constructs/edge/rate-limit';
import { RegionalWebAcl, RegionalWebAclProps } from '../../../src/constructs/edge/regional-web-acl';
import { testStack } from '../../support/apps';
import { givenAlarmAction } from '../../support/given';

interface Rule { Name: string; Priority: number; OverrideAction?: Record<string, unknown> }

function acl(props: RegionalWebAclProps = {}) {
  const stack = testStack();
  const webAcl = new RegionalWebAcl(stack, 'Acl', props);
  return { stack, webAcl, template: () => Template.fromStack(stack) };
}

function rulesOf(template: Template): Rule[] {
  const [found] = Object.values(template.findResources('AWS::WAFv2::WebACL')) as Array<{ Properties: { Scope: string; Rules: Rule[] } }>;
  expect(found.Properties.Scope).toBe('REGIONAL');
  return found.Properties.Rules.sort((a, b) => a.Priority - b.Priority);
}

test('asks reputation first, then rates, then the well-known attacks', () => {
  expect(rulesOf(acl().template()).map(({ Name }) => Name)).toEqual([
    'AWSManagedRulesAmazonIpReputationList',
    'RequestsPerAddress',
    'SignInsPerAddress',
    'OrdersPerAddress',
    'AWSManagedRulesCommonRuleSet',
    'AWSManagedRulesKnownBadInputsRuleSet',
    'AWSManagedRulesSQLiRuleSet',
  ]);
});

test('asks about floods first and counts bots last when told to', () => {
  const rules = rulesOf(acl({ antiDdos: true, botControl: true }).template());
  expect(rules[0].Name).toBe('AWSManagedRulesAntiDDoSRuleSet');
  expect(rules.at(-1)).toMatchObject({ Name: 'AWSManagedRulesBotControlRuleSet', OverrideAction: { Count: {} } });
});

test('leaves limits per address to CloudFront where it stands before', () => {
  expect(rulesOf(acl({ behindCloudFront: true }).template()).map(({ Name }) => Name).filter((name) => name.endsWith('PerAddress'))).toEqual([]);
});

test('limits orders and sign-ins by the path they come on, however it is written', () => {
  acl({ rateLimits: [RateLimit.orders(300, '/v2/orders')] }).template().hasResourceProperties('AWS::WAFv2::WebACL', {
    Rules: Match.arrayWith([Match.objectLike({
      Action: { Block: {} },
      Statement: {
        RateBasedStatement: Match.objectLike({
          Limit: 300, ScopeDownStatement: { ByteMatchStatement: Match.objectLike({ SearchString: '/v2/orders', TextTransformations: [{ Priority: 0, Type: 'NORMALIZE_PATH' }, { Priority: 1, Type: 'LOWERCASE' }] }) },
        }),
      },
    })]),
  });
});

test('logs without tokens and cookies to an encrypted group that WAF accepts', () => {
  const { stack, webAcl, template } = acl();
  template().hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
    RedactedFields: [{ SingleHeader: { Name: 'authorization' } }, { SingleHeader: { Name: 'cookie' } }],
    LogDestinationConfigs: [{ 'Fn::Join': ['', Match.arrayWith(['arn:', Match.stringLikeRegexp(':log-group:aws-waf-logs-Test-Acl[^*]*$')])] }],
  });
  template().hasResourceProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue(), RetentionInDays: 90 });
  template().hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: { Version: '2012-10-17', Statement: Match.arrayWith([Match.objectLike({ Sid: 'CloudWatchLogs', Condition: { ArnLike: Match.anyValue() } })]) },
  });
  expect(stack.resolve(webAcl.metricBlockedRequests().dimensions)).toMatchObject({ Region: 'us-east-1', Rule: 'ALL' });
});

test('protects load balancers, stages and user pools', () => {
  const { stack, webAcl, template } = acl();
  const api = new apigateway.RestApi(stack, 'Api', { cloudWatchRole: false });
  api.root.addMethod('GET');
  webAcl.protectStage(api.deploymentStage);
  webAcl.protectLoadBalancer(elbv2.ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(stack, 'Alb', { loadBalancerArn: 'arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/a/1', securityGroupId: 'sg-1' }));
  webAcl.protectUserPool(cognito.UserPool.fromUserPoolId(stack, 'Pool', 'us-east-1_abcdefghi'));
  template().resourceCountIs('AWS::WAFv2::WebACLAssociation', 3);
  template().hasResourceProperties('AWS::WAFv2::WebACLAssociation', { ResourceArn: 'arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/a/1' });
  template().hasResourceProperties('AWS::WAFv2::WebACLAssociation', { ResourceArn: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('apigateway:us-east-1::/restapis/')])] } });
});

test('alarms on unusually many blocked requests', () => {
  const stack = testStack();
  new RegionalWebAcl(stack, 'Acl', { blockedRequestsThreshold: 50, alarmActions: [givenAlarmAction(stack)] });
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'AWS/WAFV2', MetricName: 'BlockedRequests', Threshold: 50, AlarmActions: ['arn:aws:sns:us-east-1:111111111111:alarms'], OKActions: ['arn:aws:sns:us-east-1:111111111111:alarms'],
  });
});

test('blocks what does not carry the secret of our distribution, before anything else, and does not log it', () => {
  const stack = testStack();
  const originSecrets = [new OriginSecret(stack, 'Secret'), new OriginSecret(stack, 'Next')];
  new RegionalWebAcl(stack, 'Acl', { originSecrets });
  const template = Template.fromStack(stack);
  const [first, ...others] = rulesOf(template) as Array<Rule & { Statement: unknown; Action: unknown }>;
  expect(first).toMatchObject({ Name: 'FromOurDistribution', Action: { Block: {} } });
  expect(first.Statement).toMatchObject({
    NotStatement: {
      Statement: {
        OrStatement: {
          Statements: [
            { ByteMatchStatement: { FieldToMatch: { SingleHeader: { Name: 'X-Origin-Verify' } }, PositionalConstraint: 'EXACTLY' } }, { ByteMatchStatement: {} },
          ],
        },
      },
    },
  });
  expect(JSON.stringify(first.Statement).match(/resolve:secretsmanager:/g)).toHaveLength(2);
  expect(others.map(({ Name }) => Name).filter((name) => name.endsWith('PerAddress'))).toEqual([]);
  template.hasResourceProperties('AWS::WAFv2::LoggingConfiguration', { RedactedFields: Match.arrayWith([{ SingleHeader: { Name: 'x-origin-verify' } }]) });
});

test.each([
  [{ behindCloudFront: true, rateLimits: [RateLimit.perAddress(100)] }, /leave limits per address to the web ACL at CloudFront, so `rateLimits` must not be given/],
  [{ originSecrets: [] }, /`originSecrets` must be one secret, or two while one replaces the other, got: 0/],
  [{ rateLimits: [RateLimit.signIns(100), RateLimit.signIns(200, '/v2/sessions')] }, /every rule must have a name of its own, got twice: SignInsPerAddress; name limits with RateLimit.path/],
] as Array<[RegionalWebAclProps, RegExp]>)('fails for %j', (props, message) => {
  expect(() => acl(props)).toThrow(message);
});

test('fails when CloudFront adds a secret but does not stand before', () => {
  const stack = testStack();
  expect(() => new RegionalWebAcl(stack, 'Acl', { behindCloudFront: false, originSecrets: [new OriginSecret(stack, 'Secret')] })).toThrow(/`behindCloudFront` must not be false/);
});
