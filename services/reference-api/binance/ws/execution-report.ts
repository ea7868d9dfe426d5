import type { OrderUpdate } from '../../../domain';
import { eight, times } from '../amounts';
import { rejectedBecause } from '../errors';
import { numberOf } from '../order-number';
import type { KnownOrder } from '../order-view';
import { selfTradeModeOf, statusOf, timeInForceOf, typeOf } from '../terms';

/** Event by event: what Binance calls it. */
function executionOf(event: OrderUpdate['event'], status: string): string | undefined {
  switch (event) {
    case 'accepted': case 'triggered': return 'NEW';
    case 'rejected': return 'REJECTED';
    case 'fill': return 'TRADE';
    case 'amended': return 'REPLACED';
    case 'cancelled': return status === 'CANCELED' ? 'CANCELED' : status === 'EXPIRED_IN_MATCH' ? 'TRADE_PREVENTION' : 'EXPIRED';
    default: return undefined;
  }
}

/** An event of an order as `executionReport`; undefined for one that Binance has none for. @param order after the event */
export function executionReport(order: KnownOrder, update: OrderUpdate): object | undefined {
  const status = statusOf(order.status, order.reason, /[1-9]/.test(order.filled));
  const execution = executionOf(update.event, status);
  // An order by budget ends with its last fill; Binance says that with the fill.
  if (execution === undefined) return undefined;
  const { fill, seq, time } = update;
  const { code } = update.event === 'rejected' ? rejectedBecause(update.reason) : { code: 0 };
  return {
    e: 'executionReport', E: Date.now(), s: order.symbol, c: order.clientOrderId, S: order.side.toUpperCase(), o: typeOf(order.type, order.postOnly),
    f: timeInForceOf(order.type, order.timeInForce), q: eight(order.quantity ?? order.filled), p: eight(order.price), P: eight(order.stopPrice), F: eight('0'),
    g: order.listId === undefined ? -1 : numberOf(order.listId), C: update.event === 'cancelled' ? order.clientOrderId : '', x: execution, X: status,
    r: code === 0 ? 'NONE' : update.reason?.toUpperCase(), i: numberOf(order.orderId), l: eight(fill?.quantity), z: eight(order.filled), L: eight(fill?.price),
    n: eight(fill?.fee), N: fill ? fill.feeAsset ?? null : null, T: time, t: fill ? seq : -1, I: seq, w: order.working && (order.status === 'open'),
    m: fill?.liquidity === 'maker', M: fill !== undefined, O: order.createdAt, Z: eight(order.filledQuote), Y: eight(fill ? times(fill.price, fill.quantity) : '0'),
    Q: eight(order.quoteQuantity), W: order.createdAt, V: selfTradeModeOf(order.selfTradePrevention),
  };
}
