import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { MultiRegionConsistency } from 'aws-cdk-lib/aws-dynamodb';
import { WalletsTable, type WalletsTableProps } from '../../../src/constructs/data/wallets-table';
import { testStack } from '../../support/apps';

function warnings(props: WalletsTableProps): number {
  const stack = testStack();
  new WalletsTable(stack, 'Wallets', props);
  return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('the later write wins')).length;
}

test('holds one balance per user and asset, which never expires', () => {
  const stack = testStack();
  new WalletsTable(stack, 'Wallets');
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    KeySchema: [{ AttributeName: 'userId', KeyType: 'HASH' }, { AttributeName: 'asset', KeyType: 'RANGE' }],
    TimeToLiveSpecification: Match.absent(),
  });
});

test('warns of copies in which two regions could lose each other\'s writes', () => {
  expect(warnings({ replicas: [{ region: 'us-west-2' }] })).toBe(1);
});

test('does not warn of one region, nor of strong consistency', () => {
  expect(warnings({})).toBe(0);
  expect(warnings({ replicas: [{ region: 'us-west-2' }], witnessRegion: 'us-east-2', consistency: MultiRegionConsistency.STRONG })).toBe(0);
});
