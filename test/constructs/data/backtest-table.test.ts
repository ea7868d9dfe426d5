import { Match, Template } from 'aws-cdk-lib/assertions';
import { BacktestTable } from '../../../src/constructs/data/backtest-table';
import { testStack } from '../../support/apps';

test('lists backtests of a user and of a strategy, and may forget them', () => {
  const stack = testStack();
  new BacktestTable(stack, 'Backtests');
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    KeySchema: [{ AttributeName: 'userId', KeyType: 'HASH' }, { AttributeName: 'backtestId', KeyType: 'RANGE' }],
    GlobalSecondaryIndexes: [Match.objectLike({ KeySchema: [{ AttributeName: 'strategyId', KeyType: 'HASH' }, { AttributeName: 'backtestId', KeyType: 'RANGE' }] })],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  });
});
