/** One-cancels-the-other lists, in Binance's new form and in the one before; those of which one order triggers others are refused. */
import type { InstrumentCatalog } from '../../market/instrument-catalog';
import type { OrderPairBody } from '../../orders/order-list';
import { BinanceError, illegal, missing } from '../errors';
import type { KnownOrders } from '../known-orders';
import type { Native } from '../native';
import type { FacadeAsker, Operation } from '../operation';
import { numberOf } from '../order-number';
import { type KnownOrder, orderView } from '../order-view';
import type { Params } from '../params';
import { BINANCE_TYPES, type BinanceType, defined, nativeSide, SELF_TRADE_MODES } from '../terms';

const COMMON = ['symbol', 'side', 'quantity', 'listClientOrderId', 'newOrderRespType', 'selfTradePreventionMode'];
const LEG = ['Type', 'ClientOrderId', 'Price', 'StopPrice', 'TimeInForce'];
const NEW_FORM = [...COMMON, ...LEG.flatMap((name) => [`above${name}`, `below${name}`])];
const OLD_FORM = [
  ...COMMON, 'price', 'stopPrice', 'stopLimitPrice', 'stopLimitTimeInForce', 'limitClientOrderId', 'stopClientOrderId',
];

/** Orders of a list that wait until another one is filled. */
const TRIGGERED = {
  OTO: ['working', 'pending'].flatMap((order) => ['Side', 'Quantity', ...LEG].map((name) => `${order}${name}`)),
  OTOCO: [
    'pendingSide', 'pendingQuantity', ...['Side', 'Quantity', ...LEG].map((name) => `working${name}`),
    ...['pendingAbove', 'pendingBelow'].flatMap((order) => LEG.map((name) => `${order}${name}`)),
  ],
} as const;

interface Leg {
  readonly type: BinanceType;
  readonly price?: string;
  readonly stopPrice?: string;
  readonly timeInForce?: string;
  readonly clientOrderId?: string;
}

export interface ListParts {
  readonly native: Native;
  readonly known: KnownOrders;
  readonly catalog: InstrumentCatalog;
}

export function listOperations(parts: ListParts): readonly Operation[] {
  return [
    {
      http: ['POST', '/orderList/oco'], ws: 'orderList.place.oco', scope: 'trade', rate: 'order', takes: NEW_FORM,
      handle: (params, asker) => place(parts, params, asker, [legOf(params, 'above'), legOf(params, 'below')]),
    },
    {
      http: ['POST', '/order/oco'], ws: 'orderList.place', scope: 'trade', rate: 'order', takes: OLD_FORM,
      handle: (params, asker) => place(parts, params, asker, oldLegs(params)),
    },
    ...(['OTO', 'OTOCO'] as const).map((kind): Operation => ({
      http: ['POST', `/orderList/${kind.toLowerCase()}`], ws: `orderList.place.${kind.toLowerCase()}`, scope: 'trade', rate: 'order',
      takes: ['symbol', 'listClientOrderId', 'newOrderRespType', 'selfTradePreventionMode', ...TRIGGERED[kind]],
      handle: (params) => refuse(parts, params, kind),
    })),
  ];
}

/** The core places an order when it is asked to, not when another one is filled; what would place it later could not give its number now. */
function refuse({ catalog }: ListParts, params: Params, kind: string): never {
  catalog.require(params.required('symbol'));
  throw new BinanceError(-2010, `${kind} orders are not supported for this symbol.`);
}

function legOf(params: Params, where: 'above' | 'below'): Leg {
  params.required(`${where}Type`);
  return {
    type: params.oneOf(`${where}Type`, BINANCE_TYPES, -1116)!,
    ...defined({
      price: params.decimal(`${where}Price`), stopPrice: params.decimal(`${where}StopPrice`), timeInForce: params.text(`${where}TimeInForce`),
      clientOrderId: params.text(`${where}ClientOrderId`),
    }),
  };
}

