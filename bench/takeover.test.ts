import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseTakeoverFlags } from './lib/takeover-flags';
import type { TakeoverProgress } from './lib/takeover-job';
import { TakeoverLoad } from './lib/takeover-load';
import { figuresOf, spreadOf } from './lib/takeover-report';
import { beginningIn, FillLog } from './lib/takeover-rounds';

test('the first fill of a successor is one that nobody saw before, told after its term began', () => {
  const fills = new FillLog();
  // 12 was told by the old leader, which did not get to say that it is published; 14 of it arrives late.
  fills.add([{ seq: 10, at: 1_000 }, { seq: 12, at: 1_010 }, { seq: 14, at: 1_900 }]);
  expect(fills.firstNew(10, 2_000)).toBeUndefined();
  fills.add([{ seq: 12, at: 2_020 }, { seq: 14, at: 2_021 }, { seq: 16, at: 2_040 }, { seq: 15, at: 2_030 }]);
  expect(fills.firstNew(10, 2_000)).toEqual({ seq: 15, at: 2_030 });
  expect(fills.repeated(2_000)).toBe(2);
  // Whoever published more than was seen is believed.
  expect(fills.firstNew(15, 2_000)).toEqual({ seq: 16, at: 2_040 });
  fills.clear();
  expect(fills.firstNew(0, 0)).toBeUndefined();
});

test('the beginning of a term is found in the log by its epoch, whatever else is there', () => {
  const line = (epoch: number, second: number): string => JSON.stringify({
    level: 'info', time: `2026-01-01T00:00:0${second}.250Z`, epoch, previous: 'x', publishedSeq: epoch * 100, message: 'this process leads',
  });
  const log = ['not JSON "this process leads"', line(3, 1), '{"message":"other","epoch":4}', line(4, 2), line(5, 3).slice(0, -9)].join('\n');
  expect(beginningIn(log, 4)).toEqual({ epoch: 4, publishedSeq: 400, at: Date.parse('2026-01-01T00:00:02.250Z') });
  expect(beginningIn(log, 5)).toBeUndefined();
});

test('figures are least, middle and greatest of their kind', () => {
  expect(spreadOf([3, 1, 2.00049])).toEqual({ min: 1, median: 2, max: 3 });
  expect(spreadOf([4, 1, 2, 3])).toEqual({ min: 1, median: 2.5, max: 4 });
  expect(() => spreadOf([])).toThrow('no round was measured');
  const round = { leaseSeconds: 0.5, repeated: 0 };
  expect(figuresOf([{ ending: 'kill', seconds: 2, ...round }, { ending: 'terminate', seconds: 1, ...round }], 'kill').seconds).toEqual({ min: 2, median: 2, max: 2 });
});

test('flags have defaults and limits', () => {
  expect(parseTakeoverFlags(['--json', '--rounds', '3'])).toEqual({ rate: 500, rounds: 3, warmup: 10, system: 'RealtimeSimulator', json: true });
  expect(parseTakeoverFlags(['--help'])).toBeUndefined();
  expect(() => parseTakeoverFlags(['--rounds', '0'])).toThrow('--rounds must be a whole number from 1 to 1000, got: 0');
});

test('the load goes on until it is stopped, repeats what was not answered, and leaves nobody without a counterpart', async () => {
  const seen = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const { clientOrderId } = JSON.parse(Buffer.concat(chunks).toString()) as { clientOrderId: string };
      const times = (seen.get(clientOrderId) ?? 0) + 1;
      seen.set(clientOrderId, times);
      response.writeHead(clientOrderId === 't-3' && times === 1 ? 503 : 202).end(JSON.stringify({ orderId: `o-${clientOrderId}` }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = new AbortController();
  const last: TakeoverProgress[] = [];
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Without traders to watch there is no stream to open.
  const trader = { token: '', symbol: 'BTCUSDT', side: 'buy', price: '1', quantity: '1' } as const;
  const load = new TakeoverLoad({ url, rate: 200, warmupSeconds: 0, traders: [trader, trader, trader, trader], watched: [], prefix: 't', patienceMs: 5_000 },
    (progress) => { last[0] = progress; });
  const running = load.run(stop.signal);
  await new Promise((resolve) => setTimeout(resolve, 300));
  stop.abort();
  const result = await running;
  server.close();
  expect(result.orders.length % 4).toBe(0);
  expect(result.orders.length).toBeGreaterThan(20);
  expect(new Set(result.orders)).toEqual(new Set(Array.from(seen.keys(), (id) => `o-${id}`)));
  expect(result).toMatchObject({ retries: 1, failures: {} });
  expect(last[0]).toMatchObject({ sent: result.orders.length, acknowledged: result.orders.length });
});
