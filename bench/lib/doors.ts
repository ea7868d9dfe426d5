import { openGatewaySocket } from './gateway-socket';
import type { Trader } from './job';
import { openOrdersSocket, type OrdersSocket, type OrdersSocketOptions } from './orders-socket';

/** Ways into a system: the order API itself, the order API behind API Gateway, and paper trades on functions. */
export type DoorName = 'service' | 'gateway' | 'paper';

/** How orders are asked for and acknowledged, and who tells what became of them. */
export interface Door {
  readonly path: string;
  body(trader: Trader, clientOrderId: string): string;
  /** Status of an acknowledgement. */
  readonly status: number;
  /** Id of the order in an acknowledgement. */
  idOf(answer: unknown): string | undefined;
  /** Whether an acknowledged order is filled already. */
  readonly answersWithFill: boolean;
  openStream(options: OrdersSocketOptions): Promise<OrdersSocket>;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const service: Door = {
  path: '/v1/orders',
  body: ({ symbol, side, price, quantity }, clientOrderId) => JSON.stringify({ symbol, side, type: 'limit', price, quantity, timeInForce: 'gtc', clientOrderId }),
  status: 202,
  idOf: (answer) => text((answer as { orderId?: unknown }).orderId),
  answersWithFill: false,
  openStream: openOrdersSocket,
};

/** The doors by their names. */
export const DOORS: Readonly<Record<DoorName, Door>> = {
  service,
  gateway: { ...service, openStream: openGatewaySocket },
  paper: {
    path: '/v1/trades',
    body: ({ symbol, side, quantity }, clientTradeId) => JSON.stringify({ symbol, action: side.toUpperCase(), quantity, clientTradeId }),
    status: 201,
    idOf: (answer) => text((answer as { trade?: { tradeId?: unknown } }).trade?.tradeId),
    answersWithFill: true,
    openStream: () => Promise.reject(new Error('paper trades have no order stream')),
  },
};
