import { Duration, Lazy, SecretValue } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { TradingLoadBalancer, TradingService } from '../../../src';
import { ServiceProtocol } from '../../../src/constructs/compute/load-balanced-service';
import { LoadBalancerExposure } from '../../../src/constructs/ingress/load-balancer-exposure';
import { TradingLoadBalancerProps } from '../../../src/constructs/ingress/trading-load-balancer';
import { givenAlarmAction, givenWebAcl } from '../../support/given';
import { apiDefinition, platform } from '../../support/platform';

const CERTIFICATE = 'arn:aws:acm:us-east-1:111111111111:certificate/1234';
const CLOUDFRONT = 'pl-3b927c52';

function ingress(change: Partial<TradingLoadBalancerProps> = {}, options: { https?: boolean; protocol?: ServiceProtocol } = {}) {
  const parts = platform();
  const { stack, cluster } = parts;
  const vpc = publicVpc(stack);
  const service = new TradingService(stack, 'Api', { cluster, definition: apiDefinition(parts), protocol: options.protocol });
  const certificate = options.https === true ? acm.Certificate.fromCertificateArn(stack, 'Given', CERTIFICATE) : undefined;
  const balancer = new TradingLoadBalancer(stack, 'Ingress', { vpc, service, allowFrom: [ec2.Peer.prefixList('pl-1')], certificate, ...change });
  return { stack, service, balancer, template: Template.fromStack(stack) };
}

/** The VPC of the platform, with public subnets besides. */
function publicVpc(stack: ReturnType<typeof platform>['stack']): ec2.IVpc {
  const ids = (kind: number) => [1, 2, 3].map((index) => `subnet-000000000000000${kind}${index}`);
  return ec2.Vpc.fromVpcAttributes(stack, 'PublicVpc', {
    vpcId: 'vpc-00000000000000001', availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'], publicSubnetIds: ids(0), isolatedSubnetIds: ids(2),
  });
}

type Rendered = ReturnType<typeof ingress>;
const loadBalancerOf = ({ template }: Rendered) => Object.values(template.findResources('AWS::ElasticLoadBalancingV2::LoadBalancer'))[0] as { Properties: Record<string, unknown> };

/** Who may connect to the load balancer, and on which port. */
function allowed({ template, stack, balancer }: Rendered): unknown[] {
  const separate = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress', {
    Properties: { GroupId: stack.resolve(balancer.securityGroup.securityGroupId) as unknown },
  })).map(({ Properties }) => Properties as Record<string, unknown>);
  const [group] = Object.values(template.findResources('AWS::EC2::SecurityGroup', { Properties: { GroupDescription: 'Load balancer' } }));
  const inline = (group.Properties.SecurityGroupIngress ?? []) as Array<Record<string, unknown>>;
  return [...separate, ...inline].map(({ SourcePrefixListId, CidrIp, FromPort, ToPort }) => [SourcePrefixListId ?? CidrIp, FromPort, ToPort]);
}

const http = ingress();
const https = ingress({}, { https: true });

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

test('logs access into a bucket that is kept', () => {
  const [[bucketId, bucket]] = Object.entries(http.template.findResources('AWS::S3::Bucket')).filter(([id]) => id.startsWith('Ingress'));
  expect(bucket.DeletionPolicy).toBe('Retain');
  const { LoadBalancerAttributes } = loadBalancerOf(http).Properties as { LoadBalancerAttributes: Array<{ Key: string; Value: unknown }> };
  expect(LoadBalancerAttributes).toContainEqual({ Key: 'access_logs.s3.enabled', Value: 'true' });
  expect(LoadBalancerAttributes).toContainEqual({ Key: 'access_logs.s3.bucket', Value: { Ref: bucketId } });
});

test('keeps a client with its task and gives clients of a leaving task a minute', () => {
  http.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
    TargetType: 'ip',
    Port: 8080,
    Protocol: 'HTTP',
    HealthCheckPath: '/health',
    HealthCheckIntervalSeconds: 10,
    TargetGroupAttributes: Match.arrayWith([
      { Key: 'deregistration_delay.timeout_seconds', Value: '60' },
      { Key: 'stickiness.enabled', Value: 'true' },
      { Key: 'stickiness.type', Value: 'lb_cookie' },
      { Key: 'stickiness.lb_cookie.duration_seconds', Value: '86400' },
      { Key: 'load_balancing.algorithm.type', Value: 'least_outstanding_requests' },
    ]),
  });
});

test('drains, checks and sticks as it is told', () => {
  const { template } = ingress({
    stickiness: Duration.hours(8), sessionLifetime: Duration.hours(8), deregistrationDelay: Duration.minutes(15),
    healthCheck: { path: '/ready', interval: Duration.seconds(30), timeout: Duration.seconds(10), healthyThreshold: 3, unhealthyThreshold: 5 },
  });
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
    HealthCheckPath: '/ready', HealthCheckIntervalSeconds: 30, HealthCheckTimeoutSeconds: 10, HealthyThresholdCount: 3, UnhealthyThresholdCount: 5,
    TargetGroupAttributes: Match.arrayWith([
      { Key: 'deregistration_delay.timeout_seconds', Value: '900' },
      { Key: 'stickiness.lb_cookie.duration_seconds', Value: '28800' },
    ]),
  });
});

