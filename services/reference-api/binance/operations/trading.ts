/** Orders: placed, taken back, replaced. Each becomes a request to the native API, which has the last word on all of it. */
import { parsePrice } from '../../../domain';
import { validate } from '../../http/validate';
import type { Ledgers } from '../../ledger/ledgers';
import { readOrders } from '../../ledger/order-pages';
import type { InstrumentCatalog } from '../../market/instrument-catalog';
import { orderAsk, type OrderBody, orderSchema } from '../../orders/order-request';
import { minus, plus, times } from '../amounts';
import { BinanceError, noSuchOrder, rejectedBecause, toBinanceError, unknownCancel } from '../errors';
import type { KnownOrders } from '../known-orders';
import type { Native } from '../native';
import type { FacadeAsker, Operation } from '../operation';
import { numberOf } from '../order-number';
import { cancelView, type FillView, type KnownOrder, placedView } from '../order-view';
import { knownOrder } from '../order-view';
import type { Params } from '../params';
import { defined, ORDER_PARAMS, orderOf } from '../terms';

/** Longest wait for the core's verdict, in milliseconds. After it the order is told as new: what becomes of it comes on the user's stream. */
const WAIT_MS = 1_000;
/** Most open orders that are read at once. */
const MOST_OPEN = 1_000;

export interface TradingParts {
  readonly native: Native;
  readonly known: KnownOrders;
  readonly catalog: InstrumentCatalog;
  readonly ledgers: Ledgers;
}

/** What the native API answers to a new order: without a verdict only the first three. */
interface Decided {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly position: string;
  readonly status?: string;
  readonly reason?: string;
  readonly originalOrderId?: string;
  readonly remaining?: string;
  readonly fills?: readonly FillView[];
  readonly seq?: number;
  readonly time?: number;
}

const FORMS = ['ACK', 'RESULT', 'FULL'] as const;

export function tradingOperations(parts: TradingParts): readonly Operation[] {
  const { catalog } = parts;
  return [
    {
      http: ['POST', '/order'], ws: 'order.place', scope: 'trade', rate: 'order', takes: ORDER_PARAMS,
      handle: (params, asker) => place(parts, params, asker),
    },
    {
      http: ['POST', '/order/test'], ws: 'order.test', scope: 'trade', rate: 'read', takes: [...ORDER_PARAMS, 'computeCommissionRates'],
      handle: (params) => {
        const body = validate(orderSchema, orderOf(params)) as OrderBody;
        orderAsk(catalog.require(body.symbol), body);
        return {};
      },
    },
    {
      http: ['DELETE', '/order'], ws: 'order.cancel', scope: 'trade', rate: 'cancel',
      takes: ['symbol', 'orderId', 'origClientOrderId', 'newClientOrderId', 'cancelRestrictions'],
      handle: (params, asker) => cancel(parts, params, asker),
    },
    {
      http: ['DELETE', '/openOrders'], ws: 'openOrders.cancelAll', scope: 'trade', rate: 'cancel', takes: ['symbol'],
      handle: (params, asker) => cancelAll(parts, params, asker),
    },
    {
      http: ['POST', '/order/cancelReplace'], ws: 'order.cancelReplace', scope: 'trade', rate: 'order',
      takes: [...ORDER_PARAMS, 'cancelReplaceMode', 'cancelNewClientOrderId', 'cancelOrigClientOrderId', 'cancelOrderId', 'cancelRestrictions'],
      handle: (params, asker) => cancelReplace(parts, params, asker),
    },
  ];
}

