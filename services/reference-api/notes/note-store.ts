import type { Pool } from 'pg';
import type { NoteChange, NoteList, PictureType } from './request';
import { Breaker } from '../../runtime';
import { unavailable } from '../http/errors';

/** A picture that belongs to a note. */
export interface Screenshot {
  readonly contentType: PictureType;
  readonly bytes: number;
}

/** A note of the trade journal as it is kept. */
export interface Note {
  readonly id: string;
  readonly accountId: string;
  readonly clientNoteId: string | null;
  readonly text: string;
  readonly tags: readonly string[];
  readonly symbol: string | null;
  readonly orderIds: readonly string[];
  readonly time: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly screenshot: Screenshot | null;
}

/** What became of a new note; `known`: there is one of the same client's id, and this is it. */
export type Added = { readonly outcome: 'added' | 'known'; readonly note: Note } | { readonly outcome: 'full' };

/** Where notes are kept. Another account's note is not found. Every method throws ApiError 503 when it cannot be reached. */
export interface NoteStore {
  add(note: Note, most: number): Promise<Added>;
  list(accountId: string, query: Omit<NoteList, 'limit'>, limit: number): Promise<readonly Note[]>;
  read(accountId: string, id: string): Promise<Note | undefined>;
  change(accountId: string, id: string, change: NoteChange): Promise<Note | undefined>;
  /** Says that a note has a picture, or has none. */
  picture(accountId: string, id: string, screenshot: Screenshot | null): Promise<Note | undefined>;
  /** @returns the note that is gone */
  remove(accountId: string, id: string): Promise<Note | undefined>;
}

interface Row extends Omit<Note, 'screenshot'> {
  readonly type: PictureType | null;
  readonly bytes: number | null;
}

const FACTS = `id, account_id AS "accountId", client_note_id AS "clientNoteId", text, tags, symbol, order_ids::text[] AS "orderIds", noted_at AS time,
  created_at AS "createdAt", updated_at AS "updatedAt", screenshot_type AS type, screenshot_bytes AS bytes`;

// Two at once of one account wait for each other, so that both count.
const ADD = `
  WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended($2::uuid::text, 10)) AS taken)
  INSERT INTO trade_journal.notes (id, account_id, client_note_id, text, tags, symbol, order_ids, noted_at, created_at, updated_at)
  SELECT $1::uuid, $2::uuid, $3, $4, $5::text[], $6, $7::uuid[], $8::timestamptz, $9::timestamptz, $9::timestamptz FROM turn
  WHERE trade_journal.notes_of($2::uuid) < $10::integer
  ON CONFLICT (account_id, client_note_id) DO NOTHING RETURNING ${FACTS}`;

const LIST = `
  SELECT ${FACTS} FROM trade_journal.notes
  WHERE account_id = $1 AND ($2::text IS NULL OR $2 = ANY(tags)) AND ($3::text IS NULL OR position(lower($3) IN lower(text)) > 0)
    AND ($4::text IS NULL OR symbol = $4) AND ($5::uuid IS NULL OR $5 = ANY(order_ids))
    AND ($6::timestamptz IS NULL OR (noted_at, id) < ($6, $7::uuid))
  ORDER BY noted_at DESC, id DESC LIMIT $8`;

const CHANGE = `
  UPDATE trade_journal.notes SET text = COALESCE($3, text), tags = COALESCE($4::text[], tags), symbol = CASE WHEN $5 THEN $6 ELSE symbol END,
    order_ids = COALESCE($7::uuid[], order_ids), noted_at = COALESCE($8::timestamptz, noted_at), updated_at = $9
  WHERE account_id = $1 AND id = $2 RETURNING ${FACTS}`;

const PICTURE = `
  UPDATE trade_journal.notes SET screenshot_type = $3, screenshot_bytes = $4, updated_at = $5 WHERE account_id = $1 AND id = $2 RETURNING ${FACTS}`;

/** Notes in the ledger's database, under a schema of their own: every system has it, with backups, encryption and sign-in by IAM. */
export class PostgresNoteStore implements NoteStore {
  private readonly breaker = new Breaker({ name: 'trade journal' });

  constructor(private readonly pool: Pool) {}

  async add(note: Note, most: number): Promise<Added> {
    const { id, accountId, clientNoteId, text, tags, symbol, orderIds, time, createdAt } = note;
    const [added] = await this.rows('add', ADD, [id, accountId, clientNoteId, text, tags, symbol, orderIds, time, createdAt, most]);
    if (added) return { outcome: 'added', note: added };
    const [known] = clientNoteId === null ? []
      : await this.rows('known', `SELECT ${FACTS} FROM trade_journal.notes WHERE account_id = $1 AND client_note_id = $2`, [accountId, clientNoteId]);
    return known ? { outcome: 'known', note: known } : { outcome: 'full' };
  }

  list(accountId: string, { tag, text, symbol, orderId, cursor }: Omit<NoteList, 'limit'>, limit: number): Promise<readonly Note[]> {
    const place = [cursor === undefined ? null : new Date(cursor.time), cursor?.id ?? null];
    return this.rows('list', LIST, [accountId, tag ?? null, text ?? null, symbol ?? null, orderId ?? null, ...place, limit]);
  }

  async read(accountId: string, id: string): Promise<Note | undefined> {
    return (await this.rows('read', `SELECT ${FACTS} FROM trade_journal.notes WHERE account_id = $1 AND id = $2`, [accountId, id]))[0];
  }

  async change(accountId: string, id: string, { text, tags, symbol, orderIds, time }: NoteChange): Promise<Note | undefined> {
    const values = [text ?? null, tags ?? null, symbol !== undefined, symbol ?? null, orderIds ?? null, time === undefined ? null : new Date(time)];
    return (await this.rows('change', CHANGE, [accountId, id, ...values, new Date()]))[0];
  }

  async picture(accountId: string, id: string, screenshot: Screenshot | null): Promise<Note | undefined> {
    return (await this.rows('picture', PICTURE, [accountId, id, screenshot?.contentType ?? null, screenshot?.bytes ?? null, new Date()]))[0];
  }

  async remove(accountId: string, id: string): Promise<Note | undefined> {
    return (await this.rows('remove', `DELETE FROM trade_journal.notes WHERE account_id = $1 AND id = $2 RETURNING ${FACTS}`, [accountId, id]))[0];
  }

  private async rows(name: string, text: string, values: unknown[]): Promise<Note[]> {
    try {
      const { rows } = await this.breaker.run(() => this.pool.query<Row>({ name: `notes-${name}`, text, values }));
      return rows.map(({ type, bytes, ...note }) => ({ ...note, screenshot: type === null || bytes === null ? null : { contentType: type, bytes } }));
    } catch (error) {
      throw Object.assign(unavailable('trade_journal_unavailable', 'The trade journal cannot be reached at the moment.'), { cause: error });
    }
  }
}
