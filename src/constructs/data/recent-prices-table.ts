import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TradingTable, type TradingTableOptions } from './trading-table';

/** Properties of `RecentPricesTable`. */
export interface RecentPricesTableProps extends TradingTableOptions {}

/**
 * Recent prices by symbol and millisecond: hot data next to the cold store. DynamoDB deletes a price after the second in its
 * attribute `expiresAt`, usually within a few days, so readers filter by it too.
 */
export class RecentPricesTable extends TradingTable {
  public constructor(scope: Construct, id: string, props: RecentPricesTableProps = {}) {
    super(scope, id, {
      ...props,
      partitionKey: { name: 'symbol', type: AttributeType.STRING },
      sortKey: { name: 'timestamp', type: AttributeType.NUMBER },
      timeToLiveAttribute: 'expiresAt',
    });
  }
}
