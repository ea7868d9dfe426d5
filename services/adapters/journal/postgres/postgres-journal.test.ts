import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { PostgresJournalReader } from './postgres-reader';
import { PostgresJournalWriter } from './postgres-writer';
import type { CancelOrder } from '../../../domain';
import { startTestLedger, type TestLedger } from '../../../setup/testing/ledger';
import { createLedgerPool } from '../../postgres/pool';
import { BatchingAppender } from '../batching-appender';
import { command, frameOf, journalContract, take, takeAll, timesOf } from '../testing/journal-contract';

const FULL = process.env.FULL === '1';
const DENIED = { code: '42501' };
let ledger: TestLedger;

beforeAll(async () => {
  ledger = await startTestLedger();
});

afterAll(async () => ledger?.stop());

async function empty(): Promise<void> {
  await ledger.query('DELETE FROM journal.records');
  await ledger.query('DELETE FROM journal.partitions');
}

/** Of its own, as a service would have it: ended by whoever uses it. */
const poolOf = (user: string, max = 4): Pool => createLedgerPool({ url: ledger.url(user), region: 'us-east-1', logger: ledger.logger, max });
const newWriter = (connections = 8): PostgresJournalWriter => new PostgresJournalWriter({ pool: poolOf('api', connections) });
const newReader = (): PostgresJournalReader => new PostgresJournalReader({ pool: poolOf('matcher', 2), logger: ledger.logger, pollIntervalMs: () => 5 });

describe('as every journal', () => {
  journalContract(async () => {
    await empty();
    return {
      open: async () => ({ writer: newWriter(), reader: newReader() }),
      inject: async (partition, bytes) => (await ledger.query<{ p: string }>('SELECT journal.append($1, $2)::text AS p', [partition, bytes]))[0].p,
    };
  }, { knowsItsEnd: true });
});

