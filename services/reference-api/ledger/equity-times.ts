/** At which times an equity curve has its points. */
import { ApiError } from '../http/errors';

/** Most points of one answer. */
export const MOST_POINTS = 1_000;

export interface EquityRange {
  readonly from?: number;
  readonly to?: number;
  /** Milliseconds between two points. */
  readonly step: number;
  readonly now: number;
  /** When the account began: what was before is not shown. */
  readonly begins?: number;
}

/** Times of the points, the oldest first, and whether the last is the present. */
export interface EquityTimes {
  readonly times: readonly number[];
  readonly present: boolean;
}

/**
 * The first point is at `from`, or where the account began if that is later; then at every whole multiple of the step; and the last one at
 * `to`, or in the present. Without `from` as far back as the account and the number of points allow.
 *
 * @throws ApiError 400 `invalid_range`
 */
export function equityTimes({ from, to, step, now, begins }: EquityRange): EquityTimes {
  const present = to === undefined || to >= now;
  // In the past points stand at multiples alone: of what is between two of them only the sum is known.
  const end = present ? now : Math.floor(to / step) * step;
  const wanted = from === undefined ? (Math.floor(end / step) - MOST_POINTS + 2) * step : from;
  const first = Math.max(0, Math.ceil(wanted / step) * step);
  if (from !== undefined && from >= (to ?? now)) throw new ApiError(400, 'invalid_range', 'from must be before to, and not in the future.', { field: 'from' });
  const start = begins !== undefined && begins > first ? begins : Math.min(first, end);
  const times = start > end ? [] : [start];
  if (Math.ceil((end - Math.floor(start / step) * step) / step) + 1 > MOST_POINTS) {
    throw new ApiError(400, 'invalid_range', `There are at most ${MOST_POINTS} points; ask for a shorter time or a longer interval.`, { field: 'from' });
  }
  for (let time = (Math.floor(start / step) + 1) * step; time < end; time += step) times.push(time);
  if (end > start) times.push(end);
  return { times, present };
}
