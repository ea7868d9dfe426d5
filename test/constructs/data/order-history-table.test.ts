import { Match, Template } from 'aws-cdk-lib/assertions';
import { OrderHistoryTable } from '../../../src/constructs/data/order-history-table';
import { testStack } from '../../support/apps';

test('lists orders of a user in order, finds one by its id and streams changes', () => {
  const stack = testStack();
  new OrderHistoryTable(stack, 'Orders');
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    KeySchema: [{ AttributeName: 'userId', KeyType: 'HASH' }, { AttributeName: 'createdAtOrderId', KeyType: 'RANGE' }],
    GlobalSecondaryIndexes: [Match.objectLike({ IndexName: 'byOrder', KeySchema: [{ AttributeName: 'orderId', KeyType: 'HASH' }] })],
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  });
});

test('has a copy for the loss of a region', () => {
  const stack = testStack();
  new OrderHistoryTable(stack, 'Orders', { replicas: [{ region: 'us-west-2' }] });
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', { Replicas: Match.arrayWith([Match.objectLike({ Region: 'us-west-2' })]) });
});
