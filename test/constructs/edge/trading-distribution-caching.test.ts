import { Duration, Lazy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { givenLoadBalancer } from './given-load-balancer';
import { routes as answered } from '../../../services/reference-api/http/routes';
import { STREAM_PATH } from '../../../services/reference-api/ws/gateway';
import { RestApiRoute, RestMethod, TradingDistribution, TradingDistributionProps } from '../../../src';
import { CachedRoute } from '../../../src/constructs/edge/cached-route';
import { testStack } from '../../support/apps';
import { givenWebAcl } from '../../support/given';

interface Behavior { PathPattern?: string; CachePolicyId: unknown; OriginRequestPolicyId?: unknown; AllowedMethods: string[] }

/** What the reference API answers, read from the API itself, and the stream of a signed-in user. */
const declared: RestApiRoute[] = [
  ...answered({ entry: { catalog: undefined } } as never).map(({ method, path, scope }) => ({
    method: method.toUpperCase() as RestMethod, path, isPublic: scope === 'public',
  })),
  { method: RestMethod.GET, path: STREAM_PATH },
];

const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const second = Duration.seconds(1);

function define(props: Partial<TradingDistributionProps> = {}) {
  const stack = testStack();
  const edge = new TradingDistribution(stack, 'Edge', { loadBalancer: givenLoadBalancer(stack), webAcl: givenWebAcl(stack, 'CLOUDFRONT'), ...props });
  const template = Template.fromStack(stack);
  const [found] = Object.values(template.findResources('AWS::CloudFront::Distribution')) as Array<{ Properties: { DistributionConfig: { DefaultCacheBehavior: Behavior; CacheBehaviors?: Behavior[] } } }>;
  const { DefaultCacheBehavior, CacheBehaviors = [] } = found.Properties.DistributionConfig;
  return { edge, template, other: DefaultCacheBehavior, cached: CacheBehaviors };
}

/** The behavior that CloudFront chooses for a path: the first whose pattern fits, as CloudFront's documentation has it. */
function behaviorFor({ cached, other }: ReturnType<typeof define>, path: string): Behavior {
  const fits = (pattern: string) => new RegExp(`^${pattern.replace(/[.+^$()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.')}$`).test(path);
  return cached.find(({ PathPattern }) => fits(PathPattern!)) ?? other;
}

const marketData = { routes: declared, cachedRoutes: [CachedRoute.of('/v1/instruments', Duration.seconds(5)), CachedRoute.withQuery('/v1/status', second, ['view', 'symbol'])] };

test('keeps public market data for the seconds that were said, and asks the origin without cookies and tokens', () => {
  const { template, cached } = define(marketData);
  expect(cached.map(({ PathPattern, AllowedMethods }) => [PathPattern, AllowedMethods])).toEqual([['/v1/instruments', ['GET', 'HEAD']], ['/v1/status', ['GET', 'HEAD']]]);
  // AWS's own policy HostHeaderOnly: no token and no cookie leaves CloudFront.
  for (const { OriginRequestPolicyId } of cached) expect(OriginRequestPolicyId).toBe('bf0718e1-ba1e-49d1-88b1-f726733018ae');
  const policies = Object.values(template.findResources('AWS::CloudFront::CachePolicy')).map(({ Properties }) => (Properties as { CachePolicyConfig: Record<string, unknown> }).CachePolicyConfig);
  expect(policies.map(({ MinTTL, DefaultTTL, MaxTTL }) => [MinTTL, DefaultTTL, MaxTTL])).toEqual([[0, 5, 5], [0, 1, 1]]);
  for (const { ParametersInCacheKeyAndForwardedToOrigin } of policies) {
    expect(ParametersInCacheKeyAndForwardedToOrigin).toMatchObject({ CookiesConfig: { CookieBehavior: 'none' }, HeadersConfig: { HeaderBehavior: 'none' } });
  }
  expect(policies[1].ParametersInCacheKeyAndForwardedToOrigin).toMatchObject({ QueryStringsConfig: { QueryStringBehavior: 'whitelist', QueryStrings: ['symbol', 'view'] } });
});

test('no authenticated route of the API is cacheable, nor one that changes something', () => {
  const made = define(marketData);
  const samples = declared.map((route) => ({ route, path: route.path.replace(/\{\w+\}/g, 'BTCUSDT') }));
  expect(samples.filter(({ route }) => route.isPublic !== true).length).toBeGreaterThan(5);
  for (const { route, path } of samples) {
    for (const spelling of [path, `${path}/`, path.toUpperCase()]) {
      const { CachePolicyId, AllowedMethods } = behaviorFor(made, spelling);
      if (route.isPublic !== true || route.method !== RestMethod.GET) expect([route.path, CachePolicyId]).toEqual([route.path, CACHING_DISABLED]);
      if (CachePolicyId === CACHING_DISABLED) expect(AllowedMethods).toContain('POST');
    }
  }
  expect(behaviorFor(made, '/v1/instruments').CachePolicyId).not.toBe(CACHING_DISABLED);
  expect(behaviorFor(made, STREAM_PATH).CachePolicyId).toBe(CACHING_DISABLED);
});

test('without cached routes nothing is cached', () => {
  const { cached, other, edge } = define();
  expect([cached, other.CachePolicyId, edge.cachePolicies]).toEqual([[], CACHING_DISABLED, []]);
});

test('routes that are kept alike share a policy', () => {
  const routes = ['/v1/a', '/v1/b'].map((path): RestApiRoute => ({ method: RestMethod.GET, path, isPublic: true }));
  expect(define({ routes, cachedRoutes: routes.map(({ path }) => CachedRoute.of(path, second)) }).edge.cachePolicies).toHaveLength(1);
});

test.each([
  ['an authenticated route', ['/v1/orders'], /'\/v1\/orders' overlaps with GET \/v1\/orders, which needs a token: one user would get another one's answer; narrow the path/],
  ['a pattern over everything', ['*'], /`path` must begin with '\/'/],
  ['a pattern over authenticated routes', ['/v1/*'], /overlaps with POST \/v1\/orders.*overlaps with GET \/v1\/portfolio.*overlaps with POST \/v1\/sessions, which a cached path would refuse/],
  ['an authenticated route in another spelling', ['/V1/Portfolio/'], /overlaps with GET \/v1\/portfolio/],
  ['a parameter of an authenticated route', ['/v1/book/BTCUSDT'], /overlaps with GET \/v1\/book\/\{symbol\}, which needs a token/],
  ['the stream of a signed-in user', ['/v1/st*'], /overlaps with GET \/v1\/stream, which needs a token/],
  ['a public route that changes something', ['/v1/sessions'], /overlaps with POST \/v1\/sessions, which a cached path would refuse/],
  ['a path that the API does not have', ['/v1/candles'], /'\/v1\/candles' matches no route of the API/],
  ['a path twice', ['/v1/status', '/v1/status'], /must name each path once, got twice: '\/v1\/status'/],
] as Array<[string, string[], RegExp]>)('fails for %s', (_name, paths, message) => {
  expect(() => define({ routes: declared, cachedRoutes: paths.map((path) => CachedRoute.of(path, second)) })).toThrow(message);
});

test('fails when nobody says what the API answers', () => {
  expect(() => define({ cachedRoutes: [CachedRoute.of('/v1/status', second)] })).toThrow(/`routes` must name what the API answers when `cachedRoutes` are given/);
});

test.each([
  [() => CachedRoute.of('v1', second), /`path` must begin with '\/'/],
  [() => CachedRoute.of('/v1/{symbol}', second), /a parameter is written as \*/],
  [() => CachedRoute.of('/v1', Duration.seconds(0)), /`ttl` must be from 1 to 60 whole seconds, so that nobody trades on old prices, got: 0 seconds/],
  [() => CachedRoute.of('/v1', Duration.minutes(2)), /got: 2 minutes/],
  [() => CachedRoute.of('/v1', Duration.millis(1500)), /whole seconds/],
  [() => CachedRoute.of('/v1', Duration.seconds(Lazy.number({ produce: () => 1 }))), /unresolved token/],
  [() => CachedRoute.withQuery('/v1', second, ['a b']), /`parameters` must hold names of query parameters, got: 'a b'/],
])('fails for a route that cannot be cached (%#)', (make, message) => {
  expect(make).toThrow(message);
});
