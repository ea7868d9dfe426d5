import { Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { MarketCache, TradingCache } from '../../../src';
import { givenVpc, testStack } from '../../support/apps';

const stack = testStack();
const cache = new MarketCache(stack, 'Cache', { vpc: givenVpc(stack) });
const template = Template.fromStack(stack);

test('fails over between zones', () => {
  template.hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
    Engine: 'valkey', AutomaticFailoverEnabled: true, MultiAZEnabled: true, NumCacheClusters: 2,
  });
});

test('speaks TLS only and asks for the token, which the template names but does not hold', () => {
  template.hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
    TransitEncryptionEnabled: true,
    TransitEncryptionMode: 'required',
    AtRestEncryptionEnabled: true,
    AuthToken: { 'Fn::Join': ['', ['{{resolve:secretsmanager:', stack.resolve(cache.authToken.secretArn), ':SecretString:::}}']] },
  });
  template.hasResource('AWS::SecretsManager::Secret', {
    DeletionPolicy: 'Retain',
    // ElastiCache takes 16 to 128 characters, without most punctuation.
    Properties: { GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true } },
  });
});

test('lets nobody in by itself', () => {
  template.hasResourceProperties('AWS::EC2::SecurityGroup', { GroupDescription: 'Market cache', SecurityGroupIngress: Match.absent() });
  template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  expect(cache.connections.defaultPort?.toString()).toBe('6380');
});

test('is a cache for projections, with snapshots, whose own loss is a matter of seconds', () => {
  expect(cache).toBeInstanceOf(TradingCache);
  template.hasResource('AWS::ElastiCache::ReplicationGroup', {
    DeletionPolicy: 'Delete',
    Properties: { CacheNodeType: 'cache.t4g.medium', EngineVersion: '8.0', SnapshotRetentionLimit: 15, ReplicationGroupDescription: 'Live prices, books and fan-out' },
  });
  template.hasResourceProperties('AWS::ElastiCache::ParameterGroup', { Properties: { 'maxmemory-policy': 'allkeys-lru', 'reserved-memory-percent': '25', 'timeout': '0' } });
});

test('takes more nodes, and an own type of them', () => {
  const other = testStack();
  const own = new MarketCache(other, 'Cache', { vpc: givenVpc(other), nodes: 3, nodeType: 'cache.r7g.large' });
  Template.fromStack(other).hasResourceProperties('AWS::ElastiCache::ReplicationGroup', { NumCacheClusters: 3, CacheNodeType: 'cache.r7g.large' });
  expect(own.nodeNames).toHaveLength(3);
});

test.each([0, 1, 7, 2.5, Token.asNumber({ Ref: 'Nodes' })])('fails with %s nodes', (nodes) => {
  const other = testStack();
  expect(() => new MarketCache(other, 'Cache', { vpc: givenVpc(other), nodes })).toThrow(/`nodes` must be a whole number from 2 to 6/);
});
