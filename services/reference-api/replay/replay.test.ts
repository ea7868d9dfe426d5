import type { Bar } from '../../adapters/candles/aggregate';
import { DAY_MS, parseDay } from '../../adapters/candles/candle';
import { ALICE, call, Harness, type Task, until } from '../testing/harness';
import { HistoryStore, minutesOf } from '../testing/history-store';
import { StreamClient } from '../testing/stream-client';

const first = parseDay('2025-12-10');
const day = (n: number): number => first + n * DAY_MS;
/** Enough days that no buffer of the operating system holds them. */
const MANY = 90;

interface Told {
  readonly op?: string;
  readonly id?: string;
  readonly event?: string;
  readonly channel?: string;
  readonly data?: readonly Bar[];
  readonly error?: { readonly code: string; readonly id?: string };
  readonly [fact: string]: unknown;
}

let harness: Harness;
let store: HistoryStore;
let task: Task;
const clients: StreamClient[] = [];

beforeAll(async () => {
  [harness, store] = await Promise.all([new Harness().start(), new HistoryStore().start()]);
  await store.write('BTCUSDT', day(0), 2);
  await store.write('BTCUSDT', day(3), 1, [700]);
  await store.write('BTCUSDT', day(4), 1);
  await store.write('ETHUSDT', day(0), MANY);
  await store.damage('BTCUSDT', day(4), 'flip');
  task = await harness.task({ candles: store.options });
}, 120_000);
afterAll(async () => {
  for (const { socket } of clients) socket.terminate();
  await harness?.stop();
  await store?.stop();
});
beforeEach(() => {
  store.reads.length = 0;
  store.before = () => undefined;
});
afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.terminate();
  await until(async () => await running() === 0);
});

const connect = async (of: Task = task, claims?: Record<string, unknown>): Promise<StreamClient> => {
  const token = claims ? harness.pool.sign({ ...harness.pool.claims(ALICE, []), ...claims }) : harness.pool.token(ALICE);
  const client = await StreamClient.open(of.url, { token });
  clients.push(client);
  return client;
};
const told = (client: StreamClient): Told[] => client.messages as unknown as Told[];
const bars = (client: StreamClient, id = 'a'): Bar[] => told(client).filter(({ channel }) => channel === `replay.${id}`).flatMap(({ data = [] }) => data);
const events = (client: StreamClient, event: string, id = 'a'): Told[] => told(client).filter((message) => message.op === 'replay' && message.event === event && message.id === id);
const codes = (client: StreamClient): (string | undefined)[] => told(client).filter(({ error }) => error).map(({ error }) => error?.code);
const replay = (client: StreamClient, body: Record<string, unknown>, id = 'a'): void => client.send({ op: 'replay', id, symbol: 'BTCUSDT', from: day(0), speed: 'max', ...body });
const control = (client: StreamClient, action: string, id = 'a'): void => client.send({ op: 'replay_control', id, action });
const running = async (): Promise<unknown> => ((await call(task, 'GET', '/health')).body.facts as Record<string, unknown>).replays;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('as fast as the client takes it: every bar once and in order; what is not whole is told before what follows', async () => {
  const client = await connect();
  replay(client, {});
  await until(() => events(client, 'ended').length > 0);
  expect(bars(client)).toEqual([...minutesOf(day(0)), ...minutesOf(day(1)), ...minutesOf(day(3), [700])]);
  expect(events(client, 'gap').map(({ day: of, status, minutes }) => [of, status, minutes])).toEqual([
    ['2025-12-12', 'missing', 0], ['2025-12-13', 'incomplete', 1_439], ['2025-12-14', 'unreadable', 1_440],
  ]);
  expect(events(client, 'started')).toEqual([{ op: 'replay', id: 'a', event: 'started', symbol: 'BTCUSDT', interval: '1m', from: day(0), speed: 'max' }]);
  expect(events(client, 'ended')).toEqual([{ op: 'replay', id: 'a', event: 'ended', reason: 'end', bars: 4_319, next: day(5) }]);
  const missing = told(client).findIndex(({ event }) => event === 'gap');
  const before = told(client).slice(0, missing).flatMap(({ data = [] }) => data);
  expect(before.at(-1)?.openTime).toBe(day(2) - 60_000);
});

