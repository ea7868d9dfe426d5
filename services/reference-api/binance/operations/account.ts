/** What an account has and had. */
import { hash } from 'node:crypto';
import { formatDecimal, formatPrice, formatQuantity } from '../../../domain';
import type { Limits } from '../../http/limits';
import type { LedgerFill } from '../../ledger/ledger-reader';
import type { Ledgers } from '../../ledger/ledgers';
import { readOrders } from '../../ledger/order-pages';
import type { InstrumentCatalog } from '../../market/instrument-catalog';
import { eight } from '../amounts';
import type { KnownOrders } from '../known-orders';
import type { ListenKeys } from '../listen-keys';
import type { FacadeAsker, Operation } from '../operation';
import { numberOf } from '../order-number';
import { knownOrder, type KnownOrder, orderView } from '../order-view';
import type { Params } from '../params';

/** Rows of an account that are looked through for those of one instrument, and at a time. */
const MOST_ROWS = 10_000;
const PAGE = 1_000;

export interface AccountParts {
  readonly known: KnownOrders;
  readonly catalog: InstrumentCatalog;
  readonly ledgers: Ledgers;
  readonly listenKeys: ListenKeys;
  readonly limits: Limits;
}

/** What an account owns of an asset. */
export interface Balance {
  readonly asset: string;
  readonly free: string;
  readonly locked: string;
}

export function accountOperations(parts: AccountParts): readonly Operation[] {
  const { known, catalog, listenKeys, limits } = parts;
  return [
    {
      http: ['GET', '/order'], ws: 'order.status', scope: 'read', rate: 'read',
      handle: async (params, { accountId }) => {
        await known.fresh(accountId);
        return orderView(await known.named(accountId, params));
      },
    },
    { http: ['GET', '/openOrders'], ws: 'openOrders.status', scope: 'read', rate: 'read', handle: (params, { accountId }) => openOrders(parts, params, accountId) },
    { http: ['GET', '/allOrders'], ws: 'allOrders', scope: 'read', rate: 'read', handle: (params, { accountId }) => allOrders(parts, params, accountId) },
    { http: ['GET', '/myTrades'], ws: 'myTrades', scope: 'read', rate: 'read', handle: (params, { accountId }) => myTrades(parts, params, accountId) },
    {
      http: ['GET', '/account'], ws: 'account.status', scope: 'read', rate: 'read',
      handle: async (params, asker) => accountOf(parts, params, asker),
    },
    {
      http: ['GET', '/account/commission'], ws: 'account.commission', scope: 'read', rate: 'read',
      handle: (params) => {
        const { symbol, makerFeePpm, takerFeePpm } = catalog.require(params.required('symbol'));
        const none = { maker: eight('0'), taker: eight('0'), buyer: eight('0'), seller: eight('0') };
        return {
          symbol, standardCommission: { ...none, maker: ppm(makerFeePpm), taker: ppm(takerFeePpm) }, taxCommission: none,
          discount: { enabledForAccount: false, enabledForSymbol: false, discountAsset: 'BNB', discount: eight('0') },
        };
      },
    },
    {
      http: ['GET', '/rateLimit/order'], ws: 'account.rateLimits.orders', scope: 'read', rate: 'read',
      handle: async (_params, { accountId }) => {
        const used = await limits.used('order', 'user', accountId);
        return used ? [{ rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: used.seconds, limit: used.points, count: used.used }] : [];
      },
    },
    {
      http: ['POST', '/userDataStream'], ws: 'userDataStream.start', scope: 'read', rate: 'read', unsigned: true,
      handle: async (_params, { accountId }) => ({ listenKey: await listenKeys.make(accountId) }),
    },
    {
      http: ['PUT', '/userDataStream'], ws: 'userDataStream.ping', scope: 'read', rate: 'read', unsigned: true,
      handle: async (params, { accountId }) => {
        await listenKeys.keep(accountId, params.required('listenKey'));
        return {};
      },
    },
    {
      http: ['DELETE', '/userDataStream'], ws: 'userDataStream.stop', scope: 'read', rate: 'read', unsigned: true,
      handle: async (params, { accountId }) => {
        await listenKeys.end(accountId, params.required('listenKey'));
        return {};
      },
    },
  ];
}

async function openOrders({ known, catalog, ledgers }: AccountParts, params: Params, accountId: string): Promise<object> {
  const symbol = params.text('symbol') === undefined ? undefined : catalog.require(params.required('symbol')).symbol;
  await known.fresh(accountId);
  const partitions = symbol === undefined ? ledgers.partitions.partitions : [ledgers.partitions.partitionOf(symbol)];
  const { orders } = await readOrders(ledgers, partitions, accountId, { limit: PAGE, status: 'open' });
  const wanted = orders.filter((order) => symbol === undefined || order.symbol === symbol);
  return wanted.flatMap((order) => knownOrder(catalog, order) ?? []).reverse().map(orderView);
}

