import { type FormEvent, useMemo, useState } from 'react';
import type { TakePicture } from './chart';
import { useScreen } from './context';
import { dateTime, Empty } from './parts';
import { Diary, type Note, tagsOf } from '../core/diary';

export function Journal({ picture }: { readonly picture: TakePicture }) {
  const username = useScreen((state) => state.session?.username) ?? '';
  const symbol = useScreen((state) => state.symbol) ?? '';
  const diary = useMemo(() => new Diary(localStorage, username), [username]);
  const [notes, setNotes] = useState<readonly Note[]>(() => diary.list());
  const [filter, setFilter] = useState('');
  const [problem, setProblem] = useState<string>();
  const seen = notes.filter((note) => filter === '' || note.tags.includes(filter));
  const tags = [...new Set(notes.flatMap((note) => note.tags))].sort();

  function add(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const text = String(data.get('text')).trim();
    if (text === '') return;
    try {
      setNotes(
        diary.add({
          id: `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`,
          time: Date.now(),
          symbol,
          text,
          tags: tagsOf(String(data.get('tags'))),
        }),
      );
      setProblem(undefined);
      form.reset();
    } catch {
      setProblem('This browser keeps nothing more for this page. Delete older notes.');
    }
  }

  return (
    <div className="journal">
      <form onSubmit={add} aria-label="New note">
        <label>
          Note on {symbol}
          <textarea name="text" rows={3} maxLength={4_000} required placeholder="Why this trade, and what would prove it wrong?" />
        </label>
        <label>
          Tags
          <input name="tags" autoComplete="off" placeholder="breakout, news" maxLength={200} />
        </label>
        <div className="row-actions">
          <button type="button" className="quiet" onClick={() => download(picture, symbol)}>
            Save chart as picture
          </button>
          <button className="primary">Add note</button>
        </div>
        <p className="hint">
          Notes are kept in this browser only. Storing them with chart pictures on the server is not available here: this system&#39;s API has no
          journal.
        </p>
        <p className="problem" role="alert">
          {problem}
        </p>
      </form>
      <div className="scroll" tabIndex={0} role="region" aria-label="Notes">
        {tags.length > 0 && (
          <div className="tags" role="group" aria-label="Show notes with a tag">
            {['', ...tags].map((tag) => (
              <button key={tag} type="button" aria-pressed={filter === tag} onClick={() => setFilter(tag)}>
                {tag === '' ? 'all' : `#${tag}`}
              </button>
            ))}
          </div>
        )}
        {seen.length === 0 ? (
          <Empty>No notes yet.</Empty>
        ) : (
          <ul className="notes">
            {seen.map((note) => (
              <li key={note.id}>
                <p className="hint">
                  {dateTime(note.time)} · {note.symbol}
                  {note.tags.map((tag) => ` #${tag}`)}
                  <button
                    type="button"
                    className="quiet danger"
                    onClick={() => setNotes(diary.remove(note.id))}
                    aria-label={`Delete the note of ${dateTime(note.time)}`}
                  >
                    Delete
                  </button>
                </p>
                <p className="note-text">{note.text}</p>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function download(picture: TakePicture, symbol: string): void {
  const canvas = picture.current?.();
  canvas?.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${symbol}-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}
