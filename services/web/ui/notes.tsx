import { type FormEvent, useState } from 'react';
import { Dialog } from './dialog';
import { dateTime } from './parts';
import { type Note, tagsOf } from '../core/diary';
import type { Notebook } from '../data/notebook';

interface NotesProps {
  readonly notes: readonly Note[];
  readonly notebook: Notebook;
  /** Does something with a note, says so when it fails, and reads the list again. */
  readonly act: (work: () => Promise<void>) => void;
}

export function Notes({ notes, notebook, act }: NotesProps) {
  const [editing, setEditing] = useState<string>();
  const [picture, setPicture] = useState<{ readonly url: string; readonly note: Note }>();
  const enlarge = (note: Note): void => act(async () => {
    // The address in the list may be too old by now.
    const url = await notebook.pictureOf(note.id);
    if (url !== undefined) setPicture({ url, note });
  });
  return (
    <>
      <ul className="notes">
        {notes.map((note) => (
          <li key={note.id}>
            <p className="hint">
              <span>
                {dateTime(note.time)}{note.symbol === undefined ? '' : ` · ${note.symbol}`}{note.tags.map((tag) => ` #${tag}`)}
              </span>
              <span className="note-actions">
                <button type="button" className="quiet" onClick={() => setEditing(editing === note.id ? undefined : note.id)} aria-label={`Edit the note of ${dateTime(note.time)}`}>
                  Edit
                </button>
                <button type="button" className="quiet danger" onClick={() => act(() => notebook.remove(note.id))} aria-label={`Delete the note of ${dateTime(note.time)}`}>
                  Delete
                </button>
              </span>
            </p>
            {editing === note.id ? (
              <Edit note={note} onSave={(change) => {
                setEditing(undefined);
                act(() => notebook.change(note.id, change));
              }} />
            ) : <p className="note-text">{note.text}</p>}
            {note.orderIds !== undefined && note.orderIds.length > 0 && <p className="hint">About {note.orderIds.map((id) => `order …${id.slice(-6)}`).join(', ')}</p>}
            {note.picture !== undefined && (
              <button type="button" className="note-picture" onClick={() => enlarge(note)}>
                <img src={note.picture} alt={`Chart at the note of ${dateTime(note.time)}`} loading="lazy" />
              </button>
            )}
          </li>
        ))}
      </ul>
      {picture && (
        <Dialog title={`Chart at the note of ${dateTime(picture.note.time)}`} onClose={() => setPicture(undefined)}>
          {(close) => (
            <>
              <img className="picture" src={picture.url} alt={picture.note.text.slice(0, 200)} />
              <div className="row-actions"><button type="button" className="quiet" onClick={close}>Close</button></div>
            </>
          )}
        </Dialog>
      )}
    </>
  );
}

function Edit({ note, onSave }: { readonly note: Note; readonly onSave: (change: Pick<Note, 'text' | 'tags'>) => void }) {
  function save(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = String(data.get('text')).trim();
    if (text !== '') onSave({ text, tags: tagsOf(String(data.get('tags'))) });
  }
  return (
    <form onSubmit={save} aria-label={`Edit the note of ${dateTime(note.time)}`}>
      <label>Text<textarea name="text" rows={3} maxLength={4_000} required defaultValue={note.text} autoFocus /></label>
      <label>Tags<input name="tags" autoComplete="off" maxLength={200} defaultValue={note.tags.join(', ')} /></label>
      <div className="row-actions"><button className="primary">Save note</button></div>
    </form>
  );
}
