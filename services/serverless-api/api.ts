import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { backtestRoutes } from './backtest/routes';
import { type Route, Router } from './http/router';
import { Instruments } from './instruments';
import { BacktestStore } from '../adapters/backtests/backtest-store';
import { awsClientSettings, ConfigurationError, type Logger } from '../runtime';
import { ExchangeRest } from './market/exchange';
import { PriceTable } from './market/price-table';
import type { PriceSource } from './market/prices';
import { portfolioRoutes } from './portfolio/routes';
import { cognitoSignIn } from './portfolio/sign-in';
import { tradesRoutes } from './trades/routes';
import { Accounts } from './wallets/accounts';
import { DynamoDbWallets } from './wallets/dynamodb-wallets';

/** Groups of endpoints. Each may be a function of its own; together they are the whole API. */
export const GROUPS = ['trades', 'portfolio', 'backtest'] as const;
export type Group = typeof GROUPS[number];

/** What the API is made from. A group names what it needs of the optional ones. */
export interface ApiConfig {
  readonly INSTRUMENTS: unknown;
  readonly START_BALANCE: string;
  readonly TRADES_TABLE?: string;
  readonly PRICES_TABLE?: string;
  readonly MARKET_URL?: string;
  readonly BACKTEST_TABLE?: string;
  readonly LIGHT_QUEUE?: string;
  readonly HEAVY_QUEUE?: string;
  readonly REPORTS_BUCKET?: string;
  readonly USER_POOL_CLIENT_ID?: string;
}

/**
 * The API of some groups.
 *
 * @throws ConfigurationError when a group does not exist or its table, queue, bucket or client is not given
 */
export function createApi(groups: readonly string[], config: ApiConfig, logger: Logger): Router {
  const unknown = groups.filter((group) => !(GROUPS as readonly string[]).includes(group));
  if (unknown.length > 0) throw new ConfigurationError(`GROUPS names ${unknown.join(', ')}; there are ${GROUPS.join(', ')}`);
  const instruments = new Instruments(config.INSTRUMENTS);
  const dynamo = new DynamoDBClient(awsClientSettings());
  const routes = groups.flatMap((group): Route[] => {
    const need = (name: keyof ApiConfig): string => {
      const value = config[name];
      if (typeof value !== 'string') throw new ConfigurationError(`${name} is not set; the group ${group} needs it`);
      return value;
    };
    if (group === 'backtest') {
      return backtestRoutes({
        instruments,
        store: new BacktestStore(dynamo, need('BACKTEST_TABLE')),
        sqs: new SQSClient(awsClientSettings()),
        s3: new S3Client(awsClientSettings()),
        lightQueue: need('LIGHT_QUEUE'),
        heavyQueue: config.HEAVY_QUEUE,
        reportsBucket: need('REPORTS_BUCKET'),
      });
    }
    const prices: PriceSource = config.PRICES_TABLE === undefined ? new ExchangeRest(need('MARKET_URL')) : new PriceTable(dynamo, config.PRICES_TABLE);
    const store = new DynamoDbWallets(dynamo, need('TRADES_TABLE'), instruments);
    const accounts = new Accounts(store, instruments, config.START_BALANCE);
    return group === 'trades'
      ? tradesRoutes({ accounts, store, instruments, prices })
      : portfolioRoutes({ accounts, instruments, prices, signIn: cognitoSignIn(need('USER_POOL_CLIENT_ID'), logger) });
  });
  return new Router(routes, logger);
}
