import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { AuditTableReader } from './audit-table';
import { AuditTrail } from './audit-trail';
import { type AuditEntry, canonical, hashOf, NO_HASH } from './entry';
import { itemOf } from './item';
import { AuditStore } from './testing/audit-store';
import { breaksIn } from './verify-chains';

const store = new AuditStore();
beforeAll(() => store.start());
afterAll(() => store.stop());

const NOW = 1_800_000_000_000;
const event = (n: number) => ({ entity: `session/${n % 3}`, actor: 'ada', action: 'session.end', outcome: 'ok', source: '203.0.113.9', detail: { n: String(n) } });
const trail = (table: string, now = () => NOW, client: unknown = store.dynamodb) => (
  new AuditTrail({ client: client as typeof store.dynamodb, table, writer: 'test', days: 400, now }));

async function entries(table: string): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  for await (const one of new AuditTableReader(store.dynamodb, table).all()) found.push(one as AuditEntry);
  return found.sort((a, b) => a.sequence - b.sequence);
}

test('entries follow each other, each with the digest of the one before, and end with their time', async () => {
  const table = await store.table();
  const one = trail(table);
  await Promise.all([0, 1, 2, 3].map((n) => one.add(event(n))));
  const found = await entries(table);
  expect(found.map(({ sequence, detail }) => [sequence, detail.n])).toEqual([[0, '0'], [1, '1'], [2, '2'], [3, '3']]);
  expect(found.map(({ previousHash }) => previousHash)).toEqual([NO_HASH, ...found.slice(0, 3).map(({ hash }) => hash)]);
  expect(found[2].previous).toEqual({ entity: found[1].entity, timestampEventId: found[1].timestampEventId });
  expect(new Set(found.map(({ expiresAt }) => expiresAt))).toEqual(new Set([NOW / 1_000 + 400 * 86_400]));
  expect(breaksIn(found)).toEqual([]);
});

test('writers do not wait for each other: each has a chain of its own, and all of them are whole', async () => {
  const table = await store.table();
  const writers = Array.from({ length: 8 }, () => trail(table));
  await Promise.all(writers.flatMap((writer) => Array.from({ length: 10 }, (_, n) => writer.add(event(n)))));
  const found = await entries(table);
  expect(found).toHaveLength(80);
  expect(new Set(found.map(({ chain }) => chain)).size).toBe(8);
  expect(breaksIn(found)).toEqual([]);
});

test('a clock that is set back does not put a later entry before an earlier one', async () => {
  const table = await store.table();
  const times = [NOW, NOW - 60_000];
  const one = trail(table, () => times.shift()!);
  const [first, second] = [await one.add(event(0)), await one.add(event(1))];
  expect(second.timestampEventId.slice(0, 24)).toBe(first.timestampEventId.slice(0, 24));
});

test('after an answer that was lost another chain begins, whether the entry is there or not', async () => {
  const table = await store.table();
  for (const arrives of [true, false]) {
    let fails = false;
    const client = {
      send: async (command: PutItemCommand) => {
        if (!fails || arrives) await store.dynamodb.send(command);
        if (fails) throw new Error('timed out');
      },
    };
    const one = trail(table, () => NOW, client);
    await one.add(event(0));
    fails = true;
    await expect(one.add(event(1))).rejects.toThrow('timed out');
    fails = false;
    const next = await one.add(event(2));
    expect(next).toMatchObject({ sequence: 0, previousHash: NO_HASH });
  }
  expect(breaksIn(await entries(table))).toEqual([]);
});

test('an attempt whose answer was lost is not written twice', async () => {
  const table = await store.table();
  const send = async (command: PutItemCommand) => {
    await store.dynamodb.send(command);
    return store.dynamodb.send(command);
  };
  const client = { send };
  await trail(table, () => NOW, client).add(event(0));
  expect(await entries(table)).toHaveLength(1);
});

test('an entry is read as it was written, whatever text it holds', async () => {
  const table = await store.table();
  const one = trail(table);
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const details = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), text, { maxKeys: 3 });
  await fc.assert(fc.asyncProperty(text, text, details, async (outcome, source, detail) => {
    // Half of a character, which UTF-8 cannot hold.
    const written = await one.add({ entity: 'x', actor: 'y', action: 'z', outcome: `${outcome}\ud800`, source, detail });
    const read = await new AuditTableReader(store.dynamodb, table).get(written);
    expect(hashOf(read!)).toBe(written.hash);
  }), { numRuns: 60 });
});

test('the digest is made of every field', async () => {
  const table = await store.table();
  const one = trail(table);
  await one.add(event(0));
  const entry = await one.add(event(1));
  const others: Partial<AuditEntry>[] = [
    { entity: 'x' }, { timestampEventId: 'x' }, { version: 2 }, { actor: 'x' }, { action: 'x' }, { outcome: 'x' }, { source: 'x' }, { detail: {} },
    { chain: 'x' }, { sequence: 9 }, { previous: undefined }, { previousHash: NO_HASH }, { expiresAt: 1 },
  ];
  expect(new Set(others.flatMap(Object.keys))).toEqual(new Set(Object.keys(entry).filter((name) => name !== 'hash')));
  for (const other of others) expect(canonical({ ...entry, ...other })).not.toBe(canonical(entry));
});

test('an entry that is there is not replaced', async () => {
  const table = await store.table();
  const entry = await trail(table).add(event(0));
  const again = new PutItemCommand({ TableName: table, Item: itemOf({ ...entry, outcome: 'forged' }), ConditionExpression: 'attribute_not_exists(entity)' });
  await expect(store.dynamodb.send(again)).rejects.toThrow();
});
