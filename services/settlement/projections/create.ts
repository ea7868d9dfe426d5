import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Pool } from 'pg';
import { KinesisTradeStream } from '../../adapters/trade-stream/kinesis-trade-stream';
import { awsClientSettings } from '../../runtime';
import type { Config } from '../config.generated';
import { OrderBook } from './order-book';
import { OrderHistory } from './order-history';
import { Projections } from './projections';
import { ReadModelTable } from './read-model-table';
import { Trades } from './trades';
import { Wallets } from './wallets';

type Names = Partial<Pick<Config, 'WALLETS_TABLE' | 'ORDERS_TABLE' | 'ORDER_BOOK_TABLE' | 'TRADES_TABLE' | 'TRADE_STREAM'>>;

/** The projections that a system has tables or a stream for; undefined when it has none. */
export function createProjections(names: Names, pool: Pool): Projections | undefined {
  const { WALLETS_TABLE: wallets, ORDERS_TABLE: orders, ORDER_BOOK_TABLE: book, TRADES_TABLE: trades, TRADE_STREAM: stream } = names;
  if ([wallets, orders, book, trades, stream].every((name) => name === undefined)) return undefined;
  const dynamodb = new DynamoDBClient(awsClientSettings(2_000));
  const table = (name: string): ReadModelTable => new ReadModelTable(dynamodb, name);
  return new Projections(pool, {
    wallets: wallets === undefined ? undefined : new Wallets(table(wallets)),
    orders: orders === undefined ? undefined : new OrderHistory(table(orders)),
    book: book === undefined ? undefined : new OrderBook(table(book)),
    trades: trades === undefined ? undefined : new Trades(table(trades)),
    stream: stream === undefined ? undefined : new KinesisTradeStream(new KinesisClient(awsClientSettings(3_000)), stream),
  });
}
