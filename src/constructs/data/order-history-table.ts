import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TradingTable, type TradingTableOptions } from './trading-table';

/** Properties of `OrderHistoryTable`. */
export interface OrderHistoryTableProps extends TradingTableOptions {}

/**
 * Orders by user and time, and by their id, with a stream of their changes. The sort key is the time of entry and the id of the
 * order in one text, so that two orders of one millisecond are two items. An order with the attribute `expiresAt` is deleted some
 * time after that second; one without it stays.
 */
export class OrderHistoryTable extends TradingTable {
  /** Index that finds an order by its id. */
  public readonly orderIndexName: string = 'byOrder';

  public constructor(scope: Construct, id: string, props: OrderHistoryTableProps = {}) {
    super(scope, id, {
      ...props,
      partitionKey: { name: 'userId', type: AttributeType.STRING },
      sortKey: { name: 'createdAtOrderId', type: AttributeType.STRING },
      globalSecondaryIndexes: [{ indexName: 'byOrder', partitionKey: { name: 'orderId', type: AttributeType.STRING } }],
      timeToLiveAttribute: 'expiresAt',
      stream: true,
    });
  }
}
