/** What every lease store must do, and what the keeper makes of it; each implementation runs this in its own test, on the real thing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../../runtime';
import type { LeaseStore } from '../lease';
import { LeaseKeeper } from '../lease-keeper';

const RENEWAL_MS = 100;
/** Lapse of the stores under test. */
export const LAPSE_MS = 600;
const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });

let store: LeaseStore;
/** The same one, which lets anybody in at any time. */
let hasty: LeaseStore;
let partition = 0;

/** @param stores gives the store, and one of the same that does not wait for the lapse; closed by the caller */
export function leaseContract(stores: () => { readonly store: LeaseStore; readonly hasty: LeaseStore }): void {
  beforeEach(() => {
    ({ store, hasty } = stores());
    partition += 1;
  });

  describe('the store', () => {
    test('nobody leads at first; the first to come has epoch 1', async () => {
      expect(await store.read(partition)).toBeUndefined();
      expect(await store.acquire(partition, 'a', undefined)).toEqual({ owner: 'a', epoch: 1, version: 1, publishedSeq: 0 });
      expect(await store.read(partition)).toEqual({ owner: 'a', epoch: 1, version: 1, publishedSeq: 0 });
    });

    test('of many who saw the same state one leads', async () => {
      const names = ['a', 'b', 'c', 'd', 'e'];
      const first = await Promise.all(names.map((name) => store.acquire(partition, name, undefined)));
      expect(first.filter(Boolean)).toHaveLength(1);
      const observed = await store.read(partition);
      await sleep(LAPSE_MS);
      const second = await Promise.all(names.map((name) => store.acquire(partition, name, observed)));
      expect(second.filter(Boolean)).toEqual([expect.objectContaining({ epoch: 2, version: 2 })]);
    });

    test('a renewal writes the sequence and moves the version, so who saw the old one comes too late', async () => {
      const observed = await store.acquire(partition, 'a', undefined);
      expect(await store.renew(partition, 'a', 1, 42)).toBe(true);
      expect(await store.read(partition)).toEqual({ owner: 'a', epoch: 1, version: 2, publishedSeq: 42 });
      expect(await store.acquire(partition, 'b', observed)).toBeUndefined();
    });

    test('a new leader keeps the sequence, and the old one can neither renew nor release', async () => {
      await store.acquire(partition, 'a', undefined);
      await store.renew(partition, 'a', 1, 42);
      await sleep(LAPSE_MS);
      await store.acquire(partition, 'b', await store.read(partition));
      expect(await store.renew(partition, 'a', 1, 50)).toBe(false);
      await store.release(partition, 'a', 1, 50);
      expect(await store.read(partition)).toEqual({ owner: 'b', epoch: 2, version: 3, publishedSeq: 42 });
      await store.release(partition, 'b', 2, 43);
      expect(await store.read(partition)).toEqual({ owner: '', epoch: 2, version: 4, publishedSeq: 43 });
    });

    test('one that was let go is anybody\'s at once; an owner may come back to its own', async () => {
      await store.acquire(partition, 'a', undefined);
      await store.release(partition, 'a', 1, 5);
      expect(await store.acquire(partition, 'b', await store.read(partition))).toEqual({ owner: 'b', epoch: 2, version: 3, publishedSeq: 5 });
      expect(await store.acquire(partition, 'b', await store.read(partition))).toEqual({ owner: 'b', epoch: 3, version: 4, publishedSeq: 5 });
      expect(await store.renew(partition, 'b', 2, 6)).toBe(false);
    });

    test('the sequence never goes back, whatever a renewal or a release says', async () => {
      await store.acquire(partition, 'a', undefined);
      expect(await store.renew(partition, 'a', 1, 42)).toBe(true);
      expect(await store.renew(partition, 'a', 1, 41)).toBe(true);
      expect(await store.read(partition)).toEqual({ owner: 'a', epoch: 1, version: 3, publishedSeq: 42 });
      await store.release(partition, 'a', 1, 0);
      expect(await store.read(partition)).toEqual({ owner: '', epoch: 1, version: 4, publishedSeq: 42 });
    });
  });

  describe('the keeper', () => {
    test('leads at once where nobody ever led, and passes on what it published', async () => {
      const a = candidate('a');
      const b = candidate('b');
      a.keeper.start();
      await until(() => a.keeper.leads);
      b.keeper.start();
      a.published = 7;
      await until(() => b.observed === 7 && a.keeper.recordedSeq === 7);
      expect([a.keeper.leads, b.keeper.leads]).toEqual([true, false]);
      await Promise.all([a.keeper.stop(), b.keeper.stop()]);
    });

    test('a living leader stays; one that lets go is followed at once, with its last sequence', async () => {
      const a = candidate('a');
      const b = candidate('b');
      a.keeper.start();
      await until(() => a.keeper.leads);
      b.keeper.start();
      await sleep(LAPSE_MS * 1.6);
      expect(b.log).toEqual([]);
      a.published = 99;
      const released = performance.now();
      await a.keeper.stop();
      expect(a.keeper.leads).toBe(false);
      await until(() => b.keeper.leads);
      expect(b.log[0][1]).toBe('leads 2');
      expect(b.log[0][0] - released).toBeLessThan(LAPSE_MS / 2);
      expect(b.observed).toBe(99);
      await b.keeper.stop();
    });

    test('a leader that cannot reach the store stops before the lapse, and only then a standby leads', async () => {
      const cable = behindCable();
      const a = candidate('a', cable.store);
      const b = candidate('b');
      a.keeper.start();
      await until(() => a.keeper.leads);
      b.keeper.start();
      await sleep(RENEWAL_MS * 2);
      cable.cut = true;
      await until(() => !a.keeper.leads);
      const lost = performance.now();
      await until(() => b.keeper.leads);
      expect(b.log[0][0]).toBeGreaterThan(lost);
      await until(() => a.log.length === 2);
      expect(a.log[1][1]).toBe('not renewed in time');
      cable.cut = false;
      // Back again, it sees the other's term and waits.
      await sleep(RENEWAL_MS * 3);
      expect([a.keeper.leads, b.keeper.leads]).toEqual([false, true]);
      await b.keeper.stop();
      await until(() => a.keeper.leads);
      expect(a.log[2][1]).toBe('leads 3');
      await a.keeper.stop();
    });

    test('a term ends by the leader\'s own clock also when nothing in the process runs', async () => {
      const a = candidate('a');
      a.keeper.start();
      await until(() => a.keeper.leads);
      const end = performance.now() + LAPSE_MS;
      while (performance.now() < end);
      // Asked before any timer had its turn.
      expect(a.keeper.leads).toBe(false);
      await a.keeper.stop();
    });

    test('a leader that was pushed aside learns it from the refused renewal', async () => {
      const a = candidate('a');
      a.keeper.start();
      await until(() => a.keeper.leads);
      for (let i = 0; !(await hasty.acquire(partition, 'thief', await hasty.read(partition))); i++) if (i > 50) throw new Error('never');
      await until(() => a.log.length === 2);
      expect(a.log[1][1]).toBe('someone else has the lease');
      expect(a.keeper.leads).toBe(false);
      await a.keeper.stop();
    });

    test('who is not ready does not lead, also when nobody else does', async () => {
      const a = candidate('a');
      a.ready = false;
      a.keeper.start();
      await sleep(RENEWAL_MS * 4);
      expect(a.keeper.leads).toBe(false);
      a.ready = true;
      await until(() => a.keeper.leads);
      await a.keeper.stop();
    });
  });
}

