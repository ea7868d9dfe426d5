import { Duration, Size, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { JournalCluster, JournalClusterProps } from '../../../src/constructs/messaging/journal-cluster';
import { givenVpc, testStack } from '../../support/apps';
import { statementsOf } from '../../support/templates';

function define(change: Partial<JournalClusterProps> = {}) {
  const stack = testStack();
  return { stack, cluster: new JournalCluster(stack, 'Journal', { vpc: givenVpc(stack), ...change }) };
}

const { stack, cluster } = define();
const template = Template.fromStack(stack);

test('has a broker in each of three zones, reached with IAM over TLS only', () => {
  template.hasResource('AWS::MSK::Cluster', {
    DeletionPolicy: 'Retain',
    Properties: Match.objectLike({
      NumberOfBrokerNodes: 3,
      BrokerNodeGroupInfo: Match.objectLike({ ClientSubnets: [1, 2, 3].map((index) => `subnet-0000000000000002${index}`), ConnectivityInfo: { PublicAccess: { Type: 'DISABLED' } } }),
      ClientAuthentication: { Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } },
      EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
    }),
  });
  template.hasResourceProperties('AWS::EC2::SecurityGroup', { GroupDescription: 'Journal cluster', SecurityGroupIngress: Match.absent() });
  expect(cluster.connections.defaultPort?.toString()).toBe('9098');
});

test('acknowledges nothing that is not on two brokers, and never makes a leader of one that is behind', () => {
  const [found] = Object.values(template.findResources('AWS::MSK::Configuration')) as Array<{ Properties: { ServerProperties: string } }>;
  const text = Buffer.from(found.Properties.ServerProperties, 'utf8').toString();
  expect(text.split('\n')).toEqual(expect.arrayContaining([
    'min.insync.replicas=2', 'default.replication.factor=3', 'unclean.leader.election.enable=false', 'auto.create.topics.enable=false', 'log.retention.ms=604800000',
  ]));
});

test('grows by brokers per zone, with an alarm on each disk', () => {
  const own = define({ brokersPerZone: 2, diskThreshold: 60, volumeSize: Size.gibibytes(500) });
  const other = Template.fromStack(own.stack);
  other.hasResourceProperties('AWS::MSK::Cluster', { NumberOfBrokerNodes: 6, BrokerNodeGroupInfo: Match.objectLike({ StorageInfo: { EBSStorageInfo: { VolumeSize: 500 } } }) });
  expect(own.cluster.diskAlarms).toHaveLength(6);
  other.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'KafkaDataLogsDiskUsed', Threshold: 60, Dimensions: Match.arrayWith([{ Name: 'Broker ID', Value: '6' }]) });
});

test('alarms on partitions without a leader or below two copies, and on a missing controller', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'OfflinePartitionsCount', Threshold: 0 });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ActiveControllerCount', ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching' });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Metrics: Match.arrayWith([Match.objectLike({ Expression: 'SUM(METRICS())' })]) });
});

test('encrypts disks and logs with a given key and makes none', () => {
  const own = testStack();
  new JournalCluster(own, 'Journal', { vpc: givenVpc(own), encryptionKey: kms.Key.fromKeyArn(own, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1') });
  const other = Template.fromStack(own);
  other.resourceCountIs('AWS::KMS::Key', 0);
  other.hasResourceProperties('AWS::MSK::Cluster', { EncryptionInfo: Match.objectLike({ EncryptionAtRest: { DataVolumeKMSKeyId: 'arn:aws:kms:us-east-1:111111111111:key/1' } }) });
  other.hasResourceProperties('AWS::Logs::LogGroup', { KmsKeyId: 'arn:aws:kms:us-east-1:111111111111:key/1' });
});

function granted(give: (cluster: JournalCluster, role: iam.Role) => void) {
  const own = define();
  const role = new iam.Role(own.stack, 'Client', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  give(own.cluster, role);
  return statementsOf(own.stack, own.stack.getLogicalId(role.node.defaultChild as iam.CfnRole));
}

test('grants producing without reading, consuming without writing, and administering one topic', () => {
  const actions = (give: (cluster: JournalCluster, role: iam.Role) => void) => granted(give).flatMap((statement) => statement.actions);
  const produce = actions((of, role) => of.grants.produce(role, 'journal'));
  const consume = actions((of, role) => of.grants.consume(role, 'journal', 'matcher-a'));
  expect(produce).toEqual(expect.arrayContaining(['kafka:GetBootstrapBrokers', 'kafka-cluster:Connect', 'kafka-cluster:WriteData', 'kafka-cluster:WriteDataIdempotently']));
  expect(produce).not.toContain('kafka-cluster:ReadData');
  expect(consume).not.toContain('kafka-cluster:WriteData');
  expect(actions((of, role) => of.grants.administer(role, 'journal'))).toContain('kafka-cluster:CreateTopic');
});

test('names one topic and one group, never all', () => {
  const text = JSON.stringify(granted((of, role) => of.grants.consume(role, 'journal', 'matcher-a')));
  expect(text).toMatch(/:topic\//);
  expect(text).toMatch(/\/journal"/);
  expect(text).toMatch(/\/matcher-a"/);
  expect(text).not.toContain('*');
});

test('can be imported, with the same grants', () => {
  const own = testStack();
  const arn = 'arn:aws:kafka:us-east-1:111111111111:cluster/given/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5';
  const imported = JournalCluster.fromJournalClusterAttributes(own, 'Given', { clusterArn: arn, securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(own, 'Group', 'sg-1')] });
  const role = new iam.Role(own, 'Client', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  imported.grants.produce(role, 'journal');
  expect(JSON.stringify(statementsOf(own, own.getLogicalId(role.node.defaultChild as iam.CfnRole)))).toContain('topic/given/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5/journal');
});

test.each([
  [{ brokersPerZone: 0 }, /`brokersPerZone` must be a whole number from 1 to 10, got: 0/],
  [{ maxSnapshotAge: Duration.days(8) }, /`maxSnapshotAge` must be below `retention` of 7 days/],
  [{ retention: Duration.days(6) }, /`retention` must be from 7 to 365 days.*got: 6 days/],
  [{ volumeSize: Size.tebibytes(17) }, /`volumeSize` must be from 1 to 16384 GiB/],
  [{ diskThreshold: 0 }, /`diskThreshold` must be a whole number from 1 to 100/],
] as Array<[Partial<JournalClusterProps>, RegExp]>)('fails for %j', (change, message) => {
  expect(() => define(change)).toThrow(message);
});

test('fails for a number that is only known at deployment, because there is an alarm per broker', () => {
  expect(() => define({ brokersPerZone: Token.asNumber({ Ref: 'Brokers' }) })).toThrow(/`brokersPerZone` must be a whole number from 1 to 10, got: an unresolved token/);
});

test('fails in two zones', () => {
  const own = testStack();
  const vpc = givenVpc(own);
  expect(() => new JournalCluster(own, 'Journal', { vpc, vpcSubnets: { subnets: vpc.isolatedSubnets.slice(0, 2) } })).toThrow(/must span exactly three zones.*got 2/);
});

test('fails for a topic that stands for all topics', () => {
  expect(() => granted((of, role) => of.grants.produce(role, '*'))).toThrow(/the name of a topic must consist of/);
});
