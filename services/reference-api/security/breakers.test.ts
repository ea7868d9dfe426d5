/** A cache or a ledger that hangs holds requests up a few times, not every time. */
import type { Pool } from 'pg';
import { Breaker, BreakerOpenError } from '../../runtime';
import { PostgresLedgerReader } from '../ledger/postgres-ledger-reader';
import { OrderCache } from '../orders/order-cache';
import { ALICE, BOB } from '../testing/harness';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a breaker', () => {
  const fail = () => Promise.reject(new Error('away'));

  test('opens after failures in a row, lets one call try after a while, and closes when it works', async () => {
    const breaker = new Breaker({ name: 'it', failures: 3, coolDownMs: 60 });
    await expect(breaker.run(fail)).rejects.toThrow('away');
    await breaker.run(() => Promise.resolve(1));
    for (let i = 0; i < 3; i++) await expect(breaker.run(fail)).rejects.toThrow('away');
    expect([breaker.state, breaker.opened]).toEqual(['open', 1]);
    const work = jest.fn(() => Promise.resolve('well'));
    await expect(breaker.run(work)).rejects.toBeInstanceOf(BreakerOpenError);
    expect(work).not.toHaveBeenCalled();
    await pause(80);
    let finish: (value: string) => void = () => undefined;
    const trial = breaker.run(() => new Promise<string>((resolve) => { finish = resolve; }));
    // One at a time.
    await expect(breaker.run(work)).rejects.toBeInstanceOf(BreakerOpenError);
    finish('well');
    expect([await trial, breaker.state, await breaker.run(work)]).toEqual(['well', 'closed', 'well']);
  });

  test('a trial that fails keeps it open; an error that is an answer does not count', async () => {
    const breaker = new Breaker({ name: 'it', failures: 2, coolDownMs: 40, isFailure: (error) => (error as Error).message === 'away' });
    for (let i = 0; i < 5; i++) await expect(breaker.run(() => Promise.reject(new Error('no such row')))).rejects.toThrow('no such row');
    expect(breaker.state).toBe('closed');
    for (let i = 0; i < 2; i++) await expect(breaker.run(fail)).rejects.toThrow('away');
    await pause(60);
    await expect(breaker.run(fail)).rejects.toThrow('away');
    await expect(breaker.run(fail)).rejects.toBeInstanceOf(BreakerOpenError);
  });
});

test('a cache that hangs: after a few orders the core decides without it, at once', async () => {
  let asked = 0;
  const hanging = async () => {
    asked += 1;
    await pause(50);
    throw new Error('Command timed out');
  };
  const cache = new OrderCache({ get: hanging, set: hanging, eval: hanging } as never);
  const began = performance.now();
  for (let i = 0; i < 50; i++) expect(await cache.claim(ALICE, `c${i}`, { orderId: 'o', digest: 'd' })).toEqual({ kind: 'unknown' });
  expect(await cache.orderOf(BOB)).toEqual({ unreachable: true });
  expect(asked).toBe(5);
  expect(performance.now() - began).toBeLessThan(2_000);
});

test('a ledger that hangs: after a few questions 503 comes at once; a mistake in a statement is no outage', async () => {
  let asked = 0;
  let error: Error = Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' });
  const pool = {
    query: async () => {
      asked += 1;
      await pause(30);
      throw error;
    },
  } as unknown as Pool;
  const ledger = new PostgresLedgerReader(pool, 0);
  for (let i = 0; i < 20; i++) await expect(ledger.balances(ALICE)).rejects.toMatchObject({ status: 503, code: 'ledger_unavailable' });
  expect(asked).toBe(5);
  const healthy = new PostgresLedgerReader(pool, 0);
  error = Object.assign(new Error('division by zero'), { code: '22012' });
  for (let i = 0; i < 10; i++) await expect(healthy.balances(ALICE)).rejects.toMatchObject({ status: 503 });
  expect(asked).toBe(15);
});
