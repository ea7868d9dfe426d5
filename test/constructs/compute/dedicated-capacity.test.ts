import { Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { DedicatedCapacity, DedicatedCapacityProps } from '../../../src/constructs/compute/dedicated-capacity';
import { givenVpc, testStack } from '../../support/apps';

function define(change: Partial<DedicatedCapacityProps> = {}) {
  const stack = testStack();
  const cluster = new ecs.Cluster(stack, 'Cluster', { vpc: givenVpc(stack), enableFargateCapacityProviders: true });
  return { stack, cluster, capacity: new DedicatedCapacity(stack, 'Matchers', { cluster, ...change }) };
}

const { stack, capacity } = define();
const template = Template.fromStack(stack);

interface TemplateData { Properties: { LaunchTemplateData: Record<string, unknown> } }
const dataOf = (of: Template) => (Object.values(of.findResources('AWS::EC2::LaunchTemplate')) as unknown as TemplateData[])[0].Properties.LaunchTemplateData;

test('runs two on-demand instances over the zones, replaced one by one', () => {
  template.hasResource('AWS::AutoScaling::AutoScalingGroup', {
    UpdatePolicy: { AutoScalingRollingUpdate: Match.objectLike({ MaxBatchSize: 1, MinInstancesInService: 2 }) },
    Properties: Match.objectLike({ MinSize: '2', MaxSize: '3', NewInstancesProtectedFromScaleIn: true, VPCZoneIdentifier: [1, 2, 3].map((index) => `subnet-0000000000000002${index}`) }),
  });
  expect(JSON.stringify(dataOf(template))).not.toContain('InstanceMarketOptions');
});

test('hardens the instances: IMDSv2 one hop, encrypted disk, no public address, no way in', () => {
  expect(dataOf(template)).toMatchObject({
    InstanceType: 'c7g.2xlarge',
    MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
    Monitoring: { Enabled: true },
    BlockDeviceMappings: [{ Ebs: { Encrypted: true, VolumeType: 'gp3', VolumeSize: 50 } }],
    NetworkInterfaces: [{ AssociatePublicIpAddress: false }],
  });
  template.hasResourceProperties('AWS::EC2::SecurityGroup', { GroupDescription: 'Dedicated instances of the cluster', SecurityGroupIngress: Match.absent(), SecurityGroupEgress: [Match.objectLike({ FromPort: 443, ToPort: 443 })] });
});

test('is a capacity provider of the cluster that drains and protects', () => {
  template.hasResourceProperties('AWS::ECS::CapacityProvider', {
    AutoScalingGroupProvider: Match.objectLike({ ManagedDraining: 'ENABLED', ManagedTerminationProtection: 'ENABLED', ManagedScaling: Match.objectLike({ Status: 'ENABLED', TargetCapacity: 100 }) }),
  });
  template.hasResourceProperties('AWS::ECS::ClusterCapacityProviderAssociations', {
    CapacityProviders: Match.arrayWith(['FARGATE', stack.resolve(capacity.capacityProviderName)]),
  });
});

test('keeps containers from the role of the instance', () => {
  const userData = JSON.stringify(dataOf(template).UserData);
  expect(userData).toContain('ECS_AWSVPC_BLOCK_IMDS=true');
  expect(userData).toContain('ECS_CLUSTER=');
});

test('takes Intel, dedicated hardware, a key and a topic', () => {
  const own = testStack();
  const cluster = new ecs.Cluster(own, 'Cluster', { vpc: givenVpc(own) });
  new DedicatedCapacity(own, 'Matchers', {
    cluster,
    instanceType: new ec2.InstanceType('c5.2xlarge'),
    dedicatedHardware: true,
    volumeSize: Size.gibibytes(100),
    encryptionKey: kms.Key.fromKeyArn(own, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1'),
    notifications: sns.Topic.fromTopicArn(own, 'Topic', 'arn:aws:sns:us-east-1:111111111111:instances'),
  });
  const other = Template.fromStack(own);
  expect(dataOf(other)).toMatchObject({ Placement: { Tenancy: 'dedicated' }, BlockDeviceMappings: [{ Ebs: { KmsKeyId: 'arn:aws:kms:us-east-1:111111111111:key/1', VolumeSize: 100 } }] });
  expect(JSON.stringify(other.toJSON().Parameters)).toContain('amazon-linux-2023/recommended/image_id');
  other.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { NotificationConfigurations: [Match.objectLike({ TopicARN: 'arn:aws:sns:us-east-1:111111111111:instances' })] });
});

test('alarms when fewer instances run than must', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'GroupInServiceInstances', Threshold: 2, ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching' });
});

test.each([
  [{ minInstances: 1 }, /`minInstances` must be a whole number, 2 or more, got: 1/],
  [{ minInstances: 3, maxInstances: 3 }, /`maxInstances` must be above `minInstances`.*got: 3 and 3/],
  [{ instanceType: new ec2.InstanceType('t3.xlarge') }, /`instanceType` must not be burstable, got: t3.xlarge/],
] as Array<[Partial<DedicatedCapacityProps>, RegExp]>)('fails for %j', (change, message) => {
  expect(() => define(change)).toThrow(message);
});

test('fails in one zone', () => {
  const own = testStack();
  const vpc = givenVpc(own);
  const cluster = new ecs.Cluster(own, 'Cluster', { vpc });
  expect(() => new DedicatedCapacity(own, 'Matchers', { cluster, vpcSubnets: { subnets: [vpc.isolatedSubnets[0]] } })).toThrow(/must span two zones/);
});
