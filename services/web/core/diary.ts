/** A note about a trade. */
export interface Note {
  readonly id: string;
  readonly time: number;
  readonly symbol?: string;
  readonly text: string;
  readonly tags: readonly string[];
  /** Orders that it is about, where the server keeps it. */
  readonly orderIds?: readonly string[];
  /** Address that reads its picture for a while. */
  readonly picture?: string;
}

export interface DiaryStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const MOST_NOTES = 500;
const MOST_TEXT = 4_000;
const MOST_TAGS = 10;

/** Tags as they were typed: lower case, each once, without their signs. */
export function tagsOf(typed: string): readonly string[] {
  const words = typed.toLowerCase().split(/[\s,#]+/).map((word) => word.slice(0, 32)).filter((word) => word !== '');
  return [...new Set(words)].slice(0, MOST_TAGS);
}

/** An account's trade journal, where this browser keeps it. */
export class Diary {
  private readonly key: string;

  constructor(private readonly storage: DiaryStorage, account: string) {
    this.key = `journal:${account}`;
  }

  /** Newest first. What cannot be read is as if it were not there. */
  list(): readonly Note[] {
    try {
      const notes: unknown = JSON.parse(this.storage.getItem(this.key) ?? '[]');
      return Array.isArray(notes) ? (notes as Note[]).filter((note) => typeof note?.text === 'string' && Array.isArray(note.tags)) : [];
    } catch {
      return [];
    }
  }

  add(note: Note): readonly Note[] {
    return this.keep([{ ...note, text: note.text.trim().slice(0, MOST_TEXT) }, ...this.list()]);
  }

  change(id: string, change: Pick<Note, 'text' | 'tags'>): readonly Note[] {
    return this.keep(this.list().map((note) => (note.id === id ? { ...note, ...change } : note)));
  }

  remove(id: string): readonly Note[] {
    return this.keep(this.list().filter((note) => note.id !== id));
  }

  private keep(notes: readonly Note[]): readonly Note[] {
    const kept = notes.slice(0, MOST_NOTES);
    this.storage.setItem(this.key, JSON.stringify(kept));
    return kept;
  }
}
