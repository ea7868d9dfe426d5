import { runInNewContext } from 'node:vm';
import { Duration } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { givenLoadBalancer } from './given-load-balancer';
import { PublicEndpoint, RestApiRoute, RestMethod, TradingDistribution, TradingDistributionProps, TradingStack, TradingWebAcl } from '../../../src';
import { CachedRoute } from '../../../src/constructs/edge/cached-route';
import { EdgeOrigin } from '../../../src/constructs/edge/edge-origin';
import { OriginSecret } from '../../../src/constructs/edge/origin-secret';
import { testApp, testStack } from '../../support/apps';
import { givenAlarmAction, givenWebAcl } from '../../support/given';

function distribution(props: (stack: TradingStack) => Partial<TradingDistributionProps> = () => ({}), stack: TradingStack = testStack()) {
  const edge = new TradingDistribution(stack, 'Edge', { webAcl: givenWebAcl(stack, 'CLOUDFRONT'), ...props(stack) });
  return { stack, edge, template: () => Template.fromStack(stack) };
}

const internal = (stack: TradingStack) => ({ loadBalancer: givenLoadBalancer(stack) });
const certificateOf = (stack: TradingStack) => acm.Certificate.fromCertificateArn(stack, 'Given', 'arn:aws:acm:us-east-1:111111111111:certificate/1234');
const custom = (stack: TradingStack) => PublicEndpoint.customDomain({ domainName: 'trade.example.com', certificate: certificateOf(stack) });
const originsOf = (template: Template) => (Object.values(template.findResources('AWS::CloudFront::Distribution'))[0] as { Properties: { DistributionConfig: { Origins: Array<Record<string, unknown>> } } })
  .Properties.DistributionConfig.Origins;

test('passes requests and WebSockets through, uncached, with every header', () => {
  distribution(internal).template().hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike({
      DefaultCacheBehavior: Match.objectLike({
        AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
        // AWS's own policies: CachingDisabled, AllViewer, SecurityHeaders. AllViewer takes the headers of the WebSocket handshake along.
        CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        OriginRequestPolicyId: '216adef6-5c7f-47e4-b989-5492eafa07d3',
        ResponseHeadersPolicyId: '67f7725c-6f97-4210-82d7-5512b31e9d03',
        ViewerProtocolPolicy: 'redirect-to-https',
      }),
      Aliases: Match.absent(),
      CacheBehaviors: Match.absent(),
    }),
  });
});

test('uses a given certificate and leaves the records to its user without a hosted zone', () => {
  const { edge, template } = distribution((stack) => ({ ...internal(stack), endpoint: custom(stack) }));
  template().resourceCountIs('AWS::CertificateManager::Certificate', 0);
  template().resourceCountIs('AWS::Route53::RecordSet', 0);
  template().hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike({ Aliases: ['trade.example.com'], ViewerCertificate: Match.objectLike({ AcmCertificateArn: edge.certificate?.certificateArn }) }),
  });
  expect(edge.url).toBe('https://trade.example.com');
});

test('serves or refuses countries', () => {
  const { template } = distribution((stack) => ({ ...internal(stack), geoRestriction: cloudfront.GeoRestriction.allowlist('DE', 'GB') }));
  template().hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike({ Restrictions: { GeoRestriction: { RestrictionType: 'whitelist', Locations: ['DE', 'GB'] } } }),
  });
});

test('alarms above 1 % of failed requests, where CloudFront publishes its metrics', () => {
  const { edge, template } = distribution((stack) => ({ ...internal(stack), alarmActions: [givenAlarmAction(stack)] }));
  template().hasResourceProperties('AWS::CloudWatch::Alarm', { Namespace: 'AWS/CloudFront', MetricName: '5xxErrorRate', Threshold: 1, EvaluationPeriods: 3, AlarmActions: Match.anyValue() });
  expect(edge.metricRequests().metricName).toBe('Requests');
});

