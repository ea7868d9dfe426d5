import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { MatcherQuery } from '../adapters/query/query-client';
import type { SnapshotStore } from '../adapters/snapshots/snapshot-store';
import {
  bookKey, type Command, CORE_VERSION, decodeEventRun, depthChannel, type DepthUpdate, type EventRun, UnsupportedVersionError,
} from '../domain';
import { awsClientSettings, Health } from '../runtime';
import { coreBuild, type CoreBuild } from './core-build';
import { startQueryServer } from './query/query-server';
import { openEpoch } from './recovery/open-epoch';
import { Instances, leads, logger, until } from './testing/instances';
import { TestLedger } from './testing/ledger';
import { ALICE, BOB, BTC, TestClient } from './testing/orders';
import { startTestPlatform, type Names, type TestPlatform } from './testing/platform';
import { connectCache } from '../adapters/cache/redis';

let platform: TestPlatform;
let names: Names;
let client: TestClient;
let ledger: TestLedger;
let instances: Instances;

beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform?.stop());
beforeEach(async () => {
  const redis = connectCache({ url: platform.redis.url, authToken: platform.redis.password, name: 'test', logger, subscriber: true });
  await redis.flushall();
  redis.disconnect();
  names = await platform.create();
  instances = new Instances(platform, names);
  client = new TestClient(names.stream);
  ledger = new TestLedger(names.queueUrl);
});
afterEach(async () => {
  await instances.stop();
  await ledger.stop();
  await client.close();
});

const upgrade = (version: number): Command => ({ type: 'upgrade', time: Date.now(), version });

/** A build whose core counts what it is given before it is what it should be. */
function watched(build: CoreBuild, seen: { version: number; type: string }[]): CoreBuild {
  return {
    ...build,
    restore: (snapshot, partition) => {
      const core = build.restore(snapshot, partition);
      const apply = core.apply.bind(core);
      return Object.assign(core, {
        apply: (command: Command) => {
          seen.push({ version: core.version, type: command.type });
          return apply(command);
        },
      });
    },
  };
}