test('starts slowly only in turn: AWS does not combine it with the least busy task', () => {
  ingress({ slowStart: Duration.minutes(2) }).template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
    TargetGroupAttributes: Match.arrayWith([{ Key: 'slow_start.duration_seconds', Value: '120' }, { Key: 'load_balancing.algorithm.type', Value: 'round_robin' }]),
  });
});

test('speaks TLS to tasks that do, health checks of both kinds included', () => {
  const { template } = ingress({}, { https: true, protocol: ServiceProtocol.HTTPS });
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { Protocol: 'HTTPS', HealthCheckProtocol: 'HTTPS', Port: 8080 });
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    ContainerDefinitions: [Match.objectLike({ HealthCheck: Match.objectLike({ Command: Match.arrayWith([Match.stringLikeRegexp('node:https')]) }) })],
  });
});

test('answers on HTTP without a certificate, for CloudFront alone', () => {
  http.template.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 1);
  http.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 80, Protocol: 'HTTP', DefaultActions: [Match.objectLike({ Type: 'forward' })] });
  expect(http.balancer.redirectListener).toBeUndefined();
  expect(http.balancer.certificate).toBeUndefined();
});

test('answers on HTTPS with a certificate and redirects HTTP to it', () => {
  https.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
    Port: 443, Protocol: 'HTTPS', SslPolicy: Match.stringLikeRegexp('TLS13'), DefaultActions: [Match.objectLike({ Type: 'forward' })],
  });
  https.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
    Port: 80, Protocol: 'HTTP', DefaultActions: [{ Type: 'redirect', RedirectConfig: { Port: '443', Protocol: 'HTTPS', StatusCode: 'HTTP_301' } }],
  });
  expect(https.balancer.certificate?.certificateArn).toBe(CERTIFICATE);
});

test.each([['http', http, 80], ['https', https, 443]] as const)('lets in whom it is told to and nobody else (%s)', (_name, rendered, port) => {
  expect(allowed(rendered)).toEqual([['pl-1', port, port]]);
});

test('reaches its service by reference and nothing else', () => {
  http.template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    GroupId: http.stack.resolve(http.service.securityGroup.securityGroupId),
    SourceSecurityGroupId: http.stack.resolve(http.balancer.securityGroup.securityGroupId),
    FromPort: 8080,
  });
});

describe('public, for CloudFront only', () => {
  const secrets = [SecretValue.secretsManager('origin', { jsonField: 'current' }), SecretValue.secretsManager('origin', { jsonField: 'previous' })];
  const rendered = ingress({ exposure: LoadBalancerExposure.cloudFrontOnly({ originSecrets: secrets }), allowFrom: [] }, { https: true });
  const { template } = rendered;

  test('admits the addresses of CloudFront alone, on HTTPS alone', () => {
    expect(loadBalancerOf(rendered).Properties).toMatchObject({ Scheme: 'internet-facing', Subnets: [1, 2, 3].map((index) => `subnet-0000000000000000${index}`) });
    expect(allowed(rendered)).toEqual([[CLOUDFRONT, 443, 443]]);
  });

  test('answers 403 to a request without the secret, and forwards one that brings either of them', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 443, DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '403', ContentType: 'text/plain', MessageBody: 'Forbidden' } }],
    });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::ListenerRule', {
      Priority: 50_000,
      Conditions: [{
        Field: 'http-header', HttpHeaderConfig: {
          HttpHeaderName: 'X-Origin-Verify',
          Values: ['{{resolve:secretsmanager:origin:SecretString:current::}}', '{{resolve:secretsmanager:origin:SecretString:previous::}}'],
        },
      }],
      Actions: [Match.objectLike({ Type: 'forward' })],
    });
  });

  test('nothing else forwards', () => {
    const forwards = Object.values(template.findResources('AWS::ElasticLoadBalancingV2::Listener')).filter(({ Properties }) => JSON.stringify(Properties).includes('"forward"'));
    expect(forwards).toEqual([]);
    template.resourceCountIs('AWS::ElasticLoadBalancingV2::ListenerRule', 1);
  });

  test('warns without a secret, because CloudFront\'s addresses are everybody\'s', () => {
    const { stack, template: open } = ingress({ exposure: LoadBalancerExposure.cloudFrontOnly() }, { https: true });
    Annotations.fromStack(stack).hasWarning('/Test/Ingress', Match.stringLikeRegexp('every CloudFront distribution.*loadBalancerWithoutOriginSecret'));
    open.resourceCountIs('AWS::ElasticLoadBalancingV2::ListenerRule', 0);
  });
});

