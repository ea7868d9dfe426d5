import WebSocket from 'ws';
import type { OrdersSocket, OrdersSocketOptions } from './orders-socket';
import { subscribed } from './subscription';

interface Message {
  readonly op?: string;
  readonly code?: string;
  readonly channel?: string;
  readonly data?: Fill | readonly Fill[];
}

interface Fill {
  readonly seq: number;
  readonly time: number;
  readonly orderId: string;
  readonly remaining?: string;
}

/**
 * Opens a WebSocket of an account at API Gateway and listens to its fills; resolves when the API has said so. The token goes along as a
 * protocol, as from a browser. What is told is a fill each, and what is left of the order.
 *
 * @throws Error when the API refuses or is not there
 */
export function openGatewaySocket({ url, token, onOrder, onLost }: OrdersSocketOptions): Promise<OrdersSocket> {
  const socket = new WebSocket(url, ['bearer', token], { handshakeTimeout: 10_000, perMessageDeflate: false });
  return subscribed(socket, {
    onLost,
    open: () => socket.send(JSON.stringify({ op: 'subscribe', channels: ['orders'] })),
    message: (text, { ready, fail }) => {
      const { op, code, channel, data } = JSON.parse(text) as Message;
      if (op === 'error') return fail(String(code));
      if (op === 'subscribed') return ready();
      if (channel !== 'orders' || data === undefined) return;
      for (const { seq, time, orderId, remaining } of [data].flat() as Fill[]) {
        onOrder?.({ event: 'fill', seq, time, orderId, remaining, status: remaining === '0' ? 'filled' : 'open' });
      }
    },
  });
}