describe('an upgrade', () => {
  test('the old build stops right before it and leaves a snapshot; the new one begins there and behaves anew', async () => {
    const old = coreBuild({ newestVersion: 1 });
    const seen: { version: number; type: string }[] = [];
    // Knows nothing of behaviour 1: the market order that walks through the band.
    const next = watched(coreBuild({ oldestVersion: 2, newestVersion: 2 }), seen);
    const [a, b] = [await instances.start({ build: old, snapshotIntervalMs: 100 }), await instances.start({ build: old })];
    await leads(a);
    await client.open();
    await client.append(client.order(ALICE, 'sell', 100, 5), client.order(BOB, 'buy', 100, 1), client.order(ALICE, 'sell', 200, 5));
    const market = (): Command => ({ ...client.order(BOB, 'buy', 0, 6), orderType: 'market', timeInForce: 'ioc' });
    const banded: Command = {
      type: 'configure_instrument', time: Date.now(), instrument: { ...BTC, version: 2, rules: { priceBandBps: 1_000 } },
    };
    await client.append(banded);
    await ledger.until(10);
    // A build that is too new waits for its snapshot: one of the old behaviour is there, and is of no use to it.
    await until('a snapshot', async () => await instances.snapshots().newestAt(0) !== undefined);
    const starting = instances.start({ build: next });
    // Inside one record, between orders: the old build applies what is before it and nothing behind it.
    await client.append(client.order(ALICE, 'sell', 105, 1), upgrade(2), market());
    const c = await starting;
    await leads(c);
    expect(a.matcher.problems().loop).toContain('asks for version 2 of the core, this build knows 1');
    expect([a.matcher.leads, b.matcher.leads]).toEqual([false, false]);
    const events = await ledger.until(16);
    expect(events.slice(10).map(({ type }) => type)).toEqual(['order_accepted', 'upgraded', 'order_accepted', 'trade', 'trade', 'order_cancelled']);
    // Behaviour 2: stops at the band; behaviour 1 would have gone on to 200.
    expect(events[15]).toMatchObject({ reason: 'price_band', remainingLots: 1 });
    expect(seen.filter(({ version, type }) => version < 2 && type !== 'upgrade')).toEqual([]);
    expect(ledger.repeated).toBe(0);
    expect(c.matcher.facts()).toMatchObject({ role: 'leader', version: 2, newestVersion: 2 });
    // What it leaves in turn is of the new behaviour.
    await until('its own snapshot', async () => (await instances.snapshots().load(0))?.version === 2);
  });

  test('a leader that is lost right there is followed by its own build, which leaves what the new one needs', async () => {
    const old = coreBuild({ newestVersion: 1 });
    const [a, b] = [await instances.start({ build: old }), await instances.start({ build: old })];
    await until('a leader', () => a.matcher.leads || b.matcher.leads, 20_000);
    const leader = a.matcher.leads ? a : b;
    await client.open();
    await ledger.until(5, 20_000);
    leader.crash();
    await client.append(client.order(ALICE, 'sell', 105, 1), upgrade(2), client.order(ALICE, 'sell', 106, 1));
    await until('what it leaves', async () => await instances.snapshots().newestAt(0) !== undefined, 20_000);
    const c = await instances.start({ build: coreBuild({ oldestVersion: 2 }) });
    await until('the new build to lead', () => c.matcher.leads, 20_000);
    const events = await ledger.until(8, 20_000);
    expect(events.slice(5).map(({ type }) => type)).toEqual(['order_accepted', 'upgraded', 'order_accepted']);
    expect(ledger.faults).toEqual([]);
  });

  test('a build that no longer shows the behaviour that a venue began with does not begin it again', async () => {
    await client.append(upgrade(1));
    await client.open();
    const { fatal, matcher } = await instances.start({ build: coreBuild({ oldestVersion: 2 }) });
    await until('the end', () => fatal.length > 0, 20_000);
    expect(String(fatal[0])).toMatch(/the journal begins with behaviour 1, which this build does not show: it can only start from a snapshot at behaviour 2/);
    expect(matcher.leads).toBe(false);
  });

  test('a build that knows both behaviours goes through it without a pause', async () => {
    const a = await instances.start({ build: { ...coreBuild(), create: (options) => coreBuild({ newestVersion: 1 }).create(options) } });
    await leads(a);
    await client.open();
    // The core of the first behaviour was made by the build before; this one takes it over from its snapshot.
    const bytes = coreBuild({ newestVersion: 1 }).create({ partition: 0, idempotencyWindowMs: 1 }).snapshot();
    const core = coreBuild().restore(bytes, 0);
    expect(core.version).toBe(1);
    expect(core.apply(upgrade(2))).toMatchObject([{ type: 'upgraded', version: 2 }]);
    expect(core.apply(upgrade(2))).toEqual([]);
    expect(() => core.apply(upgrade(99))).toThrow(UnsupportedVersionError);
    await ledger.until(5);
  });

  test('a snapshot of a newer behaviour than the build knows is refused', async () => {
    await instances.snapshots().save({ partition: 0, seq: 0, position: undefined, version: 9, state: new Uint8Array([1]) });
    await expect(instances.start()).rejects.toThrow(/is of behaviour 9; this build knows up to \d\. Start a newer build/);
  });
});

