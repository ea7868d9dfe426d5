import { Api } from './api';
import { BrowserNotebook, moveNotes, openNotebook, PictureProblem, ServerNotebook } from './notebook';
import { Diary, type DiaryStorage } from '../core/diary';

interface Row {
  id: string; clientNoteId?: string; text: string; tags: string[]; symbol?: string; time: number; screenshot?: { url: string };
}

/** The journal of a server, as far as a notebook uses it. */
class Server {
  readonly rows: Row[] = [];
  kept = true;
  failures = 0;
  uploads: FormData[] = [];
  uploadStatus = 204;

  readonly api = new Api((path, init) => this.answer(path, init), () => 'token', () => Promise.resolve());
  readonly send = ((_url: string, init: RequestInit) => {
    this.uploads.push(init.body as FormData);
    return Promise.resolve(new Response(null, { status: this.uploadStatus }));
  }) as typeof fetch;

  private answer(path: string, { method, body }: RequestInit): Promise<Response> {
    if (!this.kept) return Promise.resolve(new Response('{"code":"feature_not_here"}', { status: 404 }));
    const told = (value: unknown, status = 200): Promise<Response> => Promise.resolve(new Response(JSON.stringify(value), { status }));
    const asked = body === undefined ? {} : JSON.parse(String(body)) as Row;
    const [, , , , id, , step] = path.split(/[/?]/);
    const row = this.rows.find((one) => one.id === id);
    if (method === 'GET' && id === 'limit=1') return told({ notes: [], screenshots: true });
    if (method === 'GET') return told({ notes: this.rows });
    if (method === 'DELETE') return row && this.rows.splice(this.rows.indexOf(row), 1) ? told({ id }) : told({ code: 'unknown_note' }, 404);
    if (step === 'complete') return told(Object.assign(row!, { screenshot: { url: 'https://bucket/one' } }));
    if (path.endsWith('/screenshot')) return told({ url: 'https://bucket', fields: { key: 'k', policy: 'p' }, maxBytes: 10 }, 201);
    const { clientNoteId } = asked as Row;
    let note = this.rows.find((one) => one.clientNoteId === clientNoteId);
    if (!note) this.rows.push(note = { ...asked as Row, id: `id-${this.rows.length}` });
    // The note is there, and the answer is lost.
    return this.failures-- > 0 ? Promise.reject(new Error('lost')) : told(note, 201);
  }
}

const kept = new Map<string, string>();
const storage: DiaryStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
const note = (id: string) => ({ id, time: 1, symbol: 'BTCUSDT', text: `note ${id}`, tags: ['dip'] });
let server: Server;

beforeEach(() => {
  kept.clear();
  server = new Server();
});

test('the server\'s journal is used where there is one, the browser\'s where there is none, and neither when nobody knows', async () => {
  const diary = new Diary(storage, 'alice');
  expect(await openNotebook(server.api, diary)).toMatchObject({ place: 'server', pictures: true });
  server.kept = false;
  expect(await openNotebook(server.api, diary)).toMatchObject({ place: 'browser', pictures: false });
  const away = new Api(() => Promise.reject(new Error('away')), () => 'token');
  await expect(openNotebook(away, diary)).rejects.toMatchObject({ code: 'unreachable' });
});

test('a note whose answer is lost is written once', async () => {
  server.failures = 2;
  await new ServerNotebook(server.api, true).add(note('1'));
  expect(server.rows.map(({ clientNoteId }) => clientNoteId)).toEqual(['1']);
});

test('a picture goes to the bucket with all fields of the form and itself last', async () => {
  await new ServerNotebook(server.api, true, server.send).add(note('1'), new Blob(['12345'], { type: 'image/png' }));
  expect([...server.uploads[0].keys()]).toEqual(['key', 'policy', 'file']);
  expect((await new ServerNotebook(server.api, true).list({})).notes).toMatchObject([{ text: 'note 1', picture: 'https://bucket/one' }]);
});

test('a picture that is refused leaves the note, and a word about it', async () => {
  const notebook = new ServerNotebook(server.api, true, server.send);
  server.uploadStatus = 403;
  await expect(notebook.add(note('1'), new Blob(['12345'], { type: 'image/png' }))).rejects.toThrow(PictureProblem);
  await expect(notebook.add(note('2'), new Blob(['12345678901'], { type: 'image/png' }))).rejects.toThrow(/more than/);
  expect(server.rows).toHaveLength(2);
  expect(server.rows.some(({ screenshot }) => screenshot)).toBe(false);
});

test('a deletion that is repeated is done', async () => {
  const notebook = new ServerNotebook(server.api, true);
  await notebook.add(note('1'));
  await notebook.remove('id-0');
  await notebook.remove('id-0');
  expect(server.rows).toEqual([]);
});

test('notes of the browser move once, and what did not arrive stays', async () => {
  const diary = new Diary(storage, 'alice');
  for (const id of ['1', '2', '3']) diary.add(note(id));
  const notebook = new ServerNotebook(server.api, true);
  server.failures = 6;
  await expect(moveNotes(diary, notebook, new Set())).rejects.toThrow();
  expect([diary.list().length, server.rows.length]).toEqual([3, 1]);
  server.failures = 0;
  expect(await moveNotes(diary, notebook, new Set(['BTCUSDT']))).toBe(3);
  expect([diary.list(), server.rows.length]).toEqual([[], 3]);
});

test('in the browser notes are found by tag and text', async () => {
  const notebook = new BrowserNotebook(new Diary(storage, 'alice'));
  await notebook.add(note('1'));
  await notebook.add({ ...note('2'), text: 'Another', tags: [] });
  expect([(await notebook.list({ tag: 'dip' })).notes.length, (await notebook.list({ text: 'ANOTHER' })).notes.length]).toEqual([1, 1]);
  await notebook.change('1', { text: 'changed', tags: ['new'] });
  expect((await notebook.list({ tag: 'new' })).notes).toMatchObject([{ text: 'changed' }]);
  await notebook.remove('1');
  expect((await notebook.list({})).notes).toHaveLength(1);
  storage.setItem = () => { throw new Error('full'); };
  await expect(notebook.add(note('3'))).rejects.toThrow(/keeps nothing more/);
});
