import { RemovalPolicy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LeaseTable } from '../../../src';
import { testStack } from '../../support/apps';

test('has one item per partition and keeps them', () => {
  const stack = testStack();
  new LeaseTable(stack, 'Leases');
  Template.fromStack(stack).hasResource('AWS::DynamoDB::Table', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      KeySchema: [{ AttributeName: 'partition', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'partition', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    },
  });
});

test('can be thrown away when that is said', () => {
  const stack = testStack();
  new LeaseTable(stack, 'Leases', { removalPolicy: RemovalPolicy.DESTROY });
  Template.fromStack(stack).hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete', Properties: { DeletionProtectionEnabled: false } });
});
