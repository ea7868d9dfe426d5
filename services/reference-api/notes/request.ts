/** What the trade journal takes. */
import { z } from 'zod';
import { isUuid } from '../../domain';
import { coded, uuidText } from '../http/validate';
import { count, symbolText } from '../ledger/queries';
import { clientId } from '../orders/order-request';

export const MOST_TEXT = 4_000;
export const MOST_TAGS = 10;
export const MOST_ORDERS = 10;

/** Content types of screenshots, with how a file of each begins. */
export const PICTURES = ['image/png', 'image/jpeg', 'image/webp'] as const;
export type PictureType = (typeof PICTURES)[number];

// Control characters and halves of characters have no place in a text, apart from tab and line ends; PostgreSQL keeps no NUL at all.
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;
const printable = (text: string): boolean => !UNPRINTABLE.test(text.replaceAll(/[\t\r\n]/g, ''));

const tag = () => z.string().regex(/^[^\s,#\p{Cc}\p{Cs}]{1,32}$/u, {
  error: coded('invalid_tag', 'A tag has 1 to 32 characters, without spaces, commas and #.'),
}).transform((text) => text.toLowerCase()).meta({ examples: ['breakout'], maxLength: 32 });

const facts = {
  text: z.string().trim().min(1, { error: coded('invalid_text', 'A note has a text.') }).max(MOST_TEXT, {
    error: coded('invalid_text', `A note has at most ${MOST_TEXT} characters.`),
  }).refine(printable, { error: coded('invalid_text', 'A note is plain text: no control characters but tabs and line ends.') }),
  tags: z.array(tag()).max(MOST_TAGS).transform((all) => [...new Set(all)]),
  symbol: symbolText(),
  orderIds: z.array(uuidText()).max(MOST_ORDERS).transform((all) => [...new Set(all)]),
  time: z.int().min(0).max(8_640_000_000_000).meta({ description: 'When what it is about happened, in milliseconds since 1970.' }),
};

/** Body of `POST /v1/trade-journal/notes`. */
export const noteSchema = z.strictObject({
  text: facts.text,
  tags: facts.tags.default([]),
  symbol: facts.symbol.optional(),
  orderIds: facts.orderIds.default([]),
  time: facts.time.optional(),
  clientNoteId: clientId().optional(),
}).meta({ examples: [{ text: 'Bought the retest; wrong below 41,000.', tags: ['retest'], symbol: 'BTCUSDT' }] });
export type NoteBody = z.output<typeof noteSchema>;

/** Body of `PATCH /v1/trade-journal/notes/{id}`: what is not named stays. */
export const noteChangeSchema = z.strictObject({
  text: facts.text.optional(),
  tags: facts.tags.optional(),
  symbol: facts.symbol.nullable().optional(),
  orderIds: facts.orderIds.optional(),
  time: facts.time.optional(),
}).refine((change) => Object.values(change).some((value) => value !== undefined), { error: coded('nothing_to_change', 'Name what is to be changed.') })
  .meta({ examples: [{ tags: ['retest', 'patience'] }] });
export type NoteChange = z.output<typeof noteChangeSchema>;

/** Where a list of notes goes on: after this one. */
export interface NotePlace {
  readonly time: number;
  readonly id: string;
}

export function notePlaceText({ time, id }: NotePlace): string {
  return Buffer.from(`${time}.${id}`).toString('base64url');
}

function parsePlace(text: string): NotePlace | undefined {
  const [, time, id] = /^(\d{1,13})\.(.{36})$/.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  return id !== undefined && isUuid(id) ? { time: Number(time), id } : undefined;
}

/** Query of `GET /v1/trade-journal/notes`. */
export const noteListSchema = z.strictObject({
  limit: count(100, 50),
  tag: tag().optional(),
  text: z.string().min(1).max(100).refine(printable, { error: coded('invalid_text', 'Look for plain text.') }).optional()
    .meta({ description: 'Notes whose text has this, in upper or lower case.', examples: ['retest'] }),
  symbol: symbolText().refine(printable).optional(),
  orderId: uuidText().optional(),
  cursor: z.string().max(100).transform((text, context): NotePlace => {
    const place = parsePlace(text);
    if (place) return place;
    context.addIssue({ code: 'custom', message: coded('invalid_cursor', 'The cursor is not one that this list gave out.') });
    return z.NEVER;
  }).optional(),
});
export type NoteList = z.output<typeof noteListSchema>;

/** Body of `POST /v1/trade-journal/notes/{id}/screenshot`. */
export const uploadSchema = z.strictObject({ contentType: z.enum(PICTURES) });
