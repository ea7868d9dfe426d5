/** The trade journal over HTTP, on a real PostgreSQL and a stand-in of S3 that checks what it is sent. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PostgresNoteStore } from './note-store';
import { Screenshots } from './screenshots';
import { MOST_NOTES } from './trade-journal';
import { startFauxqs } from '../../../local/servers/fauxqs';
import { startTestLedger, type TestLedger } from '../../setup/testing/ledger';
import { ALICE, type Answer, BOB, call, Harness, type Task } from '../testing/harness';

type Form = { readonly url: string; readonly fields: Record<string, string>; readonly maxBytes: number };
type Shown = { readonly id: string; readonly text: string; readonly screenshot?: { readonly url: string } };

const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(200, 7)]);
const NOTES = '/v1/trade-journal/notes';
const dir = mkdtempSync(join(tmpdir(), 'trade-journal-'));
let ledger: TestLedger;
let fauxqs: Awaited<ReturnType<typeof startFauxqs>>;
let s3: S3Client;
let harness: Harness;
let task: Task;
let alice: string;
let bob: string;

beforeAll(async () => {
  [ledger, fauxqs, harness] = await Promise.all([startTestLedger(), startFauxqs({ dataDir: dir }), new Harness().start()]);
  s3 = new S3Client({ region: 'us-east-1', endpoint: fauxqs.url, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  await s3.send(new CreateBucketCommand({ Bucket: 'pictures' }));
  const screenshots = new Screenshots(s3, 'pictures');
  const many = { points: 1e6, seconds: 10 };
  const each = { user: many, address: many };
  task = await harness.task({
    allowances: { public: each, sign_in: each, read: each, order: each, cancel: each, operate: each },
    tradeJournal: { store: new PostgresNoteStore(ledger.pool('api')), screenshots, origin: await screenshots.origin() },
  });
  [alice, bob] = [harness.pool.token(ALICE), harness.pool.token(BOB)];
}, 90_000);
afterAll(async () => {
  await harness?.stop();
  s3?.destroy();
  await Promise.all([ledger?.stop(), fauxqs?.stop()]);
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => ledger.query('DELETE FROM trade_journal.notes'));

const write = (body: object, token = alice, headers = {}): Promise<Answer> => call(task, 'POST', NOTES, { token, body, headers });
const texts = async (query = '', token = alice): Promise<string[]> => ((await call(task, 'GET', `${NOTES}${query}`, { token })).body.notes as Shown[]).map(({ text }) => text);

async function upload(id: string, file: Buffer, contentType = 'image/png'): Promise<number> {
  const { body } = await call(task, 'POST', `${NOTES}/${id}/screenshot`, { token: alice, body: { contentType } });
  const { url, fields } = body as unknown as Form;
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(file)]));
  return (await fetch(url, { method: 'POST', body: form })).status;
}

const complete = (id: string, token = alice): Promise<Answer> => call(task, 'POST', `${NOTES}/${id}/screenshot/complete`, { token });

test('a note is written, read, changed and deleted', async () => {
  const orderId = randomUUID();
  const written = await write({ text: '  Bought the retest.  ', tags: ['Retest', 'retest', 'news'], symbol: 'BTCUSDT', orderIds: [orderId], time: 1_700_000_000_000 });
  expect(written).toMatchObject({
    status: 201, body: { text: 'Bought the retest.', tags: ['retest', 'news'], symbol: 'BTCUSDT', orderIds: [orderId], time: 1_700_000_000_000 },
  });
  const path = `${NOTES}/${String(written.body.id)}`;
  expect((await call(task, 'GET', path, { token: alice })).body).toEqual(written.body);
  expect((await call(task, 'PATCH', path, { token: alice, body: { text: 'Sold it.', symbol: null } })).body)
    .toMatchObject({ text: 'Sold it.', tags: ['retest', 'news'], orderIds: [orderId] });
  expect((await call(task, 'GET', path, { token: alice })).body).not.toHaveProperty('symbol');
  expect((await call(task, 'DELETE', path, { token: alice })).status).toBe(200);
  expect((await call(task, 'GET', path, { token: alice }))).toMatchObject({ status: 404, body: { code: 'unknown_note' } });
});

test('lists are found by tag, text, instrument and order, case aside, and nothing in them is a pattern', async () => {
  const orderId = randomUUID();
  await write({ text: '100% sure', tags: ['greed'], time: 1 });
  await write({ text: 'BREAKOUT failed', tags: ['breakout', 'loss'], symbol: 'ETHUSDT', time: 2 });
  await write({ text: 'Patience_paid', tags: ['breakout'], orderIds: [orderId], time: 3 });
  await write({ text: 'hers is not mine: breakout', tags: ['breakout'] }, bob);
  expect(await texts()).toEqual(['Patience_paid', 'BREAKOUT failed', '100% sure']);
  expect(await texts('?tag=BREAKOUT')).toEqual(['Patience_paid', 'BREAKOUT failed']);
  expect(await texts('?text=breakout')).toEqual(['BREAKOUT failed']);
  expect(await texts('?text=%25')).toEqual(['100% sure']);
  expect(await texts('?text=_')).toEqual(['Patience_paid']);
  expect(await texts('?symbol=ETHUSDT&tag=loss')).toEqual(['BREAKOUT failed']);
  expect(await texts(`?orderId=${orderId}`)).toEqual(['Patience_paid']);
});

test('pages follow one another without a gap or a repetition, also at one time and while notes are added', async () => {
  for (let i = 0; i < 7; i++) await write({ text: `note ${i}`, time: i < 4 ? 1_000 : 2_000 });
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { body } = await call(task, 'GET', `${NOTES}?limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`, { token: alice });
    seen.push(...(body.notes as Shown[]).map(({ text }) => text));
    cursor = body.nextCursor as string | undefined;
    if (seen.length === 2) await write({ text: 'later', time: 3_000 });
  } while (cursor !== undefined);
  expect([...seen].sort()).toEqual(Array.from({ length: 7 }, (_, i) => `note ${i}`));
  expect((await call(task, 'GET', `${NOTES}?cursor=nonsense`, { token: alice })).body.code).toBe('invalid_cursor');
});

test('a note that is sent again under its id is the same note, also at the same time', async () => {
  const sent = await Promise.all(Array.from({ length: 10 }, () => write({ text: 'once', clientNoteId: 'mine-1' })));
  expect(new Set(sent.map(({ status, body }) => `${status} ${String(body.id)}`)).size).toBe(1);
  expect(await write({ text: 'once' }, alice, { 'idempotency-key': 'mine-1' })).toMatchObject({ status: 201, body: { id: sent[0].body.id } });
  expect((await write({ text: 'once', clientNoteId: 'mine-1' }, bob)).body.id).not.toBe(sent[0].body.id);
  expect(await texts()).toEqual(['once']);
});

test.each<[object, string]>([
  [{ text: '   ' }, 'invalid_text'], [{ text: 'x'.repeat(4_001) }, 'invalid_text'], [{ text: 'a\u0000b' }, 'invalid_text'], [{ text: 'half \ud800' }, 'invalid_text'],
  [{ text: 'x', tags: ['two words'] }, 'invalid_tag'], [{ text: 'x', tags: Array.from({ length: 11 }, (_, i) => `t${i}`) }, 'invalid_field'],
  [{ text: 'x', symbol: 'NOPE' }, 'unknown_symbol'], [{ text: 'x', orderIds: ['1'] }, 'invalid_id'], [{ text: 'x', accountId: BOB }, 'unknown_field'], [{}, 'missing_field'],
])('%j is refused', async (body, code) => {
  expect(await write(body)).toMatchObject({ status: 400, body: { code } });
});

test('an account has a limited number of notes, also when it writes many at once', async () => {
  await ledger.query(`INSERT INTO trade_journal.notes (id, account_id, text, tags, order_ids, noted_at, created_at, updated_at)
    SELECT gen_random_uuid(), $1, 'x', '{}', '{}', now(), now(), now() FROM generate_series(1, $2)`, [ALICE, MOST_NOTES - 5]);
  const sent = await Promise.all(Array.from({ length: 12 }, (_, i) => write({ text: `${i}`, clientNoteId: `n${i}` })));
  expect(sent.map(({ status }) => status).sort()).toEqual([...Array<number>(5).fill(201), ...Array<number>(7).fill(409)]);
  expect(sent.find(({ status }) => status === 409)!.body).toMatchObject({ code: 'too_many_notes', limit: MOST_NOTES });
  expect((await write({ text: 'hers' }, bob)).status).toBe(201);
});

test('a screenshot goes to the bucket itself, under the account\'s own prefix, and is read from there', async () => {
  const { body: { id } } = await write({ text: 'with a picture' });
  expect(await complete(String(id))).toMatchObject({ status: 404, body: { code: 'no_screenshot' } });
  expect(await upload(String(id), PNG)).toBe(204);
  const { body } = await complete(String(id));
  expect(body).toMatchObject({ id, screenshot: { contentType: 'image/png', bytes: PNG.length } });
  const picture = await fetch((body as unknown as Shown).screenshot!.url);
  expect([picture.status, picture.headers.get('content-type'), Buffer.from(await picture.arrayBuffer())]).toEqual([200, 'image/png', PNG]);
  await s3.send(new GetObjectCommand({ Bucket: 'pictures', Key: `screenshots/${ALICE}/${String(id)}` }));
  const [listed] = (await call(task, 'GET', NOTES, { token: alice })).body.notes as Shown[];
  expect((await fetch(listed.screenshot!.url)).status).toBe(200);
  expect((await call(task, 'DELETE', `${NOTES}/${String(id)}/screenshot`, { token: alice })).body).not.toHaveProperty('screenshot');
  expect((await fetch(listed.screenshot!.url)).status).toBe(404);
});

test('the picture of a note that is deleted is gone as well', async () => {
  const { body: { id } } = await write({ text: 'with a picture' });
  await upload(String(id), PNG);
  const { screenshot } = (await complete(String(id))).body as unknown as Shown;
  await call(task, 'DELETE', `${NOTES}/${String(id)}`, { token: alice });
  expect((await fetch(screenshot!.url)).status).toBe(404);
});

test('what is too large, or no picture, does not become one', async () => {
  const { body: { id } } = await write({ text: 'with a picture' });
  expect(await upload(String(id), Buffer.concat([PNG, Buffer.alloc(2 * 1024 * 1024)]))).toBe(400);
  expect(await upload(String(id), Buffer.from('<script>alert(1)</script>'))).toBe(204);
  expect(await complete(String(id))).toMatchObject({ status: 422, body: { code: 'not_a_picture' } });
  expect(await complete(String(id))).toMatchObject({ status: 404, body: { code: 'no_screenshot' } });
  expect((await call(task, 'POST', `${NOTES}/${String(id)}/screenshot`, { token: alice, body: { contentType: 'image/svg+xml' } })).status).toBe(400);
});

test('nobody begins, completes or removes a picture of another\'s note', async () => {
  const { body: { id } } = await write({ text: 'mine' });
  await upload(String(id), PNG);
  const begin = await call(task, 'POST', `${NOTES}/${String(id)}/screenshot`, { token: bob, body: { contentType: 'image/png' } });
  const remove = await call(task, 'DELETE', `${NOTES}/${String(id)}/screenshot`, { token: bob });
  expect([begin.status, (await complete(String(id), bob)).status, remove.status]).toEqual([404, 404, 404]);
  expect((await complete(String(id))).status).toBe(200);
});

test('the page may talk to the bucket and to nobody else', async () => {
  const policy = (await fetch(`${task.url}/v1/docs`)).headers.get('content-security-policy')!;
  expect(policy).toContain(`connect-src 'self' ${fauxqs.url};`);
  expect(policy).toContain(`img-src 'self' data: ${fauxqs.url};`);
});

test('the role has no say in whose a note is, and others none at all', async () => {
  await expect(ledger.pool('api').query('UPDATE trade_journal.notes SET account_id = gen_random_uuid()')).rejects.toThrow('permission denied');
  await expect(ledger.pool('settlement').query('SELECT * FROM trade_journal.notes')).rejects.toThrow('permission denied');
});

test('without a store there is no journal, and without a bucket there are no screenshots', async () => {
  const none = await harness.task({ tradeJournal: undefined });
  expect((await call(none, 'GET', NOTES, { token: alice })).body).toMatchObject({ code: 'feature_not_here', feature: 'trade_journal' });
  const plain = await harness.task();
  expect((await call(plain, 'GET', NOTES, { token: alice })).body).toMatchObject({ screenshots: false });
  const { body: { id } } = await call(plain, 'POST', NOTES, { token: alice, body: { text: 'x' } });
  expect(await call(plain, 'POST', `${NOTES}/${String(id)}/screenshot`, { token: alice, body: { contentType: 'image/png' } })).toMatchObject({ status: 404, body: { code: 'feature_not_here', feature: 'screenshots' } });
});
