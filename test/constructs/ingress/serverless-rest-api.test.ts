import { Duration } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { JsonSchemaType } from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { RestMethod } from '../../../src/constructs/ingress/rest-api-route';
import { FunctionRoute, ServerlessRestApi, ServerlessRestApiProps } from '../../../src/constructs/ingress/serverless-rest-api';
import { testStack } from '../../support/apps';
import { givenAlarmAction, givenFunction, givenWebAcl } from '../../support/given';

function make(props: Partial<ServerlessRestApiProps> = {}, routes?: (handler: FunctionRoute['handler']) => FunctionRoute[]) {
  const stack = testStack();
  const handler = givenFunction(stack, 'Orders');
  const api = new ServerlessRestApi(stack, 'Api', {
    routes: routes?.(handler) ?? [{ method: RestMethod.GET, path: '/v1/orders/{id}', handler, scopes: ['a'] }],
    userPools: [cognito.UserPool.fromUserPoolId(stack, 'Pool', 'us-east-1_abcdefghi')],
    ...props,
  });
  return { stack, api, template: () => Template.fromStack(stack) };
}

test('a route is a function that gets the request as it came, with the token checked before', () => {
  make().template().hasResourceProperties('AWS::ApiGateway::Method', {
    HttpMethod: 'GET',
    AuthorizationType: 'COGNITO_USER_POOLS',
    AuthorizationScopes: ['a'],
    Integration: Match.objectLike({ Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', CacheKeyParameters: Match.absent() }),
    RequestParameters: { 'method.request.path.id': true },
  });
});

test('nothing of it is paid by the hour', () => {
  const { template } = make();
  template().hasResourceProperties('AWS::ApiGateway::Stage', { CacheClusterEnabled: Match.absent(), TracingEnabled: true });
  const types = Object.values(template().toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
  expect(types.filter((type) => /^AWS::(EC2|ElasticLoadBalancing|ApiGatewayV2)/.test(type))).toEqual([]);
});

test('a cached route is kept apart by what it depends on, encrypted; other routes are not kept', () => {
  const { template } = make({}, (handler) => [
    { method: RestMethod.GET, path: '/v1/prices/{symbol}', handler, cacheTtl: Duration.seconds(5), cacheQuery: ['limit'] },
    { method: RestMethod.GET, path: '/v1/orders', handler },
  ]);
  template().hasResourceProperties('AWS::ApiGateway::Stage', {
    CacheClusterEnabled: true,
    CacheClusterSize: '0.5',
    MethodSettings: [
      Match.objectLike({ ResourcePath: '/*', CachingEnabled: false }),
      Match.objectLike({ ResourcePath: '/~1v1~1prices~1{symbol}', HttpMethod: 'GET', CachingEnabled: true, CacheTtlInSeconds: 5, CacheDataEncrypted: true }),
    ],
  });
  template().hasResourceProperties('AWS::ApiGateway::Method', {
    Integration: Match.objectLike({ CacheKeyParameters: ['method.request.path.symbol', 'method.request.querystring.limit'] }),
    RequestParameters: { 'method.request.path.symbol': true, 'method.request.querystring.limit': false },
  });
});

test('a public route has a limit of its own, a body its model', () => {
  const { template } = make({}, (handler) => [{
    method: RestMethod.POST, path: '/v1/sessions', handler, isPublic: true, rateLimit: 2.5, bodySchema: { type: JsonSchemaType.OBJECT, required: ['username'] },
  }]);
  template().hasResourceProperties('AWS::ApiGateway::Method', { AuthorizationType: 'NONE', RequestModels: { 'application/json': Match.anyValue() } });
  template().hasResourceProperties('AWS::ApiGateway::Stage', { MethodSettings: Match.arrayWith([Match.objectLike({ ThrottlingRateLimit: 2.5, ThrottlingBurstLimit: 3 })]) });
});

test('a function may be called by its method only', () => {
  const stack = testStack();
  const { template } = make();
  expect(stack).toBeDefined();
  template().allResourcesProperties('AWS::Lambda::Permission', { Principal: 'apigateway.amazonaws.com', SourceArn: Match.objectLike({ 'Fn::Join': Match.anyValue() }) });
  template().resourceCountIs('AWS::Lambda::Permission', 1);
});

test('logs are encrypted and limited, alarms tell who was named', () => {
  const { stack, api, template } = make();
  template().allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue(), RetentionInDays: 90 });
  const action = givenAlarmAction(stack);
  expect(api.errorAlarm.alarmArn).toBeDefined();
  const told = make({ alarmActions: [action] });
  told.template().allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [Match.stringLikeRegexp('alarms')] });
});

test('warns without a web ACL, associates a given one', () => {
  const { stack } = make();
  expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('no web ACL'))).toHaveLength(1);
  const given = testStack();
  make({ webAcl: givenWebAcl(given, 'REGIONAL') }).template().resourceCountIs('AWS::WAFv2::WebACLAssociation', 1);
});

test.each<[string, Partial<ServerlessRestApiProps>, (handler: FunctionRoute['handler']) => FunctionRoute[], RegExp]>([
  ['a write that is cached', {}, (handler) => [{ method: RestMethod.POST, path: '/a', handler, cacheTtl: Duration.seconds(5) }], /only GET can be cached/],
  ['a cache time of a day', {}, (handler) => [{ method: RestMethod.GET, path: '/a', handler, cacheTtl: Duration.days(1) }], /`cacheTtl` of GET \/a must be from 1 second to an hour, got: 1 day/],
  ['a cache key without a cache', {}, (handler) => [{ method: RestMethod.GET, path: '/a', handler, cacheQuery: ['x'] }], /`cacheQuery` of GET \/a needs `cacheTtl`/],
  ['a size that AWS does not have', { cacheSizeGiB: '2' }, (handler) => [{ method: RestMethod.GET, path: '/a', handler }], /`cacheSizeGiB` must be one of 0\.5.*got: '2'/],
  ['no pool', { userPools: [] }, (handler) => [{ method: RestMethod.GET, path: '/a', handler }], /`userPools` must name at least one pool/],
  ['no route', {}, () => [], /`routes` must name at least one route/],
])('fails for %s', (_, props, routes, message) => {
  expect(() => make(props, routes)).toThrow(message);
});
