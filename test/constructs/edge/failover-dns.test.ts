import { Duration } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { DnsEndpoint, DnsRouting } from '../../../src/constructs/edge/dns-routing';
import { FailoverDns, FailoverDnsProps } from '../../../src/constructs/edge/failover-dns';
import { testStack } from '../../support/apps';

const target = (dnsName: string): route53.IAliasRecordTarget => ({ bind: () => ({ dnsName, hostedZoneId: 'Z35SXDOTRQ7X7K' }) });
const east: DnsEndpoint = { region: 'us-east-1', target: target('east.elb.amazonaws.com'), healthHost: 'east.example.com' };
const west: DnsEndpoint = { region: 'us-west-2', target: target('west.elb.amazonaws.com'), healthHost: 'west.example.com' };

function dns(routing: DnsRouting, change: Partial<FailoverDnsProps> = {}, region?: string) {
  const stack = testStack(region === undefined ? undefined : { region });
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' });
  const construct = new FailoverDns(stack, 'Dns', { hostedZone, domainName: 'trade.example.com', routing, ...change });
  return { stack, construct, template: Template.fromStack(stack) };
}

const idOf = (template: Template, host: string) => {
  const [id] = Object.keys(template.findResources('AWS::Route53::HealthCheck', { Properties: { HealthCheckConfig: { FullyQualifiedDomainName: host } } }));
  return { Ref: id };
};

test('leads to a primary and, when it is unhealthy, to a secondary, over IPv4 and IPv6', () => {
  const { template, construct } = dns(DnsRouting.failover(east, west));
  template.resourceCountIs('AWS::Route53::RecordSet', 4);
  for (const Type of ['A', 'AAAA']) {
    template.hasResourceProperties('AWS::Route53::RecordSet', {
      Type, Failover: 'PRIMARY', SetIdentifier: 'us-east-1', HealthCheckId: idOf(template, 'east.example.com'), AliasTarget: Match.objectLike({ DNSName: 'east.elb.amazonaws.com', EvaluateTargetHealth: true }),
    });
    template.hasResourceProperties('AWS::Route53::RecordSet', { Type, Failover: 'SECONDARY', SetIdentifier: 'us-west-2', Region: Match.absent() });
  }
  expect(construct.detectionTime.toSeconds()).toBe(30);
});

test('leads to the nearest of several', () => {
  const { template } = dns(DnsRouting.latency([east, west]));
  template.hasResourceProperties('AWS::Route53::RecordSet', { Type: 'A', Region: 'us-west-2', SetIdentifier: 'us-west-2', HealthCheckId: idOf(template, 'west.example.com'), Failover: Match.absent() });
});

test('is one alias without a health check when there is one endpoint', () => {
  const { template } = dns(DnsRouting.simple(target('d1.cloudfront.net')));
  template.resourceCountIs('AWS::Route53::HealthCheck', 0);
  template.resourceCountIs('AWS::Route53::RecordSet', 2);
  template.hasResourceProperties('AWS::Route53::RecordSet', { SetIdentifier: Match.absent() });
});

test('asks over HTTPS every ten seconds and alarms when an endpoint does not answer', () => {
  const { template } = dns(DnsRouting.failover(east, west));
  template.allResourcesProperties('AWS::Route53::HealthCheck', {
    HealthCheckConfig: Match.objectLike({ Type: 'HTTPS', Port: 443, ResourcePath: '/health', RequestInterval: 10, FailureThreshold: 3, EnableSNI: true }),
  });
  template.resourceCountIs('AWS::CloudWatch::Alarm', 2);
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Namespace: 'AWS/Route53', MetricName: 'HealthCheckStatus', ComparisonOperator: 'LessThanThreshold', Threshold: 1, TreatMissingData: 'breaching' });
});

test('uses a given health check, as of an ARC routing control', () => {
  const stack = testStack();
  const healthCheck = route53.HealthCheck.fromHealthCheckId(stack, 'Given', 'abc');
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' });
  new FailoverDns(stack, 'Dns', { hostedZone, domainName: 'example.com', routing: DnsRouting.failover({ ...east, healthHost: undefined, healthCheck }, west) });
  Template.fromStack(stack).hasResourceProperties('AWS::Route53::RecordSet', { Failover: 'PRIMARY', HealthCheckId: 'abc' });
});

test('warns that there are no alarms outside us-east-1', () => {
  const { stack, template } = dns(DnsRouting.failover(east, west), {}, 'eu-central-1');
  template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
  Annotations.fromStack(stack).hasWarning('/Test/Dns', Match.stringLikeRegexp('failoverDnsWithoutAlarms'));
});

test.each([
  [{ healthInterval: Duration.seconds(20) }, /`healthInterval` must be 10 or 30 seconds, got: 20 seconds/],
  [{ failureThreshold: 11 }, /`failureThreshold` must be a whole number from 1 to 10, got: 11/],
  [{ healthPath: 'health' }, /`healthPath` must begin with '\/'/],
  [{ domainName: 'trade.example.org' }, /`domainName` must lie in the hosted zone example.com/],
  [{ domainName: 'badexample.com' }, /`domainName` must lie in/],
] as Array<[Partial<FailoverDnsProps>, RegExp]>)('fails for %j', (change, message) => {
  expect(() => dns(DnsRouting.failover(east, west), change)).toThrow(message);
});

test.each([
  ['one endpoint', () => DnsRouting.latency([east]), /`endpoints` must be two or more, got: 1/],
  ['a secondary in the same region', () => DnsRouting.failover(east, east), /`region` must be another one for each endpoint, got: us-east-1, us-east-1/],
  ['a primary whose health nobody asks for', () => DnsRouting.failover({ ...east, healthHost: undefined }, west), /`healthHost` or `healthCheck` of us-east-1/],
  ['two sources of health', () => DnsRouting.latency([{ ...east, healthCheck: { healthCheckId: 'x' } as never }, west]), /exclude each other/],
])('fails for %s', (_name, make, message) => {
  expect(make).toThrow(message);
});
