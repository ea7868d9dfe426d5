import { Template } from 'aws-cdk-lib/assertions';
import { accountOperations } from '../../services/reference-api/binance/operations/account';
import { generalOperations } from '../../services/reference-api/binance/operations/general';
import { listOperations } from '../../services/reference-api/binance/operations/lists';
import { marketOperations } from '../../services/reference-api/binance/operations/market';
import { tradingOperations } from '../../services/reference-api/binance/operations/trading';
import { FACADE_ROUTES, RAW_QUERY_HEADER } from '../../src/stacks/gateway-exchange/facade-routes';
import { GatewayExchangeSize } from '../../src/stacks/gateway-exchange/gateway-exchange-size';
import { PartitionMap } from '../../src/stacks/gateway-exchange/partition-map';
import { gateway, gatewayStacks, SIZES } from '../support/gateway';
import { environmentOf, type Resource, resourcesOf, statementsOf } from '../support/templates';

const system = gateway();
const stacks = gatewayStacks(system);

const ofType = (name: string, type: string): [string, Resource][] => Object.entries(resourcesOf(stacks[name])).filter(([, one]) => one.Type === type);
const properties = (name: string, type: string) => ofType(name, type).map(([, { Properties }]) => Properties);

test('is six stacks in us-east-1 of an open account', () => {
  expect(Object.values(stacks).map(({ stackName, environment }) => `${stackName} ${environment}`)).toEqual(
    ['Network', 'Data', 'Compute', 'Api', 'Edge', 'Operations'].map((name) => `GatewayExchange-${name} aws://unknown-account/us-east-1`));
});

test('refers between stacks weakly', () => {
  for (const stack of Object.values(stacks)) expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toMatch(/Fn::ImportValue|"Export"|CrossRegionExport/);
});