async function place({ native, known, catalog }: TradingParts, params: Params, asker: FacadeAsker): Promise<object> {
  const body = orderOf(params);
  const asked = params.oneOf('newOrderRespType', FORMS);
  const form = asked ?? (body.type === 'limit' || body.type === 'market' ? 'FULL' : 'ACK');
  // Who asks for nothing but the acknowledgement gets it as soon as the journal has the order.
  const { body: answer } = await native.answer('post /v1/orders', asker, { body, ...(asked === 'ACK' ? {} : { waitMs: WAIT_MS }) });
  const decided = answer as Decided;
  if (decided.status === 'rejected' && decided.reason !== 'would_not_fill') throw rejectedBecause(decided.reason);
  const instrument = catalog.require(body.symbol);
  const commissionAsset = (body.side === 'buy' ? instrument.base : instrument.quote).code;
  const standing = await standingOf(known, asker.accountId, decided);
  const order = standing ?? orderAfter(body, decided, Date.now());
  if (!standing) known.note(asker.accountId, order, decided.seq);
  return placedView(order, decided.fills ?? [], form, commissionAsset);
}

/** The order that an earlier request with the same client order id and terms placed, as it is now. */
async function standingOf(known: KnownOrders, accountId: string, { status, orderId, originalOrderId }: Decided): Promise<KnownOrder | undefined> {
  if (status === 'duplicate') return known.ofId(accountId, originalOrderId ?? orderId);
  return status === undefined ? known.ofNote(accountId, numberOf(orderId)) : undefined;
}

/** An order after what the core said of it. */
function orderAfter(body: OrderBody, { orderId, clientOrderId, status = 'open', reason, fills = [], time }: Decided, now: number): KnownOrder {
  const { symbol, side, type, timeInForce, postOnly, selfTradePrevention, price, stopPrice, quantity, quoteQuantity } = body;
  const filled = fills.reduce((sum, fill) => plus(sum, fill.quantity), '0');
  const filledQuote = fills.reduce((sum, fill) => plus(sum, times(fill.price, fill.quantity)), '0');
  const at = time ?? now;
  return {
    orderId, clientOrderId, symbol, side, type, filled, filledQuote, createdAt: at, updatedAt: at,
    ...defined({ timeInForce, postOnly, selfTradePrevention, price, stopPrice, quantity, quoteQuantity }),
    // Fill or kill that could not be filled is an order that ended at Binance, not a refusal.
    ...(status === 'rejected' ? { status: 'cancelled', reason: 'unfilled' } : { status, ...defined({ reason }) }),
    working: stopPrice === undefined || fills.length > 0,
  };
}

async function cancel(parts: TradingParts, params: Params, asker: FacadeAsker, numberName = 'orderId', clientIdName = 'origClientOrderId'): Promise<object> {
  const { native, known } = parts;
  const order = await known.named(asker.accountId, params, numberName, clientIdName).catch((error: unknown) => {
    throw error instanceof BinanceError && error.code === noSuchOrder().code ? unknownCancel() : error;
  });
  const restriction = params.oneOf('cancelRestrictions', ['ONLY_NEW', 'ONLY_PARTIALLY_FILLED']);
  const isNew = !/[1-9]/.test(order.filled);
  if (restriction !== undefined && (restriction === 'ONLY_NEW') !== isNew) throw new BinanceError(-2011, 'Order was not canceled due to cancel restrictions.');
  const { status, body } = await native.answer('delete /v1/orders/{id}', asker, { params: { id: order.orderId }, waitMs: WAIT_MS });
  const { event, remaining, seq, time = Date.now() } = body as { event?: string; remaining?: string; seq?: number; time?: number };
  if (event === 'cancel_rejected') throw unknownCancel();
  const clientOrderId = params.text('newClientOrderId') ?? params.text('cancelNewClientOrderId') ?? order.clientOrderId;
  const view = cancelView(await afterCancel(parts, asker.accountId, order, remaining, seq), clientOrderId, time);
  // Without a verdict it is on its way, and may still be filled.
  return status === 200 ? view : { ...view, status: 'PENDING_CANCEL' };
}

