/**
 * Orders are UUIDs of version 7; programs that speak Binance's API want numbers, and read them as doubles. A number has 53 bits: 39 for the
 * milliseconds since 2025 (which last until 2042) and 14 of the counter that keeps ids of one task apart. So it follows from the id alone, and
 * the id is found by it: orders of one millisecond stand side by side in the index of ids.
 */
const EPOCH_MS = Date.UTC(2025, 0, 1);
const COUNTER_BITS = 14;
const COUNTERS = 2 ** COUNTER_BITS;
const MOST_MS = 2 ** (53 - COUNTER_BITS);

/** The number of an order, or of a list of orders. 0 for an id that was not made by a task since 2025. */
export function numberOf(id: string): number {
  const ms = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) - EPOCH_MS;
  if (!(ms >= 0 && ms < MOST_MS)) return 0;
  const high = Number.parseInt(id.slice(14, 18), 16) & 0xf;
  const middle = Number.parseInt(id.slice(19, 21), 16) & 0x3f;
  const low = Number.parseInt(id.slice(21, 22), 16);
  // The counter's last bits: 4 of the third group, 6 and 4 of the fourth. A task counts up within a millisecond.
  return ms * COUNTERS + (high << 10 | middle << 4 | low);
}

/** Least and greatest id that may have a number; undefined for a number that none can have. */
export function idsOf(number: number): { readonly from: string; readonly to: string } | undefined {
  const ms = Math.floor(number / COUNTERS);
  if (!Number.isSafeInteger(number) || number < COUNTERS || ms >= MOST_MS) return undefined;
  const digits = (ms + EPOCH_MS).toString(16).padStart(12, '0');
  const time = `${digits.slice(0, 8)}-${digits.slice(8)}`;
  return { from: `${time}-7000-8000-000000000000`, to: `${time}-7fff-bfff-ffffffffffff` };
}
