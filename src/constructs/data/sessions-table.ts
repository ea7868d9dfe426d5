import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TradingTable, type TradingTableOptions } from './trading-table';

/** Properties of `SessionsTable`. */
export interface SessionsTableProps extends TradingTableOptions {}

/**
 * Sessions by id, and by user, so that all sessions of a user can be ended at once. A session ends at the second in `expiresAt`;
 * DynamoDB deletes it some time after, so a reader compares the time itself. Store a hash of the session's secret, not the secret.
 */
export class SessionsTable extends TradingTable {
  /** Index that finds the sessions of a user; it holds keys only. */
  public readonly userIndexName: string = 'byUser';

  public constructor(scope: Construct, id: string, props: SessionsTableProps = {}) {
    super(scope, id, {
      ...props,
      partitionKey: { name: 'sessionId', type: AttributeType.STRING },
      globalSecondaryIndexes: [{
        indexName: 'byUser',
        partitionKey: { name: 'userId', type: AttributeType.STRING },
        sortKey: { name: 'expiresAt', type: AttributeType.NUMBER },
        projectionType: ProjectionType.KEYS_ONLY,
      }],
      timeToLiveAttribute: 'expiresAt',
    });
  }
}