test('two replays of a connection share the files, and have longer bars', async () => {
  const fresh = await harness.task({ candles: store.options });
  const client = await connect(fresh);
  replay(client, { interval: '1h', to: day(2) }, 'a');
  replay(client, { interval: '4h', to: day(2), from: day(1) }, 'b');
  await until(() => events(client, 'ended', 'a').length + events(client, 'ended', 'b').length === 2);
  expect([bars(client, 'a').length, bars(client, 'b').length, store.reads.length]).toEqual([48, 6, 2]);
});

test('at 3600 × a minute takes a sixtieth of a second; it stands still while paused and loses nothing; a stop says where to go on', async () => {
  const client = await connect();
  const started = performance.now();
  replay(client, { speed: 3_600 });
  await until(() => bars(client).length >= 60);
  const took = performance.now() - started;
  expect(took).toBeGreaterThan(900);
  // How late a busy machine is says nothing.
  control(client, 'pause');
  await until(() => events(client, 'paused').length > 0);
  const seen = bars(client).length;
  expect(events(client, 'paused')[0]).toMatchObject({ bars: seen, next: day(0) + seen * 60_000 });
  await pause(300);
  expect(bars(client)).toHaveLength(seen);
  control(client, 'resume');
  const resumed = performance.now();
  await until(() => bars(client).length >= seen + 12);
  // The pause is not caught up with.
  expect(performance.now() - resumed).toBeGreaterThan(150);
  control(client, 'stop');
  await until(() => events(client, 'ended').length > 0);
  const [{ reason, next, bars: count }] = events(client, 'ended');
  expect([reason, count]).toEqual(['stopped', bars(client).length]);
  expect(bars(client)).toEqual(minutesOf(day(0)).slice(0, bars(client).length));
  replay(client, { from: next, to: Number(next) + 3 * 60_000 }, 'b');
  await until(() => events(client, 'ended', 'b').length > 0);
  expect(bars(client, 'b')[0].openTime).toBe(bars(client).at(-1)!.openTime + 60_000);
});

test('at 1 × a bar is not told before it would have been complete', async () => {
  const client = await connect();
  replay(client, { speed: 1, from: day(0) });
  replay(client, { speed: 60, from: day(0) + 1 }, 'b');
  await until(() => bars(client, 'b').length > 0);
  expect([bars(client, 'b')[0].openTime, bars(client, 'a')]).toEqual([day(0) + 60_000, []]);
  control(client, 'stop', 'a');
  await until(() => events(client, 'ended', 'a').length > 0);
  expect(events(client, 'ended', 'a')[0]).toMatchObject({ reason: 'stopped', bars: 0, next: day(0) });
});

test('a client that takes nothing holds its replay up, and nobody else; when it takes again it gets all of it', async () => {
  const patient = await harness.task({ candles: store.options, stream: { pingMs: 60_000 } });
  const slow = await connect(patient);
  const quick = await connect(patient);
  replay(slow, { symbol: 'ETHUSDT' });
  await until(() => bars(slow).length > 0);
  slow.socket.pause();
  let before = -1;
  while (before !== store.reads.length) {
    before = store.reads.length;
    await pause(700);
  }
  expect(before).toBeLessThan(MANY);
  replay(quick, { to: day(1) });
  await until(() => events(quick, 'ended').length > 0);
  expect(store.reads.filter((key) => key.includes('ETHUSDT'))).toHaveLength(before);
  slow.socket.resume();
  await until(() => events(slow, 'ended').length > 0, 30_000);
  const times = bars(slow).map(({ openTime }) => openTime);
  expect(times).toHaveLength(MANY * 1_440);
  expect(times.every((time, i) => time === day(0) + i * 60_000)).toBe(true);
  expect(slow.closed).toBeUndefined();
}, 60_000);