interface Candidate { keeper: LeaseKeeper; log: [at: number, what: string][]; published: number; observed: number; ready: boolean }

function candidate(owner: string, leaseStore: LeaseStore = store): Candidate {
  const state: Omit<Candidate, 'keeper'> = { log: [], published: 0, observed: 0, ready: true };
  const keeper = new LeaseKeeper({
    store: leaseStore, partition, owner, renewalMs: RENEWAL_MS, lapseMs: LAPSE_MS, logger,
    ready: () => state.ready,
    publishedSeq: () => state.published,
    onObserved: (seq) => { state.observed = seq; },
    onLeading: (epoch) => state.log.push([performance.now(), `leads ${epoch}`]),
    onLost: (reason) => state.log.push([performance.now(), reason]),
  });
  return Object.assign(state, { keeper });
}

async function until(condition: () => boolean, timeoutMs = 5_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not happen in time');
    await sleep(5);
  }
}

/** The store behind a connection that can be cut: then calls wait and fail like a network that drops packets. */
function behindCable(): { store: LeaseStore; cut: boolean } {
  const cable = { store: {} as LeaseStore, cut: false };
  const through = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => async (...args: A): Promise<R> => {
    if (cable.cut) {
      await sleep(150);
      throw new Error('timeout');
    }
    return call(...args);
  };
  cable.store = {
    read: through((...args) => store.read(...args)), acquire: through((...args) => store.acquire(...args)),
    renew: through((...args) => store.renew(...args)), release: through((...args) => store.release(...args)), close: async () => undefined,
  };
  return cable;
}