function oldLegs(params: Params): readonly Leg[] {
  const stopLimit = params.decimal('stopLimitPrice');
  return [
    { type: 'LIMIT_MAKER', price: params.decimal('price'), clientOrderId: params.text('limitClientOrderId') },
    {
      type: stopLimit === undefined ? 'STOP_LOSS' : 'STOP_LOSS_LIMIT', stopPrice: params.decimal('stopPrice'), price: stopLimit,
      timeInForce: params.text('stopLimitTimeInForce'), clientOrderId: params.text('stopClientOrderId'),
    },
  ];
}

function pairOf(params: Params, legs: readonly Leg[]): OrderPairBody {
  const resting = legs.filter(({ type }) => type === 'LIMIT_MAKER');
  const [waiting] = legs.filter(({ type }) => /^(STOP_LOSS|TAKE_PROFIT)/.test(type));
  // Binance lets a take-profit and a stop-loss stand together as well; here one of the two rests in the book.
  if (resting.length !== 1 || !waiting) throw new BinanceError(-1116, 'Invalid orderType: a list has one LIMIT_MAKER and one order with a stop price.');
  if (resting[0].price === undefined) throw missing('price');
  if (waiting.stopPrice === undefined) throw missing('stopPrice');
  if (waiting.timeInForce !== undefined && !['GTC', 'IOC', 'FOK'].includes(waiting.timeInForce)) throw new BinanceError(-1115, 'Invalid timeInForce.');
  params.required('side');
  const listId = params.text('listClientOrderId');
  if (listId !== undefined && listId.length > 34) throw illegal('listClientOrderId');
  return defined({
    symbol: params.required('symbol'),
    side: nativeSide(params.oneOf('side', ['BUY', 'SELL'], -1117)!),
    quantity: params.decimal('quantity') ?? params.required('quantity'),
    clientListId: listId,
    selfTradePrevention: params.oneOf('selfTradePreventionMode', SELF_TRADE_MODES)?.toLowerCase() as OrderPairBody['selfTradePrevention'],
    resting: defined({ price: resting[0].price, postOnly: true, clientOrderId: resting[0].clientOrderId }),
    waiting: defined({
      type: waiting.type.toLowerCase() as OrderPairBody['waiting']['type'], stopPrice: waiting.stopPrice, price: waiting.price,
      timeInForce: waiting.timeInForce?.toLowerCase() as OrderPairBody['waiting']['timeInForce'], clientOrderId: waiting.clientOrderId,
    }),
  });
}

async function place(
  { native, known, catalog }: ListParts, params: Params, asker: FacadeAsker, legs: readonly Leg[],
): Promise<object> {
  catalog.require(params.required('symbol'));
  const pair = pairOf(params, legs);
  const { body } = await native.answer('post /v1/order-lists', asker, { body: pair });
  const { listId, orders } = body as { listId: string; orders: readonly { orderId: string; clientOrderId: string }[] };
  const now = Date.now();
  const { symbol, side, quantity, selfTradePrevention } = pair;
  const common = { listId, symbol, side, quantity, selfTradePrevention, filled: '0', filledQuote: '0', status: 'open', createdAt: now, updatedAt: now };
  const { type, price, stopPrice, timeInForce } = pair.waiting;
  const made: KnownOrder[] = [
    { ...common, ...orders[0], type: 'limit', postOnly: true, price: pair.resting.price, working: true },
    { ...common, ...orders[1], ...defined({ price, stopPrice, timeInForce }), type, working: false },
  ];
  for (const order of made) known.note(asker.accountId, order);
  return {
    orderListId: numberOf(listId), contingencyType: 'OCO', listStatusType: 'EXEC_STARTED', listOrderStatus: 'EXECUTING',
    listClientOrderId: pair.clientListId ?? listId, transactionTime: now, symbol,
    orders: made.map(({ orderId, clientOrderId }) => ({ symbol, orderId: numberOf(orderId), clientOrderId })),
    orderReports: made.map((order) => {
      const { time: transactTime, updateTime: _, isWorking: __, icebergQty: ___, ...report } = orderView(order);
      return { ...report, transactTime };
    }),
  };
}
