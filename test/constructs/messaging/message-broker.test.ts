import { RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { BrokerProtocol, MessageBroker, MessageBrokerProps } from '../../../src/constructs/messaging/message-broker';
import { givenVpc, testStack } from '../../support/apps';

function define(change: Partial<MessageBrokerProps> = {}) {
  const stack = testStack();
  const vpc = givenVpc(stack);
  return { stack, vpc, broker: new MessageBroker(stack, 'Broker', { vpc, queues: [{ name: 'orders' }, { name: 'orders.BTCUSDT', depthThreshold: 50 }], ...change }) };
}

function configurationOf(change: Partial<MessageBrokerProps>): string {
  const [found] = Object.values(Template.fromStack(define(change).stack).findResources('AWS::AmazonMQ::Configuration')) as Array<{ Properties: { Data: string } }>;
  return Buffer.from(found.Properties.Data, 'base64').toString();
}

/** Every element is closed in the order in which it was opened. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  for (const [, closing, name, rest] of xml.matchAll(/<(\/?)([A-Za-z]+)((?:\s+[A-Za-z]+="[^"<]*")*\s*\/?)>/g)) {
    if (closing === '/') {
      if (open.pop() !== name) return false;
    } else if (!rest.endsWith('/')) {
      open.push(name);
    }
  }
  return open.length === 0;
}

const { stack, broker } = define();
const template = Template.fromStack(stack);

test('is an active broker with a standby in another zone, private and encrypted', () => {
  template.hasResource('AWS::AmazonMQ::Broker', {
    DeletionPolicy: 'Retain',
    Properties: Match.objectLike({
      EngineType: 'ACTIVEMQ',
      DeploymentMode: 'ACTIVE_STANDBY_MULTI_AZ',
      StorageType: 'EFS',
      PubliclyAccessible: false,
      AutoMinorVersionUpgrade: true,
      EncryptionOptions: { UseAwsOwnedKey: false },
      Logs: { General: true, Audit: true },
      SubnetIds: ['subnet-00000000000000021', 'subnet-00000000000000022'],
    }),
  });
});

test('takes its user from a secret: the template holds no password', () => {
  const [found] = Object.values(template.findResources('AWS::AmazonMQ::Broker')) as Array<{ Properties: { Users: Array<Record<string, unknown>> } }>;
  expect(found.Properties.Users).toHaveLength(1);
  expect(JSON.stringify(found.Properties.Users[0].Password)).toContain(':SecretString:password::}}');
  template.hasResourceProperties('AWS::SecretsManager::Secret', { GenerateSecretString: Match.objectLike({ PasswordLength: 64, ExcludePunctuation: true }) });
});

test('takes given users and generates none', () => {
  const own = testStack();
  const secret = secretsmanager.Secret.fromSecretCompleteArn(own, 'Given', 'arn:aws:secretsmanager:us-east-1:111111111111:secret:mq-AbCdEf');
  const encryptionKey = kms.Key.fromKeyArn(own, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1');
  const given = new MessageBroker(own, 'Broker', {
    vpc: givenVpc(own), queues: [{ name: 'a' }], users: [{ secret, groups: ['admins'] }], encryptionKey, removalPolicy: RemovalPolicy.DESTROY,
  });
  expect(given.credentials).toBeUndefined();
  const other = Template.fromStack(own);
  other.resourceCountIs('AWS::SecretsManager::Secret', 0);
  other.hasResource('AWS::AmazonMQ::Broker', { DeletionPolicy: 'Delete', Properties: Match.objectLike({ Users: [Match.objectLike({ Groups: ['admins'], ConsoleAccess: false })] }) });
});

test('stores every message before anyone sees it and gives each queue its dead letters', () => {
  const xml = configurationOf({});
  expect(isWellFormed(xml)).toBe(true);
  expect(xml).toContain('<kahaDB concurrentStoreAndDispatchQueues="false"/>');
  expect(xml).toContain('<individualDeadLetterStrategy queuePrefix="DLQ." useQueueForQueueMessages="true"');
  expect(xml).not.toContain('authorizationPlugin');
});

test('copies by selector, quoted so that a selector stays a selector', () => {
  const xml = configurationOf({ routes: [{ source: 'orders', destination: 'orders.BTCUSDT', selector: 'symbol = \'BTCUSDT\' AND quantity > "1"' }] });
  expect(isWellFormed(xml)).toBe(true);
  expect(xml).toContain('<compositeQueue name="orders" forwardOnly="true">');
  expect(xml).toContain('<filteredDestination queue="orders.BTCUSDT" selector="symbol = &apos;BTCUSDT&apos; AND quantity &gt; &quot;1&quot;"/>');
});

test('lets in by group once a queue names groups, and nobody to other queues', () => {
  const xml = configurationOf({ queues: [{ name: 'orders', readers: ['matchers'], writers: ['gateways'] }] });
  expect(isWellFormed(xml)).toBe(true);
  expect(xml).toContain('<authorizationEntry queue="orders" read="admins,matchers" write="admins,gateways" admin="admins,gateways"/>');
  expect(xml).toContain('<authorizationEntry queue="&gt;" read="admins" write="admins" admin="admins"/>');
});

test('lets AMQP and MQTT in by reference only', () => {
  const own = define();
  const clients = new ec2.SecurityGroup(own.stack, 'Clients', { vpc: own.vpc });
  own.broker.connections.allowDefaultPortFrom(clients);
  own.broker.allowFrom(clients, BrokerProtocol.MQTT);
  const rules = Object.values(Template.fromStack(own.stack).findResources('AWS::EC2::SecurityGroupIngress')) as Array<{ Properties: Record<string, unknown> }>;
  expect(rules.map(({ Properties }) => [Properties.FromPort, Properties.CidrIp]).sort()).toEqual([[5671, undefined], [8883, undefined]]);
});

test('alarms on depth, dead letters and the disk, whichever instance is active', () => {
  const metrics = (queue: string) => Match.arrayWith([Match.objectLike({ MetricStat: Match.objectLike({ Metric: Match.objectLike({ MetricName: 'QueueSize', Dimensions: Match.arrayWith([{ Name: 'Queue', Value: queue }]) }) }) })]);
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 50, Metrics: metrics('orders.BTCUSDT') });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 1000, Metrics: metrics('orders') });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 0, Metrics: metrics('DLQ.orders') });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 70 });
  const alarms = JSON.stringify(template.findResources('AWS::CloudWatch::Alarm'));
  expect(alarms.match(/-2"/g)?.length).toBeGreaterThanOrEqual(5);
  expect(broker.depthAlarms).toHaveLength(2);
});

test.each([
  [{ queues: [] }, /`queues` must name at least one queue/],
  [{ queues: [{ name: 'a' }, { name: 'a' }] }, /`queues` must name each queue once/],
  [{ queues: [{ name: 'DLQ.a' }] }, /`name` of a queue must.*not begin with 'DLQ\.'/],
  [{ queues: [{ name: 'a"/>' }] }, /`name` of a queue must consist/],
  [{ queues: [{ name: 'a', depthThreshold: 0 }] }, /`depthThreshold` of a must be 1 or more/],
  [{ routes: [{ source: 'orders', destination: 'nowhere', selector: 'x = 1' }] }, /`routes` must lead from and to one of `queues`.*got: 'nowhere'/],
  [{ routes: [{ source: 'orders', destination: 'orders', selector: 'x = 1' }] }, /must not lead from orders to itself/],
  [{ routes: [{ source: 'orders', destination: 'orders.BTCUSDT', selector: ' ' }] }, /`selector` from orders to orders.BTCUSDT must not be empty/],
  [{ storageThreshold: 101 }, /`storageThreshold` must be from 1 to 100/],
  [{ engineVersion: '5.18.4' }, /`engineVersion` must be major and minor/],
  [{ users: [] }, /`users` must name at least one user/],
] as Array<[Partial<MessageBrokerProps>, RegExp]>)('fails for %j', (change, message) => {
  expect(() => define(change)).toThrow(message);
});

test('fails in one zone', () => {
  const own = testStack();
  const vpc = givenVpc(own);
  expect(() => new MessageBroker(own, 'Broker', { vpc, queues: [{ name: 'a' }], vpcSubnets: { subnets: [vpc.isolatedSubnets[0]] } })).toThrow(/must span two zones/);
});
