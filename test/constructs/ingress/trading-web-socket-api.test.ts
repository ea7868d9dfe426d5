import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { ApiDomain } from '../../../src/constructs/ingress/api-domain';
import { TradingWebSocketApi, TradingWebSocketApiProps } from '../../../src/constructs/ingress/trading-web-socket-api';
import { testStack } from '../../support/apps';
import { givenFunction } from '../../support/given';
import { statementsOf } from '../../support/templates';

function define(change: Partial<TradingWebSocketApiProps> = {}) {
  const stack = testStack();
  const fn = (name: string) => givenFunction(stack, name);
  const webSocket = new TradingWebSocketApi(stack, 'Api', {
    authorizer: fn('Authorize'), onConnect: fn('Connect'), onDisconnect: fn('Disconnect'), onSubscribe: fn('Subscribe'), ...change,
  });
  return { stack, webSocket };
}

function api(change: Partial<TradingWebSocketApiProps> = {}) {
  const defined = define(change);
  return { ...defined, template: Template.fromStack(defined.stack) };
}

const { stack, webSocket, template } = api();

test('has routes for connecting, leaving and subscribing, chosen by `op`', () => {
  template.hasResourceProperties('AWS::ApiGatewayV2::Api', { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.op' });
  const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')) as Array<{ Properties: { RouteKey: string } }>;
  expect(routes.map(({ Properties }) => Properties.RouteKey).sort()).toEqual(['$connect', '$disconnect', 'subscribe']);
});

test('takes further routes', () => {
  const other = testStack();
  new TradingWebSocketApi(other, 'Api', {
    authorizer: givenFunction(other, 'A'), onConnect: givenFunction(other, 'C'), onDisconnect: givenFunction(other, 'D'), onSubscribe: givenFunction(other, 'S'),
    routes: { unsubscribe: givenFunction(other, 'U') },
  });
  Template.fromStack(other).hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: 'unsubscribe' });
});

test('lets nobody connect without the authorizer, and reads the token from a header, never from the query', () => {
  template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: '$connect', AuthorizationType: 'CUSTOM' });
  template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', { IdentitySource: ['route.request.header.Sec-WebSocket-Protocol'] });
});

test('has a name of its own when told, and still posts to connections by the name of AWS', () => {
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(new Stack(), 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' });
  const named = api({ domain: ApiDomain.of({ domainName: 'stream.example.com', hostedZone }) });
  named.template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', { DomainName: 'stream.example.com', DomainNameConfigurations: [Match.objectLike({ SecurityPolicy: 'TLS_1_2' })] });
  named.template.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', { ApiId: named.stack.resolve(named.webSocket.webSocketApi.apiId) as unknown, Stage: 'live' });
  for (const Type of ['A', 'AAAA']) named.template.hasResourceProperties('AWS::Route53::RecordSet', { Type, Name: 'stream.example.com.' });
  expect(named.webSocket.url).toBe('wss://stream.example.com');
  expect(JSON.stringify(named.stack.resolve(named.webSocket.callbackUrl))).toContain('execute-api');
});

test('throttles, and logs as JSON without messages', () => {
  template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
    DefaultRouteSettings: { ThrottlingRateLimit: 10000, ThrottlingBurstLimit: 5000, DetailedMetricsEnabled: true, LoggingLevel: 'ERROR', DataTraceEnabled: false },
    AccessLogSettings: Match.objectLike({ Format: Match.serializedJson(Match.objectLike({ connectionId: '$context.connectionId', route: '$context.routeKey' })) }),
  });
  template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue() });
});

test('keeps who listens to what in a table that forgets', () => {
  template.hasResource('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'Retain',
    Properties: Match.objectLike({
      KeySchema: [{ AttributeName: 'connectionId', KeyType: 'HASH' }, { AttributeName: 'entry', KeyType: 'RANGE' }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      GlobalSecondaryIndexes: [Match.objectLike({ IndexName: 'byChannel', KeySchema: [{ AttributeName: 'channel', KeyType: 'HASH' }, { AttributeName: 'connectionId', KeyType: 'RANGE' }] })],
    }),
  });
});

test('uses a given key for logs and table and makes none', () => {
  const own = testStack();
  const encryptionKey = kms.Key.fromKeyArn(own, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1');
  new TradingWebSocketApi(own, 'Api', {
    authorizer: givenFunction(own, 'A'), onConnect: givenFunction(own, 'C'), onDisconnect: givenFunction(own, 'D'), onSubscribe: givenFunction(own, 'S'),
    encryptionKey, removalPolicy: RemovalPolicy.DESTROY,
  });
  const other = Template.fromStack(own);
  other.resourceCountIs('AWS::KMS::Key', 0);
  other.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete', Properties: Match.objectLike({ SSESpecification: Match.objectLike({ SSEType: 'KMS' }) }) });
});

test('grants posting to connections of this stage, and nothing else', () => {
  const own = define();
  const role = new iam.Role(own.stack, 'Publisher', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  own.webSocket.grants.post(role);
  own.webSocket.grants.lookUp(role);
  const id = own.stack.getLogicalId(role.node.defaultChild as iam.CfnRole);
  const statements = statementsOf(own.stack, id);
  expect(statements.map(({ actions }) => actions)).toEqual([['execute-api:ManageConnections'], ['dynamodb:Query']]);
  expect(JSON.stringify(statements[0].resources)).toMatch(/\/live\/POST\/@connections\/\*/);
  expect(JSON.stringify(statements[1].resources)).toMatch(/index\/byChannel/);
});

test('grants keeping the table without scanning it', () => {
  const own = define();
  const role = new iam.Role(own.stack, 'Tracker', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  own.webSocket.grants.track(role);
  own.webSocket.grants.disconnect(role);
  const statements = statementsOf(own.stack, own.stack.getLogicalId(role.node.defaultChild as iam.CfnRole));
  expect(statements.flatMap(({ actions }) => actions)).not.toContain('dynamodb:Scan');
  expect(JSON.stringify(statements)).toContain('/live/DELETE/@connections/*');
});

test('alarms on failed messages', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 1, Metrics: Match.arrayWith([Match.objectLike({ Expression: '100 * (integration + execution) / messages' })]) });
  expect(stack.resolve(webSocket.metricConnects().dimensions)).toMatchObject({ Stage: 'live' });
});

test.each([
  [{ rateLimit: 0 }, /`rateLimit` must be above 0/],
  [{ burstLimit: 5001 }, /`burstLimit` must be from 1 to 5000/],
  [{ tokenHeader: 'a b' }, /`tokenHeader` must be the name of a header, got: 'a b'/],
  [{ routes: { subscribe: givenFunction(testStack(), 'X') } }, /`routes` must not name 'subscribe'/],
] as Array<[Partial<TradingWebSocketApiProps>, RegExp]>)('fails for bad input %#', (change, message) => {
  expect(() => api(change)).toThrow(message);
});
