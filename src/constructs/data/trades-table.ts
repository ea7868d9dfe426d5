import { Token } from 'aws-cdk-lib';
import { AttributeType, type GlobalSecondaryIndexPropsV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TradingTable, type TradingTableOptions } from './trading-table';
import { Faults } from '../../private/faults';

/** Properties of `TradesTable`. */
export interface TradesTableProps extends TradingTableOptions {
  /**
   * Parts that the trades of one symbol are spread over in the index. One part takes 1,000 writes a second; when it takes more,
   * writes to the table itself are refused. With more than one, writers set the number `symbolShard` from 0 and readers ask each.
   *
   * @default 1
   */
  readonly symbolShards?: number;
}

/**
 * Trades by user and time, and by symbol and time. The sort key is the time and the id of the trade in one text,
 * `2025-01-15T10:30:00.000Z#<trade id>`: two trades of one millisecond are two items, and a writer who only knows `timestamp` is
 * refused rather than overwriting the first of them.
 */
export class TradesTable extends TradingTable {
  /** Index that finds trades by symbol. */
  public readonly symbolIndexName: string = 'bySymbol';
  /** Parts that the trades of one symbol are spread over in the index. */
  public readonly symbolShards: number;

  public constructor(scope: Construct, id: string, props: TradesTableProps = {}) {
    const shards = props.symbolShards ?? 1;
    super(scope, id, {
      ...props,
      partitionKey: { name: 'userId', type: AttributeType.STRING },
      sortKey: { name: 'timestampTradeId', type: AttributeType.STRING },
      globalSecondaryIndexes: [bySymbol(shards)],
    });
    this.symbolShards = shards;
    const faults = new Faults(this.node.path);
    faults.check(Token.isUnresolved(shards) || (Number.isInteger(shards) && shards >= 1 && shards <= 100),
      `\`symbolShards\` must be a whole number from 1 to 100, because a reader asks each of them, got: ${shards}`);
    faults.throwIfAny();
  }
}

function bySymbol(shards: number): GlobalSecondaryIndexPropsV2 {
  const symbol = { name: 'symbol', type: AttributeType.STRING };
  const sortKey = { name: 'timestampTradeId', type: AttributeType.STRING };
  return shards === 1
    ? { indexName: 'bySymbol', partitionKey: symbol, sortKey }
    : { indexName: 'bySymbol', partitionKeys: [symbol, { name: 'symbolShard', type: AttributeType.NUMBER }], sortKeys: [sortKey] };
}
