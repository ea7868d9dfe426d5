import { App, SecretValue } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { TradingLoadBalancer, TradingNetworkLoadBalancer, TradingStack } from '../../../src';
import { ILoadBalancedService, ServiceProtocol } from '../../../src/constructs/compute/load-balanced-service';
import { LoadBalancerExposure } from '../../../src/constructs/ingress/load-balancer-exposure';
import { NetworkTarget } from '../../../src/constructs/ingress/network-target';
import { givenAlarmAction, givenWebAcl } from '../../support/given';
import { accept, packReport } from '../../support/rule-packs';

/** Stands for the tasks of a service, whose own findings belong to the tests of compute. */
const tasks = (): elbv2.LoadBalancerTargetProps => ({ targetType: elbv2.TargetType.IP });

function build(app: App): void {
  const stack = new TradingStack(app, 'Balancers');
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-00000000000000001',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    publicSubnetIds: ['subnet-00000000000000001', 'subnet-00000000000000002'],
    isolatedSubnetIds: ['subnet-00000000000000011', 'subnet-00000000000000012'],
  });
  const service: ILoadBalancedService = {
    port: 8080, healthPath: '/health', protocol: ServiceProtocol.HTTPS, loadBalancerTarget: { attachToApplicationTargetGroup: tasks },
  };
  const group = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0');
  const common = {
    vpc,
    service,
    alarmActions: [givenAlarmAction(stack)],
    webAcl: givenWebAcl(stack, 'REGIONAL'),
    certificate: acm.Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:us-east-1:111111111111:certificate/1a2b3c4d-0000-4000-8000-000000000000'),
  };
  const originSecrets = [SecretValue.secretsManager('origin')];
  const shared = new TradingLoadBalancer(stack, 'Internal', common);
  const behind = new TradingLoadBalancer(stack, 'CloudFront', { ...common, accessLogs: shared.accessLogs, exposure: LoadBalancerExposure.cloudFrontOnly({ originSecrets }) });
  const everyone = new TradingLoadBalancer(stack, 'Everyone', { ...common, accessLogs: shared.accessLogs, exposure: LoadBalancerExposure.everyone() });
  const plain = new TradingLoadBalancer(stack, 'Plain', { vpc, service, accessLogs: shared.accessLogs, alarmActions: common.alarmActions });
  new TradingNetworkLoadBalancer(stack, 'Network', {
    vpc, target: NetworkTarget.tasks({ attachToNetworkTargetGroup: tasks }, 8080, '/health', group), accessLogs: shared.accessLogs,
    allowFrom: [group], certificate: common.certificate, alarmActions: common.alarmActions,
  });

  const allButR4 = ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321'];
  for (const { redirectListener } of [shared, behind, everyone]) {
    accept(redirectListener!, {
      rule: 'ELBv2ACMCertificateRequired', packs: allButR4,
      reason: 'This listener answers every request with a redirect to HTTPS and forwards none; a listener for plain HTTP has no certificate.',
      control: 'the other listener has the certificate',
    });
  }
  accept(everyone.securityGroup, {
    rule: 'EC23', packs: ['AwsSolutions'],
    reason: 'LoadBalancerExposure.everyone() says in words that every address may connect; nothing else in the package opens a port so.',
    control: 'a warning tells of it, and a web ACL stands before the load balancer',
  });
  const vpcOrigin = {
    reason: 'Without a certificate the load balancer is internal, which its constructor enforces, and CloudFront ends TLS before its VPC origin.',
    control: 'the security group admits nobody but CloudFront or the peers that are named',
  };
  accept(plain.listener,
    { rule: 'ELBv2ACMCertificateRequired', packs: allButR4, ...vpcOrigin },
    { rule: 'ALBHttpToHttpsRedirection', packs: ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'], ...vpcOrigin });
  accept(plain.loadBalancer, {
    rule: 'ALBWAFEnabled', packs: ['NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'],
    reason: 'An internal load balancer gets only what the web ACL of CloudFront has let through; a second one would inspect the same requests.',
    control: 'webAcl puts one before the load balancer where it is public',
  });
  const logBucket = {
    reason: 'Load balancers deliver only to buckets with keys of S3; logs of the log bucket would be written without end, and its objects are never changed.',
    control: 'no principal but the log delivery services may write, public access is blocked, objects expire',
  };
  accept(shared.accessLogs,
    { rule: 'S1', packs: ['AwsSolutions'], ...logBucket },
    ...['S3BucketLoggingEnabled', 'S3BucketReplicationEnabled', 'S3BucketVersioningEnabled']
      .map((rule) => ({ rule, packs: ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'], ...logBucket })),
    { rule: 'S3DefaultEncryptionKMS', packs: allButR4, ...logBucket },
    { rule: 'S3BucketDefaultLockEnabled', packs: ['NIST.800.53.R4'], ...logBucket });
}

const report = packReport(build);

test('no rule of six packs finds anything that is not accepted', () => {
  expect(report.violations).toEqual([]);
  expect(report.error).toBe('');
});

test('every acceptance is of a finding that exists', () => {
  const found = new Set(report.suppressed.map(({ ruleName }) => ruleName.replace(/^.*?[-](?=[A-Z])/, '')));
  expect([...found].sort()).toEqual([
    'ALBHttpToHttpsRedirection',
    'ALBWAFEnabled',
    'EC23',
    'ELBv2ACMCertificateRequired',
    'S1',
    'S3BucketDefaultLockEnabled',
    'S3BucketLoggingEnabled',
    'S3BucketReplicationEnabled',
    'S3BucketVersioningEnabled',
    'S3DefaultEncryptionKMS',
  ]);
});