test('elsewhere its certificate and web ACL stand in us-east-1 and are reached from there', () => {
  const app = testApp();
  const stack = new TradingStack(app, 'Frankfurt', { env: { region: 'eu-central-1' } });
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' });
  const { webAcl } = new TradingWebAcl(stack, 'WebAcl');
  const { edge } = distribution(() => ({ ...internal(stack), webAcl, endpoint: PublicEndpoint.customDomain({ domainName: 'trade.example.com', hostedZone }) }), stack);
  const support = app.node.findChild('Frankfurt-us-east-1') as TradingStack;
  app.synth();
  Template.fromStack(support).hasResourceProperties('AWS::CertificateManager::Certificate', { DomainName: 'trade.example.com', ValidationMethod: 'DNS' });
  Template.fromStack(support).resourceCountIs('AWS::WAFv2::WebACL', 1);
  const fromThere = { 'Fn::GetStackOutput': Match.objectLike({ Region: 'us-east-1' }) };
  Template.fromStack(stack).hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike({ WebACLId: fromThere, ViewerCertificate: Match.objectLike({ AcmCertificateArn: fromThere }) }),
  });
  Template.fromStack(stack).resourceCountIs('AWS::Route53::RecordSet', 2);
  expect(edge.errorAlarm).toBeUndefined();
  Annotations.fromStack(stack).hasWarning('/Frankfurt/Edge', Match.stringLikeRegexp('distributionWithoutAlarm'));
});

test('adds its secret to requests for a public load balancer, over HTTPS with the custom name', () => {
  const { template } = distribution((stack) => ({ origin: EdgeOrigin.publicLoadBalancer(givenLoadBalancer(stack), { originSecret: new OriginSecret(stack, 'Secret') }), endpoint: custom(stack) }));
  const [origin] = originsOf(template());
  expect(origin).toMatchObject({ DomainName: 'mine.example', CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] } });
  expect(JSON.stringify(origin.OriginCustomHeaders)).toMatch(/"HeaderName":"X-Origin-Verify".*\{\{resolve:secretsmanager:/);
  template().resourceCountIs('AWS::CloudFront::VpcOrigin', 0);
  template().hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'Retain', Properties: Match.objectLike({ KmsKeyId: Match.anyValue(), GenerateSecretString: Match.objectLike({ PasswordLength: 64 }) }) });
});

test('copies the secret of an origin in another region', () => {
  const app = testApp();
  const west = new TradingStack(app, 'West', { env: { region: 'us-west-2' } });
  const originSecret = new OriginSecret(west, 'Secret');
  const { template } = distribution((stack) => ({
    origin: EdgeOrigin.publicLoadBalancer(givenLoadBalancer(stack), { originSecret, domainName: 'origin.example.com' }),
  }), new TradingStack(app, 'East'));
  app.synth();
  Template.fromStack(west).hasResourceProperties('AWS::SecretsManager::Secret', { ReplicaRegions: [{ Region: 'us-east-1' }] });
  expect(JSON.stringify(originsOf(template())[0].OriginCustomHeaders)).toMatch(/resolve:secretsmanager:arn:.*:secretsmanager:us-east-1:/);
});

test('forwards to a REST API under its stage, without the Host header that API Gateway would not know', () => {
  const routes: RestApiRoute[] = [{ method: RestMethod.GET, path: '/v1/instruments', isPublic: true }];
  const { template, stack } = distribution((own) => {
    const api = new apigateway.RestApi(own, 'Api', { cloudWatchRole: false, deployOptions: { stageName: 'live' } });
    api.root.addMethod('GET');
    const cachedRoutes = routes.map(({ path }) => CachedRoute.of(path, Duration.seconds(2)));
    return { origin: EdgeOrigin.restApi(api.deploymentStage), routes, cachedRoutes };
  });
  expect(originsOf(template())[0]).toMatchObject({ OriginPath: { 'Fn::Join': ['', ['/', { Ref: expect.stringMatching(/DeploymentStagelive/) as string }]] }, CustomOriginConfig: { OriginProtocolPolicy: 'https-only' } });
  template().hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike({
      // AllViewerExceptHostHeader.
      DefaultCacheBehavior: Match.objectLike({ OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac' }),
      CacheBehaviors: [Match.objectLike({ OriginRequestPolicyId: Match.absent() })],
    }),
  });
  Annotations.fromStack(stack).hasWarning('/Test/Edge', Match.stringLikeRegexp('edgeOriginOpen'));
});

