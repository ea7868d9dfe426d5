import { readFileSync, rmSync } from 'node:fs';
import WebSocket from 'ws';
import type { TemplateResource, TemplateValue } from './assembly/model';
import { type Platform, startPlatform } from './platform';
import { makeFixture } from './testing/fixture';

const get = (id: string, attribute: string): TemplateValue => ({ 'Fn::GetAtt': [id, attribute] });
const ref = (id: string): TemplateValue => ({ Ref: id });
const invocation: TemplateValue = { 'Fn::Join': ['', ['arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/', get('Function', 'Arn'), '/invocations']] };

function method(resource: TemplateValue, verb: string, more: Record<string, TemplateValue>): TemplateResource {
  return {
    Type: 'AWS::ApiGateway::Method',
    Properties: { RestApiId: ref('Rest'), ResourceId: resource, HttpMethod: verb, AuthorizationType: 'NONE', Integration: { Type: 'AWS_PROXY', Uri: invocation }, ...more },
  };
}

const viaLink = (path: string, timeout: number): TemplateValue => ({
  Type: 'HTTP_PROXY', Uri: `http://backend.internal:80${path}`, IntegrationHttpMethod: 'ANY', IntegrationTarget: ref('Balancer'), TimeoutInMillis: timeout,
});

const part = (parent: TemplateValue, PathPart: string): TemplateResource => ({ Type: 'AWS::ApiGateway::Resource', Properties: { RestApiId: ref('Rest'), ParentId: parent, PathPart } });

const REST: Record<string, TemplateResource> = {
  Rest: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'rest' } },
  Pool: { Type: 'AWS::Cognito::UserPool', Properties: {} },
  Client: { Type: 'AWS::Cognito::UserPoolClient', Properties: { UserPoolId: ref('Pool'), ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] } },
  Authorizer: { Type: 'AWS::ApiGateway::Authorizer', Properties: { RestApiId: ref('Rest'), Name: 'users', Type: 'COGNITO_USER_POOLS', ProviderARNs: [get('Pool', 'Arn')] } },
  Orders: part(get('Rest', 'RootResourceId'), 'orders'),
  Order: part(ref('Orders'), '{id}'),
  Backend: part(get('Rest', 'RootResourceId'), '{proxy+}'),
  Body: { Type: 'AWS::ApiGateway::Model', Properties: { RestApiId: ref('Rest'), Schema: { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object', required: ['symbol'], properties: { symbol: { type: 'string' } } } } },
  PostOrder: method(ref('Orders'), 'POST', { RequestModels: { 'application/json': ref('Body') } }),
  GetOrders: method(ref('Orders'), 'GET', { RequestParameters: { 'method.request.querystring.symbol': true } }),
  Preflight: method(ref('Orders'), 'OPTIONS', {
    Integration: { Type: 'MOCK', IntegrationResponses: [{ StatusCode: '204', ResponseParameters: { 'method.response.header.Access-Control-Allow-Origin': "'https://a.example'" } }] },
  }),
  GetOrder: method(ref('Order'), 'GET', { AuthorizationType: 'COGNITO_USER_POOLS', AuthorizerId: ref('Authorizer'), AuthorizationScopes: ['aws.cognito.signin.user.admin'] }),
  PutOrder: method(ref('Order'), 'PUT', {}),
  Any: method(ref('Backend'), 'ANY', { Integration: viaLink('/{proxy}', 2_000) }),
  Refusal: { Type: 'AWS::ApiGateway::GatewayResponse', Properties: { RestApiId: ref('Rest'), ResponseType: 'THROTTLED', ResponseTemplates: { 'application/json': '{"code":"slow_down","message":$context.error.messageString}' } } },
  Stage: {
    Type: 'AWS::ApiGateway::Stage',
    Properties: { RestApiId: ref('Rest'), StageName: 'live', MethodSettings: [{ ResourcePath: '/~1orders~1{id}', HttpMethod: 'PUT', ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 }] },
  },
};

const target = (id: string): TemplateValue => ({ 'Fn::Join': ['', ['integrations/', ref(id)]] });
const route = (RouteKey: string, more: Record<string, TemplateValue> = {}): TemplateResource => ({
  Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: ref('Socket'), RouteKey, Target: target('SocketIntegration'), ...more },
});
const SOCKET: Record<string, TemplateResource> = {
  Socket: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.op' } },
  SocketIntegration: { Type: 'AWS::ApiGatewayV2::Integration', Properties: { ApiId: ref('Socket'), IntegrationType: 'AWS_PROXY', IntegrationUri: invocation } },
  SocketAuthorizer: {
    Type: 'AWS::ApiGatewayV2::Authorizer',
    Properties: { ApiId: ref('Socket'), AuthorizerType: 'REQUEST', AuthorizerUri: invocation, IdentitySource: ['route.request.header.Sec-WebSocket-Protocol'] },
  },
  Connect: route('$connect', { AuthorizationType: 'CUSTOM', AuthorizerId: ref('SocketAuthorizer') }),
  Disconnect: route('$disconnect'),
  Subscribe: route('subscribe'),
  SocketStage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: ref('Socket'), StageName: 'live' } },
};
const SCHEDULES: Record<string, TemplateResource> = {
  Nightly: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: { ScheduleExpression: 'cron(5 0 * * ? *)', ScheduleExpressionTimezone: 'Etc/UTC', Target: { Arn: get('Function', 'Arn'), Input: '{"Records":[{"body":"nightly","attributes":{"ApproximateReceiveCount":"1"}}]}' } },
  },
};

