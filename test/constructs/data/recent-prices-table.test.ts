import { Match, Template } from 'aws-cdk-lib/assertions';
import { MultiRegionConsistency } from 'aws-cdk-lib/aws-dynamodb';
import { RecentPricesTable } from '../../../src/constructs/data/recent-prices-table';
import { testStack } from '../../support/apps';

test('forgets prices and needs no stream for it', () => {
  const stack = testStack();
  new RecentPricesTable(stack, 'Prices');
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    KeySchema: [{ AttributeName: 'symbol', KeyType: 'HASH' }, { AttributeName: 'timestamp', KeyType: 'RANGE' }],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    StreamSpecification: Match.absent(),
  });
});

test('fails with strong consistency, which could not forget', () => {
  expect(() => new RecentPricesTable(testStack(), 'Prices', {
    consistency: MultiRegionConsistency.STRONG, replicas: [{ region: 'us-west-2' }, { region: 'us-east-2' }],
  })).toThrow(/knows no expiry/);
});
