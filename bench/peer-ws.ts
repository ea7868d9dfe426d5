/** The peer of order entry over the WebSocket: what bare `ws` needs to read an order and answer it, on this machine, at this rate. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

interface Message {
  readonly op: string;
  readonly id?: string;
  readonly body?: { readonly clientOrderId?: string };
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false }, () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
server.on('connection', (socket) => socket.on('message', (text) => {
  const { op, id, body } = JSON.parse(String(text)) as Message;
  socket.send(JSON.stringify(op === 'auth' ? { op: 'authenticated' } : {
    op: 'response', id, status: 202, body: { orderId: randomUUID(), clientOrderId: body?.clientOrderId, position: '0:0' },
  }));
}));
process.once('disconnect', () => process.exit(0));
