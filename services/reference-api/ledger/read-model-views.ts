/** Answers from the read models, in the shape of those from the ledger; the ledger stands in while a table cannot be read. */
import type { Ledgers } from './ledgers';
import type { OrderList, PortfolioQuery } from './queries';
import type { ReadModels } from './read-models';
import { listOrders, portfolio, selected } from './views';
import { formatDecimal, parseDecimal } from '../../domain';
import { ApiError, unavailable } from '../http/errors';
import type { InstrumentCatalog } from '../market/instrument-catalog';
import { named } from '../orders/append';

const SOURCE = { source: 'read_model' } as const;

const isAway = (error: unknown): boolean => error instanceof ApiError && error.code === 'read_model_unavailable';

/** A page of an account's orders. A list that began in one source goes on there. */
export async function listFromReadModel(
  readModels: ReadModels, ledgers: Ledgers, catalog: InstrumentCatalog, accountId: string, query: OrderList,
) {
  if (query.cursor?.cursor) return listOrders(ledgers, catalog, accountId, query);
  if (query.partition !== undefined) selected(ledgers, query.partition);
  try {
    const { orders, next } = await readModels.orders(accountId, query, query.cursor?.place);
    return {
      ...SOURCE,
      orders: orders.map(({ partition, ...order }) => ({ ...order, ...named(ledgers.partitions, partition) })),
      ...(next === undefined ? {} : { nextCursor: next }),
    };
  } catch (error) {
    if (!isAway(error) || query.cursor) throw error;
    return listOrders(ledgers, catalog, accountId, query);
  }
}

/** What an account has. */
export async function portfolioFromReadModel(
  readModels: ReadModels, ledgers: Ledgers, catalog: InstrumentCatalog, accountId: string, query: PortfolioQuery,
) {
  if (catalog.size === 0) throw unavailable('instruments_unavailable', 'The decimals of the assets are not known yet.');
  const wanted = selected(ledgers, query.partition);
  try {
    const balances = (await readModels.balances(accountId)).filter(({ partition }) => wanted.includes(partition));
    return {
      ...SOURCE,
      balances: balances.map(({ asset, free, held, partition, seq }) => {
        const { decimals } = catalog.requireAsset(asset);
        const total = formatDecimal(parseDecimal(free, decimals) + parseDecimal(held, decimals), decimals);
        return { asset, free, held, total, ...named(ledgers.partitions, partition), seq };
      }),
    };
  } catch (error) {
    if (!isAway(error)) throw error;
    return portfolio(ledgers, catalog, accountId, query);
  }
}