describe('a quick recovery', () => {
  const store = (): SnapshotStore => ({
    load: () => Promise.resolve(undefined), newestAt: () => Promise.resolve(undefined), save: () => Promise.resolve(), close: () => Promise.resolve(),
  });

  test.each([['goes over what is long published', 20], ['that went too far is done again, keeping the events', 1]])('%s', async (_, replayMargin) => {
    const a = await instances.start({ snapshots: store() });
    await leads(a);
    await client.open();
    for (let i = 0; i < 20; i++) await client.append(...client.pair());
    await ledger.until(65);
    await until('the record of it', () => a.matcher.facts().publishedSeq === 65);
    await a.matcher.stop();
    // Many commands in one record, of which the lease knows nothing.
    await client.append(...Array.from({ length: 10 }, () => client.pair()).flat());
    const frames: number[] = [];
    const build = coreBuild();
    const b = await instances.start({
      snapshots: store(), replayMargin,
      build: {
        ...build,
        create: (options) => {
          const core = build.create(options);
          const replay = core.replay.bind(core);
          return Object.assign(core, { replay: (frame: Uint8Array) => frames.push(replay(frame)) });
        },
      },
    });
    await leads(b);
    const events = await ledger.until(95);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 95 }, (_one, i) => i + 1));
    expect(ledger.repeated).toBe(0);
    expect(frames.length).toBeGreaterThan(5);
    expect(b.matcher.facts()).toMatchObject({ lastSeq: 95 });
  });
});

test('differences of the book lead from picture to picture', async () => {
  const a = await instances.start();
  await leads(a);
  await client.open();
  await ledger.until(5);
  const redis = connectCache({ url: platform.redis.url, authToken: platform.redis.password, name: 'test', logger, subscriber: true });
  const subscriber = redis.duplicate();
  instances.cleanUp.push(() => [redis, subscriber].forEach((connection) => connection.disconnect()));
  // The picture that the first difference follows.
  await until('the first picture', async () => await redis.get(bookKey('BTCUSDT')) !== null);
  const updates: DepthUpdate[] = [];
  subscriber.on('message', (_channel: string, message: string) => updates.push(JSON.parse(message) as DepthUpdate));
  await subscriber.subscribe(depthChannel('BTCUSDT'));
  await client.append(client.order(ALICE, 'sell', 300_000, 5), client.order(ALICE, 'sell', 300_010, 7));
  await until('the first difference', () => updates.length === 1);
  await client.append(client.order(BOB, 'buy', 300_000, 5), client.order(BOB, 'buy', 299_990, 2));
  await until('the second difference', () => updates.length === 2);
  expect(updates[0]).toMatchObject({ symbol: 'BTCUSDT', seq: 7, bids: [], asks: [['30000', '0.0005'], ['30001', '0.0007']] });
  expect(updates[1]).toMatchObject({ previousSeq: 7, seq: 10, bids: [['29999', '0.0002']], asks: [['30000', '0']] });
});

