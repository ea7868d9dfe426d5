/** What the questions about an account may ask for. */
import { z } from 'zod';
import { type PageCursor, parseCursor } from './order-pages';
import { tableCursor } from './read-models';
import { coded, uuidText } from '../http/validate';

/** Most rows on one page. */
export const MAX_PAGE = 200;

/** A whole number in a query, from 1. */
export const count = (most: number, usual: number, name = 'limit') => z.string().refine((text) => /^[1-9]\d{0,6}$/.test(text) && Number(text) <= most, {
  error: coded(`invalid_${name}`, `${name} is a whole number from 1 to ${most}.`),
}).meta({ pattern: '^[1-9][0-9]{0,6}$', examples: [String(usual)], description: `A whole number from 1 to ${most}.` }).transform(Number).default(usual);

/** One partition alone, so that it can be read while the ledger of another is away. */
const partition = () => z.string().regex(/^\d{1,5}$/, {
  error: coded('invalid_partition', 'A partition is a whole number from 0 to 65535.'),
}).transform(Number).optional();

/** A symbol; whether there is such an instrument is checked later. */
export const symbolText = () => z.string().max(32).meta({ examples: ['BTCUSDT'] });

/** Where a list of orders goes on: in the ledgers, or in the read model. */
export interface OrderListCursor {
  readonly cursor?: PageCursor;
  readonly place?: string;
}

/** Query of `GET /v1/orders`. */
export const orderListSchema = z.strictObject({
  limit: count(MAX_PAGE, 50),
  status: z.enum(['open', 'filled', 'cancelled', 'rejected']).optional(),
  partition: partition(),
  cursor: z.string().max(8_000).transform((text, context): OrderListCursor => {
    const place = tableCursor(text);
    if (place !== undefined) return { place };
    const cursor = parseCursor(text);
    if (cursor) return { cursor };
    context.addIssue({ code: 'custom', message: coded('invalid_cursor', 'The cursor is not one that this list gave out.') });
    return z.NEVER;
  }).optional(),
});
export type OrderList = z.output<typeof orderListSchema>;

/** Where a list of fills goes on, by partition. */
export type FillsCursor = ReadonlyMap<number, { readonly seq: number; readonly liquidity: 'maker' | 'taker' }>;

const FILL_PLACE = /^(\d{1,16}):(maker|taker)@(\d{1,5})$/;

export function fillCursorText(cursor: FillsCursor): string {
  return Buffer.from([...cursor].map(([of, { seq, liquidity }]) => `${seq}:${liquidity}@${of}`).join(',')).toString('base64url');
}

function parseFillCursor(text: string): FillsCursor | undefined {
  const cursor = new Map<number, { seq: number; liquidity: 'maker' | 'taker' }>();
  for (const place of Buffer.from(text, 'base64url').toString('latin1').split(',')) {
    const [, seq, liquidity, of] = FILL_PLACE.exec(place) ?? [];
    if (seq === undefined || !Number.isSafeInteger(Number(seq))) return undefined;
    cursor.set(Number(of), { seq: Number(seq), liquidity: liquidity as 'maker' | 'taker' });
  }
  return cursor;
}

/** Query of `GET /v1/fills`. */
export const fillListSchema = z.strictObject({
  limit: count(MAX_PAGE, 50),
  symbol: symbolText().optional(),
  orderId: uuidText().optional(),
  partition: partition(),
  cursor: z.string().max(2_000).transform((text, context): FillsCursor => {
    const cursor = parseFillCursor(text);
    if (cursor) return cursor;
    context.addIssue({ code: 'custom', message: coded('invalid_cursor', 'The cursor is not one that this list gave out.') });
    return z.NEVER;
  }).optional(),
});
export type FillList = z.output<typeof fillListSchema>;

/** Query of `GET /v1/portfolio` and of `GET /v1/positions`. */
export const portfolioSchema = z.strictObject({ partition: partition() });
export type PortfolioQuery = z.output<typeof portfolioSchema>;