describe('gateways and schedules', () => {
  const fixture = makeFixture({ echo: { SOCKET_URL: { 'Fn::Join': ['', ['https://', ref('Socket'), '.execute-api.us-east-1.amazonaws.com/live']] } }, resources: { ...REST, ...SOCKET, ...SCHEDULES } });
  let platform: Platform;
  let base: string;
  beforeAll(async () => {
    platform = await startPlatform({ ...fixture, onReport: () => undefined });
    base = `${platform.describe().baseUrl}/live`;
  });
  afterAll(async () => {
    await platform?.stop();
    rmSync(fixture.project, { recursive: true, force: true });
  });
  const results = (): string => readFileSync(fixture.results, 'utf8');
  const until = async (text: string): Promise<void> => {
    for (let i = 0; i < 200 && !results().includes(text); i++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(results()).toContain(text);
  };

  test('a function answers its route with the event that API Gateway makes', async () => {
    const answer = await fetch(`${base}/orders?symbol=BTC&symbol=ETH`);
    expect([answer.status, answer.headers.get('x-own')]).toEqual([201, 'yes']);
    expect(await answer.json()).toMatchObject({ path: '/orders', resource: '/orders', query: { symbol: 'ETH' }, parameters: null });
  });

  test.each<[string, number, string, RequestInit]>([
    ['a missing parameter', 400, '/orders', {}],
    ['a body that does not fit', 400, '/orders', { method: 'POST', body: '{"symbol":5}' }],
    ['a body that is no JSON', 400, '/orders', { method: 'POST', body: '{' }],
    ['no token', 401, '/orders/7', {}],
    ['a token that nobody signed', 401, '/orders/7', { headers: { authorization: 'Bearer a.b.c' } }],
    ['a method that a path does not have', 403, '/orders', { method: 'DELETE' }],
  ])('%s is refused with %i before any code runs', async (_, status, path, init) => {
    expect((await fetch(base + path, init)).status).toBe(status);
  });

  test('a body that fits passes, a function that fails is a bad gateway, and a preflight is answered by the gateway', async () => {
    expect((await fetch(`${base}/orders`, { method: 'POST', body: '{"symbol":"BTC"}' })).status).toBe(201);
    expect((await fetch(`${base}/orders/1`, { method: 'PUT', body: 'fail' })).status).toBe(502);
    const preflight = await fetch(`${base}/orders`, { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, 'https://a.example']);
  });

  test('a token with the scope passes with its claims', async () => {
    const [user] = platform.users;
    const { AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: endpoint } = platform.describe().environment;
    expect(user).toBeDefined();
    const { CognitoIdentityProviderClient, InitiateAuthCommand } = await import('@aws-sdk/client-cognito-identity-provider');
    const { NodeHttpHandler } = await import('@smithy/node-http-handler');
    const { Agent } = await import('node:https');
    const httpsAgent = new Agent({ ca: readFileSync(platform.describe().caFile) });
    const client = new CognitoIdentityProviderClient({ region: 'us-east-1', endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, requestHandler: new NodeHttpHandler({ httpsAgent }) });
    const { AuthenticationResult } = await client.send(new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH', ClientId: platform.describe().resources['Test/Client'].ref, AuthParameters: { USERNAME: user.username, PASSWORD: user.password },
    }));
    client.destroy();
    const answer = await fetch(`${base}/orders/7`, { headers: { authorization: `Bearer ${AuthenticationResult!.AccessToken}` } });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ parameters: { id: '7' }, claims: { token_use: 'access' } });
    expect((await fetch(`${base}/orders/7`, { headers: { authorization: AuthenticationResult!.IdToken! } })).status).toBe(401);
  });

  test('more than the route may take is throttled in the words of the API', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(`${base}/orders/1`, { method: 'PUT' })));
    const throttled = answers.filter(({ status }) => status === 429);
    expect(throttled.length).toBeGreaterThan(4);
    expect(await throttled[0].json()).toEqual({ code: 'slow_down', message: 'Too Many Requests' });
  });

  test('everything else goes through the VPC link to the load balancer', async () => {
    const answer = await fetch(`${base}/some/where?x=1`, { method: 'PATCH', body: 'text', headers: { 'x-own': '1' } });
    expect(await answer.json()).toMatchObject({ url: '/some/where?x=1', method: 'PATCH', body: 'text', headers: { 'x-own': '1' }, env: { SOCKET_URL: expect.stringMatching(/^http:\/\/localhost:\d+\/live$/) } });
  });

  test('a WebSocket is authorized, routed by its messages, written to and missed', async () => {
    const { wsUrl } = platform.describe();
    await expect(new Promise((resolve, reject) => {
      new WebSocket(wsUrl, 'bad').on('open', resolve).on('error', reject);
    })).rejects.toThrow('401');
    const socket = new WebSocket(wsUrl, 'good');
    await new Promise((resolve, reject) => { socket.on('open', resolve).on('error', reject); });
    socket.send('{"op":"subscribe","channel":"ticker"}');
    await until('{"op":"subscribe"');
    const [, id] = /subscribe (\S+) mine/.exec(results())!;
    const heard = new Promise<string>((resolve) => { socket.once('message', (data) => resolve(String(data))); });
    const connections = `${wsUrl.replace('ws:', 'http:')}/@connections`;
    expect((await fetch(`${connections}/${encodeURIComponent(id)}`, { method: 'POST', body: 'tick' })).status).toBe(200);
    expect(await heard).toBe('tick');
    const refused = new Promise<string>((resolve) => { socket.once('message', (data) => resolve(String(data))); });
    socket.send('no JSON');
    expect(await refused).toContain('Forbidden');
    socket.close();
    await until('$disconnect');
    expect((await fetch(`${connections}/${encodeURIComponent(id)}`, { method: 'POST', body: 'late' })).status).toBe(410);
  });

  test('what runs at night can be run now', async () => {
    expect(platform.schedules()).toEqual(['Test/Nightly']);
    await platform.runSchedule('Test/Nightly');
    expect(results()).toContain('nightly 1');
    await expect(platform.runSchedule('Other')).rejects.toThrow('there are: Test/Nightly');
  });
});