describe('in PostgreSQL', () => {
  let writer: PostgresJournalWriter;
  let reader: PostgresJournalReader;

  beforeEach(async () => {
    await empty();
    [writer, reader] = [newWriter(), newReader()];
  });

  afterEach(async () => {
    await writer.close();
    await reader.close();
  });

  test('who appends cannot read, and nobody changes what was appended', async () => {
    await writer.append(0, frameOf(0, 1));
    const api = ledger.pool('api');
    await expect(api.query('SELECT FROM journal.records')).rejects.toMatchObject(DENIED);
    await expect(api.query("INSERT INTO journal.records VALUES (0, 2, '')")).rejects.toMatchObject(DENIED);
    await expect(api.query('DELETE FROM journal.records')).rejects.toMatchObject(DENIED);
    await expect(api.query('SELECT journal.trim(0, 2)')).rejects.toMatchObject(DENIED);
    const matcher = ledger.pool('matcher');
    await expect(matcher.query('DELETE FROM journal.records')).rejects.toMatchObject(DENIED);
    await expect(matcher.query("UPDATE journal.records SET frame = ''")).rejects.toMatchObject(DENIED);
    // Not even the owner.
    await expect(ledger.query("UPDATE journal.records SET frame = ''")).rejects.toThrow(/what was appended stays as it is/);
    await expect(ledger.query('TRUNCATE journal.records')).rejects.toThrow(/what was appended stays as it is/);
  });

  test('a record that is missing in the middle ends the reading there', async () => {
    for (const n of [1, 2, 3, 4]) await writer.append(0, frameOf(0, n));
    await ledger.query('DELETE FROM journal.records WHERE position = 3');
    const seen: number[] = [];
    await expect((async () => {
      for await (const records of reader.read(0, undefined, new AbortController().signal)) seen.push(...timesOf(records));
    })()).rejects.toThrow(/record 3 of partition 0 .* cannot be applied: it is not there, although later ones are/);
    expect(seen).toEqual([1, 2]);
  });

  test('what a snapshot stands in for can go; without one the journal is then refused', async () => {
    for (let n = 1; n <= 10; n++) await writer.append(0, frameOf(0, n));
    expect([await reader.trim(0, '5'), await reader.trim(0, '3')]).toEqual([4, 0]);
    expect(timesOf(await takeAll(reader, 0, '4'))).toEqual([5, 6, 7, 8, 9, 10]);
    await expect(takeAll(reader, 0)).rejects.toThrow(/begins at record 5, so records 1 to 4 are gone: start from a snapshot/);
    await expect(takeAll(reader, 0, '3')).rejects.toThrow(/records 4 to 4 are gone/);
    // All of it, and no more than that.
    expect(await reader.trim(0, '99')).toBe(6);
    expect(await writer.append(0, frameOf(0, 11))).toBe('11');
    expect(timesOf(await takeAll(reader, 0, '10'))).toEqual([11]);
  });

  test('whoever may not read it is told so, and does not try for ever', async () => {
    const stranger = new PostgresJournalReader({ pool: poolOf('settlement'), logger: ledger.logger });
    await expect(take(stranger, 0, undefined, 1)).rejects.toMatchObject({ name: 'JournalUnreadableError', message: expect.stringContaining('permission denied') as string });
    await stranger.close();
  });

  test('an answer counts as durable also where a session asks for less', async () => {
    const pool = ledger.pool('api', 1);
    await pool.query('SET synchronous_commit = off');
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT journal.append(0, $1)', [frameOf(0, 1)]);
    expect((await client.query('SHOW synchronous_commit')).rows).toEqual([{ synchronous_commit: 'on' }]);
    await client.query('COMMIT');
    client.release();
  });

  test('a warning at the commit is an unknown outcome: the server gave up waiting for its standby', async () => {
    const pool = ledger.pool('api', 1);
    const client = await pool.connect();
    // What the server sends then, at the same place of the protocol.
    const { query } = client;
    const spied = jest.spyOn(client, 'query').mockImplementation((async (...args: unknown[]) => {
      client.emit('notice' as 'end', { severity: 'WARNING', message: 'canceling wait for synchronous replication due to user request' } as never);
      return (query as (...all: unknown[]) => Promise<unknown>).apply(client, args);
    }) as never);
    client.release();
    const careful = new PostgresJournalWriter({ pool });
    await expect(careful.append(0, frameOf(0, 1))).rejects.toMatchObject({ outcome: 'unknown', message: expect.stringContaining('canceling wait') as string });
    spied.mockRestore();
    // It is there all the same, and a repetition is harmless.
    expect(await careful.append(0, frameOf(0, 1))).toBe('2');
  });

  test.each<[string, string, () => Promise<unknown>]>([
    ['rolled back by the server', 'refused', () => ledger.query('ALTER TABLE journal.records ADD CONSTRAINT never CHECK (false) NOT VALID')],
    ['cut off', 'unknown', async () => {
      void sleep(300).then(() => ledger.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'api'"));
      // Holds the partition's counter, so that the append waits.
      const pool = ledger.pool('matcher', 1);
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query('SELECT journal.append(0, $1)', [frameOf(0, 9)]);
      void sleep(600).then(async () => {
        await client.query('ROLLBACK');
        client.release();
      });
    }],
  ])('what is known of an append that was %s: %s', async (_what, outcome, breakIt) => {
    await writer.append(0, frameOf(0, 1));
    await breakIt();
    await expect(writer.append(0, frameOf(0, 2))).rejects.toMatchObject({ name: 'JournalUnavailableError', outcome });
    await ledger.query('ALTER TABLE journal.records DROP CONSTRAINT IF EXISTS never');
    await sleep(400);
    // The position was given back.
    expect(await writer.append(0, frameOf(0, 2))).toBe('2');
  });

  test('nobody listens: refused', async () => {
    const nowhere = new PostgresJournalWriter({ pool: createLedgerPool({ url: 'postgresql://api@127.0.0.1:1/trading', region: 'us-east-1', logger: ledger.logger }) });
    await expect(nowhere.append(0, frameOf(0, 1))).rejects.toMatchObject({ outcome: 'refused' });
    await nowhere.close();
  });

  test('whoever appends, however long it takes and whether or not it is rolled back: no reader ever sees a gap that fills later', async () => {
    const action = fc.record({ holdMs: fc.nat(6), pauseMs: fc.nat(4), commit: fc.boolean() });
    const everybody = fc.array(fc.array(action, { minLength: 1, maxLength: 8 }), { minLength: 3, maxLength: 8 });
    await fc.assert(fc.asyncProperty(everybody, async (appenders) => {
      await empty();
      const pool = poolOf('api', appenders.length);
      const watcher = poolOf('matcher', 1);
      const ownReader = newReader();
      const stop = new AbortController();
      const positions: number[] = [];
      const reading = (async () => {
        for await (const records of ownReader.read(0, undefined, stop.signal)) positions.push(...records.map(({ position }) => Number(position)));
      })();
      let most = 0;
      let ended = false;
      const watching = (async () => {
        while (!ended) {
          const { rows: [row] } = await watcher.query<{ rows: number; highest: number; lowest: number }>(
            'SELECT count(*)::int AS rows, coalesce(max(position), 0)::int AS highest, coalesce(min(position), 1)::int AS lowest FROM journal.records WHERE partition = 0');
          expect(row).toEqual({ rows: row.highest, highest: row.highest, lowest: 1 });
          expect(row.highest).toBeGreaterThanOrEqual(most);
          most = row.highest;
        }
      })();
      await Promise.all(appenders.map(async (actions) => {
        for (const { holdMs, pauseMs, commit } of actions) {
          const client = await pool.connect();
          await client.query('BEGIN');
          await client.query('SELECT journal.append(0, $1)', [frameOf(0, 1)]);
          await sleep(holdMs);
          await client.query(commit ? 'COMMIT' : 'ROLLBACK');
          client.release();
          await sleep(pauseMs);
        }
      }));
      const committed = appenders.flat().filter(({ commit }) => commit).length;
      const deadline = Date.now() + 5_000;
      while (positions.length < committed && Date.now() < deadline) await sleep(5);
      ended = true;
      stop.abort();
      await Promise.all([reading, watching]);
      expect(positions).toEqual(Array.from({ length: committed }, (_, i) => i + 1));
      await Promise.all([pool.end(), watcher.end(), ownReader.close()]);
    }), { numRuns: FULL ? 60 : 6 });
  }, 240_000);

  test(`the server is killed ${FULL ? 8 : 1} times under 200 orders/s: nothing acknowledged is lost, and nothing is there that nobody sent`, async () => {
    const KILLS = FULL ? 8 : 1;
    const appender = new BatchingAppender(writer, { deadlineMs: 30_000 });
    const acknowledged = new Map<string, string>();
    const sent = new Set<string>();
    const failures: Error[] = [];
    let sending = true;
    const load = (async () => {
      const began = performance.now();
      for (let n = 0; sending; n++) {
        const one = command(n);
        sent.add(one.orderId);
        appender.append(0, one).then((position) => acknowledged.set(one.orderId, position), (error: Error) => failures.push(error));
        await sleep(Math.max(0, began + n * 5 - performance.now()));
      }
    })();
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(400 + Math.random() * 800);
      ledger.server.child.signal('SIGKILL');
      await ledger.server.child.exited;
      await ledger.resume();
    }
    await sleep(500);
    sending = false;
    await load;
    await appender.close();
    expect(failures).toEqual([]);
    expect(acknowledged.size).toBe(sent.size);

    const records = await takeAll(reader, 0);
    expect(records.map(({ position }) => position)).toEqual(records.map((_, i) => String(i + 1)));
    const found = records.flatMap(({ position, commands }) => commands.map((one, index) => [(one as CancelOrder).orderId, `${position}:${index}`] as const));
    const places = new Map<string, string[]>();
    for (const [id, place] of found) places.set(id, [...places.get(id) ?? [], place]);
    for (const [id, place] of acknowledged) expect(places.get(id)).toContain(place);
    expect([...places.keys()].filter((id) => !sent.has(id))).toEqual([]);
  }, 240_000);
});