describe('the query as it was sent', () => {
  const restApi = (rawQueryHeader?: string) => (own: TradingStack): Partial<TradingDistributionProps> => {
    const api = new apigateway.RestApi(own, 'Api', { cloudWatchRole: false });
    api.root.addMethod('GET');
    return { origin: EdgeOrigin.restApi(api.deploymentStage, { rawQueryHeader }) };
  };
  interface Request { headers: Record<string, { value: string }>; rawQueryString?: () => string | undefined }

  /** What the function at the edge makes of a request. */
  function atEdge(query: string | undefined, headers: Request['headers'] = {}): Request['headers'] {
    const [fn] = Object.values(distribution(restApi('X-Raw-Query')).template().findResources('AWS::CloudFront::Function')) as { Properties: { FunctionCode: string } }[];
    const handler = runInNewContext(`${fn.Properties.FunctionCode}; handler`) as (event: { request: Request }) => Request;
    return handler({ request: { headers, rawQueryString: () => query } }).headers;
  }

  test('travels in a header, in which nobody else can write', () => {
    const { template } = distribution(restApi('X-Raw-Query'));
    template().hasResourceProperties('AWS::CloudFront::Function', { FunctionConfig: Match.objectLike({ Runtime: 'cloudfront-js-2.0' }) });
    template().hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.objectLike({ DefaultCacheBehavior: Match.objectLike({ FunctionAssociations: [Match.objectLike({ EventType: 'viewer-request' })] }) }),
    });
    expect(atEdge('b=%5B1%5D&a=2', { host: { value: 'h' } })).toEqual({ 'host': { value: 'h' }, 'x-raw-query': { value: 'b=%5B1%5D&a=2' } });
    for (const query of ['', undefined, `a=${'x'.repeat(5_000)}`]) expect(atEdge(query, { 'x-raw-query': { value: 'forged' } })).toEqual({});
  });

  test('stays where it is unless it is asked for', () => {
    distribution(restApi()).template().resourceCountIs('AWS::CloudFront::Function', 0);
    expect(() => distribution(restApi("x'; evil"))).toThrow(/`rawQueryHeader` must be the name of a header, .*got: 'x'; evil'/);
  });
});

test.each([
  ['no origin', () => ({}), /`loadBalancer` or `origin` must be given, and not both/],
  ['two origins', (stack) => ({ ...internal(stack), origin: EdgeOrigin.internalLoadBalancer(givenLoadBalancer(new TradingStack(stack, 'Other'))) }), /and not both/],
  ['a country that is none', (stack) => ({ ...internal(stack), geoRestriction: cloudfront.GeoRestriction.denylist('UK', 'XX') }), /`geoRestriction` must hold ISO 3166-1 alpha-2 codes, got: 'UK'; write 'GB'; .*got: 'XX'/],
  ['a country twice', (stack) => ({ ...internal(stack), geoRestriction: cloudfront.GeoRestriction.denylist('DE', 'DE') }), /must name each country once, got: DE, DE/],
  ['a regional web ACL', (stack) => ({ ...internal(stack), webAcl: givenWebAcl(stack, 'REGIONAL') }), /`webAcl` must be of scope CLOUDFRONT in us-east-1/],
  ['a share above all', (stack) => ({ ...internal(stack), errorThreshold: 101 }), /`errorThreshold` must be above 0 and at most 100 percent, got: 101/],
  ['a public load balancer without a name that its certificate could be for', (stack) => ({ origin: EdgeOrigin.publicLoadBalancer(givenLoadBalancer(stack), { originSecret: new OriginSecret(stack, 'Secret') }) }), /`domainName` of the public load balancer must be given/],
  ['a header that CloudFront keeps', (stack) => ({ origin: EdgeOrigin.publicLoadBalancer(givenLoadBalancer(stack), { originSecret: new OriginSecret(stack, 'Secret', { headerName: 'X-Edge-Secret' }) }) }), /`headerName` must not begin with X-Amz- or X-Edge-/],
] as Array<[string, (stack: TradingStack) => Partial<TradingDistributionProps>, RegExp]>)('fails for %s', (_name, props, message) => {
  expect(() => distribution(props)).toThrow(message);
});
