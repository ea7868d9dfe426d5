import { Match, Template } from 'aws-cdk-lib/assertions';
import { OrderBookTable } from '../../../src/constructs/data/order-book-table';
import { testStack } from '../../support/apps';

test('reads one side of a book in price-time order, finds an order by its id and streams changes', () => {
  const stack = testStack();
  new OrderBookTable(stack, 'Book');
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    KeySchema: [{ AttributeName: 'symbolSide', KeyType: 'HASH' }, { AttributeName: 'priceSequence', KeyType: 'RANGE' }],
    GlobalSecondaryIndexes: [Match.objectLike({ IndexName: 'byOrder', Projection: { ProjectionType: 'KEYS_ONLY' } })],
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  });
});