/** What had been filled when an order was taken back: as we know it when that adds up, else as the ledger says. */
async function afterCancel(
  { known, ledgers }: TradingParts, accountId: string, order: KnownOrder, remaining?: string, seq?: number,
): Promise<KnownOrder> {
  const filled = order.quantity === undefined || remaining === undefined ? undefined : minus(order.quantity, remaining);
  let ended: KnownOrder = { ...order, status: 'cancelled', reason: 'requested' };
  if (seq !== undefined && filled !== undefined && /[1-9]/.test(minus(filled, order.filled))) {
    await known.reaches(ledgers.partitions.partitionOf(order.symbol), seq).catch(() => false);
    const settled = await known.ofId(accountId, order.orderId).catch(() => undefined);
    ended = { ...ended, filled: settled?.filled ?? filled, filledQuote: settled?.filledQuote ?? order.filledQuote };
  }
  known.note(accountId, ended, seq);
  return ended;
}

async function cancelAll({ native, known, catalog, ledgers }: TradingParts, params: Params, asker: FacadeAsker): Promise<object> {
  const { symbol } = catalog.require(params.required('symbol'));
  const { accountId } = asker;
  const partition = ledgers.partitions.partitionOf(symbol);
  const open = async (): Promise<KnownOrder[]> => (await readOrders(ledgers, [partition], accountId, { limit: MOST_OPEN, status: 'open' })).orders
    .filter((order) => order.symbol === symbol).flatMap((order) => knownOrder(catalog, order) ?? []);
  await known.fresh(accountId);
  const before = await open();
  if (before.length === 0) throw unknownCancel();
  await native.answer('delete /v1/orders', asker, { query: { symbol } });
  // The core says one thing of each order and nothing of all: settlement tells when they are gone.
  const deadline = Date.now() + WAIT_MS;
  let left = await open();
  while (left.some(({ orderId }) => before.some((one) => one.orderId === orderId)) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    left = await open();
  }
  const views = await Promise.all(before.map(async (order) => (
    cancelView(await known.ofId(accountId, order.orderId) ?? order, order.clientOrderId, Date.now()))));
  return views.map((view, at) => (left.some(({ orderId }) => orderId === before[at].orderId) ? { ...view, status: 'PENDING_CANCEL' } : view));
}

async function cancelReplace(parts: TradingParts, params: Params, asker: FacadeAsker): Promise<object> {
  const mode = params.oneOf('cancelReplaceMode', ['STOP_ON_FAILURE', 'ALLOW_FAILURE']) ?? params.required('cancelReplaceMode');
  const told = (error: unknown): BinanceError => {
    const known = toBinanceError(error);
    if (!known || known.status >= 500 || known.status === 429) throw error;
    return known;
  };
  // What can be seen to be wrong with the new order is said before the old one is gone.
  const body = orderOf(params);
  const instrument = parts.catalog.require(body.symbol);
  if (body.price !== undefined) parsePrice(instrument, body.price);
  orderAsk(instrument, validate(orderSchema, body) as OrderBody);
  const cancelled = await cancel(parts, params, asker, 'cancelOrderId', 'cancelOrigClientOrderId').catch(told);
  const failed = cancelled instanceof BinanceError;
  if (failed && mode === 'STOP_ON_FAILURE') {
    throw new BinanceError(-2022, 'Order cancel-replace failed.', 400, {}, {
      cancelResult: 'FAILURE', newOrderResult: 'NOT_ATTEMPTED', cancelResponse: { code: cancelled.code, msg: cancelled.msg }, newOrderResponse: null,
    });
  }
  const placed = await place(parts, params, asker).catch(told);
  const lost = placed instanceof BinanceError;
  const report = {
    cancelResult: failed ? 'FAILURE' : 'SUCCESS', newOrderResult: lost ? 'FAILURE' : 'SUCCESS',
    cancelResponse: failed ? { code: cancelled.code, msg: cancelled.msg } : cancelled,
    newOrderResponse: lost ? { code: placed.code, msg: placed.msg } : placed,
  };
  if (failed && lost) throw new BinanceError(-2022, 'Order cancel-replace failed.', 400, {}, report);
  if (failed || lost) throw new BinanceError(-2021, 'Order cancel-replace partially failed.', 409, {}, report);
  return report;
}
