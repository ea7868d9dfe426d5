import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TradingTable, type TradingTableOptions } from './trading-table';

/** Properties of `OrderBookTable`. */
export interface OrderBookTableProps extends TradingTableOptions {}

/**
 * Resting orders in price-time order, and by their id, with a stream of their changes. The partition is symbol and side,
 * `BTCUSDT#buy`; the sort key is the price and the sequence number in one text, both with leading zeros and the price of bids as its
 * complement, so that a query reads the best order first on either side. One side of one symbol takes 1,000 writes a second.
 * It shows the book that the matcher holds in memory and rebuilds from the journal; it is not where orders are matched.
 */
export class OrderBookTable extends TradingTable {
  /** Index that finds a resting order by its id; it holds keys only. */
  public readonly orderIndexName: string = 'byOrder';

  public constructor(scope: Construct, id: string, props: OrderBookTableProps = {}) {
    super(scope, id, {
      ...props,
      partitionKey: { name: 'symbolSide', type: AttributeType.STRING },
      sortKey: { name: 'priceSequence', type: AttributeType.STRING },
      globalSecondaryIndexes: [{
        indexName: 'byOrder',
        partitionKey: { name: 'orderId', type: AttributeType.STRING },
        projectionType: ProjectionType.KEYS_ONLY,
      }],
      stream: true,
    });
  }
}
