import { Match, Template } from 'aws-cdk-lib/assertions';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { TradingLoadBalancer, TradingService } from '../../../src';
import { apiDefinition, platform } from '../../support/platform';

function ingress(certificateArn?: string) {
  const parts = platform();
  const { stack, cluster, vpc } = parts;
  const service = new TradingService(stack, 'Api', { cluster, definition: apiDefinition(parts) });
  const balancer = new TradingLoadBalancer(stack, 'Ingress', {
    vpc,
    service,
    allowFrom: [ec2.Peer.prefixList('pl-1')],
    certificate: certificateArn === undefined ? undefined : acm.Certificate.fromCertificateArn(stack, 'Given', certificateArn),
  });
  return { stack, service, balancer, template: Template.fromStack(stack) };
}

const http = ingress();
const https = ingress('arn:aws:acm:us-east-1:111111111111:certificate/1234');

test('has no public address and keeps silent WebSockets open', () => {
  http.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
    Scheme: 'internal',
    LoadBalancerAttributes: Match.arrayWith([
      { Key: 'deletion_protection.enabled', Value: 'true' },
      { Key: 'idle_timeout.timeout_seconds', Value: '300' },
      { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
    ]),
    Subnets: [1, 2, 3].map((index) => `subnet-0000000000000002${index}`),
  });
});

test('keeps a client with its task and gives clients of a leaving task a minute', () => {
  http.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
    TargetType: 'ip',
    Port: 8080,
    HealthCheckPath: '/health',
    TargetGroupAttributes: Match.arrayWith([
      { Key: 'deregistration_delay.timeout_seconds', Value: '60' },
      { Key: 'stickiness.enabled', Value: 'true' },
      { Key: 'stickiness.type', Value: 'lb_cookie' },
    ]),
  });
});

test('answers on HTTP without a certificate, for CloudFront alone', () => {
  http.template.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 1);
  http.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 80, Protocol: 'HTTP', DefaultActions: [Match.objectLike({ Type: 'forward' })] });
  expect(http.balancer.redirectListener).toBeUndefined();
});

test('answers on HTTPS with a certificate and redirects HTTP to it', () => {
  https.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
    Port: 443, Protocol: 'HTTPS', SslPolicy: Match.stringLikeRegexp('TLS13'), DefaultActions: [Match.objectLike({ Type: 'forward' })],
  });
  https.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
    Port: 80, Protocol: 'HTTP', DefaultActions: [{ Type: 'redirect', RedirectConfig: { Port: '443', Protocol: 'HTTPS', StatusCode: 'HTTP_301' } }],
  });
});

test.each([['http', http, 80], ['https', https, 443]] as const)('lets in whom it is told to and nobody else (%s)', (_name, { template, stack, balancer }, port) => {
  const rules = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress', {
    Properties: { GroupId: stack.resolve(balancer.securityGroup.securityGroupId) as unknown },
  })) as Array<{ Properties: Record<string, unknown> }>;
  expect(rules.map(({ Properties }) => [Properties.SourcePrefixListId, Properties.FromPort, Properties.ToPort])).toEqual([['pl-1', port, port]]);
  template.hasResourceProperties('AWS::EC2::SecurityGroup', { GroupDescription: 'Load balancer', SecurityGroupIngress: Match.absent() });
});

test('reaches its service by reference and nothing else', () => {
  http.template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    GroupId: http.stack.resolve(http.service.securityGroup.securityGroupId),
    SourceSecurityGroupId: http.stack.resolve(http.balancer.securityGroup.securityGroupId),
    FromPort: 8080,
  });
});
