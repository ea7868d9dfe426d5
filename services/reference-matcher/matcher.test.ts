import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { startRedis } from '../../local/servers/redis';
import { connectCache } from '../adapters/cache/redis';
import type { EventBus } from '../adapters/events/event-bus';
import { SqsEventBus } from '../adapters/events/sqs-event-bus';
import { DynamoDbLease } from '../adapters/lease/dynamodb-lease';
import type { LeaseStore } from '../adapters/lease/lease';
import {
  balancesChannel, bookChannel, bookKey, encodeCommand, encodeCommandBatch, INSTRUMENTS_CHANNEL, INSTRUMENTS_KEY, ordersChannel, tradesChannel,
  tradesKey, type BookView, type OrderUpdate, type TradeView,
} from '../domain';
import type { MatcherOptions } from './matcher';
import { CacheWriter } from './projections/cache-writer';
import { type Instance, Instances, leads, logger, RENEWAL_MS, until } from './testing/instances';
import { TestLedger } from './testing/ledger';
import { ALICE, BOB, BTC, TestClient } from './testing/orders';
import { startTestPlatform, type Names, type TestPlatform } from './testing/platform';

let platform: TestPlatform;
let names: Names;
let client: TestClient;
let ledger: TestLedger;
let redis: Redis;
let instances: Instances;
let cleanUp: Instances['cleanUp'];

beforeAll(async () => {
  platform = await startTestPlatform();
  redis = connectCache({ url: platform.redis.url, authToken: platform.redis.password, name: 'test', logger, subscriber: true });
});

afterAll(async () => {
  redis?.disconnect();
  await platform?.stop();
});

beforeEach(async () => {
  names = await platform.create();
  instances = new Instances(platform, names);
  ({ cleanUp } = instances);
  client = new TestClient(names.stream);
  ledger = new TestLedger(names.queueUrl);
  await redis.flushall();
});

afterEach(async () => {
  await instances.stop();
  await ledger.stop();
  await client.close();
});

/** For what must happen, whenever that is. */
const PATIENCE_MS = 25_000;

function openGate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => { open = resolve; });
  return { opened, open };
}

const startMatcher = (change?: Partial<MatcherOptions>): Promise<Instance> => instances.start(change);

test('commands become events in the queue and pictures in the cache', async () => {
  const subscriber = redis.duplicate();
  cleanUp.push(() => subscriber.disconnect());
  const messages: [channel: string, message: unknown][] = [];
  subscriber.on('message', (channel: string, message: string) => messages.push([channel, JSON.parse(message)]));
  await subscriber.subscribe(ordersChannel(ALICE), ordersChannel(BOB), balancesChannel(ALICE), tradesChannel('BTCUSDT'), bookChannel('BTCUSDT'), INSTRUMENTS_CHANNEL);
  const instance = await startMatcher();
  await leads(instance);
  await client.open();
  const [sell, buy] = [client.order(ALICE, 'sell', 300_001, 50), client.order(BOB, 'buy', 300_001, 20)];
  await client.append(sell, buy, { type: 'cancel_order', time: Date.now(), orderId: buy.orderId, accountId: BOB, clientOrderId: '' });
  const events = await ledger.until(9);
  expect(events.map(({ type }) => type)).toEqual([
    'instrument_configured', 'deposited', 'deposited', 'deposited', 'deposited', 'order_accepted', 'order_accepted', 'trade', 'cancel_rejected',
  ]);
  expect(ledger.repeated).toBe(0);

  const of = (channel: string): OrderUpdate[] => messages.filter(([c]) => c === channel).map(([, m]) => m as OrderUpdate);
  await until('the last update', () => of(ordersChannel(BOB)).length === 3 && of(bookChannel('BTCUSDT')).at(-1)?.seq === 9);
  expect(of(ordersChannel(ALICE))).toEqual([
    expect.objectContaining({ event: 'accepted', seq: 6, orderId: sell.orderId, status: 'open', price: '30000.1', quantity: '0.005', remaining: '0.005', side: 'sell' }),
    expect.objectContaining({ event: 'fill', seq: 8, orderId: sell.orderId, side: 'sell', status: 'open', remaining: '0.003', fill: { price: '30000.1', quantity: '0.002', liquidity: 'maker' } }),
  ]);
  // What trades do to a balance is in the orders' updates.
  expect(of(balancesChannel(ALICE)).map(({ seq }) => events[seq - 1])).toMatchObject([{ type: 'deposited', accountId: ALICE }, { type: 'deposited', accountId: ALICE }]);
  expect(of(ordersChannel(BOB)).map(({ event, status }) => [event, status])).toEqual([['accepted', 'open'], ['fill', 'filled'], ['cancel_rejected', undefined]]);
  const trade = { symbol: 'BTCUSDT', seq: 8, time: events[7].time, price: '30000.1', quantity: '0.002', takerSide: 'buy' };
  expect(of(tradesChannel('BTCUSDT'))).toEqual([trade]);
  expect((await redis.lrange(tradesKey('BTCUSDT'), 0, -1)).map((text) => JSON.parse(text) as unknown)).toEqual([trade]);
  const book = { symbol: 'BTCUSDT', seq: 9, time: expect.any(Number) as number, bids: [], asks: [['30000.1', '0.003']] };
  expect(JSON.parse(await redis.get(bookKey('BTCUSDT')) ?? '')).toEqual(book);
  expect(of(bookChannel('BTCUSDT')).at(-1)).toEqual(book);
  expect(JSON.parse(await redis.hget(INSTRUMENTS_KEY, 'BTCUSDT') ?? '')).toEqual(BTC);
  expect(messages).toContainEqual([INSTRUMENTS_CHANNEL, BTC]);
  expect(instance.matcher.facts()).toMatchObject({ role: 'leader', epoch: 1, lastSeq: 9, publishedSeq: 9, unpublished: 0, caughtUp: true });
  expect(Object.values(instance.matcher.problems()).filter(Boolean)).toEqual([]);
});

