import { RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { GlobalLedger } from '../../../src/constructs/data/global-ledger';
import { LedgerDatabase } from '../../../src/constructs/data/ledger-database';
import { givenVpc, testStack } from '../../support/apps';

test('takes an existing cluster as its primary and leaves it as it is', () => {
  const stack = testStack();
  const { cluster } = new LedgerDatabase(stack, 'Ledger', { vpc: givenVpc(stack) });
  const global = new GlobalLedger(stack, 'Global', { primary: cluster });
  const template = Template.fromStack(stack);
  template.hasResource('AWS::RDS::GlobalCluster', {
    DeletionPolicy: 'Retain',
    Properties: {
      SourceDBClusterIdentifier: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp(':cluster:$'), stack.resolve(cluster.clusterIdentifier)])] },
      DeletionProtection: true, GlobalClusterIdentifier: Match.absent(), Engine: Match.absent(), StorageEncrypted: Match.absent(),
    },
  });
  template.hasResourceProperties('AWS::RDS::DBCluster', { GlobalClusterIdentifier: Match.absent() });
  expect([global.primaryRegion, global.databaseName]).toEqual(['us-east-1', 'trading']);
});

test('can be thrown away when that is said', () => {
  const stack = testStack();
  const { cluster } = new LedgerDatabase(stack, 'Ledger', { vpc: givenVpc(stack) });
  new GlobalLedger(stack, 'Global', { primary: cluster, removalPolicy: RemovalPolicy.DESTROY, globalClusterIdentifier: 'trading-global' });
  Template.fromStack(stack).hasResource('AWS::RDS::GlobalCluster', { DeletionPolicy: 'Delete', Properties: { DeletionProtection: false, GlobalClusterIdentifier: 'trading-global' } });
});