test('public for everyone redirects HTTP, and warns', () => {
  const rendered = ingress({ exposure: LoadBalancerExposure.everyone(), allowFrom: [] }, { https: true });
  expect(allowed(rendered)).toEqual([['0.0.0.0/0', 443, 443], ['0.0.0.0/0', 80, 80]]);
  for (const id of ['loadBalancerOpenToEveryone', 'loadBalancerWithoutWebAcl']) {
    Annotations.fromStack(rendered.stack).hasWarning('/Test/Ingress', Match.stringLikeRegexp(`cdk-trading-platform:${id}`));
  }
});

test('puts the web ACL before itself', () => {
  const parts = platform();
  const { stack, balancer } = ingress({ webAcl: givenWebAcl(parts.stack, 'REGIONAL') });
  Template.fromStack(stack).hasResourceProperties('AWS::WAFv2::WebACLAssociation', { ResourceArn: stack.resolve(balancer.loadBalancer.loadBalancerArn) as unknown });
});

test('tells of tasks that fail their health check', () => {
  const parts = platform();
  const { template } = ingress({ alarmActions: [givenAlarmAction(parts.stack)] });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'UnHealthyHostCount', Threshold: 0, EvaluationPeriods: 3, AlarmActions: [Match.anyValue()] });
  expect(http.balancer.metricActiveConnections()).toMatchObject({ metricName: 'ActiveConnectionCount', statistic: 'Sum' });
});

test('takes a service of your own', () => {
  const { stack, cluster, vpc } = platform();
  const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Own');
  taskDefinition.addContainer('Main', { image: ecs.ContainerImage.fromRegistry('registry.example.com/own:1'), portMappings: [{ containerPort: 9000 }] });
  const loadBalancerTarget = new ecs.FargateService(stack, 'OwnService', { cluster, taskDefinition });
  new TradingLoadBalancer(stack, 'Ingress', { vpc, service: { loadBalancerTarget, port: 9000, healthPath: '/up', protocol: ServiceProtocol.HTTP } });
  Template.fromStack(stack).hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { Port: 9000, HealthCheckPath: '/up' });
});

test.each<[string, Partial<TradingLoadBalancerProps>, RegExp]>([
  ['stickiness shorter than the session', { stickiness: Duration.minutes(30), sessionLifetime: Duration.hours(8) }, /Test\/Ingress: `stickiness` must not end before `sessionLifetime`.*got: 30 minutes and 8 hours/],
  ['a session longer than the default stickiness', { sessionLifetime: Duration.days(2) }, /`stickiness` must not end before `sessionLifetime`.*got: 1 day and 2 days/],
  ['stickiness that AWS does not have', { stickiness: Duration.days(8) }, /`stickiness` must be from one second to a week, got: 8 days/],
  ['a drain over an hour', { deregistrationDelay: Duration.hours(2) }, /`deregistrationDelay` must be from nothing to an hour, got: 2 hours/],
  ['a slow start that AWS does not have', { slowStart: Duration.seconds(10) }, /`slowStart` must be from 30 seconds to 15 minutes, got: 10 seconds/],
  ['an idle timeout that AWS does not have', { idleTimeout: Duration.hours(2) }, /`idleTimeout` must be from 1 to 4000 seconds, got: 2 hours/],
  ['a health check that takes longer than its interval', { healthCheck: { interval: Duration.seconds(5), timeout: Duration.seconds(5) } }, /`healthCheck.timeout` must be less than `healthCheck.interval`/],
  ['a threshold of one', { healthCheck: { healthyThreshold: 1, path: 'health' } }, /`healthCheck.healthyThreshold` must be a whole number from 2 to 10, got: 1; `healthCheck.path` must begin with '\/'/],
  ['a public address without TLS', { exposure: LoadBalancerExposure.cloudFrontOnly() }, /`certificate` must be given for a public load balancer/],
])('fails for %s', (_name, change, message) => {
  expect(() => ingress(change)).toThrow(message);
});

test('fails for a public address in a VPC without public subnets', () => {
  const { stack, vpc, cluster, ...parts } = platform();
  const service = new TradingService(stack, 'Api', { cluster, definition: apiDefinition({ stack, vpc, cluster, ...parts }) });
  const certificate = acm.Certificate.fromCertificateArn(stack, 'Given', CERTIFICATE);
  expect(() => new TradingLoadBalancer(stack, 'Ingress', { vpc, service, certificate, exposure: LoadBalancerExposure.everyone() })).toThrow(/the VPC has no public subnets; keep it internal/);
});

test.each([
  [{ originSecrets: [] }, /`originSecrets` must be one secret, or two.*got: 0/],
  [{ originHeader: 'X Origin' }, /`originHeader` must be the name of a header.*got: 'X Origin'/],
])('fails for an exposure that is not possible %#', (options, message) => {
  expect(() => LoadBalancerExposure.cloudFrontOnly(options)).toThrow(message);
});

test('fails for times that are known at the deployment only', () => {
  const stickiness = Duration.seconds(Lazy.number({ produce: () => 60 }));
  expect(() => ingress({ stickiness, sessionLifetime: Duration.hours(8) })).toThrow(/Test\/Ingress: `stickiness` must be a plain value, got an unresolved token/);
});
