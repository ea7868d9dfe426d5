import { type FormEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { TakePicture } from './chart';
import { useScreen, useVenue } from './context';
import { Notes } from './notes';
import { dateTime, Empty } from './parts';
import { colour } from './theme';
import { shown } from '../core/decimal';
import { Diary, type Note, tagsOf } from '../core/diary';
import type { Order } from '../core/model';
import { moveNotes, type Notebook, openNotebook, PictureProblem } from '../data/notebook';

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Notes of one account, and what can be done with them. */
function useNotebook() {
  const venue = useVenue();
  const username = useScreen((state) => state.session?.username) ?? '';
  const diary = useMemo(() => new Diary(localStorage, username), [username]);
  const [notebook, setNotebook] = useState<Notebook>();
  const [notes, setNotes] = useState<readonly Note[]>([]);
  const [tags, setTags] = useState<readonly string[]>([]);
  const [next, setNext] = useState<string>();
  const [filter, setFilter] = useState<{ readonly tag?: string; readonly text?: string }>({});
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const asked = useRef(0);

  const read = useCallback(async (from: Notebook, cursor?: string): Promise<void> => {
    const turn = (asked.current += 1);
    const page = await from.list({ ...filter, ...(cursor === undefined ? {} : { cursor }) });
    // An answer to an earlier question says nothing about this one.
    if (turn !== asked.current) return;
    setNotes((before) => (cursor === undefined ? page.notes : [...before, ...page.notes]));
    setTags((before) => [...new Set([...before, ...page.notes.flatMap((note) => note.tags)])].sort());
    setNext(page.nextCursor);
  }, [filter]);

  const act = useCallback((work: () => Promise<void>): void => {
    setBusy(true);
    setProblem(undefined);
    void work().catch((error: unknown) => setProblem(wordsOf(error)))
      .then(() => notebook && read(notebook).catch((error: unknown) => setProblem(wordsOf(error))))
      .finally(() => setBusy(false));
  }, [notebook, read]);

  useEffect(() => {
    let current = true;
    void openNotebook(venue.api, diary).then((opened) => current && setNotebook(opened), (error: unknown) => current && setProblem(wordsOf(error)));
    return () => {
      current = false;
    };
  }, [venue, diary]);
  useEffect(() => {
    if (notebook) void read(notebook).catch((error: unknown) => setProblem(wordsOf(error)));
  }, [notebook, read]);

  return { diary, notebook, notes, tags, next, filter, setFilter, problem, busy, act, more: () => notebook && act(() => read(notebook, next)) };
}

export function Journal({ picture }: { readonly picture: TakePicture }) {
  const { diary, notebook, notes, tags, next, filter, setFilter, problem, busy, act, more } = useNotebook();
  const instruments = useScreen((state) => state.instruments);
  const waiting = notebook?.place === 'server' ? diary.list().length : 0;
  return (
    <div className="journal">
      <div className="journal-write">
        <NewNote notebook={notebook} picture={picture} busy={busy} act={act} />
        {waiting > 0 && notebook && (
          <p className="hint">
            {waiting === 1 ? 'One note is' : `${waiting} notes are`} kept in this browser only.{' '}
            <button type="button" className="quiet" disabled={busy} onClick={() => act(async () => {
              await moveNotes(diary, notebook, new Set(instruments.map(({ symbol }) => symbol)));
            })}>
              Move to the server
            </button>
          </p>
        )}
        <p className="problem" role="alert">{problem}</p>
      </div>
      <div className="scroll" tabIndex={0} role="region" aria-label="Notes">
        <div className="note-search">
          <input type="search" aria-label="Search the text of notes" placeholder="Search" maxLength={100}
            onChange={(event) => setFilter({ ...filter, text: event.target.value })} />
          {tags.length > 0 && (
            <div className="tags" role="group" aria-label="Show notes with a tag">
              {[undefined, ...tags].map((tag) => (
                <button key={tag ?? ''} type="button" aria-pressed={filter.tag === tag} onClick={() => setFilter({ ...filter, tag })}>
                  {tag === undefined ? 'all' : `#${tag}`}
                </button>
              ))}
            </div>
          )}
        </div>
        {notebook && notes.length > 0 && <Notes notes={notes} notebook={notebook} act={act} />}
        {notes.length === 0 && <Empty>{notebook ? 'No notes yet, or none that fit.' : 'Reading the journal.'}</Empty>}
        {next !== undefined && <button type="button" className="quiet" onClick={more}>Older notes</button>}
      </div>
    </div>
  );
}

function NewNote({ notebook, picture, busy, act }: {
  readonly notebook: Notebook | undefined; readonly picture: TakePicture; readonly busy: boolean; readonly act: (work: () => Promise<void>) => void;
}) {
  const symbol = useScreen((state) => state.symbol) ?? '';
  const orders = useScreen((state) => state.orders);
  const mine = useMemo(() => orders.filter((order) => order.symbol === symbol).slice(0, 20), [orders, symbol]);

  function add(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const text = String(data.get('text')).trim();
    if (text === '' || !notebook) return;
    const orderId = String(data.get('order') ?? '');
    act(async () => {
      const taken = data.get('picture') === null ? undefined : await pictureOf(picture);
      const note = {
        id: `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`, time: Date.now(), symbol, text, tags: tagsOf(String(data.get('tags'))),
        ...(orderId === '' ? {} : { orderIds: [orderId] }),
      };
      await notebook.add(note, taken).catch((error: unknown) => {
        // The note itself is there.
        if (error instanceof PictureProblem) form.reset();
        throw error;
      });
      form.reset();
    });
  }

  return (
    <form onSubmit={add} aria-label="New note">
      <label>
        Note on {symbol}
        <textarea name="text" rows={3} maxLength={4_000} required placeholder="Why this trade, and what would prove it wrong?" />
      </label>
      <label>Tags<input name="tags" autoComplete="off" placeholder="breakout, news" maxLength={200} /></label>
      {notebook?.place === 'server' && mine.length > 0 && (
        <label>
          About the order
          <select name="order" defaultValue="">
            <option value="">none in particular</option>
            {mine.map((order) => <option key={order.orderId} value={order.orderId}>{described(order)}</option>)}
          </select>
        </label>
      )}
      {notebook?.pictures === true && <label className="check"><input type="checkbox" name="picture" defaultChecked />With a picture of the chart</label>}
      <div className="row-actions">
        <button type="button" className="quiet" onClick={() => void download(picture, symbol)}>Save chart as picture</button>
        <button className="primary" disabled={busy || !notebook}>Add note</button>
      </div>
      <p className="hint" data-testid="journal-place">{notebook && PLACES[notebook.place]}</p>
    </form>
  );
}

const PLACES = {
  server: 'Notes are kept on the server, for this account alone.',
  browser: 'Notes are kept in this browser only: this system keeps no trade journal.',
};

function described({ createdAt, side, quantity, price, type, status }: Order): string {
  return `${dateTime(createdAt).slice(5, 16)} ${side ?? ''} ${shown(quantity ?? '–')} ${price === undefined ? type ?? '' : `at ${shown(price)}`}, ${status}`;
}

function pictureOf(picture: TakePicture): Promise<Blob | undefined> {
  return new Promise((done) => {
    const chart = picture.current?.();
    if (!chart) return done(undefined);
    const canvas = Object.assign(document.createElement('canvas'), { width: chart.width, height: chart.height });
    const context = canvas.getContext('2d')!;
    // The chart has no background of its own, and its text would vanish in front of another.
    context.fillStyle = colour('panel');
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(chart, 0, 0);
    canvas.toBlob((blob) => done(blob ?? undefined), 'image/png');
  });
}

async function download(picture: TakePicture, symbol: string): Promise<void> {
  const blob = await pictureOf(picture);
  if (!blob) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${symbol}-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