test('the standby follows in silence and takes over at once from a leader that is told to stop', async () => {
  // So long that whoever waited for it would be noticed, however busy the machine is.
  const lapseMs = 6_000;
  const a = await startMatcher({ lapseMs });
  await leads(a);
  const b = await startMatcher({ lapseMs });
  await client.open();
  await client.append(...client.pair());
  await until('the standby to follow', () => b.matcher.facts().lastSeq === 8 && b.matcher.facts().publishedSeq === 8);
  expect(b.matcher.facts()).toMatchObject({ role: 'standby', unpublished: 0 });
  await client.append(...client.pair());
  const began = Date.now();
  await a.matcher.stop();
  await leads(b);
  expect(Date.now() - began).toBeLessThan(lapseMs - RENEWAL_MS);
  await client.append(...client.pair());
  const events = await ledger.until(14);
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
  expect(new Set(ledger.epochs)).toEqual(new Set([1, 2]));
});

test('a leader that loses its network is followed with no event lost, and stays silent when it comes back', async () => {
  const a = await startMatcher();
  await leads(a);
  // Asks for the lease whenever it may, and gets no answer before the test says so: how quick the machine is decides nothing.
  const gate = openGate();
  const store = new DynamoDbLease({ table: names.table, requestTimeoutMs: 2_000 });
  cleanUp.push(() => store.close());
  /** Whether the first one led, by its own clock, whenever the second one asked to follow. */
  const led: boolean[] = [];
  const lease: LeaseStore = {
    read: (partition) => store.read(partition),
    renew: (...term) => store.renew(...term),
    release: (...term) => store.release(...term),
    close: async () => undefined,
    acquire: async (...claim) => {
      led.push(a.matcher.leads);
      await gate.opened;
      return store.acquire(...claim);
    },
  };
  const b = await startMatcher({ lease });
  cleanUp.push(() => gate.open());
  await client.open();
  await ledger.until(5, PATIENCE_MS);
  let pairs = 0;
  const load = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await client.append(...client.pair());
      pairs += 1;
    }
  };
  await load(20);
  await ledger.until(65, PATIENCE_MS);
  a.crash();
  // It reads on and cannot send what it finds: the standby has to.
  await load(40);
  for (const { matcher } of [a, b]) await until('everything to be read', () => matcher.facts().lastSeq === 185, PATIENCE_MS);
  expect(ledger.lastSeq).toBeLessThan(185);
  await until('the standby to ask', () => led.length > 0, PATIENCE_MS);
  await until('the end of the term', () => !a.matcher.leads, PATIENCE_MS);
  expect(b.matcher.leads).toBe(false);
  gate.open();
  await until('leading', () => b.matcher.leads, PATIENCE_MS);
  expect(a.matcher.leads).toBe(false);
  // The term of a leader ends before anybody asks for its place.
  expect(led).not.toContain(true);
  await load(20);
  await ledger.until(5 + pairs * 3, PATIENCE_MS);
  expect(ledger.faults).toEqual([]);
  expect(ledger.events.filter(({ type }) => type === 'trade')).toHaveLength(80);
  expect(a.matcher.facts()).toMatchObject({ role: 'standby', lastSeq: 245 });
});