describe('API layer', () => {
  const methods = properties('Api', 'AWS::ApiGateway::Method') as { HttpMethod: string; AuthorizationType: string; AuthorizationScopes?: string[]; Integration: Record<string, unknown> }[];

  test('takes access tokens with the scope of a user on every route but those to sign in, to list and to look after it', () => {
    const open = methods.filter(({ AuthorizationType }) => AuthorizationType === 'NONE');
    expect(open).toHaveLength(8 + FACADE_ROUTES.length);
    const closed = methods.filter(({ AuthorizationType }) => AuthorizationType === 'COGNITO_USER_POOLS');
    expect(closed).toHaveLength(44);
    for (const method of closed) expect(method.AuthorizationScopes).toEqual(['aws.cognito.signin.user.admin']);
  });

  test('lets Binance\'s API through as the service has it, each route with a rate of its own', () => {
    const parts = new Proxy({}, { get: () => undefined });
    const operations = [
      ...tradingOperations(parts as never), ...listOperations(parts as never), ...accountOperations(parts as never),
      ...marketOperations(parts as never), ...generalOperations(parts as never),
    ];
    const served = operations.flatMap(({ http }) => (http ? [`${http[0]} /api/v3${http[1]}`] : []));
    expect(FACADE_ROUTES.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(served.sort());
    expect(FACADE_ROUTES.every(({ isPublic, rateLimit = 0 }) => isPublic === true && rateLimit > 0)).toBe(true);
    // Its clients sign the query; the edge hands it on as it was.
    expect(JSON.stringify(properties('Edge', 'AWS::CloudFront::Function'))).toContain(RAW_QUERY_HEADER.toLowerCase());
  });

  test('keeps API keys in the first ledger, sealed', () => {
    const task = ofType('Compute', 'AWS::ECS::TaskDefinition').map(([, one]) => one).find((one) => JSON.stringify(one.Properties).includes('USER_POOL_ISSUER'))!;
    expect(JSON.stringify(environmentOf(task).API_KEYS_DATABASE_URL)).toMatch(/GetAttLedger[0-9A-F]{8}EndpointAddress/);
    expect(JSON.stringify(task.Properties)).toContain('API_KEYS_SECRET');
    expect(JSON.parse(environmentOf(task).ADMISSION as string)).toEqual({ trustedProxies: 3 });
  });

  test('reaches the internal load balancer through a VPC link and nothing else', () => {
    for (const { Integration } of methods) expect(Integration).toMatchObject({ Type: 'HTTP_PROXY', ConnectionType: 'VPC_LINK', IntegrationTarget: expect.anything() as unknown });
    expect(properties('Compute', 'AWS::ElasticLoadBalancingV2::LoadBalancer')).toMatchObject([{ Scheme: 'internal' }]);
    // Only the VPC link may connect to it.
    const rules = [...properties('Compute', 'AWS::EC2::SecurityGroupIngress'), ...properties('Api', 'AWS::EC2::SecurityGroupIngress')];
    const toBalancer = rules.filter(({ Description }) => Description === 'REST API forwards requests');
    expect(toBalancer).toMatchObject([{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, SourceSecurityGroupId: expect.anything() as unknown }]);
    for (const { SecurityGroupIngress } of properties('Compute', 'AWS::EC2::SecurityGroup')) expect(SecurityGroupIngress).toBeUndefined();
  });

  test('throttles at 10,000 requests/s, and sign-in at what Cognito takes', () => {
    const [{ MethodSettings }] = properties('Api', 'AWS::ApiGateway::Stage') as { MethodSettings: { ResourcePath: string; ThrottlingRateLimit: number }[] }[];
    const limits = Object.fromEntries(MethodSettings.map(({ ResourcePath, ThrottlingRateLimit }) => [ResourcePath, ThrottlingRateLimit]));
    expect(limits).toMatchObject({ '/*': 10_000, '/~1v1~1sessions': 100, '/~1v1~1sessions~1refresh': 100 });
    expect(Object.keys(limits).filter((path) => !path.startsWith('/~1api~1v3~1'))).toEqual(['/*', '/~1v1~1sessions', '/~1v1~1sessions~1refresh']);
    expect(properties('Api', 'AWS::ApiGatewayV2::Stage')).toMatchObject([{ DefaultRouteSettings: { ThrottlingRateLimit: 10_000 } }]);
  });

  test('stands behind CloudFront: the distribution sends a secret that the web ACL of the stage asks for', () => {
    const secret = JSON.stringify(properties('Edge', 'AWS::CloudFront::Distribution')[0]);
    expect(secret).toContain('X-Origin-Verify');
    expect(secret).toContain('.execute-api.us-east-1.');
    expect(JSON.stringify(properties('Api', 'AWS::WAFv2::WebACL'))).toContain('X-Origin-Verify');
    expect(ofType('Api', 'AWS::WAFv2::WebACLAssociation')).toHaveLength(1);
    expect(properties('Edge', 'AWS::WAFv2::WebACL')).toMatchObject([{ Scope: 'CLOUDFRONT' }]);
  });

  test('traces requests', () => {
    expect(properties('Api', 'AWS::ApiGateway::Stage')).toMatchObject([{ TracingEnabled: true }]);
    for (const name of ['Api', 'Compute']) {
      for (const { TracingConfig } of properties(name, 'AWS::Lambda::Function').filter(({ Description }) => String(Description).startsWith('Service '))) {
        expect(TracingConfig).toEqual({ Mode: 'Active' });
      }
    }
    expect(properties('Api', 'AWS::XRay::SamplingRule')).toHaveLength(3);
  });
});

describe('WebSocket API', () => {
  test('asks the authorizer who connects, and answers subscriptions', () => {
    const routes = properties('Api', 'AWS::ApiGatewayV2::Route').map((one) => (
      [one.RouteKey, [one.AuthorizationType, one.RouteResponseSelectionExpression !== undefined]]));
    expect(Object.fromEntries(routes)).toEqual({
      $connect: ['CUSTOM', false], $disconnect: ['NONE', false], subscribe: ['NONE', true], unsubscribe: ['NONE', true], $default: ['NONE', true],
    });
  });

  test('starts the publisher with the trade stream, from now on and no older than a minute', () => {
    expect(properties('Api', 'AWS::Lambda::EventSourceMapping')).toMatchObject([{
      BatchSize: 100, StartingPosition: 'LATEST', MaximumRecordAgeInSeconds: 60, BisectBatchOnFunctionError: true, FunctionResponseTypes: ['ReportBatchItemFailures'],
    }]);
  });

  test('lets only the publisher post, to connections of this API', () => {
    const roles = ofType('Api', 'AWS::IAM::Role').map(([id]) => id);
    const posting = roles.filter((id) => statementsOf(stacks.Api, id).some(({ actions }) => actions.includes('execute-api:ManageConnections')));
    expect(posting).toEqual([expect.stringMatching(/^SocketPublisherRole/)]);
    const [statement] = statementsOf(stacks.Api, posting[0]).filter(({ actions }) => actions.includes('execute-api:ManageConnections'));
    expect(JSON.stringify(statement.resources)).toContain('/live/POST/@connections/*');
  });
});

describe('order processing', () => {
  test('settlement writes the ledger, the read models and the trade stream, from a FIFO queue', () => {
    const environment = environmentOf(ofType('Compute', 'AWS::Lambda::Function').find(([, one]) => one.Properties.Description === 'Service settlement')![1]);
    expect(Object.keys(environment).sort()).toEqual([
      'DEAD_LETTER_QUEUE', 'DEBUG', 'ENVIRONMENT', 'LEDGER_URL', 'LOG_LEVEL', 'MAX_ATTEMPTS', 'ORDERS_TABLE', 'RETRY_DELAY_SECONDS', 'SETTLEMENT_QUEUE', 'TRADE_STREAM', 'WALLETS_TABLE',
    ]);
    expect(properties('Data', 'AWS::SQS::Queue').filter(({ FifoQueue }) => FifoQueue)).toHaveLength(2);
  });

  test('trades go on to S3, a folder for each symbol and day', () => {
    expect(properties('Data', 'AWS::KinesisFirehose::DeliveryStream')).toMatchObject([{
      ExtendedS3DestinationConfiguration: { Prefix: 'trades/!{partitionKeyFromQuery:symbol}/!{timestamp:yyyy/MM/dd}/' },
    }]);
  });

  test('the connection table is one that TradingWebSocketApi takes', () => {
    interface Table { readonly KeySchema: { AttributeName: string }[]; readonly GlobalSecondaryIndexes?: { IndexName: string }[] }
    const keys = (properties('Data', 'AWS::DynamoDB::GlobalTable') as unknown as Table[]).map(({ KeySchema, GlobalSecondaryIndexes = [] }) => (
      [...KeySchema.map(({ AttributeName }) => AttributeName), ...GlobalSecondaryIndexes.map(({ IndexName }) => IndexName)].join(' ')));
    expect(keys.sort()).toEqual(['connectionId entry byChannel', 'sessionId byUser', 'userId asset', 'userId createdAtOrderId byOrder']);
  });
});

test('the services are told which instrument is on which partition, and which ledger has it', () => {
  const size = GatewayExchangeSize.of({ requestsPerSecond: 100, apiTasks: 3, partitionMaps: [PartitionMap.of([0, 1, 0])] });
  const { Compute } = gatewayStacks(gateway({ size, instrumentPartitions: { ETHUSDT: 1 } }));
  const all = Object.values(resourcesOf(Compute));
  const api = environmentOf(all.find(({ Type, Properties }) => Type === 'AWS::ECS::TaskDefinition' && JSON.stringify(Properties).includes('USER_POOL_ISSUER'))!);
  const map = JSON.stringify({ defaultPartition: 0, instruments: { ETHUSDT: 1 } });
  expect(api.PARTITION_MAP).toBe(map);
  // Both matchers of each partition that the map names; the third one stands ready.
  const [, parts] = (api.MATCHER_ENDPOINTS as { 'Fn::Join': [string, (string | { 'Fn::GetAtt': [string, string] })[]] })['Fn::Join'];
  const text = parts.map((part) => (typeof part === 'string' ? part : /^Matching\d*[AB]/.exec(part['Fn::GetAtt'][0])?.[0])).join('');
  expect(text.replace(/\.trading\.internal:\d+/g, '')).toBe('MatchingA,MatchingB,1=Matching1A,1=Matching1B');
  expect(all.filter(({ Type, Properties }) => Type === 'AWS::EC2::SecurityGroupIngress' && Properties.Description === 'asks for books')).toHaveLength(6);
  // Partitions 0 and 2 in the first ledger, 1 in the second.
  const urls = JSON.stringify(api.LEDGER_URLS).match(/PublishOutputFnGetAttLedger1?[0-9A-F]{8}ReadEndpointAddress/g)?.map((name) => /Ledger1(?=[0-9A-F]{8})/.test(name));
  expect(urls).toEqual([false, true, false]);
  const setups = all.filter(({ Properties }) => Properties?.Description === 'Service setup').map(environmentOf);
  expect(setups.map(({ PARTITION_MAP, PARTITIONS }) => [PARTITION_MAP, PARTITIONS])).toEqual([[map, '0,2'], [map, '1']]);
  const tasks = all.filter(({ Type }) => Type === 'AWS::ECS::TaskDefinition');
  const matchers = tasks.filter(({ Properties }) => JSON.stringify(Properties).includes('LEASE_TABLE')).map(environmentOf);
  expect(matchers.map(({ PARTITION }) => PARTITION)).toEqual(['0', '0', '1', '1', '2', '2']);
  // Transfers between partitions arrive by the journal; one partition has none, and needs no map.
  const settlements = all.filter(({ Properties }) => Properties?.Description === 'Service settlement').map(environmentOf);
  expect(settlements.map((environment) => 'JOURNAL_STREAM' in environment)).toEqual([true, true, true]);
  expect(JSON.stringify(resourcesOf(stacks.Compute))).not.toContain('PARTITION_MAP');
});

/** What a size consists of, as its templates say. */
function inventory(size: keyof typeof SIZES) {
  const among = Object.values(gatewayStacks(gateway({ size: SIZES[size] })))
    .map((stack) => ({ region: stack.region, all: Object.values(resourcesOf(stack)) }));
  const of = (type: string): Record<string, unknown>[] => (
    among.flatMap(({ all }) => all.filter(({ Type }) => Type === type).map(({ Properties }) => Properties)));
  const settlements = of('AWS::Lambda::Function').filter(({ Description }) => Description === 'Service settlement') as { Environment: { Variables: { LEDGER_URL: unknown } } }[];
  const [cache] = of('AWS::ElastiCache::ReplicationGroup');
  const [api] = of('AWS::ApplicationAutoScaling::ScalableTarget');
  const distributions = of('AWS::CloudFront::Distribution') as { DistributionConfig: { CacheBehaviors?: unknown[] } }[];
  return {
    regions: new Set(among.map(({ region }) => region)).size,
    tasks: [api.MinCapacity, api.MaxCapacity],
    ledgers: of('AWS::RDS::DBCluster').length,
    instances: of('AWS::RDS::DBInstance').length,
    queues: of('AWS::SQS::Queue').filter(({ FifoQueue }) => FifoQueue).length / 2,
    matchers: of('AWS::ECS::Service').length - of('AWS::ElasticLoadBalancingV2::LoadBalancer').length,
    settlements: settlements.length,
    // Each into the ledger that the map says.
    settledInto: new Set(settlements.map(({ Environment }) => JSON.stringify(Environment.Variables.LEDGER_URL))).size,
    cache: [cache.NumNodeGroups, cache.ReplicasPerNodeGroup ?? Number(cache.NumCacheClusters) - 1],
    kafka: of('AWS::MSK::Cluster').length,
    distributions: distributions.length,
    cachedPaths: distributions.map(({ DistributionConfig }) => DistributionConfig.CacheBehaviors?.length ?? 0),
  };
}

test.each([
  [500, {
    regions: 1, tasks: [10, 30], ledgers: 1, instances: 3, queues: 1, matchers: 2, settlements: 1, settledInto: 1, cache: [undefined, 1], kafka: 0,
    distributions: 1, cachedPaths: [0],
  }],
  [5000, {
    regions: 1, tasks: [100, 200], ledgers: 1, instances: 6, queues: 5, matchers: 10, settlements: 5, settledInto: 1, cache: [undefined, 2], kafka: 0,
    distributions: 1, cachedPaths: [0],
  }],
  [50000, {
    regions: 3, tasks: [300, 450], ledgers: 10, instances: 30, queues: 10, matchers: 20, settlements: 10, settledInto: 10, cache: [6, 1], kafka: 3,
    distributions: 3, cachedPaths: [2, 2, 2],
  }],
] as const)('%d requests/s are made of what the size says', (size, expected) => {
  expect(inventory(size)).toEqual(expected);
});
