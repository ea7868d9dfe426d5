/** The peer: what a bare Express server needs to read an order's body and answer it, on this machine, at this rate. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import express from 'express';

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.use(express.json({ limit: '16kb' }));
app.post('/v1/orders', (request, response) => {
  const { clientOrderId } = request.body as { clientOrderId?: string };
  response.status(202).json({ orderId: randomUUID(), clientOrderId, position: '0:0' });
});

const server = app.listen(0, '127.0.0.1', () => process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
server.keepAliveTimeout = 75_000;
process.once('disconnect', () => process.exit(0));