describe('questions', () => {
  test('leader and standby say the same of book, orders and state, over the port of the health check', async () => {
    const health = new Health('matcher');
    const endpoints: string[] = [];
    const ports: number[] = [];
    for (const instance of [await instances.start(), await instances.start()]) {
      const server = await startQueryServer(instance.matcher.query(), health, 0);
      instances.cleanUp.push(() => server.close());
      endpoints.push(`127.0.0.1:${server.port}`);
      ports.push(server.port);
    }
    await client.open();
    const stop: Command = { ...client.order(ALICE, 'sell', 0, 3), orderType: 'stop_loss', timeInForce: 'ioc', triggerTicks: 200_000 };
    await client.append(client.order(ALICE, 'sell', 300_000, 5), client.order(BOB, 'buy', 299_990, 2), stop);
    await ledger.until(8);
    const clients = endpoints.map((endpoint) => new MatcherQuery({ endpoints: [endpoint] }));
    instances.cleanUp.push(() => clients.forEach((one) => one.close()));
    for (const one of clients) await until('the last order', async () => (await one.position()).seq === 8);
    const answers = await Promise.all(clients.map(async (one) => ({
      book: await one.book('BTCUSDT'), orders: await one.orders('BTCUSDT'), hash: await one.stateHash(), health: await one.health(),
    })));
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0].book).toEqual({
      symbol: 'BTCUSDT', seq: 8, bids: [{ priceTicks: 299_990, quantityLots: 2 }], asks: [{ priceTicks: 300_000, quantityLots: 5 }], caughtUp: true,
    });
    expect(answers[0].orders).toMatchObject({ seq: 8, resting: [{ side: 'buy' }, { side: 'sell', remainingLots: 5 }], waiting: [{ type: 'stop_loss', triggerTicks: 200_000 }] });
    expect(answers[0].hash).toMatchObject({ seq: 8, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(answers[0].health).toEqual({ status: 'SERVING' });
    expect((await clients[0].positions())[0]).toMatchObject({ partition: 0, seq: 8, version: CORE_VERSION, newestVersion: CORE_VERSION });
    await expect(clients[0].book('NOPE')).rejects.toMatchObject({ details: 'there is no such instrument' });
    const report = await fetch(`http://127.0.0.1:${ports[0]}/health`);
    expect([report.status, await report.json()]).toMatchObject([200, { service: 'matcher' }]);
  });

  test('whoever answers serves; when nobody does, that is what is said', async () => {
    const a = await instances.start();
    const server = await startQueryServer(a.matcher.query(), new Health('matcher').add({ name: 'x', critical: true, check: () => 'broken' }), 0);
    const query = new MatcherQuery({ endpoints: ['127.0.0.1:9', `127.0.0.1:${server.port}`], timeoutMs: 1_000 });
    instances.cleanUp.push(() => query.close());
    await client.open();
    await until('the instrument', () => query.book('BTCUSDT').then(() => true, () => false));
    expect(query.problem).toBeUndefined();
    expect(await query.health()).toEqual({ status: 'NOT_SERVING' });
    server.close();
    await expect(query.book('BTCUSDT')).rejects.toThrow();
    expect(query.problem).toBeDefined();
  });
});

test('a region that takes over goes on behind the lost one, in a later epoch', async () => {
  const core = coreBuild().create({ partition: 0, idempotencyWindowMs: 3_600_000 });
  const funds = { type: 'deposit' as const, time: 1, accountId: ALICE, asset: 'BTC', amount: 10 ** 9, depositId: ALICE };
  const sell = client.order(ALICE, 'sell', 300_000, 5);
  for (const command of [{ type: 'configure_instrument' as const, time: 1, instrument: BTC }, funds, sell]) core.apply(command);
  await instances.snapshots().save({ partition: 0, seq: 3, position: undefined, version: core.version, state: core.snapshot() });
  await openEpoch(names.table, 0, 41, 3);
  // Again, as long as nobody has led here.
  await openEpoch(names.table, 0, 41, 3);
  const a = await instances.start();
  await leads(a);
  expect(a.matcher.facts()).toMatchObject({ epoch: 42, lastSeq: 3, publishedSeq: 3 });
  const taken: EventRun[] = [];
  await client.append({ type: 'cancel_order', time: 2, orderId: sell.orderId, accountId: ALICE, clientOrderId: '' });
  const { events } = await nextRun(names.queueUrl, taken);
  expect(events).toMatchObject([{ type: 'order_cancelled', seq: 4, orderId: sell.orderId }]);
  expect(taken.map(({ epoch }) => epoch)).toEqual([42]);
  await expect(openEpoch(names.table, 0, 41, 3)).rejects.toThrow(/stands at epoch 41 or later: a matcher leads here/);
});

/** The next run in the settlement queue, whatever its sequence begins with. */
async function nextRun(queueUrl: string, taken: EventRun[]): Promise<EventRun> {
  await ledger.stop();
  const sqs = new SQSClient({ ...awsClientSettings(30_000), useQueueUrlAsEndpoint: false });
  try {
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 1 }));
      for (const { Body = '' } of Messages) taken.push(decodeEventRun(Buffer.from(Body, 'base64')));
      if (taken.length > 0) return taken[0];
    }
  } finally {
    sqs.destroy();
  }
}