async function allOrders({ known, catalog, ledgers }: AccountParts, params: Params, accountId: string): Promise<object> {
  const { symbol } = catalog.require(params.required('symbol'));
  const limit = params.limit(500, 1_000);
  const [since, until, from] = [params.whole('startTime') ?? 0, params.whole('endTime') ?? Infinity, params.whole('orderId')];
  await known.fresh(accountId);
  const fits = (order: KnownOrder): boolean => (
    order.symbol === symbol && order.createdAt >= since && order.createdAt <= until && (from === undefined || numberOf(order.orderId) >= from));
  const found: KnownOrder[] = [];
  let read = 0;
  for (let cursor: Parameters<typeof readOrders>[4]; read < MOST_ROWS;) {
    const page = await readOrders(ledgers, [ledgers.partitions.partitionOf(symbol)], accountId, { limit: PAGE }, cursor);
    read += page.orders.length;
    found.push(...page.orders.flatMap((order) => knownOrder(catalog, order) ?? []).filter(fits));
    // Newest first: without a beginning the newest are wanted, with one those that follow it.
    if (!page.next || (from === undefined && since === 0 && found.length >= limit) || page.orders.at(-1)!.createdAt.getTime() < since) break;
    cursor = page.next;
  }
  const rows = from === undefined && since === 0 ? found.slice(0, limit).reverse() : found.reverse().slice(0, limit);
  return rows.map(orderView);
}

async function myTrades({ known, catalog, ledgers }: AccountParts, params: Params, accountId: string): Promise<object> {
  const instrument = catalog.require(params.required('symbol'));
  const { symbol } = instrument;
  const limit = params.limit(500, 1_000);
  const [since, until, fromId] = [params.whole('startTime') ?? 0, params.whole('endTime') ?? Infinity, params.whole('fromId')];
  const number = params.whole('orderId');
  await known.fresh(accountId);
  const orderId = number === undefined ? undefined : (await known.ofNumber(accountId, number))?.orderId;
  if (number !== undefined && orderId === undefined) return [];
  const ledger = ledgers.of(ledgers.partitions.partitionOf(symbol));
  const fits = ({ time, seq }: LedgerFill): boolean => (
    time.getTime() >= since && time.getTime() <= until && (fromId === undefined || seq >= fromId));
  const found: LedgerFill[] = [];
  for (let after: { seq: number; liquidity: 'maker' | 'taker' } | undefined, read = 0; read < MOST_ROWS; read += PAGE) {
    const { rows } = await ledger.fills(accountId, { limit: PAGE, symbol, orderId, after });
    found.push(...rows.filter(fits));
    const last = rows.at(-1);
    if (rows.length < PAGE || !last || last.time.getTime() < since || (fromId !== undefined && last.seq < fromId)) break;
    if (fromId === undefined && since === 0 && found.length >= limit) break;
    after = { seq: last.seq, liquidity: last.liquidity };
  }
  const rows = fromId === undefined && since === 0 ? found.slice(0, limit).reverse() : found.reverse().slice(0, limit);
  return rows.map((fill) => ({
    symbol, id: fill.seq, orderId: numberOf(fill.orderId), orderListId: -1,
    price: eight(formatPrice(instrument, fill.priceTicks)), qty: eight(formatQuantity(instrument, fill.quantityLots)),
    quoteQty: eight(formatDecimal(fill.quoteAmount, instrument.quote.decimals)),
    commission: eight(formatDecimal(fill.fee, (fill.side === 'buy' ? instrument.base : instrument.quote).decimals)), commissionAsset: fill.feeAsset,
    time: fill.time.getTime(), isBuyer: fill.side === 'buy', isMaker: fill.liquidity === 'maker', isBestMatch: true,
  }));
}

/** What an account owns, over all partitions: Binance knows one wallet. */
export async function balancesOf({ catalog, ledgers }: Pick<AccountParts, 'catalog' | 'ledgers'>, accountId: string): Promise<readonly Balance[]> {
  const wallets = await Promise.all(ledgers.partitions.partitions.map((partition) => ledgers.of(partition).balances(accountId)));
  const sums = new Map<string, { free: number; held: number }>();
  for (const { asset, free, held } of wallets.flatMap(({ rows }) => rows)) {
    const sum = sums.get(asset) ?? { free: 0, held: 0 };
    sums.set(asset, { free: sum.free + free, held: sum.held + held });
  }
  return [...sums].map(([asset, { free, held }]) => {
    const { decimals } = catalog.requireAsset(asset);
    return { asset, free: eight(formatDecimal(free, decimals)), locked: eight(formatDecimal(held, decimals)) };
  });
}

async function accountOf(parts: AccountParts, params: Params, { accountId, caller, rights }: FacadeAsker): Promise<object> {
  await parts.known.fresh(accountId);
  const balances = await balancesOf(parts, accountId);
  const fees = parts.catalog.list();
  const dearest = (of: 'makerFeePpm' | 'takerFeePpm'): number => Math.max(0, ...fees.map((one) => one[of]));
  const shown = params.text('omitZeroBalances') === 'true' ? balances.filter(({ free, locked }) => /[1-9]/.test(free + locked)) : balances;
  return {
    // In hundredths of a per cent. Fees are an instrument's own here; these are the highest.
    makerCommission: Math.round(dearest('makerFeePpm') / 100), takerCommission: Math.round(dearest('takerFeePpm') / 100), buyerCommission: 0, sellerCommission: 0,
    commissionRates: { maker: ppm(dearest('makerFeePpm')), taker: ppm(dearest('takerFeePpm')), buyer: eight('0'), seller: eight('0') },
    canTrade: caller.scopes.includes('trading/trade') && rights.may('place'), canWithdraw: false, canDeposit: false, brokered: false, requireSelfTradePrevention: false, preventSor: false,
    updateTime: Date.now(), accountType: 'SPOT', balances: shown, permissions: ['SPOT'], uid: uidOf(accountId),
  };
}

const ppm = (value: number): string => eight(formatDecimal(value, 6));

/** A number that stands for the account, the same always. */
function uidOf(accountId: string): number {
  return Number.parseInt(hash('sha256', accountId, 'hex').slice(0, 12), 16);
}
