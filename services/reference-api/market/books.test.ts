import type { QueryBook } from '../../adapters/query/messages';
import { bookKey } from '../../domain';
import { ALICE, BOB, call, Harness, type Task, until } from '../testing/harness';
import { StreamClient } from '../testing/stream-client';

/** A matcher that says what it is told to. */
class Matcher {
  asked = 0;
  answer: QueryBook | undefined;
  newest: number | undefined;
  problem: string | undefined;

  book(): Promise<QueryBook> {
    this.asked += 1;
    this.problem = this.answer ? undefined : 'away';
    return this.answer ? Promise.resolve(this.answer) : Promise.reject(new Error('away'));
  }

  newestVersion(): Promise<number | undefined> {
    return Promise.resolve(this.newest);
  }
}

const live: QueryBook = { symbol: 'BTCUSDT', seq: 12, bids: [{ priceTicks: 300_000, quantityLots: 5 }], asks: [], caughtUp: true };
const cached = JSON.stringify({ symbol: 'BTCUSDT', seq: 9, time: 1, bids: [], asks: [['30000.1', '0.1']] });
let harness: Harness;
let matcher: Matcher;
let task: Task;
let token: string;

beforeAll(async () => {
  harness = await new Harness().start();
  token = harness.pool.token(ALICE);
});
afterAll(() => harness.stop());

beforeEach(async () => {
  await harness.cache.del(bookKey('BTCUSDT'));
  matcher = new Matcher();
  task = await harness.task({ matcher });
});

const book = () => call(task, 'GET', '/v1/book/BTCUSDT', { token });
const checks = async () => (await call(task, 'GET', '/health')).body.checks as Record<string, string>;

test('a task that has just started asks the matcher, then the cache', async () => {
  matcher.answer = live;
  await harness.cache.set(bookKey('BTCUSDT'), cached);
  expect(await book()).toMatchObject({ status: 200, body: { symbol: 'BTCUSDT', seq: 12, bids: [['30000', '0.0005']], asks: [] } });
  expect(await book()).toMatchObject({ status: 200, body: { seq: 9 } });
  expect(matcher.asked).toBe(1);
  // The cache has lost it: the matcher again.
  await harness.cache.del(bookKey('BTCUSDT'));
  expect(await book()).toMatchObject({ status: 200, body: { seq: 12 } });
});

test('when the matcher does not answer, or knows less, the cache serves, and health says so', async () => {
  await harness.cache.set(bookKey('BTCUSDT'), cached);
  expect(await book()).toMatchObject({ status: 200, body: { seq: 9 } });
  expect((await checks()).matcher).toBe('away');
  matcher.answer = { ...live, caughtUp: false };
  expect(await book()).toMatchObject({ status: 200, body: { seq: 9 } });
  expect((await checks()).matcher).toBe('ok');
});

test('when neither has it there is no book: not an empty one', async () => {
  expect(await book()).toMatchObject({ status: 503, body: { code: 'book_unavailable' } });
  expect((await checks()).matcher).toBe('away');
});

test('a stream begins with the matcher\'s book as well', async () => {
  matcher.answer = live;
  const client = await StreamClient.open(task.url, { token });
  await client.subscribe('book.BTCUSDT');
  await until(() => client.data('book.BTCUSDT').length > 0);
  expect(client.data('book.BTCUSDT')[0]).toMatchObject({ seq: 12, bids: [['30000', '0.0005']] });
  client.socket.close();
});

test('differences of a book reach whoever subscribes to them', async () => {
  const client = await StreamClient.open(task.url, { token });
  await client.subscribe('depth.BTCUSDT');
  const update = { symbol: 'BTCUSDT', previousSeq: 9, seq: 10, time: 2, bids: [], asks: [['30000.1', '0']] };
  await harness.cache.publish('depth.BTCUSDT', JSON.stringify(update));
  await until(() => client.data('depth.BTCUSDT').length > 0);
  expect(client.data('depth.BTCUSDT')).toEqual([update]);
  client.socket.close();
});

test('the core is upgraded to what every matcher knows, and to nothing else', async () => {
  const operator = harness.pool.token(BOB, ['operators']);
  const upgrade = (version: unknown) => call(task, 'POST', '/v1/admin/upgrades', { token: operator, body: { version } });
  expect(await upgrade(2)).toMatchObject({ status: 503, body: { code: 'matchers_unavailable' } });
  matcher.newest = 2;
  expect(await upgrade(3)).toMatchObject({ status: 409, body: { code: 'unknown_version', newest: 2 } });
  expect(await upgrade(0)).toMatchObject({ status: 400 });
  expect(task.journal.commands).toHaveLength(0);
  expect(await upgrade(2)).toMatchObject({ status: 202, body: { position: expect.any(String) as string } });
  expect(task.journal.commands).toMatchObject([{ type: 'upgrade', version: 2 }]);
  expect(await call(task, 'POST', '/v1/admin/upgrades', { token, body: { version: 2 } })).toMatchObject({ status: 403 });
});
