import { Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { RestApiBackend } from '../../../src/constructs/ingress/rest-api-backend';
import { RestMethod } from '../../../src/constructs/ingress/rest-api-route';
import { TradingRestApi, TradingRestApiProps } from '../../../src/constructs/ingress/trading-rest-api';
import { givenVpc, testStack } from '../../support/apps';
import { givenWebAcl } from '../../support/given';

const ARN = 'arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/api/50dc6c495c0c9188';
const schema: apigateway.JsonSchema = { type: apigateway.JsonSchemaType.OBJECT, required: ['symbol'], additionalProperties: false };

function api(change: Partial<TradingRestApiProps> = {}, serverName?: string) {
  const stack = testStack();
  const vpc = givenVpc(stack);
  const balancer = elbv2.ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(stack, 'Balancer', { loadBalancerArn: ARN, securityGroupId: 'sg-1', vpc });
  const rest = new TradingRestApi(stack, 'Api', {
    vpc,
    backend: RestApiBackend.applicationLoadBalancer(balancer, { serverName }),
    userPools: [cognito.UserPool.fromUserPoolId(stack, 'Pool', 'us-east-1_abcdefghi')],
    routes: [
      { method: RestMethod.POST, path: '/v1/orders', bodySchema: schema, scopes: ['trade'] },
      { method: RestMethod.GET, path: '/v1/orders', requiredQuery: ['symbol'] },
      { method: RestMethod.DELETE, path: '/v1/orders/{id}' },
      { method: RestMethod.POST, path: '/v1/sessions', isPublic: true, rateLimit: 25 },
    ],
    ...change,
  });
  return { stack, rest, template: Template.fromStack(stack) };
}

const { stack, rest, template } = api();

test('asks Cognito on every route that does not say it is public', () => {
  const methods = Object.values(template.findResources('AWS::ApiGateway::Method')) as Array<{ Properties: Record<string, unknown> }>;
  expect(methods.map(({ Properties }) => Properties.AuthorizationType).sort()).toEqual(['COGNITO_USER_POOLS', 'COGNITO_USER_POOLS', 'COGNITO_USER_POOLS', 'NONE']);
  template.hasResourceProperties('AWS::ApiGateway::Method', { HttpMethod: 'POST', AuthorizationScopes: ['trade'], AuthorizerId: stack.resolve(rest.authorizer.authorizerId) as unknown });
});

test('reaches the load balancer by its ARN through a VPC link of version 2, path parameters included', () => {
  template.resourceCountIs('AWS::ApiGateway::VpcLink', 0);
  template.hasResourceProperties('AWS::ApiGatewayV2::VpcLink', {
    SubnetIds: [1, 2, 3].map((index) => `subnet-0000000000000002${index}`),
    SecurityGroupIds: [stack.resolve(rest.securityGroup.securityGroupId)],
  });
  template.allResourcesProperties('AWS::ApiGateway::Method', {
    Integration: Match.objectLike({ Type: 'HTTP_PROXY', ConnectionType: 'VPC_LINK', ConnectionId: stack.resolve(rest.vpcLink.vpcLinkId) as unknown, IntegrationTarget: ARN, TimeoutInMillis: 29000 }),
  });
  template.hasResourceProperties('AWS::ApiGateway::Method', {
    HttpMethod: 'DELETE',
    Integration: Match.objectLike({ Uri: 'http://backend.internal:80/v1/orders/{id}', RequestParameters: { 'integration.request.path.id': 'method.request.path.id' } }),
    RequestParameters: { 'method.request.path.id': true },
  });
});

test('is let in by the load balancer, on its port only', () => {
  template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    GroupId: 'sg-1', FromPort: 80, ToPort: 80, SourceSecurityGroupId: stack.resolve(rest.securityGroup.securityGroupId) as unknown,
  });
  template.hasResourceProperties('AWS::EC2::SecurityGroupEgress', { DestinationSecurityGroupId: 'sg-1', FromPort: 80, ToPort: 80 });
});

test('speaks HTTPS to a load balancer with a name', () => {
  const named = api({}, 'api.internal.example.com').template;
  named.hasResourceProperties('AWS::ApiGateway::Method', { Integration: Match.objectLike({ Uri: 'https://api.internal.example.com:443/v1/orders' }) });
  named.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { GroupId: 'sg-1', FromPort: 443 });
});

test('checks bodies and parameters before the backend sees them', () => {
  template.hasResourceProperties('AWS::ApiGateway::RequestValidator', { ValidateRequestBody: true, ValidateRequestParameters: true });
  template.allResourcesProperties('AWS::ApiGateway::Method', { RequestValidatorId: Match.anyValue() });
  template.hasResourceProperties('AWS::ApiGateway::Model', { ContentType: 'application/json', Schema: Match.objectLike({ required: ['symbol'], additionalProperties: false }) });
  template.hasResourceProperties('AWS::ApiGateway::Method', { HttpMethod: 'GET', RequestParameters: { 'method.request.querystring.symbol': true } });
});

test('throttles at 10,000 requests a second, and a route more when it says so', () => {
  template.hasResourceProperties('AWS::ApiGateway::Stage', {
    MethodSettings: Match.arrayWith([
      Match.objectLike({ HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 10000, ThrottlingBurstLimit: 5000, DataTraceEnabled: false, LoggingLevel: 'ERROR' }),
      Match.objectLike({ HttpMethod: 'POST', ResourcePath: '/~1v1~1sessions', ThrottlingRateLimit: 25 }),
    ]),
    TracingEnabled: true,
  });
});

