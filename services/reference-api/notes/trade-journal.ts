import { randomUUID } from 'node:crypto';
import type { Note, NoteStore } from './note-store';
import { type NoteBody, type NoteChange, type NoteList, notePlaceText, type PictureType } from './request';
import type { Screenshots } from './screenshots';
import { isUuid } from '../../domain';
import type { Logger } from '../../runtime';
import { ApiError, notHere } from '../http/errors';
import type { InstrumentCatalog } from '../market/instrument-catalog';

/** Most notes of one account. */
export const MOST_NOTES = 1_000;

/** What users write down about their trades. Not the order journal, which is the venue's. */
export class TradeJournal {
  /** @param store and screenshots undefined where the system keeps none */
  constructor(
    private readonly store: NoteStore | undefined, private readonly screenshots: Screenshots | undefined,
    private readonly catalog: Pick<InstrumentCatalog, 'get'>, private readonly logger: Logger,
  ) {}

  /** @throws ApiError 409 `too_many_notes` */
  async add(accountId: string, { text, tags, symbol, orderIds, time }: NoteBody, clientNoteId: string | undefined) {
    const store = this.required();
    this.check(symbol);
    const now = new Date();
    const added = await store.add({
      id: randomUUID(), accountId, clientNoteId: clientNoteId ?? null, text, tags, symbol: symbol ?? null, orderIds,
      time: time === undefined ? now : new Date(time), createdAt: now, updatedAt: now, screenshot: null,
    }, MOST_NOTES);
    if (added.outcome === 'full') throw new ApiError(409, 'too_many_notes', `An account has at most ${MOST_NOTES} notes; delete some first.`, { limit: MOST_NOTES });
    return this.viewOf(added.note);
  }

  async list(accountId: string, { limit, ...query }: NoteList) {
    const found = await this.required().list(accountId, query, limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      notes: await Promise.all(page.map((note) => this.viewOf(note))),
      ...(last && found.length > limit ? { nextCursor: notePlaceText({ time: last.time.getTime(), id: last.id }) } : {}),
      screenshots: this.screenshots !== undefined,
    };
  }

  async read(accountId: string, id: string) {
    return this.viewOf(await this.noteOf(accountId, id));
  }

  async change(accountId: string, id: string, change: NoteChange) {
    const store = this.required();
    this.check(change.symbol ?? undefined);
    return this.viewOf(there(isUuid(id) ? await store.change(accountId, id, change) : undefined));
  }

  async remove(accountId: string, id: string): Promise<void> {
    const note = there(isUuid(id) ? await this.required().remove(accountId, id) : undefined);
    // Also what was uploaded and never completed. The note is gone either way; a picture that stays behind is found by nobody.
    await this.screenshots?.remove(note).catch((error: unknown) => this.logger.warn({ err: error, noteId: id }, 'a screenshot was not deleted'));
  }

  /** A form for the note's picture. @throws ApiError 404 */
  async beginScreenshot(accountId: string, id: string, contentType: PictureType) {
    const screenshots = this.pictures();
    return screenshots.begin(await this.noteOf(accountId, id), contentType);
  }

  /** Makes what was uploaded the note's picture. @throws ApiError 404, 422 */
  async completeScreenshot(accountId: string, id: string) {
    const screenshots = this.pictures();
    const note = await this.noteOf(accountId, id);
    return this.viewOf(there(await this.required().picture(accountId, id, await screenshots.inspect(note))));
  }

  async removeScreenshot(accountId: string, id: string) {
    const screenshots = this.pictures();
    const note = await this.noteOf(accountId, id);
    await screenshots.remove(note);
    return this.viewOf(there(await this.required().picture(accountId, id, null)));
  }

  private async noteOf(accountId: string, id: string): Promise<Note> {
    const store = this.required();
    return there(isUuid(id) ? await store.read(accountId, id) : undefined);
  }

  private check(symbol: string | undefined): void {
    if (symbol !== undefined && !this.catalog.get(symbol)) {
      throw new ApiError(400, 'unknown_symbol', 'There is no such instrument; GET /v1/instruments lists them.', { field: 'symbol' });
    }
  }

  private async viewOf(note: Note) {
    const { id, clientNoteId, text, tags, symbol, orderIds, time, createdAt, updatedAt, screenshot } = note;
    return {
      id, ...(clientNoteId === null ? {} : { clientNoteId }), text, tags, ...(symbol === null ? {} : { symbol }), orderIds,
      time: time.getTime(), createdAt: createdAt.getTime(), updatedAt: updatedAt.getTime(),
      ...(screenshot && this.screenshots ? { screenshot: { ...screenshot, ...await this.screenshots.readAddress(note) } } : {}),
    };
  }

  private required(): NoteStore {
    if (this.store) return this.store;
    throw notHere('trade_journal', 'This system keeps no trade journal.');
  }

  private pictures(): Screenshots {
    if (this.screenshots) return this.screenshots;
    throw notHere('screenshots', 'This system keeps no screenshots.');
  }
}

/** A note that is not there and another user's look the same. */
function there(note: Note | undefined): Note {
  if (note) return note;
  throw new ApiError(404, 'unknown_note', 'There is no such note.');
}
