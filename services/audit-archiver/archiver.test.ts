/** The way of an entry from the writer to the archive, and what is found when somebody was at the table. */
import { type AttributeValue, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { Archiver } from './archiver';
import { verify, type Verification } from './verify/compare';
import { AuditArchive } from '../adapters/audit/archive';
import { AuditTableReader } from '../adapters/audit/audit-table';
import { AuditTrail } from '../adapters/audit/audit-trail';
import { type AuditEntry, hashOf } from '../adapters/audit/entry';
import { itemOf } from '../adapters/audit/item';
import { AuditStore } from '../adapters/audit/testing/audit-store';
import type { Logger } from '../runtime';

type Item = Record<string, AttributeValue>;

const store = new AuditStore();
beforeAll(() => store.start());
afterAll(() => store.stop());

const NOW = 1_800_000_000_000;
const LATER = NOW / 1_000 + 3_600;

async function world() {
  const [table, bucket] = [await store.table(), await store.bucket()];
  const archive = new AuditArchive(store.s3, bucket);
  const reader = new AuditTableReader(store.dynamodb, table);
  const lines: { fields: Record<string, unknown>; message: string }[] = [];
  const write = (fields: Record<string, unknown>, message: string): void => { lines.push({ fields, message }); };
  const clock = { now: NOW + 120_000 };
  const archiver = new Archiver({
    archive, table: reader, logger: { info: write, error: write } as unknown as Logger, functionName: 'archiver', now: () => clock.now,
  });
  const trail = new AuditTrail({ client: store.dynamodb, table, writer: 'test', now: () => NOW });
  const entries: AuditEntry[] = [];
  for (let n = 0; n < 5; n++) entries.push(await trail.add({ entity: `instrument/${n % 2}`, actor: 'operator', action: 'halt', outcome: 'ok', source: '203.0.113.9' }));
  return {
    table, bucket, archive, archiver, entries, clock, trail,
    breaks: () => lines.reduce((sum, { fields }) => sum + Number(fields.AuditChainBreaks ?? 0), 0),
    problems: () => lines.flatMap(({ fields }) => (fields.problem === undefined ? [] : [String(fields.problem)])),
    put: (item: Item) => store.dynamodb.send(new PutItemCommand({ TableName: table, Item: item })),
    remove: ({ entity, timestampEventId }: AuditEntry) => store.dynamodb.send(new DeleteItemCommand({
      TableName: table, Key: { entity: { S: entity }, timestampEventId: { S: timestampEventId } },
    })),
    check: (now = LATER): Promise<Verification> => verify({ table: reader.all(), archive: archive.read(), now }),
    alone: (): Promise<Verification> => verify({ table: reader.all(), now: LATER }),
  };
}

let place = 0;
const change = (eventName: 'INSERT' | 'MODIFY' | 'REMOVE', entry: AuditEntry, item: Item = itemOf(entry)): DynamoDBRecord => ({
  eventName,
  dynamodb: {
    SequenceNumber: String(++place),
    ApproximateCreationDateTime: NOW / 1_000,
    Keys: { entity: { S: entry.entity }, timestampEventId: { S: entry.timestampEventId } },
    ...(eventName === 'REMOVE' ? { OldImage: item } : { NewImage: item }),
  },
}) as DynamoDBRecord;
const inserts = (entries: readonly AuditEntry[]) => entries.map((entry) => change('INSERT', entry));
const texts = ({ problems }: Verification) => problems.map(({ problem }) => problem);
const resealed = (entry: AuditEntry, other: Partial<AuditEntry>): AuditEntry => {
  const changed = { ...entry, ...other };
  return { ...changed, hash: hashOf(changed) };
};

test('what was written is archived by chain and day, and table and archive agree', async () => {
  const { archiver, archive, entries, check, breaks } = await world();
  expect(await archiver.work(inserts(entries))).toBeUndefined();
  expect(breaks()).toBe(0);
  const files = await archive.write(entries);
  expect(files).toHaveLength(1);
  expect(files[0]).toMatch(/^audit\/2027\/01\/15\/test_[0-9a-f-]{36}\/000000000-000000004-[0-9a-f]{16}\.ndjson$/);
  expect(await check()).toEqual({ table: 5, archive: 5, chains: 1, waiting: 0, problems: [] });
});

test('shards give a chain in any order, a batch comes twice: nothing is wrong', async () => {
  const { archiver, entries, check, breaks } = await world();
  await archiver.work(inserts([entries[1], entries[3]]));
  await archiver.work(inserts([entries[4], entries[0], entries[2]]));
  await archiver.work(inserts([entries[1], entries[3], entries[4]]));
  expect(breaks()).toBe(0);
  expect(await check()).toMatchObject({ archive: 5, problems: [] });
});

test('an entry that was changed is found, in the stream and afterwards', async () => {
  const { archiver, entries, put, check, alone, problems, breaks } = await world();
  await archiver.work(inserts(entries));
  const forged = { ...entries[2], outcome: 'refused' };
  await put(itemOf(forged));
  await archiver.work([change('MODIFY', forged)]);
  expect([breaks(), problems()]).toEqual([1, ['was changed after it was written']]);
  expect(texts(await alone())).toEqual(['is not what its digest says: it was changed']);
  expect(texts(await check())).toContain('is not what its digest says: it was changed');
});

test('an entry that was changed with its digest, and all after it likewise, is found by the archive', async () => {
  const { archiver, entries, put, check, alone } = await world();
  await archiver.work(inserts(entries));
  let before = resealed(entries[2], { actor: 'somebody else' });
  await put(itemOf(before));
  for (const entry of entries.slice(3)) {
    before = resealed(entry, { previousHash: before.hash });
    await put(itemOf(before));
  }
  expect(texts(await alone())).toEqual([]);
  expect(texts(await check()).filter((text) => text.includes('it was replaced'))).toHaveLength(3);
});

test('an entry that was removed is found, in the stream, in the chain and by the archive', async () => {
  const { archiver, entries, remove, check, alone, problems } = await world();
  await archiver.work(inserts(entries));
  await remove(entries[2]);
  await archiver.work([change('REMOVE', entries[2])]);
  expect(problems()).toEqual(['was removed before its time']);
  expect(texts(await alone())).toEqual(['comes after 1: 1 in between are missing']);
  expect(texts(await check())).toEqual(['is in the archive and no more in the table: it was removed']);
});

test('an end that was cut off is found by the archive alone', async () => {
  const { archiver, entries, remove, check, alone } = await world();
  await archiver.work(inserts(entries));
  await remove(entries[4]);
  expect(texts(await alone())).toEqual([]);
  expect(texts(await check())).toEqual(['is in the archive and no more in the table: it was removed']);
});

test('a beginning that was cut off is found', async () => {
  const { entries, remove, alone } = await world();
  await remove(entries[0]);
  expect(texts(await alone())).toEqual(['is the first that is left: 1 before it are missing']);
});

test('entries that changed places are found, resealed or not', async () => {
  const { entries, put, alone } = await world();
  for (const [entry, other] of [[entries[1], entries[2]], [entries[2], entries[1]]]) await put(itemOf({ ...entry, sequence: other.sequence }));
  expect(texts(await alone())).toContain('is not what its digest says: it was changed');
  for (const [entry, other] of [[entries[1], entries[2]], [entries[2], entries[1]]]) await put(itemOf(resealed(entry, { sequence: other.sequence })));
  expect(texts(await alone())).toContain('names another entry as the one before it');
});

test('an entry that was slipped in takes a place that another has', async () => {
  const { archiver, entries, put, alone, problems } = await world();
  const forged = resealed(entries[3], { timestampEventId: entries[3].timestampEventId.replace(/#.*/, '#forged'), actor: 'nobody we know' });
  await put(itemOf(forged));
  expect(texts(await alone())).toContain('takes a place that another entry has');
  // One that follows something which never was is seen at once.
  const loose = resealed(entries[3], { previous: { entity: 'venue', timestampEventId: `${new Date(NOW).toISOString()}#gone` } });
  await archiver.work([change('INSERT', loose)]);
  expect(problems()).toEqual(['follows an entry that is missing']);
});

test('what is no entry is reported, and does not hold up what is one', async () => {
  const { archiver, entries, archive, problems, put, check } = await world();
  await archiver.work([change('INSERT', entries[0], { entity: { S: 'x' }, timestampEventId: { S: 'y' } }), ...inserts(entries)]);
  expect(problems()).toEqual(['is no entry: version is no whole number']);
  const kept: unknown[] = [];
  for await (const one of archive.read()) kept.push(one);
  expect(kept).toHaveLength(5);
  await put({ entity: { S: 'x' }, timestampEventId: { S: 'y' }, extra: { S: 'z' } });
  expect(texts(await check())).toEqual(['x y in the table it has the fields extra, which no writer makes']);
});

test('an entry that comes before the one that it follows waits for it, and no longer than a minute', async () => {
  const { archiver, entries, remove, put, clock, problems, breaks } = await world();
  await remove(entries[2]);
  clock.now = NOW + 10_000;
  const records = inserts([entries[1], entries[3], entries[4]]);
  expect(await archiver.work(records)).toBe(records[1].dynamodb!.SequenceNumber);
  await put(itemOf(entries[2]));
  expect(await archiver.work(records.slice(1))).toBeUndefined();
  expect(breaks()).toBe(0);
  await remove(entries[2]);
  clock.now = NOW + 61_000;
  expect(await archiver.work(inserts([entries[3]]))).toBeUndefined();
  expect(problems()).toEqual(['follows an entry that is missing']);
});

test('expiry is no break, in the stream or afterwards; an hour before it is one', async () => {
  const { archiver, entries, remove, check, breaks } = await world();
  await archiver.work(inserts(entries));
  for (const entry of entries.slice(0, 3)) await remove(entry);
  const gone = change('REMOVE', entries[0]);
  await archiver.work([{ ...gone, dynamodb: { ...gone.dynamodb, ApproximateCreationDateTime: entries[0].expiresAt + 1 } }]);
  expect(breaks()).toBe(0);
  expect(await check(entries[0].expiresAt + 1)).toMatchObject({ table: 2, archive: 5, problems: [] });
  expect(texts(await check(entries[0].expiresAt - 3_600))).toHaveLength(3);
});

test('what is too new for the archive waits; later it is missing there', async () => {
  const { archiver, entries, check } = await world();
  await archiver.work(inserts(entries.slice(0, 4)));
  expect(await check(NOW / 1_000 + 60)).toMatchObject({ waiting: 1, problems: [] });
  expect(texts(await check())).toEqual(['is in the table and not in the archive']);
});

test('when the archive does not answer the changes come again', async () => {
  const { entries } = await world();
  const archive = { write: () => Promise.reject(new Error('away')) };
  const archiver = new Archiver({ archive, table: { get: () => Promise.resolve(undefined) }, logger: {} as Logger, functionName: 'x', now: () => NOW });
  await expect(archiver.work(inserts(entries))).rejects.toThrow('away');
});
