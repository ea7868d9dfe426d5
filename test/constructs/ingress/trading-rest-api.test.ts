import { Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { ApiDomain } from '../../../src/constructs/ingress/api-domain';
import { CorsOptions } from '../../../src/constructs/ingress/cors-options';
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

describe('with a name of its own', () => {
  const zone = (scope: Stack) => route53.HostedZone.fromHostedZoneAttributes(scope, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' });
  const zoned = new Stack();
  const named = api({ domain: ApiDomain.of({ domainName: 'api.example.com', hostedZone: zone(zoned) }) });

  test('has it made and validated in its zone, for IPv4 and IPv6', () => {
    named.template.hasResourceProperties('AWS::CertificateManager::Certificate', { DomainName: 'api.example.com', ValidationMethod: 'DNS' });
    named.template.hasResourceProperties('AWS::ApiGateway::DomainName', { DomainName: 'api.example.com', EndpointConfiguration: { Types: ['REGIONAL'] }, SecurityPolicy: 'TLS_1_2' });
    named.template.hasResourceProperties('AWS::ApiGateway::BasePathMapping', { RestApiId: named.stack.resolve(named.rest.restApi.restApiId) as unknown, Stage: named.stack.resolve(named.rest.stage.stageName) as unknown });
    for (const Type of ['A', 'AAAA']) named.template.hasResourceProperties('AWS::Route53::RecordSet', { Type, Name: 'api.example.com.', HostedZoneId: 'Z1' });
    expect(named.rest.url).toBe('https://api.example.com');
  });

  test('has no second address', () => {
    named.template.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: true });
    template.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: Match.absent() });
  });

  test('takes a certificate without a zone, and leaves the records to others', () => {
    const certificate = acm.Certificate.fromCertificateArn(new Stack(), 'Given', 'arn:aws:acm:us-east-1:111111111111:certificate/1234');
    const given = api({ domain: ApiDomain.of({ domainName: 'api.example.com', certificate }) });
    given.template.resourceCountIs('AWS::CertificateManager::Certificate', 0);
    given.template.resourceCountIs('AWS::Route53::RecordSet', 0);
    expect(given.rest.records).toEqual([]);
  });

  test.each([
    [{ domainName: 'API.example.com', hostedZone: zone(new Stack()) }, /ApiDomain: `domainName` must be a host name.*got: 'API.example.com'$/],
    [{ domainName: 'api.example.com' }, /`hostedZone` or `certificate` must be given/],
  ])('fails for %#', (options, message) => {
    expect(() => ApiDomain.of(options)).toThrow(message);
  });
});

describe('for web pages', () => {
  const pages = api({ cors: { allowOrigins: ['https://trade.example.com'] } }).template;

  test('answers the question of a browser without a token, per path', () => {
    const options = Object.values(pages.findResources('AWS::ApiGateway::Method', { Properties: { HttpMethod: 'OPTIONS' } }));
    expect(options).toHaveLength(3);
    pages.hasResourceProperties('AWS::ApiGateway::Method', {
      HttpMethod: 'OPTIONS',
      AuthorizationType: 'NONE',
      Integration: Match.objectLike({
        Type: 'MOCK',
        IntegrationResponses: [Match.objectLike({
          ResponseParameters: Match.objectLike({
            'method.response.header.Access-Control-Allow-Origin': "'https://trade.example.com'",
            'method.response.header.Access-Control-Allow-Methods': "'POST,GET'",
            'method.response.header.Access-Control-Allow-Headers': "'Authorization,Content-Type'",
          }),
        })],
      }),
    });
  });

  test('lets the page read a refusal', () => {
    pages.hasResourceProperties('AWS::ApiGateway::GatewayResponse', {
      ResponseType: 'THROTTLED', ResponseParameters: Match.objectLike({ 'gatewayresponse.header.Access-Control-Allow-Origin': "'https://trade.example.com'" }),
    });
    const several = api({ cors: { allowOrigins: ['https://a.example.com', 'https://b.example.com'] } }).template;
    several.allResourcesProperties('AWS::ApiGateway::GatewayResponse', { ResponseParameters: Match.absent() });
  });

  test('knows no pages unless told', () => {
    expect(Object.keys(template.findResources('AWS::ApiGateway::Method', { Properties: { HttpMethod: 'OPTIONS' } }))).toEqual([]);
  });

  test('warns for every page of the world', () => {
    Annotations.fromStack(api({ cors: { allowOrigins: ['*'] } }).stack).hasWarning('/Test/Api', Match.stringLikeRegexp('restApiCorsAnyOrigin'));
  });

  test.each<[string, CorsOptions, RegExp]>([
    ['any origin with credentials', { allowOrigins: ['*'], allowCredentials: true }, /`cors.allowOrigins` must name the origins when `cors.allowCredentials` is true, got: '\*'/],
    ['any origin beside a named one', { allowOrigins: ['*', 'https://a.example.com'] }, /must be either '\*' alone or named origins/],
    ['no origin', { allowOrigins: [] }, /must name at least one origin/],
    ['a URL', { allowOrigins: ['https://a.example.com/app'] }, /must be origins such as.*got: 'https:\/\/a.example.com\/app'/],
    ['plain HTTP', { allowOrigins: ['http://a.example.com'] }, /must be origins such as/],
    ['any header with credentials', { allowOrigins: ['https://a.example.com'], allowCredentials: true, allowHeaders: ['*'] }, /`cors.allowHeaders` must name the headers/],
    ['an answer that lasts a day', { allowOrigins: ['http://localhost:5173'], maxAge: Duration.days(1) }, /`cors.maxAge` must be from nothing to two hours, got: 1 day/],
  ])('fails for %s', (_name, cors, message) => {
    expect(() => api({ cors })).toThrow(message);
  });
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
