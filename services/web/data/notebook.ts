import { type Api, ApiProblem } from './api';
import { type Diary, type Note } from '../core/diary';

/** What is looked for among notes. */
export interface NoteFilter {
  readonly tag?: string;
  readonly text?: string;
  readonly cursor?: string;
}

export interface NotePage {
  readonly notes: readonly Note[];
  readonly nextCursor?: string;
}

/** A note that is about to be written. */
export type NewNote = Omit<Note, 'picture'>;

/** Where notes are kept: on the server, or in this browser where the system has no journal. */
export interface Notebook {
  readonly place: 'server' | 'browser';
  /** Whether notes can have pictures. */
  readonly pictures: boolean;
  list(filter: NoteFilter): Promise<NotePage>;
  /** @throws ApiProblem, PictureProblem when the note is there and its picture is not */
  add(note: NewNote, picture?: Blob): Promise<void>;
  change(id: string, change: Pick<Note, 'text' | 'tags'>): Promise<void>;
  remove(id: string): Promise<void>;
  /** A fresh address of a note's picture. */
  pictureOf(id: string): Promise<string | undefined>;
}

/** The note was written, and its picture was not. */
export class PictureProblem extends Error {}

export class BrowserNotebook implements Notebook {
  readonly place = 'browser';
  readonly pictures = false;

  constructor(private readonly diary: Diary) {}

  list({ tag, text = '' }: NoteFilter): Promise<NotePage> {
    const fits = (note: Note): boolean => (tag === undefined || note.tags.includes(tag)) && note.text.toLowerCase().includes(text.toLowerCase());
    return Promise.resolve({ notes: this.diary.list().filter(fits) });
  }

  async add(note: NewNote): Promise<void> {
    try {
      await Promise.resolve(this.diary.add(note));
    } catch {
      throw new Error('This browser keeps nothing more for this page. Delete older notes.');
    }
  }

  change(id: string, change: Pick<Note, 'text' | 'tags'>): Promise<void> {
    this.diary.change(id, change);
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    this.diary.remove(id);
    return Promise.resolve();
  }

  pictureOf(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

interface Told extends Omit<Note, 'picture'> {
  readonly screenshot?: { readonly url: string };
}
interface Form {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly maxBytes: number;
}

const PATH = '/v1/trade-journal/notes';
const noteOf = ({ screenshot, ...note }: Told): Note => ({ ...note, ...(screenshot ? { picture: screenshot.url } : {}) });

export class ServerNotebook implements Notebook {
  readonly place = 'server';

  constructor(private readonly api: Api, readonly pictures: boolean, private readonly send: typeof fetch = (...request) => fetch(...request)) {}

  async list({ tag, text, cursor }: NoteFilter): Promise<NotePage> {
    const query = new URLSearchParams({ limit: '50', ...(tag ? { tag } : {}), ...(text ? { text } : {}), ...(cursor ? { cursor } : {}) });
    const { notes, nextCursor } = await this.api.get<{ notes: readonly Told[]; nextCursor?: string }>(`${PATH}?${query.toString()}`);
    return { notes: notes.map(noteOf), ...(nextCursor === undefined ? {} : { nextCursor }) };
  }

  async add({ id, time, symbol, text, tags, orderIds }: NewNote, picture?: Blob): Promise<void> {
    const body = { text, tags, time, clientNoteId: id, ...(symbol ? { symbol } : {}), ...(orderIds?.length ? { orderIds } : {}) };
    // Its own id makes a repetition after a lost answer harmless.
    const written = await this.api.sendSurely<Told>('POST', PATH, body);
    if (picture) await this.upload(written.id, picture);
  }

  async change(id: string, change: Pick<Note, 'text' | 'tags'>): Promise<void> {
    await this.api.sendSurely('PATCH', `${PATH}/${id}`, change);
  }

  async remove(id: string): Promise<void> {
    await this.api.sendSurely('DELETE', `${PATH}/${id}`, undefined).catch((error: unknown) => {
      // Of a repetition: it is gone.
      if (!(error instanceof ApiProblem) || error.status !== 404) throw error;
    });
  }

  async pictureOf(id: string): Promise<string | undefined> {
    return (await this.api.get<Told>(`${PATH}/${id}`)).screenshot?.url;
  }

  /** Sends a picture to the bucket itself, then tells the server. */
  private async upload(id: string, picture: Blob): Promise<void> {
    try {
      const { url, fields, maxBytes } = await this.api.send<Form>('POST', `${PATH}/${id}/screenshot`, { contentType: picture.type });
      if (picture.size > maxBytes) throw new Error(`It has more than ${Math.floor(maxBytes / 1_000_000)} MB.`);
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', picture);
      const answer = await this.send(url, { method: 'POST', body: form, credentials: 'omit', signal: AbortSignal.timeout(30_000) });
      if (!answer.ok) throw new Error(`The store answered ${answer.status}.`);
      await this.api.send('POST', `${PATH}/${id}/screenshot/complete`);
    } catch (error) {
      throw new PictureProblem(`The note is written, without its picture: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** The server's notes where the system keeps any, else this browser's. @throws ApiProblem when the server cannot be asked */
export async function openNotebook(api: Api, diary: Diary): Promise<Notebook> {
  try {
    const { screenshots } = await api.get<{ screenshots: boolean }>(`${PATH}?limit=1`);
    return new ServerNotebook(api, screenshots);
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'feature_not_here') return new BrowserNotebook(diary);
    throw error;
  }
}

/**
 * Moves this browser's notes to the server, one by one; what did not get there stays here, and nothing gets there twice.
 *
 * @returns how many were moved
 */
export async function moveNotes(diary: Diary, to: Notebook, symbols: ReadonlySet<string>): Promise<number> {
  let moved = 0;
  for (const { symbol, ...note } of diary.list()) {
    await to.add({ ...note, ...(symbol !== undefined && symbols.has(symbol) ? { symbol } : {}), tags: note.tags.slice(0, 10) });
    diary.remove(note.id);
    moved += 1;
  }
  return moved;
}
