/** Words for orders: ours and Binance's. */
import { BinanceError, missing } from './errors';
import type { Params } from './params';
import type { OrderType, SelfTradePrevention, Side, TimeInForce } from '../../domain';
import type { OrderBody } from '../orders/order-request';

export const BINANCE_TYPES = ['LIMIT', 'MARKET', 'STOP_LOSS', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT', 'LIMIT_MAKER'] as const;
export type BinanceType = (typeof BINANCE_TYPES)[number];

export const SELF_TRADE_MODES = ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'] as const;
const TIMES = ['GTC', 'IOC', 'FOK'] as const;
const SIDES = ['BUY', 'SELL'] as const;

/** Parameters of a new order. */
export const ORDER_PARAMS = [
  'symbol', 'side', 'type', 'timeInForce', 'quantity', 'quoteOrderQty', 'price', 'newClientOrderId', 'stopPrice', 'newOrderRespType', 'selfTradePreventionMode',
  'strategyId', 'strategyType',
];

/** An order as the native API takes it. @throws BinanceError */
export function orderOf(params: Params): OrderBody {
  const symbol = params.required('symbol');
  params.required('side');
  params.required('type');
  const side = params.oneOf('side', SIDES, -1117)!;
  const type = params.oneOf('type', BINANCE_TYPES, -1116)!;
  const timeInForce = params.oneOf('timeInForce', TIMES, -1115);
  const needsTime = type === 'LIMIT' || type.endsWith('_LIMIT');
  if (needsTime && timeInForce === undefined) throw missing('timeInForce');
  if (!needsTime && timeInForce !== undefined) throw new BinanceError(-1106, 'Parameter \'timeInForce\' sent when not required.');
  if (type !== 'MARKET' && params.text('quantity') === undefined) throw missing('quantity');
  if (params.text('quantity') === undefined && params.text('quoteOrderQty') === undefined) throw missing('quantity');
  const mode = params.oneOf('selfTradePreventionMode', SELF_TRADE_MODES);
  return defined({
    symbol,
    side: nativeSide(side),
    type: (type === 'LIMIT_MAKER' ? 'limit' : type.toLowerCase()) as OrderType,
    postOnly: type === 'LIMIT_MAKER' ? true : undefined,
    timeInForce: timeInForce?.toLowerCase() as TimeInForce | undefined,
    quantity: params.decimal('quantity'),
    quoteQuantity: params.decimal('quoteOrderQty'),
    price: params.decimal('price'),
    stopPrice: params.decimal('stopPrice'),
    clientOrderId: params.text('newClientOrderId'),
    selfTradePrevention: mode?.toLowerCase() as SelfTradePrevention | undefined,
  });
}

/** Without what is undefined: the native API takes no empty fields. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

export function nativeSide(side: 'BUY' | 'SELL'): Side {
  return side === 'BUY' ? 'buy' : 'sell';
}

export function typeOf(type: OrderType | undefined, postOnly: boolean | undefined): BinanceType {
  return postOnly ? 'LIMIT_MAKER' : (type ?? 'limit').toUpperCase() as BinanceType;
}

/** Orders without a limit have a time in force at Binance too, which says nothing. */
export function timeInForceOf(type: OrderType | undefined, timeInForce: TimeInForce | undefined): string {
  return type === 'limit' || type?.endsWith('_limit') ? (timeInForce ?? 'gtc').toUpperCase() : 'GTC';
}

export function selfTradeModeOf(mode: SelfTradePrevention | undefined): string {
  return (mode ?? 'none').toUpperCase();
}

/** What became of an order. */
export function statusOf(status: string | undefined, reason: string | null | undefined, hasFills: boolean): string {
  if (status === 'filled') return 'FILLED';
  if (status === 'rejected') return 'REJECTED';
  if (status !== 'cancelled') return hasFills ? 'PARTIALLY_FILLED' : 'NEW';
  if (reason === 'self_trade') return 'EXPIRED_IN_MATCH';
  return reason === 'requested' || reason === 'list' || reason === 'account_killed' || reason === 'account_reset' ? 'CANCELED' : 'EXPIRED';
}
