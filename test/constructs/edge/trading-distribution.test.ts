import { Match, Template } from 'aws-cdk-lib/assertions';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PublicEndpoint, TradingDistribution, TradingWebAcl } from '../../../src';
import { testStack } from '../../support/apps';

function distribution(withCertificate: boolean) {
  const stack = testStack();
  const certificate = acm.Certificate.fromCertificateArn(stack, 'Given', 'arn:aws:acm:us-east-1:111111111111:certificate/1234');
  const edge = new TradingDistribution(stack, 'Edge', {
    loadBalancer: elbv2.ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(stack, 'Balancer', {
      loadBalancerArn: 'arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/mine/1234', loadBalancerDnsName: 'internal.example', securityGroupId: 'sg-1',
    }),
    webAcl: new TradingWebAcl(stack, 'WebAcl').webAcl,
    endpoint: withCertificate ? PublicEndpoint.customDomain({ domainName: 'trade.example.com', certificate }) : undefined,
  });
  return { edge, template: Template.fromStack(stack) };
}

test('passes requests and WebSockets through, uncached, with every header', () => {
  const { template } = distribution(false);
  template.hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike({
      DefaultCacheBehavior: Match.objectLike({
        AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
        // AWS's own policies: CachingDisabled, AllViewer, SecurityHeaders.
        CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        OriginRequestPolicyId: '216adef6-5c7f-47e4-b989-5492eafa07d3',
        ResponseHeadersPolicyId: '67f7725c-6f97-4210-82d7-5512b31e9d03',
      }),
      Aliases: Match.absent(),
    }),
  });
});

test('uses a given certificate and leaves the records to its user without a hosted zone', () => {
  const { edge, template } = distribution(true);
  template.resourceCountIs('AWS::CertificateManager::Certificate', 0);
  template.resourceCountIs('AWS::Route53::RecordSet', 0);
  template.hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike({ Aliases: ['trade.example.com'], ViewerCertificate: Match.objectLike({ AcmCertificateArn: edge.certificate?.certificateArn }) }),
  });
  expect(edge.url).toBe('https://trade.example.com');
});
