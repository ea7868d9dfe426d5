import { z } from 'zod';
import type { History } from './history';
import type { Bar } from '../../adapters/candles/aggregate';
import { DAY_MS, type Interval, INTERVALS } from '../../adapters/candles/candle';
import type { Gap } from '../../adapters/candles/candle-reader';
import { ApiError } from '../http/errors';
import { coded } from '../http/validate';
import { count } from '../ledger/queries';
import type { InstrumentCatalog } from '../market/instrument-catalog';

/** Most days of one range. */
export const MOST_DAYS = 366;
/** Most days that are looked at for one page. */
const DAYS_OF_PAGE = 31;

export const intervals = Object.keys(INTERVALS) as [Interval, ...Interval[]];

const time = (name: string, example: number) => z.string().regex(/^\d{1,13}$/, {
  error: coded(`invalid_${name}`, `${name} is a time in milliseconds since 1970.`),
}).meta({ description: 'Milliseconds since 1970.', examples: [String(example)] }).transform(Number);

const CURSOR = /^bar:(\d{1,13})$/;

/** Query of `GET /v1/replay/{symbol}/bars`. */
export const barsQuery = z.strictObject({
  interval: z.enum(intervals).default('1m'),
  from: time('from', 1_765_324_800_000),
  to: time('to', 1_765_411_200_000),
  limit: count(2_000, 500),
  cursor: z.string().max(100).transform((text, context): number => {
    const [, at] = CURSOR.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
    if (at !== undefined) return Number(at);
    context.addIssue({ code: 'custom', message: coded('invalid_cursor', 'The cursor is not one that this list gave out.') });
    return z.NEVER;
  }).optional(),
});

export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS;
}

/** @throws ApiError 400 when a range is empty, or too long for one question */
export function checkRange(from: number, to: number): void {
  if (from >= to) throw new ApiError(400, 'invalid_range', 'from must be before to.', { field: 'from' });
  if (to - from > MOST_DAYS * DAY_MS) throw new ApiError(400, 'invalid_range', `A range has at most ${MOST_DAYS} days.`, { field: 'to' });
}

/** A page of past bars, oldest first; days of it that lack something are named. */
export async function barPage(history: History, catalog: InstrumentCatalog, symbol: string, query: z.output<typeof barsQuery>) {
  const { interval, from, to, limit } = query;
  history.required();
  checkRange(from, to);
  if (query.cursor !== undefined && (query.cursor < from || query.cursor >= to)) {
    throw new ApiError(400, 'invalid_cursor', 'The cursor belongs to another range.', { field: 'cursor' });
  }
  const start = query.cursor ?? from;
  const first = dayOf(start);
  const last = Math.min(dayOf(to - 1), first + (DAYS_OF_PAGE - 1) * DAY_MS);
  const days = await history.days(symbol, first, last);
  if (days.size === 0 && !catalog.get(symbol)) throw new ApiError(404, 'unknown_symbol', 'There is no such instrument; GET /v1/instruments lists them.');
  const bars: Bar[] = [];
  const gaps: Gap[] = [];
  let next: number | undefined = last + DAY_MS < to ? last + DAY_MS : undefined;
  for (let day = first; day <= last; day += DAY_MS) {
    const { bars: packed, gap } = await history.day(symbol, day, days.get(day), interval);
    if (gap) gaps.push(gap);
    if (packed === undefined) continue;
    // A day in which a page ends is asked for again by the next one.
    const begin = packed.indexOf(start);
    const end = Math.min(packed.indexOf(to), begin + limit - bars.length);
    bars.push(...JSON.parse(packed.json(begin, end)) as Bar[]);
    if (bars.length < limit) continue;
    const following = end < packed.length ? packed.time(end) : day + DAY_MS;
    next = following < to ? following : undefined;
    break;
  }
  return { symbol, interval, bars, gaps, ...next === undefined ? {} : { nextCursor: Buffer.from(`bar:${next}`).toString('base64url') } };
}
