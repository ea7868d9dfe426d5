import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoadJob } from './lib/job';
import { OrderLoad } from './lib/order-load';
import { runPeer } from './lib/run-load';

const trader = { token: 't', symbol: 'BTCUSDT', side: 'buy', price: '1.0', quantity: '1' } as const;
const job = { rate: 200, warmupSeconds: 0, seconds: 1, traders: [trader, trader], fills: false, door: 'service', transport: 'http', prefix: 'x', graceMs: 2_000 } as const;

let server: Server;
let answer: (index: number) => { status: number; delayMs?: number };

beforeEach(async () => {
  let count = 0;
  answer = () => ({ status: 202 });
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const { clientOrderId } = JSON.parse(Buffer.concat(chunks).toString()) as { clientOrderId: string };
      const { status, delayMs = 0 } = answer(count++);
      setTimeout(() => response.writeHead(status).end(JSON.stringify({ orderId: `o-${clientOrderId}`, clientOrderId })), delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const load = (changes: Partial<LoadJob> = {}): OrderLoad => (
  new OrderLoad({ ...job, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ...changes }, () => undefined)
);

test('what is acknowledged is counted, and the warm-up is known but not measured', async () => {
  const result = await load({ warmupSeconds: 1 }).run();
  expect(result).toMatchObject({ acknowledged: 200, errors: 0, achieved: expect.closeTo(200, -1) });
  // The warm-up grows from a tenth of the rate.
  expect(result.orders).toHaveLength(310);
  expect(new Set(result.orders.map(([orderId]) => orderId)).size).toBe(310);
  expect(result.orders.filter(([, , measured]) => measured)).toHaveLength(200);
});

test('a stall of the server is in the latency of every order that was due during it', async () => {
  const stalledUntil = Date.now() + 700;
  answer = () => ({ status: 202, delayMs: Math.max(0, stalledUntil - Date.now()) });
  const { accepted, acknowledged } = await load().run();
  // About the first 500 ms of the second were spent waiting: a closed loop would have sent a handful of orders then.
  expect(acknowledged).toBe(200);
  expect(accepted.p50).toBeGreaterThan(30);
  expect(accepted.p99).toBeGreaterThan(350);
});

test('what the warm-up left waiting is over before the first measured order is due', async () => {
  // A cold server: the warm-up's orders wait for it.
  const coldUntil = Date.now() + 1_500;
  answer = () => ({ status: 202, delayMs: Math.max(0, coldUntil - Date.now()) });
  const { accepted, acknowledged, orders } = await load({ warmupSeconds: 1 }).run();
  expect([acknowledged, orders.length]).toEqual([200, 310]);
  expect(accepted.p99).toBeLessThan(300);
});

test('whatever is no 202 is an error with its reason, and no order of ours', async () => {
  answer = (index) => ({ status: index % 4 === 0 ? 503 : 202 });
  const result = await load().run();
  expect(result).toMatchObject({ acknowledged: 150, errors: 50 });
  expect(Object.keys(result.reasons).join()).toContain('503');
  expect(result.orders).toHaveLength(150);
});

test('the peer answers every order, in processes of its own', async () => {
  const seconds: number[] = [];
  const result = await runPeer({ ...job, seconds: 2 }, ({ second }) => seconds.push(second));
  expect(result).toMatchObject({ acknowledged: 400, errors: 0, fillsSeen: 0 });
  expect(result.accepted.p50).toBeGreaterThan(0);
  expect(seconds.length).toBeGreaterThanOrEqual(1);
});

test('over WebSockets too: every order on a connection that stays, and a refusal is an error', async () => {
  const result = await runPeer({ ...job, transport: 'ws', seconds: 2 }, () => undefined);
  expect(result).toMatchObject({ acknowledged: 400, errors: 0, fillsSeen: 0 });
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'));
  await expect(load({ transport: 'ws' }).run()).rejects.toThrow('503');
});