test('a connection that goes takes its replays along', async () => {
  const client = await connect();
  replay(client, { speed: 1 }, 'a');
  replay(client, { speed: 60 }, 'b');
  replay(client, { speed: 'max', symbol: 'ETHUSDT' }, 'c');
  control(client, 'pause', 'b');
  await until(async () => await running() === 3);
  client.socket.terminate();
  await until(async () => await running() === 0);
  const reads = store.reads.length;
  await pause(200);
  expect(store.reads.length - reads).toBeLessThanOrEqual(1);
});

test('a few at a time, on a connection and of an account', async () => {
  const [one, two, three] = [await connect(), await connect(), await connect()];
  for (const id of ['a', 'b', 'c', 'd']) replay(one, { speed: 1 }, id);
  replay(one, { speed: 1 }, 'a');
  await until(() => codes(one).length === 2);
  expect(codes(one)).toEqual(['too_many_replays', 'replay_exists']);
  for (const id of ['a', 'b', 'c']) replay(two, { speed: 1 }, id);
  await until(() => events(two, 'started', 'c').length > 0);
  replay(three, { speed: 1 });
  await until(() => codes(three).length === 1);
  expect(codes(three)).toEqual(['too_many_replays']);
  control(one, 'stop', 'b');
  await until(() => events(one, 'ended', 'b').length > 0);
  replay(three, { speed: 1 });
  await until(() => events(three, 'started').length > 0);
});

test.each<[string, Record<string, unknown>, string]>([
  ['a speed below 1', { speed: 0.5 }, 'invalid_speed'],
  ['a speed above 3600', { speed: 3_601 }, 'invalid_speed'],
  ['no speed', { speed: undefined }, 'invalid_speed'],
  ['a time that is none', { from: '2025-12-10' }, 'invalid_from'],
  ['a time before all times', { from: -1 }, 'invalid_from'],
  ['an end before the beginning', { to: day(0) }, 'invalid_range'],
  ['more than a year', { to: day(400) }, 'invalid_range'],
  ['a field that there is not', { depth: 5 }, 'unknown_field'],
  ['an interval that there is not', { interval: '7m' }, 'invalid_field'],
])('%s is refused in words', async (_what, body, code) => {
  const client = await connect();
  replay(client, body);
  await until(() => codes(client).length > 0);
  expect(told(client).find(({ error }) => error)?.error).toMatchObject({ code, id: 'a' });
  expect(events(client, 'started')).toEqual([]);
});

test('what cannot be replayed says why, and leaves room for another', async () => {
  const client = await connect();
  replay(client, { symbol: 'NOPE' });
  await until(() => events(client, 'ended').length > 0);
  replay(client, { from: day(1_000) }, 'b');
  await until(() => events(client, 'ended', 'b').length > 0);
  control(client, 'pause', 'b');
  client.send({ op: 'replay_control', id: 'b', action: 'rewind' });
  client.send({ op: 'replay', id: 'no such name!', symbol: 'BTCUSDT', from: 0, speed: 1 });
  await until(() => codes(client).length === 5);
  expect(codes(client)).toEqual(['no_bars', 'no_bars', 'unknown_replay', 'invalid_message', 'invalid_message']);
  expect(events(client, 'ended')[0]).toMatchObject({ reason: 'failed', bars: 0, next: day(0) });
});

test('a store that goes away in the middle ends a replay, which says where it was', async () => {
  const fresh = await harness.task({ candles: store.options });
  const client = await connect(fresh);
  store.before = () => (store.reads.length > 1 ? Promise.reject(new Error('away')) : undefined);
  replay(client, {});
  await until(() => events(client, 'ended').length > 0);
  expect(codes(client)).toEqual(['history_unavailable']);
  expect(events(client, 'ended')[0]).toMatchObject({ reason: 'failed', bars: 1_440, next: day(1) });
  expect(bars(client)).toEqual(minutesOf(day(0)));
});

test('who may not read may not replay; where there is no history there is none to replay', async () => {
  const client = await connect(task, { scope: 'aws.cognito.signin.user.admin trading/trade' });
  replay(client, {});
  await until(() => codes(client).length > 0);
  const plain = await connect(await harness.task());
  replay(plain, {});
  await until(() => codes(plain).length > 0);
  expect([codes(client), codes(plain)]).toEqual([['insufficient_scope'], ['feature_not_here']]);
});