test('what is not known to be published is shown again after a takeover, and trades stand once in the list', async () => {
  const hold: { bus?: true } = {};
  const sqs = new SqsEventBus({ queueUrl: names.queueUrl });
  cleanUp.push(() => sqs.close());
  // Takes nothing: everything that the first leader showed will be shown again.
  const stuck: EventBus = { publish: (run) => (hold.bus ? sqs.publish(run) : Promise.reject(new Error('down'))), close: async () => undefined };
  const a = await startMatcher({ bus: stuck });
  await leads(a);
  await client.open();
  for (let i = 0; i < 5; i++) await client.append(...client.pair(300_000 + i));
  await until('five trades', async () => await redis.llen(tradesKey('BTCUSDT')) === 5);
  expect(a.matcher.problems().queue).toMatch(/down/);
  const list = await redis.lrange(tradesKey('BTCUSDT'), 0, -1);
  await redis.set(bookKey('BTCUSDT'), 'lost');
  const subscriber = redis.duplicate();
  cleanUp.push(() => subscriber.disconnect());
  const again: OrderUpdate[] = [];
  subscriber.on('message', (_channel: string, message: string) => again.push(JSON.parse(message) as OrderUpdate));
  await subscriber.subscribe(ordersChannel(ALICE));
  const b = await startMatcher();
  a.crash();
  await leads(b);
  await ledger.until(20);
  await until('the book again', async () => await redis.get(bookKey('BTCUSDT')) !== 'lost');
  expect(await redis.lrange(tradesKey('BTCUSDT'), 0, -1)).toEqual(list);
  expect((JSON.parse(await redis.get(bookKey('BTCUSDT')) ?? '') as BookView).seq).toBe(20);
  // The accounts' own messages as well: nobody knows which of them the first leader got out.
  expect(again.map(({ event }) => event)).toEqual(Array.from({ length: 5 }, () => ['accepted', 'fill']).flat());
});

test('a new process goes on from the snapshot and sends nothing that is recorded as sent', async () => {
  const a = await startMatcher({ snapshotIntervalMs: 200 });
  await leads(a);
  await client.open();
  await client.append(...client.pair(), client.order(ALICE, 'sell', 400_000, 7));
  await ledger.until(9);
  const snapshots = instances.snapshots();
  await until('a snapshot', async () => (await snapshots.load(0))?.seq === 9);
  await a.matcher.stop();
  await client.append(client.order(BOB, 'buy', 400_000, 7));
  const b = await startMatcher();
  await leads(b);
  const events = await ledger.until(11);
  expect(events[10]).toMatchObject({ type: 'trade', makerAccountId: ALICE, makerRemainingLots: 0 });
  expect(ledger.repeated).toBe(0);
});

test('no snapshot is saved of what is not recorded as published', async () => {
  let open = false;
  const valve: EventBus = { publish: (run) => (open ? Promise.resolve(run.events.length) : Promise.reject(new Error('down'))), close: async () => undefined };
  const a = await startMatcher({ snapshotIntervalMs: 100, bus: valve });
  await leads(a);
  await client.open();
  await until('events', () => a.matcher.facts().lastSeq === 5);
  await sleep(600);
  const snapshots = instances.snapshots();
  expect(await snapshots.load(0)).toBeUndefined();
  open = true;
  await until('a snapshot', async () => (await snapshots.load(0))?.seq === 5);
});

test('when the queue takes nothing the journal is not read on, and later nothing is missing', async () => {
  let open = false;
  const sqs = new SqsEventBus({ queueUrl: names.queueUrl });
  cleanUp.push(() => sqs.close());
  const valve: EventBus = { publish: (run) => (open ? sqs.publish(run) : Promise.reject(new Error('down'))), close: async () => undefined };
  const a = await startMatcher({ bus: valve, maxUnpublished: 20 });
  await leads(a);
  await client.open();
  for (let i = 0; i < 15; i++) await client.append(...client.pair());
  await until('the pause', () => Number(a.matcher.facts().unpublished) >= 20);
  await sleep(150);
  expect(a.matcher.facts().lastSeq).toBeLessThan(25);
  expect(a.matcher.problems().queue).toBeDefined();
  // A process that never saw the end of the journal leads all the same, or nobody would ever empty the queue.
  a.crash();
  const b = await startMatcher({ bus: valve, maxUnpublished: 20 });
  await leads(b);
  open = true;
  await ledger.until(50);
});

