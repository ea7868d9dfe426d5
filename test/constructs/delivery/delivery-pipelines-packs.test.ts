import { App } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { ServiceDefinition, TradingLoadBalancer, TradingService, TradingStack } from '../../../src';
import { DeploymentPlan } from '../../../src/constructs/delivery/deployment-plan';
import { GitHubDeployRole } from '../../../src/constructs/delivery/git-hub-deploy-role';
import { ProgressiveDelivery } from '../../../src/constructs/delivery/progressive-delivery';
import { ServiceRepository } from '../../../src/constructs/delivery/service-repository';
import { givenVpc } from '../../support/apps';
import { accept, packReport } from '../../support/rule-packs';

function build(app: App): void {
  const stack = new TradingStack(app, 'Delivery');
  const images = new ServiceRepository(stack, 'Images');
  const deploy = new GitHubDeployRole(stack, 'Deploy', { repository: 'desk/platform', branches: ['main'] });
  deploy.allowCdkDeployment();
  deploy.allowPush(images.repository);
  accept(deploy, {
    rule: 'IAM5[Resource::*]', packs: ['AwsSolutions'],
    reason: 'ecr:GetAuthorizationToken, with which a pipeline signs in to the registry, knows no narrower resource than "*".',
    control: 'all other statements of the role name their repository, service or role',
  });
  // The service and its load balancer are of other layers: a stack of their own keeps their findings apart.
  const vpc = givenVpc(stack);
  const cluster = ecs.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'main', vpc });
  const given = new ec2.Connections({ securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0')], defaultPort: ec2.Port.tcp(6380) });
  const definition = ServiceDefinition.streamer({
    marketDataStream: kinesis.Stream.fromStreamArn(stack, 'Stream', 'arn:aws:kinesis:us-east-1:111111111111:stream/market-data'),
    cache: { endpointAddress: 'cache.internal', endpointPort: '6380', connections: given },
    cacheAuthToken: secretsmanager.Secret.fromSecretCompleteArn(stack, 'Token', 'arn:aws:secretsmanager:us-east-1:111111111111:secret:token-AbCdEf'),
  });
  const service = new TradingService(stack, 'Service', { cluster, definition });
  const ingress = new TradingLoadBalancer(stack, 'Ingress', {
    vpc, service, allowFrom: [ec2.Peer.prefixList('pl-1')], accessLogs: s3.Bucket.fromBucketName(stack, 'Logs', 'access-logs'),
    certificate: acm.Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:us-east-1:111111111111:certificate/1a2b3c4d-0000-4000-8000-000000000000'),
  });
  const delivery = new ProgressiveDelivery(stack, 'Progress', { service, ingress, plan: DeploymentPlan.canary(), testPort: 8443 });
  accept(delivery.role!, {
    rule: 'IAM5[Resource::*]', packs: ['AwsSolutions'],
    reason: 'The four calls that describe load balancers know no narrower resource than "*".',
    control: 'every call that changes something names this listener, these rules and these two target groups',
  });
}

const report = packReport(build);
const ours = (found: string) => !/ at Delivery\/(Service|Ingress)\//.test(found);

test('no rule of six packs finds anything in these constructs that is not accepted', () => {
  expect(report.violations.filter(ours)).toEqual([]);
});

test('every acceptance is of a finding that exists', () => {
  expect([...new Set(report.suppressed.map(({ ruleName }) => ruleName))]).toEqual(['AwsSolutions-IAM5[Resource::*]']);
});
