import { Match, Template } from 'aws-cdk-lib/assertions';
import { SessionsTable } from '../../../src/constructs/data/sessions-table';
import { testStack } from '../../support/apps';

test('expires sessions and finds those of a user without copying what is in them', () => {
  const stack = testStack();
  new SessionsTable(stack, 'Sessions');
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    KeySchema: [{ AttributeName: 'sessionId', KeyType: 'HASH' }],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    GlobalSecondaryIndexes: [Match.objectLike({ IndexName: 'byUser', Projection: { ProjectionType: 'KEYS_ONLY' } })],
  });
});
