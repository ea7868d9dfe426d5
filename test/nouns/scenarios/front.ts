/** Edge and ingress as the documents set them. */
import { Duration } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import {
  DnsRouting, FailoverDns, NetworkTarget, PublicEndpoint, RegionalWebAcl, RestApiBackend, RestMethod, StaticSite, TradingCluster,
  TradingDistribution, TradingLoadBalancer, TradingNetworkLoadBalancer, TradingRestApi, TradingService, TradingWebAcl, TradingWebSocketApi,
} from '../../../src';
import { CachedRoute } from '../../../src/constructs/edge/cached-route';
import { EdgeOrigin } from '../../../src/constructs/edge/edge-origin';
import { RateLimit } from '../../../src/constructs/edge/rate-limit';
import { LoadBalancerExposure } from '../../../src/constructs/ingress/load-balancer-exposure';
import { givenFunction, givenWebAcl } from '../../support/given';
import type { Scenarios, ScenarioStack } from '../scenario';

const serviceOf = (stack: ScenarioStack) => new TradingService(stack, 'Api', {
  cluster: new TradingCluster(stack, 'Cluster', { vpc: stack.vpc }).cluster, definition: stack.definition(),
});

export const front: Scenarios = {
  staticSite: (stack) => {
    new StaticSite(stack, 'Web', { webAcl: new TradingWebAcl(stack, 'WebAcl').webAcl, accessLogs: stack.accessLogs });
  },
  edge: (stack) => {
    const { hostedZone, certificate } = stack;
    new TradingDistribution(stack, 'Edge', {
      origin: EdgeOrigin.internalLoadBalancer(stack.loadBalancer()),
      endpoint: PublicEndpoint.customDomain({ domainName: 'trade.example.com', hostedZone, certificate, originCertificate: certificate }),
      webAcl: new TradingWebAcl(stack, 'WebAcl').webAcl,
      geoRestriction: cloudfront.GeoRestriction.allowlist('US', 'DE'),
      cachedRoutes: [CachedRoute.of('/v1/instruments', Duration.seconds(1))],
      routes: [{ method: RestMethod.GET, path: '/v1/instruments', isPublic: true }, { method: RestMethod.GET, path: '/v1/orders' }],
      accessLogs: stack.accessLogs,
    });
  },
  edgeOfApi: (stack) => {
    const { stage } = new TradingRestApi(stack, 'Api', {
      vpc: stack.vpc,
      backend: RestApiBackend.applicationLoadBalancer(stack.loadBalancer()),
      userPools: [cognito.UserPool.fromUserPoolId(stack, 'Pool', 'us-east-1_abcdefghi')],
      routes: [{ method: RestMethod.GET, path: '/v1/orders' }],
      webAcl: givenWebAcl(stack, 'REGIONAL'),
    });
    const { webAcl } = new TradingWebAcl(stack, 'WebAcl');
    new TradingDistribution(stack, 'Edge', { origin: EdgeOrigin.restApi(stage), webAcl, accessLogs: stack.accessLogs });
  },
  webAcl: (stack) => { new TradingWebAcl(stack, 'WebAcl', { antiDdos: true }); },
  regionalWebAcl: (stack) => {
    const acl = new RegionalWebAcl(stack, 'WebAcl', { rateLimits: RateLimit.defaults() });
    acl.protectLoadBalancer(stack.loadBalancer());
  },
  publicLoadBalancer: (stack) => {
    new TradingLoadBalancer(stack, 'Ingress', {
      vpc: stack.vpcWithPublicSubnets(),
      service: serviceOf(stack),
      exposure: LoadBalancerExposure.everyone(),
      certificate: stack.certificate,
      accessLogs: stack.accessLogs,
      webAcl: givenWebAcl(stack, 'REGIONAL'),
    });
  },
  networkLoadBalancer: (stack) => {
    new TradingNetworkLoadBalancer(stack, 'Gateway', { vpc: stack.vpc, target: NetworkTarget.service(serviceOf(stack)), allowFrom: [stack.clients()] });
  },
  restApi: (stack) => {
    new TradingRestApi(stack, 'Api', {
      vpc: stack.vpc,
      backend: RestApiBackend.applicationLoadBalancer(stack.loadBalancer()),
      userPools: [cognito.UserPool.fromUserPoolId(stack, 'Pool', 'us-east-1_abcdefghi')],
      routes: [{ method: RestMethod.POST, path: '/v1/orders', bodySchema: { required: ['symbol'] } }, { method: RestMethod.GET, path: '/v1/orders' }],
      webAcl: givenWebAcl(stack, 'REGIONAL'),
    });
  },
  webSocketApi: (stack) => {
    new TradingWebSocketApi(stack, 'Streams', {
      authorizer: givenFunction(stack, 'Authorize'), onConnect: givenFunction(stack, 'Connect'), onDisconnect: givenFunction(stack, 'Disconnect'),
      onSubscribe: givenFunction(stack, 'Subscribe'),
    });
  },
  latencyDns: (stack) => {
    const endpoint = (region: string) => ({
      region, healthHost: `${region}.example.com`, target: { bind: () => ({ dnsName: `${region}.elb.amazonaws.com`, hostedZoneId: 'Z35SXDOTRQ7X7K' }) },
    });
    const routing = DnsRouting.latency(['us-east-1', 'us-west-2', 'eu-west-1'].map(endpoint));
    new FailoverDns(stack, 'Dns', { hostedZone: stack.hostedZone, domainName: 'trade.example.com', routing });
  },
};
