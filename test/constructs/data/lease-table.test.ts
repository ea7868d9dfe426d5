import { RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
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

test('alarms when leases cannot be renewed', () => {
  const stack = testStack();
  const leases = new LeaseTable(stack, 'Leases');
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    Threshold: 1, EvaluationPeriods: 5, DatapointsToAlarm: 2, Metrics: Match.arrayWith([Match.objectLike({ Expression: 'FILL(reads, 0) + FILL(writes, 0)' })]),
  });
  expect(leases.metricThrottleEvents().label).toBe('Throttled calls');
});

test('stands for a table that exists already', () => {
  const stack = testStack();
  expect(LeaseTable.fromLeaseTableAttributes(stack, 'Given', { tableName: 'leases' }).tableName).toBe('leases');
});
