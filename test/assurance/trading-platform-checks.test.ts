/** Every rule of the domain pack, with what it passes and what it finds. */
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { CfnBroker } from 'aws-cdk-lib/aws-amazonmq';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { TradingPlatformChecks } from '../../src/assurance/trading-platform-checks';
import { MatchingService } from '../../src/constructs/compute/matching-service';
import { OrderJournal } from '../../src/constructs/messaging/order-journal';
import { SettlementQueue } from '../../src/constructs/messaging/settlement-queue';
import { AccessLogBucket } from '../../src/constructs/observability/access-log-bucket';
import { TradingStack } from '../../src/stacks/trading-stack';
import { testApp } from '../support/apps';

type Build = (stack: Stack) => void;

/** Paths at which a rule finds something in what `build` defines. */
function found(rule: string, build: Build): string[] {
  const app: App = testApp();
  const stack = new TradingStack(app, 'Test');
  build(stack);
  const { violations } = new TradingPlatformChecks(app).validateScope(app);
  return violations.filter(({ ruleName }) => ruleName === `TradingPlatform-${rule}`).flatMap(({ violatingResources }) => violatingResources.map(({ constructPath }) => constructPath!));
}

const action = (type: string, protocol?: string): elbv2.CfnListener.ActionProperty => ({ type, redirectConfig: protocol === undefined ? undefined : { protocol, statusCode: 'HTTP_301' } });
const table = (deletionProtectionEnabled: boolean, pointInTimeRecoveryEnabled: boolean, replicas = ['us-east-1']): Build => (stack) => {
  new dynamodb.CfnGlobalTable(stack, 'Table', {
    attributeDefinitions: [{ attributeName: 'id', attributeType: 'S' }],
    keySchema: [{ attributeName: 'id', keyType: 'HASH' }],
    replicas: replicas.map((region) => ({ region, deletionProtectionEnabled, pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled } })),
  });
};
const cluster = (props: rds.CfnDBClusterProps): Build => (stack) => void new rds.CfnDBCluster(stack, 'Cluster', { engine: 'aurora-postgresql', ...props });
const withGlobal = (build: Build): Build => (stack) => {
  build(stack);
  new rds.CfnGlobalCluster(stack, 'Global', { globalClusterIdentifier: 'ledger', deletionProtection: true });
};
/** A service where the matcher's would be: what the rule reads is its strategy alone. */
const matcher = (strategy: (stack: Stack) => string): Build => (stack) => {
  const matching = Object.setPrototypeOf(new (class extends CfnResource {})(stack, 'Matching', { type: 'Test::None' }), MatchingService.prototype) as CfnResource;
  new ecs.CfnService(matching, 'Service', { capacityProviderStrategy: [{ capacityProvider: strategy(stack), weight: 1 }] });
};
const provider = (onDemand: number) => (stack: Stack): string => {
  const group = new autoscaling.CfnAutoScalingGroup(stack, 'Group', {
    minSize: '1', maxSize: '2', mixedInstancesPolicy: {
      instancesDistribution: { onDemandPercentageAboveBaseCapacity: onDemand },
      launchTemplate: { launchTemplateSpecification: { version: '1', launchTemplateId: 'lt-1' } },
    },
  });
  return new ecs.CfnCapacityProvider(stack, 'Provider', { autoScalingGroupProvider: { autoScalingGroupArn: group.ref } }).ref;
};

