import type { Redis } from 'ioredis';
import type { InstrumentCatalog } from './instrument-catalog';
import { bookKey } from '../../domain';
import { ApiError, unavailable } from '../http/errors';

/**
 * The best levels of an instrument's book, as the matcher last published them.
 *
 * @throws ApiError 404 for an unknown symbol, 503 while nobody can say what the book is: an empty one would be a statement
 */
export async function readBook(cache: Redis, catalog: InstrumentCatalog, symbol: string): Promise<unknown> {
  if (!catalog.get(symbol)) throw new ApiError(404, 'unknown_symbol', 'There is no such instrument; GET /v1/instruments lists them.');
  const book = await cache.get(bookKey(symbol)).catch(() => {
    throw unavailable('cache_unavailable', 'The book cannot be read at the moment.');
  });
  if (book === null) throw unavailable('book_unavailable', 'No book of this instrument has been published yet.');
  return JSON.parse(book);
}
