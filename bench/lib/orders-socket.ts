import WebSocket from 'ws';
import { subscribed, type Subscription } from './subscription';
import type { OrderUpdate } from '../../services/domain';

export interface OrdersSocketOptions {
  /** The load balancer, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly token: string;
  readonly channels?: readonly string[];
  /** Every message of the `orders` channel. */
  readonly onOrder?: (update: OrderUpdate) => void;
  /** Every message of another channel. */
  readonly onData?: (channel: string, data: unknown) => void;
  /** The connection ended without `close` having been called. */
  readonly onLost?: (reason: string) => void;
}

/** A WebSocket of one account that is signed in and subscribed. */
export type OrdersSocket = Subscription;

interface Message {
  readonly op?: string;
  readonly channel?: string;
  readonly data?: unknown;
  readonly error?: { readonly code?: string; readonly message?: string };
}

/** Opens a WebSocket, signs in and subscribes; resolves when the server has confirmed. @throws Error when it refuses or is not there */
export function openOrdersSocket(options: OrdersSocketOptions): Promise<OrdersSocket> {
  const { url, token, channels = ['orders'], onOrder, onData, onLost } = options;
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/stream`, { handshakeTimeout: 10_000, perMessageDeflate: false });
  return subscribed(socket, {
    onLost,
    open: () => socket.send(JSON.stringify({ op: 'auth', token })),
    message: (text, { ready, fail }) => {
      const message = JSON.parse(text) as Message;
      if (message.error) return fail(`${message.error.code}: ${message.error.message}`);
      if (message.op === 'authenticated') return socket.send(JSON.stringify({ op: 'subscribe', channels }));
      if (message.op === 'subscribed') return ready();
      if (message.channel === 'orders') for (const update of [message.data].flat() as OrderUpdate[]) onOrder?.(update);
      else if (message.channel !== undefined) onData?.(message.channel, message.data);
    },
  });
}
