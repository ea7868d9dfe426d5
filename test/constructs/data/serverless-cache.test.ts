import { Duration, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { CacheEngine } from '../../../src/constructs/data/cache-engine';
import { ServerlessCache, type ServerlessCacheProps } from '../../../src/constructs/data/serverless-cache';
import { givenVpc, testStack } from '../../support/apps';

function synthesised(props: Partial<ServerlessCacheProps> = {}) {
  const stack = testStack();
  const cache = new ServerlessCache(stack, 'Cache', { vpc: givenVpc(stack), ...props });
  return { stack, cache, template: Template.fromStack(stack) };
}

test('has a limit on what it stores and does, snapshots, and three zones', () => {
  synthesised().template.hasResource('AWS::ElastiCache::ServerlessCache', {
    DeletionPolicy: 'Retain',
    Properties: {
      Engine: 'valkey', MajorEngineVersion: '8', SnapshotRetentionLimit: 15,
      CacheUsageLimits: { DataStorage: { Unit: 'GB', Maximum: 5 }, ECPUPerSecond: { Maximum: 10000 } },
      SubnetIds: [21, 22, 23].map((index) => `subnet-000000000000000${index}`),
    },
  });
});

test('asks for a token, which the template names but does not hold, and allows nothing dangerous', () => {
  const { stack, cache, template } = synthesised();
  template.hasResourceProperties('AWS::ElastiCache::User', {
    UserName: 'default',
    AccessString: 'on ~* &* +@all -@dangerous +info',
    NoPasswordRequired: Match.absent(),
    Passwords: [{ 'Fn::Join': ['', ['{{resolve:secretsmanager:', stack.resolve(cache.authToken.secretArn), ':SecretString:::}}']] }],
  });
  template.hasResourceProperties('AWS::ElastiCache::UserGroup', { UserIds: [stack.resolve(cache.user.ref)] });
});

test('has names that ElastiCache takes, different for each cache', () => {
  const stack = testStack();
  const vpc = givenVpc(stack);
  const names = ['AVeryLongNameOfACacheThatNobodyWouldGive', 'AVeryLongNameOfACacheThatNobodyWouldGiv2'].map((id) => new ServerlessCache(stack, id, { vpc }))
    .flatMap(({ cache, user, userGroup }) => [cache.serverlessCacheName, user.userId, userGroup.userGroupId]);
  for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(40);
  expect(new Set(names).size).toBe(4);
});

test('alarms before keys are given up, and when commands are refused', () => {
  const { stack, cache, template } = synthesised({ maxStorage: Size.gibibytes(10) });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'BytesUsedForCache', Threshold: 0.8 * 10 * 1024 ** 3, Dimensions: [{ Name: 'clusterId', Value: stack.resolve(cache.cache.ref) }] });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ThrottledCmds', Statistic: 'Sum', Threshold: 1 });
});

test('uses the given keys and engine', () => {
  const stack = testStack();
  const encryptionKey = new kms.Key(stack, 'Key');
  new ServerlessCache(stack, 'Cache', { vpc: givenVpc(stack), encryptionKey, credentialsKey: encryptionKey, engine: CacheEngine.REDIS_7_1 });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::ElastiCache::ServerlessCache', { KmsKeyId: stack.resolve(encryptionKey.keyArn), Engine: 'redis', MajorEngineVersion: '7' });
  template.hasResourceProperties('AWS::SecretsManager::Secret', { KmsKeyId: stack.resolve(encryptionKey.keyArn) });
});

test.each<[string, Partial<ServerlessCacheProps>, RegExp]>([
  ['no storage', { maxStorage: Size.gibibytes(0) }, /`maxStorage` must be from 1 to 5,000 GiB, got: 0/],
  ['too little work', { maxEcpuPerSecond: 999 }, /`maxEcpuPerSecond` must be a whole number from 1000 to 15000000, got: 999/],
  ['snapshots for 36 days', { snapshotRetention: Duration.days(36) }, /`snapshotRetention` must be from 0 to 35 days/],
  ['one subnet', { vpcSubnets: { availabilityZones: ['us-east-1a'] } }, /`vpcSubnets` must select two or three subnets/],
])('fails with %s', (_, props, message) => {
  expect(() => synthesised(props)).toThrow(message);
});