const CASES: Array<[rule: string, name: string, good: Build, bad: Build, path: string]> = [
  ['JournalRetention', 'a journal that forgets after a day', (stack) => new OrderJournal(stack, 'Journal'), (stack) => {
    const journal = new OrderJournal(stack, 'Journal');
    (journal.stream.node.defaultChild as kinesis.CfnStream).retentionPeriodHours = 24;
  }, 'Test/Journal/Resource/Resource'],
  ['JournalRetention', 'a journal that says nothing', (stack) => new kinesis.CfnStream(stack, 'Ticks', { shardCount: 1 }), (stack) => {
    const journal = new OrderJournal(stack, 'Journal');
    (journal.stream.node.defaultChild as kinesis.CfnStream).retentionPeriodHours = undefined;
  }, 'Test/Journal/Resource/Resource'],
  ['FifoWithDeadLetterQueue', 'a FIFO queue without a dead-letter queue', (stack) => new SettlementQueue(stack, 'Settlement'),
    (stack) => new sqs.CfnQueue(stack, 'Queue', { fifoQueue: true }), 'Test/Queue'],
  ['FifoWithDeadLetterQueue', 'events in a queue without order', (stack) => new sqs.CfnQueue(stack, 'Jobs'), (stack) => {
    const settlement = new SettlementQueue(stack, 'Settlement');
    (settlement.queue.node.defaultChild as sqs.CfnQueue).fifoQueue = undefined;
  }, 'Test/Settlement/Resource/Resource'],
  ['MatcherNotOnSpot', 'a matcher on Fargate Spot', matcher(() => 'FARGATE'), matcher(() => 'FARGATE_SPOT'), 'Test/Matching/Service'],
  ['MatcherNotOnSpot', 'a matcher on instances that are partly Spot', matcher(provider(100)), matcher(provider(50)), 'Test/Matching/Service'],
  ['PointInTimeRecovery', 'a table without it', table(true, true), table(true, false), 'Test/Table'],
  ['PointInTimeRecovery', 'a cluster that keeps no backups', cluster({ backupRetentionPeriod: 35 }), cluster({ backupRetentionPeriod: 0 }), 'Test/Cluster'],
  ['DeletionProtection', 'a table without it', table(true, true), table(false, true), 'Test/Table'],
  ['DeletionProtection', 'a cluster without it', cluster({ deletionProtection: true }), cluster({}), 'Test/Cluster'],
  ['DeletionProtection', 'a user pool without it', (stack) => new cognito.CfnUserPool(stack, 'Users', { deletionProtection: 'ACTIVE' }),
    (stack) => new cognito.CfnUserPool(stack, 'Users'), 'Test/Users'],
  ['CrossRegionCopy', 'a cluster outside the global one', withGlobal(cluster({ globalClusterIdentifier: 'ledger' })), withGlobal(cluster({})), 'Test/Cluster'],
  ['CrossRegionCopy', 'a table in one region', withGlobal(table(true, true, ['us-east-1', 'us-west-2'])), withGlobal(table(true, true)), 'Test/Table'],
  ['CrossRegionCopy', 'a table in one region, though only where the loss of one is survived', table(true, true), withGlobal(table(true, true)), 'Test/Table'],
  ['BrokerWithStandby', 'a broker alone', ...(['ACTIVE_STANDBY_MULTI_AZ', 'SINGLE_INSTANCE'] as const).map((deploymentMode): Build => (stack) => new CfnBroker(stack, 'Broker', {
    deploymentMode, brokerName: 'broker', engineType: 'ACTIVEMQ', hostInstanceType: 'mq.m5.large', publiclyAccessible: false,
  })) as [Build, Build], 'Test/Broker'],
  ['EncryptedByOwnKey', 'a queue with the key of SQS', (stack) => new sqs.CfnQueue(stack, 'Queue', { kmsMasterKeyId: new kms.Key(stack, 'Key').keyArn }),
    (stack) => new sqs.CfnQueue(stack, 'Queue', { kmsMasterKeyId: 'alias/aws/sqs' }), 'Test/Queue'],
  ['EncryptedByOwnKey', 'a bucket without a key, though not one for access logs', (stack) => new AccessLogBucket(stack, 'Logs'), (stack) => new s3.CfnBucket(stack, 'Bucket'), 'Test/Bucket'],
  ['NoPlaintextListener', 'a listener that answers in the clear', (stack) => new elbv2.CfnListener(stack, 'Listener', {
    loadBalancerArn: 'arn', protocol: 'HTTP', port: 80, defaultActions: [action('redirect', 'HTTPS')],
  }), (stack) => new elbv2.CfnListener(stack, 'Listener', { loadBalancerArn: 'arn', protocol: 'HTTP', port: 80, defaultActions: [action('forward')] }), 'Test/Listener'],
  ['NoPlaintextListener', 'a cache without TLS', (stack) => new elasticache.CfnReplicationGroup(stack, 'Cache', { replicationGroupDescription: 'x', transitEncryptionEnabled: true }),
    (stack) => new elasticache.CfnReplicationGroup(stack, 'Cache', { replicationGroupDescription: 'x' }), 'Test/Cache'],
];

test.each(CASES)('%s finds %s', (rule, _, good, bad, path) => {
  expect(found(rule, good)).toEqual([]);
  expect(found(rule, bad)).toEqual([path]);
});

test('every rule has a case', () => {
  const app = testApp();
  const called = new Set<string>();
  const pack = new TradingPlatformChecks(app);
  (pack as unknown as { applyRule: (params: { rule: { name: string } }) => void }).applyRule = ({ rule }) => called.add(rule.name);
  new sqs.CfnQueue(new Stack(app, 'Test'), 'Queue');
  pack.validateScope(app);
  expect([...called].sort()).toEqual([...new Set(CASES.map(([rule]) => rule))].sort());
});

test('a value that is known only later is no answer: the rule says so', () => {
  const app = testApp();
  const stack = new Stack(app, 'Test');
  const later = new CfnResource(stack, 'Later', { type: 'Test::None' });
  new elasticache.CfnReplicationGroup(stack, 'Cache', { replicationGroupDescription: 'x', transitEncryptionEnabled: later.getAtt('On') });
  const { violations } = new TradingPlatformChecks(app).validateScope(app);
  expect(violations.find(({ ruleName }) => ruleName === 'TradingPlatform-NoPlaintextListener')?.description).toMatch(/threw an error/);
});
