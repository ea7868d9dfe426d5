import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { TradingService } from '../../../src';
import { NetworkTarget } from '../../../src/constructs/ingress/network-target';
import { TradingNetworkLoadBalancer, TradingNetworkLoadBalancerProps } from '../../../src/constructs/ingress/trading-network-load-balancer';
import { givenVpc, testStack } from '../../support/apps';
import { apiDefinition, platform } from '../../support/platform';

const CERTIFICATE = 'arn:aws:acm:us-east-1:111111111111:certificate/1234';

function balancer(change: Partial<TradingNetworkLoadBalancerProps> = {}) {
  const parts = platform();
  const { stack, cluster, vpc } = parts;
  const service = new TradingService(stack, 'Api', { cluster, definition: apiDefinition(parts) });
  const nlb = new TradingNetworkLoadBalancer(stack, 'Nlb', { vpc, target: NetworkTarget.service(service), allowFrom: [ec2.Peer.prefixList('pl-1')], ...change });
  return { stack, service, nlb, template: Template.fromStack(stack) };
}

const plain = balancer();
const tls = (() => {
  const parts = testStack();
  return balancer({
    certificate: acm.Certificate.fromCertificateArn(parts, 'Given', CERTIFICATE),
    accessLogs: s3.Bucket.fromBucketName(parts, 'Logs', 'logs'),
    checkPrivateLink: false,
  });
})();

test('has no public address, is protected and spreads over zones', () => {
  plain.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
    Type: 'network',
    Scheme: 'internal',
    EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'on',
    LoadBalancerAttributes: Match.arrayWith([
      { Key: 'deletion_protection.enabled', Value: 'true' },
      { Key: 'load_balancing.cross_zone.enabled', Value: 'true' },
    ]),
    Subnets: [1, 2, 3].map((index) => `subnet-0000000000000002${index}`),
  });
});

test('passes TCP through on the port of the service, health checked over HTTP', () => {
  plain.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 8080, Protocol: 'TCP', Certificates: Match.absent() });
  plain.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
    Protocol: 'TCP', TargetType: 'ip', HealthCheckProtocol: 'HTTP', HealthCheckPath: '/health',
    TargetGroupAttributes: Match.arrayWith([
      { Key: 'deregistration_delay.timeout_seconds', Value: '60' },
      { Key: 'deregistration_delay.connection_termination.enabled', Value: 'true' },
    ]),
  });
});

test('ends TLS with a certificate, logs it, and trusts PrivateLink when told to', () => {
  tls.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 443, Protocol: 'TLS', SslPolicy: Match.stringLikeRegexp('TLS13'), Certificates: [{ CertificateArn: CERTIFICATE }] });
  tls.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
    EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off',
    LoadBalancerAttributes: Match.arrayWith([{ Key: 'access_logs.s3.enabled', Value: 'true' }]),
  });
});

test('lets in whom it is told to and reaches its service by reference', () => {
  const { stack, template, nlb, service } = plain;
  template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { GroupId: stack.resolve(nlb.securityGroup.securityGroupId) as unknown, SourcePrefixListId: 'pl-1', FromPort: 8080 });
  template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    GroupId: stack.resolve(service.securityGroup.securityGroupId) as unknown,
    SourceSecurityGroupId: stack.resolve(nlb.securityGroup.securityGroupId) as unknown,
    FromPort: 8080,
  });
});

test('alarms on a target that does not answer', () => {
  plain.template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'UnHealthyHostCount', Threshold: 0, EvaluationPeriods: 3 });
});

function inFront(port: number, certificate?: acm.ICertificate) {
  const stack = testStack();
  const vpc = givenVpc(stack);
  const alb = new elbv2.ApplicationLoadBalancer(stack, 'Alb', { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } });
  const listener = alb.addListener('Http', { port, protocol: elbv2.ApplicationProtocol.HTTP, open: false, defaultAction: elbv2.ListenerAction.fixedResponse(200) });
  new TradingNetworkLoadBalancer(stack, 'Nlb', { vpc, target: NetworkTarget.applicationLoadBalancer(listener, port, '/health'), allowFrom: [], certificate });
  return Template.fromStack(stack);
}

test('stands in front of an Application Load Balancer', () => {
  inFront(80).hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { TargetType: 'alb', Port: 80, HealthCheckProtocol: 'HTTP' });
  inFront(443).hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { TargetType: 'alb', Port: 443, HealthCheckProtocol: 'HTTPS' });
});

test('fails for TLS in front of an Application Load Balancer', () => {
  expect(() => inFront(443, acm.Certificate.fromCertificateArn(testStack(), 'C', CERTIFICATE))).toThrow(/`certificate` must be left out/);
});

test.each([
  [{ port: 70_000 }, /`port` must be a whole number from 1 to 65535, got: 70000/],
  [{ deregistrationDelay: Duration.hours(2) }, /`deregistrationDelay` must be at most an hour, got: 2 hours/],
] as Array<[Partial<TradingNetworkLoadBalancerProps>, RegExp]>)('fails for %j', (change, message) => {
  expect(() => balancer(change)).toThrow(message);
});
