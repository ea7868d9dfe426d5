/** Binance's Spot API, over what the native API stands on. */
import type { Redis } from 'ioredis';
import { Bars } from './bars';
import { Facade } from './facade';
import { KnownOrders } from './known-orders';
import { ListenKeys } from './listen-keys';
import { Native } from './native';
import { accountOperations } from './operations/account';
import { generalOperations } from './operations/general';
import { listOperations } from './operations/lists';
import { marketOperations } from './operations/market';
import { tradingOperations } from './operations/trading';
import { Statistics } from './statistics';
import { Feeds } from './ws/feeds';
import { FacadeGateway, type FacadeGatewayOptions } from './ws/gateway';
import { UserFeeds } from './ws/user-feeds';
import type { Logger } from '../../runtime';
import type { AccessControl } from '../access/access-control';
import type { Members } from '../access/members';
import type { ApiKeys } from '../auth/api-keys';
import type { Allowances, Limits } from '../http/limits';
import type { LoadGate } from '../http/load-gate';
import type { Pipeline } from '../http/pipeline';
import type { Route } from '../http/route';
import type { Ledgers } from '../ledger/ledgers';
import type { Books } from '../market/books';
import type { MarketMinutes } from '../market/market-minutes';
import type { Tickers } from '../market/tickers';
import type { OrderEntry } from '../orders/entry';
import type { Turns } from '../orders/turns';
import type { Hub } from '../ws/hub';

export interface BinanceParts extends Pick<FacadeGatewayOptions, 'allowedOrigins' | 'trustedProxies' | 'pingMs'> {
  readonly routes: readonly Route[];
  readonly pipeline: Pipeline;
  readonly keys: ApiKeys;
  readonly access: AccessControl;
  readonly members: Members;
  readonly entry: OrderEntry;
  readonly ledgers: Ledgers;
  readonly books: Books;
  readonly tickers: Tickers;
  readonly minutes: MarketMinutes;
  readonly hub: Hub;
  readonly cache: Redis;
  readonly limits: Limits;
  readonly allowances: Allowances;
  readonly gate: LoadGate;
  readonly turns: Turns;
  readonly logger: Logger;
}

/** The façade over HTTP and over WebSocket. */
export interface Binance {
  readonly facade: Facade;
  readonly gateway: FacadeGateway;
  readonly listenKeys: ListenKeys;
}

export function createBinance(parts: BinanceParts): Binance {
  const { entry, ledgers, books, tickers, minutes, hub, cache, limits, allowances, gate, keys, access, members, turns, logger } = parts;
  const { routes, pipeline } = parts;
  const { catalog } = entry;
  const native = new Native(routes, pipeline);
  const known = new KnownOrders(entry, ledgers, cache);
  const bars = new Bars(ledgers, catalog, minutes);
  const statistics = new Statistics(bars, tickers);
  const listenKeys = new ListenKeys(cache);
  const facade = new Facade({
    keys, access, members, limits, gate, logger,
    operations: [
      ...tradingOperations({ native, known, catalog, ledgers }),
      ...listOperations({ native, known, catalog }),
      ...accountOperations({ known, catalog, ledgers, listenKeys, limits }),
      ...marketOperations({ catalog, ledgers, books, tickers, bars, statistics }),
      ...generalOperations({ catalog, allowances }),
    ],
  });
  const users = new UserFeeds({ hub, known, catalog, ledgers, logger });
  const { allowedOrigins, trustedProxies, pingMs } = parts;
  const feeds = new Feeds({ hub, catalog, bars, statistics, logger });
  const gateway = new FacadeGateway({
    facade, keys, access, members, listenKeys, turns, users, feeds, logger, allowedOrigins, trustedProxies, pingMs,
  });
  return { facade, gateway, listenKeys };
}
