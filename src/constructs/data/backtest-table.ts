import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TradingTable, type TradingTableOptions } from './trading-table';

/** Properties of `BacktestTable`. */
export interface BacktestTableProps extends TradingTableOptions {}

/**
 * What is known about backtests, by user and by strategy; their reports lie in the cold store. Ids that begin with the time, such as
 * ULIDs, make both lists come in order. A backtest with the attribute `expiresAt` is deleted some time after that second.
 */
export class BacktestTable extends TradingTable {
  /** Index that finds the backtests of a strategy. */
  public readonly strategyIndexName: string = 'byStrategy';

  public constructor(scope: Construct, id: string, props: BacktestTableProps = {}) {
    super(scope, id, {
      ...props,
      partitionKey: { name: 'userId', type: AttributeType.STRING },
      sortKey: { name: 'backtestId', type: AttributeType.STRING },
      globalSecondaryIndexes: [{
        indexName: 'byStrategy',
        partitionKey: { name: 'strategyId', type: AttributeType.STRING },
        sortKey: { name: 'backtestId', type: AttributeType.STRING },
      }],
      timeToLiveAttribute: 'expiresAt',
    });
  }
}