test('logs who called what as JSON, without tokens, encrypted', () => {
  const [stage] = Object.values(template.findResources('AWS::ApiGateway::Stage')) as Array<{ Properties: { AccessLogSetting: { Format: string } } }>;
  const format = JSON.parse(stage.Properties.AccessLogSetting.Format) as Record<string, string>;
  expect(format).toMatchObject({ sub: '$context.authorizer.claims.sub', route: '$context.resourcePath' });
  expect(JSON.stringify(format)).not.toMatch(/authorization|header/i);
  template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue(), RetentionInDays: 90 });
  template.resourceCountIs('AWS::KMS::Key', 1);
  template.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: { 'Fn::Join': ['', ['API-Gateway-Execution-Logs_', Match.anyValue(), '/live']] } });
});

test('refuses in the words of the services', () => {
  template.hasResourceProperties('AWS::ApiGateway::GatewayResponse', {
    ResponseType: 'THROTTLED', ResponseTemplates: { 'application/json': '{"code":"too_many_requests","message":$context.error.messageString}' },
  });
});

test('alarms on 1 % of server errors and on a p99 above the target', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 1, Metrics: Match.arrayWith([Match.objectLike({ Expression: '100 * errors / requests' })]) });
  const slow = api({ latencyTarget: Duration.millis(250) }).template;
  slow.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'Latency', ExtendedStatistic: 'p99', Threshold: 250 });
});

test('stands behind a web ACL, or warns', () => {
  Annotations.fromStack(stack).hasWarning('/Test/Api', Match.stringLikeRegexp('has no web ACL.*restApiWithoutWebAcl'));
  const guarded = api({ webAcl: givenWebAcl(stack, 'REGIONAL') });
  guarded.template.hasResourceProperties('AWS::WAFv2::WebACLAssociation', { WebACLArn: Match.stringLikeRegexp(':regional/webacl/given/'), ResourceArn: Match.anyValue() });
  Annotations.fromStack(guarded.stack).hasNoWarning('*', Match.anyValue());
});

test('warns above what an account has', () => {
  Annotations.fromStack(api({ rateLimit: 20_000 }).stack).hasWarning('/Test/Api', Match.stringLikeRegexp('restApiAboveAccountLimit'));
});

test('leaves the account\'s log role to another stack when told so', () => {
  template.resourceCountIs('AWS::ApiGateway::Account', 1);
  api({ accountLogging: false }).template.resourceCountIs('AWS::ApiGateway::Account', 0);
});

test('is deployed anew when its load balancer changes', () => {
  const id = (of: Template) => Object.keys(of.findResources('AWS::ApiGateway::Deployment'))[0];
  const other = testStack();
  const vpc = givenVpc(other);
  new TradingRestApi(other, 'Api', {
    vpc,
    backend: RestApiBackend.applicationLoadBalancer(elbv2.ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(other, 'Balancer', { loadBalancerArn: `${ARN}0`, securityGroupId: 'sg-1', vpc })),
    userPools: [cognito.UserPool.fromUserPoolId(other, 'Pool', 'us-east-1_abcdefghi')],
    routes: [
      { method: RestMethod.POST, path: '/v1/orders', bodySchema: schema, scopes: ['trade'] },
      { method: RestMethod.GET, path: '/v1/orders', requiredQuery: ['symbol'] },
      { method: RestMethod.DELETE, path: '/v1/orders/{id}' },
      { method: RestMethod.POST, path: '/v1/sessions', isPublic: true, rateLimit: 25 },
    ],
  });
  expect(id(Template.fromStack(other))).not.toBe(id(template));
});

test.each([
  [{ routes: [] }, /`routes` must name at least one route/],
  [{ routes: [{ method: RestMethod.GET, path: 'orders' }] }, /`path` must begin with '\/'.*got: 'orders'/],
  [{ routes: [{ method: RestMethod.GET, path: '/a' }, { method: RestMethod.GET, path: '/a' }] }, /got twice: GET \/a/],
  [{ routes: [{ method: RestMethod.GET, path: '/a', bodySchema: schema }] }, /`bodySchema` of GET \/a has no body/],
  [{ routes: [{ method: RestMethod.GET, path: '/a', isPublic: true, scopes: ['x'] }] }, /`scopes` of GET \/a need a token/],
  [{ userPools: [] }, /`userPools` must name at least one pool/],
  [{ rateLimit: 0 }, /`rateLimit` must be above 0, got: 0/],
  [{ burstLimit: 5001 }, /`burstLimit` must be from 1 to 5000.*got: 5001/],
  [{ timeout: Duration.seconds(30) }, /`timeout` must be from 50 milliseconds to 29 seconds, got: 30 seconds/],
] as Array<[Partial<TradingRestApiProps>, RegExp]>)('fails for %j', (change, message) => {
  expect(() => api(change)).toThrow(message);
});

test('fails once with everything that is wrong', () => {
  expect(() => api({ userPools: [], rateLimit: -1 })).toThrow(/userPools.*; `rateLimit`/);
});

test.each([[{ port: 0 }, /`port` must be/], [{ serverName: 'API' }, /`serverName` must be a host name/]])('fails for a backend with %j', (options, message) => {
  const balancer = elbv2.ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(new Stack(), 'B', { loadBalancerArn: ARN, securityGroupId: 'sg-1' });
  expect(() => RestApiBackend.applicationLoadBalancer(balancer, options)).toThrow(message);
});
