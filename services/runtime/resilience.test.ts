import { Breaker, BreakerOpenError } from './breaker';
import { registry } from './metrics';
import { HttpTarget, type HttpTargetOptions } from './outgoing-http';
import { ResiliencePolicy } from './resilience';
import { RetryBudget } from './retry-budget';
import { FaultyServer } from './testing/faulty-server';

let server: FaultyServer;
let names = 0;

beforeEach(async () => { server = await new FaultyServer().start(); });
afterEach(() => server.stop());

const target = (more: Partial<HttpTargetOptions> = {}): HttpTarget => (
  new HttpTarget({ name: `target ${names++}`, timeoutMs: 150, pauseMs: 5, breaker: { failures: Infinity }, ...more }));
const post = { method: 'POST', body: '{}' };
const metric = async (name: string, labels: object): Promise<number | undefined> => (
  (await registry.getSingleMetric(name)!.get()).values.find((one) => JSON.stringify(one.labels) === JSON.stringify(labels))?.value);

async function took(work: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work.catch(() => undefined);
  return performance.now() - began;
}

describe('a call', () => {
  test.each(['hang', 'drip'] as const)('ends by its deadline when the server should %s, and so does the request', async (fault) => {
    server.always = fault;
    const asked = target({ attempts: 10, deadlineMs: 400 }).get(server.url);
    expect(await took(asked)).toBeLessThan(1_500);
    await expect(asked).rejects.toThrow(/did not answer within/);
    expect(server.requests).toBeGreaterThan(1);
    while (server.abandoned < server.requests) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test('ends although the work does not listen to its signal', async () => {
    const policy = new ResiliencePolicy({ name: 'deaf', timeoutMs: 30, attempts: 2, pauseMs: 1 });
    expect(await took(policy.run({ idempotent: true }, () => new Promise(() => undefined)))).toBeLessThan(1_000);
  });

  test.each(['hang', 'reset', { status: 500 }, { status: 503, headers: { 'retry-after': '0' } }] as const)('that may be repeated gets over one %j', async (fault) => {
    server.next.push(fault);
    server.body = '{"well":true}';
    expect((await target().get(server.url)).text).toBe('{"well":true}');
    expect(server.requests).toBe(2);
  });

  test.each(['hang', 'reset', 'drip', { status: 503, headers: { 'retry-after': '0' } }] as const)('that may not be repeated is made once: %j', async (fault) => {
    server.always = fault;
    await expect(target().send(server.url, post, { idempotent: false })).rejects.toThrow();
    expect(server.requests).toBe(1);
  });

  test.each([400, 403, 404, 422])('is not repeated for an answer of %i, which would be the same again', async (status) => {
    server.always = { status };
    await expect(target().get(server.url)).rejects.toMatchObject({ status, body: '{}' });
    expect(server.requests).toBe(1);
  });

  test('waits as long as the server asks for, and not at all when that is too long', async () => {
    server.next.push({ status: 503, headers: { 'retry-after': '1' } });
    const began = performance.now();
    await target({ deadlineMs: 5_000 }).get(server.url);
    expect(performance.now() - began).toBeGreaterThanOrEqual(990);
    server.next.push({ status: 429, headers: { 'retry-after': '60' } });
    const late = target({ deadlineMs: 5_000 }).get(server.url);
    expect(await took(late)).toBeLessThan(2_000);
    await expect(late).rejects.toMatchObject({ status: 429, retryAfterMs: 60_000 });
  });

  test('ends when its caller wants, in an attempt and in a pause, and that is no failure of the server', async () => {
    server.always = 'hang';
    const one = target({ timeoutMs: 5_000, breaker: { failures: 1 } });
    const ending = new AbortController();
    setTimeout(() => ending.abort(), 40);
    const asked = one.get(server.url, {}, ending.signal);
    expect(await took(asked)).toBeLessThan(2_000);
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    expect(one.policy.breaker.state).toBe('closed');
    server.always = { status: 503, headers: { 'retry-after': '4' } };
    expect(await took(target({ deadlineMs: 9_000 }).get(server.url, {}, AbortSignal.timeout(40)))).toBeLessThan(2_000);
    await expect(one.get(server.url, {}, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('does not read an answer without end', async () => {
    server.body = 'x'.repeat(2_000);
    await expect(target({ maxBytes: 1_000 }).get(server.url)).rejects.toThrow('answers with more than 1000 bytes');
  });

  test('follows no redirection to where nobody meant to go', async () => {
    server.always = { status: 302, headers: { location: 'http://127.0.0.1:9/' } };
    await expect(target().get(server.url)).rejects.toThrow();
    expect(server.requests).toBe(1);
  });
});

describe('the budget', () => {
  test('caps a storm: 500 calls at a server that fails are at most a tenth more requests, and the reserve', async () => {
    server.always = { status: 503 };
    const one = target({ attempts: 5 });
    for (let i = 0; i < 50; i++) await Promise.allSettled(Array.from({ length: 10 }, () => one.get(server.url)));
    expect(server.requests).toBeGreaterThan(540);
    expect(server.requests).toBeLessThanOrEqual(560);
    const { name } = (one as unknown as { options: { name: string } }).options;
    expect(await metric('trading_outgoing_retries_total', { target: name })).toBe(server.requests - 500);
    expect(await metric('trading_outgoing_retries_refused_total', { target: name })).toBeGreaterThan(400);
  });

  test('fills as calls are made, up to its reserve', () => {
    const budget = new RetryBudget({ share: 0.1, reserve: 2 });
    expect([budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, false]);
    for (let i = 0; i < 9; i++) budget.earn();
    expect(budget.spend()).toBe(false);
    budget.earn();
    expect([budget.spend(), budget.spend()]).toEqual([true, false]);
    for (let i = 0; i < 1_000; i++) budget.earn();
    expect([budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, false]);
  });
});

test('pauses are anything up to a limit that doubles: those who failed together do not come back together', async () => {
  const policy = new ResiliencePolicy({ name: 'jitter', timeoutMs: 50, pauseMs: 100, maxPauseMs: 300, attempts: 5 });
  const pauseAfter = (attempt: number): number[] => Array.from({ length: 400 }, () => (
    (policy as unknown as { pauseAfter(attempt: number, error: unknown): number }).pauseAfter(attempt, undefined)));
  for (const [attempt, limit] of [[1, 100], [2, 200], [3, 300], [9, 300]]) {
    const pauses = pauseAfter(attempt);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(limit);
    expect(Math.max(...pauses)).toBeGreaterThan(limit * 0.9);
    expect(Math.min(...pauses)).toBeLessThan(limit * 0.1);
  }
});

test('the breaker opens, asks nobody, tries once, and closes; its metrics say so', async () => {
  server.always = { status: 500 };
  const one = target({ attempts: 1, breaker: { failures: 3, coolDownMs: 100 } });
  const { name: breaker } = (one as unknown as { options: { name: string } }).options;
  expect(await metric('trading_breakers_open', { breaker })).toBe(0);
  for (let i = 0; i < 20; i++) await expect(one.get(server.url)).rejects.toThrow();
  expect(server.requests).toBe(3);
  await expect(one.get(server.url)).rejects.toBeInstanceOf(BreakerOpenError);
  expect([await metric('trading_breakers_open', { breaker }), await metric('trading_breaker_openings_total', { breaker })]).toEqual([1, 1]);
  await new Promise((resolve) => setTimeout(resolve, 120));
  await Promise.allSettled(Array.from({ length: 10 }, () => one.get(server.url)));
  expect(server.requests).toBe(4);
  server.always = 'none';
  await new Promise((resolve) => setTimeout(resolve, 120));
  await one.get(server.url);
  await Promise.all(Array.from({ length: 10 }, () => one.get(server.url)));
  expect(server.requests).toBe(15);
  expect([await metric('trading_breakers_open', { breaker }), await metric('trading_breaker_openings_total', { breaker })]).toEqual([0, 1]);
});

test('a breaker that nobody asks any more leaves the metric after a minute, and is in it again when somebody does', async () => {
  jest.useFakeTimers();
  try {
    const breaker = new Breaker({ name: 'unasked', failures: 1, coolDownMs: 1_000 });
    const fail = (): Promise<unknown> => breaker.run(() => Promise.reject(new Error('away'))).catch(() => undefined);
    const open = (): Promise<number | undefined> => metric('trading_breakers_open', { breaker: 'unasked' });
    await fail();
    jest.advanceTimersByTime(50_000);
    await fail();
    jest.advanceTimersByTime(50_000);
    expect(await open()).toBe(1);
    jest.advanceTimersByTime(15_000);
    expect(await open()).toBe(0);
    await fail();
    expect([await open(), breaker.opened]).toEqual([1, 1]);
    jest.advanceTimersByTime(1_100);
    await breaker.run(() => Promise.resolve());
    expect(await open()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

test('a call that its caller ends is no sign of anything: failures before and after it are in a row', async () => {
  server.next.push({ status: 500 }, 'hang', { status: 500 });
  const one = target({ attempts: 1, timeoutMs: 5_000, breaker: { failures: 2 } });
  await expect(one.get(server.url)).rejects.toMatchObject({ status: 500 });
  const ending = new AbortController();
  setTimeout(() => ending.abort(), 30);
  await expect(one.get(server.url, {}, ending.signal)).rejects.toMatchObject({ name: 'AbortError' });
  await expect(one.get(server.url)).rejects.toMatchObject({ status: 500 });
  await expect(one.get(server.url)).rejects.toBeInstanceOf(BreakerOpenError);
});

test('a caller whose own time is over has waited for a server that is away', async () => {
  server.always = 'hang';
  const one = target({ attempts: 1, timeoutMs: 5_000, breaker: { failures: 2 } });
  for (let i = 0; i < 2; i++) await expect(one.get(server.url, {}, AbortSignal.timeout(30))).rejects.toMatchObject({ name: 'TimeoutError' });
  await expect(one.get(server.url)).rejects.toBeInstanceOf(BreakerOpenError);
});

test('a server that has had enough of us is there: its breaker stays closed', async () => {
  server.always = { status: 429 };
  const one = target({ attempts: 1, breaker: { failures: 2 } });
  for (let i = 0; i < 5; i++) await expect(one.get(server.url)).rejects.toMatchObject({ status: 429 });
  expect(server.requests).toBe(5);
});
