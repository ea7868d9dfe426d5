import { Match, Template } from 'aws-cdk-lib/assertions';
import { TradesTable } from '../../../src/constructs/data/trades-table';
import { testStack } from '../../support/apps';

test('is found by user and time, with an id in the key so that no two trades collide', () => {
  const stack = testStack();
  new TradesTable(stack, 'Trades');
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    KeySchema: [{ AttributeName: 'userId', KeyType: 'HASH' }, { AttributeName: 'timestampTradeId', KeyType: 'RANGE' }],
    GlobalSecondaryIndexes: [Match.objectLike({
      IndexName: 'bySymbol',
      KeySchema: [{ AttributeName: 'symbol', KeyType: 'HASH' }, { AttributeName: 'timestampTradeId', KeyType: 'RANGE' }],
      Projection: { ProjectionType: 'ALL' },
    })],
    TimeToLiveSpecification: Match.absent(),
  });
});

test('spreads a busy symbol over the parts of the index', () => {
  const stack = testStack();
  const trades = new TradesTable(stack, 'Trades', { symbolShards: 8 });
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    GlobalSecondaryIndexes: [Match.objectLike({
      KeySchema: [
        { AttributeName: 'symbol', KeyType: 'HASH' }, { AttributeName: 'symbolShard', KeyType: 'HASH' }, { AttributeName: 'timestampTradeId', KeyType: 'RANGE' },
      ],
    })],
    AttributeDefinitions: Match.arrayWith([{ AttributeName: 'symbolShard', AttributeType: 'N' }]),
  });
  expect(trades.symbolShards).toBe(8);
});

test.each([0, 101, 1.5])('fails with %s parts', (symbolShards) => {
  expect(() => new TradesTable(testStack(), 'Trades', { symbolShards })).toThrow(/`symbolShards` must be a whole number from 1 to 100/);
});
