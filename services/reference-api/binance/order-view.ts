/** Orders as Binance shows them. */
import { eight } from './amounts';
import { numberOf } from './order-number';
import { selfTradeModeOf, statusOf, timeInForceOf, typeOf } from './terms';
import { formatDecimal, formatPrice, formatQuantity, type Instrument, type OrderType, type SelfTradePrevention, type Side, type TimeInForce } from '../../domain';
import type { LedgerOrder } from '../ledger/ledger-reader';
import type { InstrumentCatalog } from '../market/instrument-catalog';

/** What is known of an order, as decimals: enough to show it in any form. */
export interface KnownOrder {
  readonly orderId: string;
  readonly listId?: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce?: TimeInForce;
  readonly postOnly?: boolean;
  readonly selfTradePrevention?: SelfTradePrevention;
  readonly price?: string;
  readonly stopPrice?: string;
  readonly quantity?: string;
  readonly quoteQuantity?: string;
  /** Executed, as base and as quote. */
  readonly filled: string;
  readonly filledQuote: string;
  readonly status: string;
  readonly reason?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** False while it waits for its stop price. */
  readonly working: boolean;
}

/** An order of the ledger; undefined for one of an instrument that nobody knows any more. */
export function knownOrder(catalog: InstrumentCatalog, order: LedgerOrder): KnownOrder | undefined {
  const instrument = catalog.get(order.symbol);
  return instrument && ofLedger(instrument, order);
}

function ofLedger(instrument: Instrument, order: LedgerOrder): KnownOrder {
  const { orderId, listId, clientOrderId, symbol, side, type, timeInForce, postOnly, selfTradePrevention, status, reason } = order;
  return {
    orderId, clientOrderId, symbol, side, type, timeInForce, postOnly, selfTradePrevention, status,
    ...(listId === null ? {} : { listId }),
    ...(reason === null ? {} : { reason }),
    ...(order.priceTicks > 0 ? { price: formatPrice(instrument, order.priceTicks) } : {}),
    ...(order.triggerTicks > 0 ? { stopPrice: formatPrice(instrument, order.triggerTicks) } : {}),
    ...(order.quoteBudget > 0
      ? { quoteQuantity: formatDecimal(order.quoteBudget, instrument.quote.decimals) }
      : { quantity: formatQuantity(instrument, order.quantityLots) }),
    filled: formatQuantity(instrument, order.filledLots),
    filledQuote: formatDecimal(order.filledQuote, instrument.quote.decimals),
    createdAt: order.createdAt.getTime(),
    updatedAt: order.updatedAt.getTime(),
    working: order.triggerTicks === 0 || order.triggered,
  };
}

const hasFills = ({ filled }: KnownOrder): boolean => /[1-9]/.test(filled);

/** What all forms of an order have. */
function common(order: KnownOrder) {
  return {
    symbol: order.symbol,
    orderId: numberOf(order.orderId),
    orderListId: order.listId === undefined ? -1 : numberOf(order.listId),
    clientOrderId: order.clientOrderId,
    price: eight(order.price),
    // Of an order by budget Binance tells what it became.
    origQty: eight(order.quantity ?? order.filled),
    executedQty: eight(order.filled),
    origQuoteOrderQty: eight(order.quoteQuantity),
    cummulativeQuoteQty: eight(order.filledQuote),
    status: statusOf(order.status, order.reason, hasFills(order)),
    timeInForce: timeInForceOf(order.type, order.timeInForce),
    type: typeOf(order.type, order.postOnly),
    side: order.side.toUpperCase(),
    ...(order.stopPrice === undefined ? {} : { stopPrice: eight(order.stopPrice) }),
    selfTradePreventionMode: selfTradeModeOf(order.selfTradePrevention),
  };
}

/** As `GET /api/v3/order` shows it. */
export function orderView(order: KnownOrder) {
  return {
    ...common(order), stopPrice: eight(order.stopPrice), icebergQty: eight(undefined), time: order.createdAt, updateTime: order.updatedAt,
    isWorking: order.working, workingTime: order.working ? order.createdAt : -1,
  };
}

/** As `DELETE /api/v3/order` shows it. */
export function cancelView(order: KnownOrder, clientOrderId: string, at: number) {
  return { ...common(order), origClientOrderId: order.clientOrderId, clientOrderId, transactTime: at, status: 'CANCELED' };
}

/** One fill of a new order. */
export interface FillView {
  readonly price: string;
  readonly quantity: string;
  readonly fee?: string;
  readonly feeAsset?: string;
  /** Sequence of the trade, which is its id. */
  readonly seq: number;
}

/** As `POST /api/v3/order` answers it: ACK, RESULT or FULL. */
export function placedView(order: KnownOrder, fills: readonly FillView[], form: 'ACK' | 'RESULT' | 'FULL', commissionAsset: string) {
  const { symbol, orderId, orderListId, clientOrderId, ...result } = common(order);
  const ack = { symbol, orderId, orderListId, clientOrderId, transactTime: order.updatedAt };
  if (form === 'ACK') return ack;
  const told = { ...ack, ...result, workingTime: order.working ? order.updatedAt : -1 };
  return form === 'RESULT' ? told : {
    ...told,
    fills: fills.map(({ price, quantity, fee, feeAsset, seq }) => ({
      price: eight(price), qty: eight(quantity), commission: eight(fee), commissionAsset: feeAsset ?? commissionAsset, tradeId: seq,
    })),
  };
}
