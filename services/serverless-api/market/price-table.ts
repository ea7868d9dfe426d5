import { type AttributeValue, type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { PriceSource, Quote } from './prices';

/** Recent prices in DynamoDB: `symbol`, `timestamp` in milliseconds, `price` as an exact number, gone after `expiresAt`. */
export class PriceTable implements PriceSource {
  constructor(private readonly client: DynamoDBClient, private readonly table: string) {}

  /** The same price twice is one item. */
  async put({ symbol, price, time }: Quote, retentionSeconds: number): Promise<void> {
    await this.client.send(new PutItemCommand({
      TableName: this.table,
      Item: {
        symbol: { S: symbol }, timestamp: { N: String(time) }, price: { N: price },
        expiresAt: { N: String(Math.floor(time / 1_000) + retentionSeconds) },
      },
    }));
  }

  async latest(symbols: readonly string[]): Promise<Quote[]> {
    const found = await Promise.all(symbols.map((symbol) => this.recent(symbol, 1)));
    return found.flat();
  }

  async recent(symbol: string, limit: number): Promise<Quote[]> {
    const { Items = [] } = await this.client.send(new QueryCommand({
      TableName: this.table,
      KeyConditionExpression: 'symbol = :symbol',
      // DynamoDB deletes late, so what has expired is left out here.
      FilterExpression: 'expiresAt > :now',
      ExpressionAttributeValues: { ':symbol': { S: symbol }, ':now': { N: String(Math.floor(Date.now() / 1_000)) } },
      ScanIndexForward: false,
      Limit: limit,
    }));
    return Items.map(quoteOf);
  }
}

function quoteOf(item: Record<string, AttributeValue>): Quote {
  return { symbol: item.symbol.S ?? '', price: item.price.N ?? '', time: Number(item.timestamp.N) };
}