test('a corrupt record stops the core there, is told by the health check, and what came before is settled', async () => {
  const a = await startMatcher();
  await leads(a);
  await client.open();
  await ledger.until(5);
  const other = new TestClient(names.stream);
  cleanUp.push(() => other.close());
  await client.append(...client.pair());
  const broken = encodeCommandBatch(0, client.pair().map(encodeCommand));
  broken[broken.length - 1] ^= 1;
  const position = await (other as unknown as { writer: { append(p: number, f: Uint8Array): Promise<string> } }).writer.append(0, broken);
  await client.append(...client.pair());
  await until('the stop', () => a.matcher.problems().loop !== undefined);
  expect(a.matcher.problems().loop).toContain(`record ${position} of shard`);
  await ledger.until(8);
  expect(a.matcher.facts()).toMatchObject({ lastSeq: 8 });
  expect(a.fatal).toEqual([]);
});

test('a cache that goes away stops neither the core nor settlement, and one that comes back empty is filled again', async () => {
  const { password } = platform.redis;
  let own = await startRedis({ dir: join(platform.dir, 'own-1'), password });
  cleanUp.push(() => own.stop());
  const projections = connectCache({ url: own.url, authToken: password, name: 'own', logger });
  cleanUp.push(() => projections.disconnect());
  const a = await startMatcher({ cache: new CacheWriter(projections, logger) });
  await leads(a);
  await client.open();
  await client.append(client.order(ALICE, 'sell', 500_000, 1));
  await ledger.until(6);
  await own.stop();
  await client.append(client.order(ALICE, 'sell', 500_000, 2), client.order(BOB, 'buy', 500_000, 1));
  await ledger.until(9);
  own = await startRedis({ dir: join(platform.dir, 'own-2'), password, port: own.port });
  const reader = connectCache({ url: own.url, authToken: password, name: 'reader', logger, subscriber: true });
  cleanUp.push(() => reader.disconnect());
  await until('the book again', async () => (await reader.get(bookKey('BTCUSDT')))?.includes('"asks":[["50000","0.0002"]]') ?? false);
  expect(await reader.hkeys(INSTRUMENTS_KEY)).toEqual(['BTCUSDT']);
  // The trade of the meantime is not missing.
  expect((await reader.lrange(tradesKey('BTCUSDT'), 0, -1)).map((text) => (JSON.parse(text) as TradeView).seq)).toEqual([9]);
});

test('a cache that is flushed under its connection is filled again, by a successor as well', async () => {
  const a = await startMatcher();
  await leads(a);
  await client.open();
  for (let i = 0; i < 55; i++) await client.append(...client.pair(300_000 + i));
  await client.append(client.order(ALICE, 'sell', 500_000, 2));
  await ledger.until(5 + 55 * 3 + 1);
  const known = async (): Promise<unknown> => ({
    trades: await redis.lrange(tradesKey('BTCUSDT'), 0, -1),
    instruments: await redis.hgetall(INSTRUMENTS_KEY),
    // The time is that of the picture.
    book: JSON.stringify({ ...JSON.parse(await redis.get(bookKey('BTCUSDT')) ?? '{}') as BookView, time: 0 }),
  });
  await until('the last trade', async () => (await redis.lindex(tradesKey('BTCUSDT'), 0))?.includes('"seq":170') ?? false);
  await until('the book', async () => (await redis.get(bookKey('BTCUSDT')))?.includes('"asks":[["50000","0.0002"]]') ?? false);
  const before = await known();
  await redis.flushall();
  await until('everything again', async () => await redis.exists(bookKey('BTCUSDT')) === 1 && await redis.llen(tradesKey('BTCUSDT')) === 50);
  expect(await known()).toEqual(before);

  // One that was in step with it all the time.
  const b = await startMatcher();
  await until('in step', () => b.matcher.facts().lastSeq === 171);
  a.crash();
  await redis.flushall();
  await leads(b);
  await until('everything from the successor', async () => await redis.exists(bookKey('BTCUSDT')) === 1 && await redis.llen(tradesKey('BTCUSDT')) === 50);
  expect(await known()).toEqual(before);
});
