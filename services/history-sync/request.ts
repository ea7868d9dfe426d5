import { parseArgs } from 'node:util';
import { DAY_MS, parseDay } from '../adapters/candles/candle';

/** The days that a run is about. */
export interface DayRange {
  readonly from: number;
  readonly to: number;
  /** Whether somebody asked for it: such a run does not wait for hours. */
  readonly isBackfill: boolean;
}

/** Longest range of one run. */
const MOST_DAYS = 3_660;

/**
 * Reads the arguments: none for the nightly run, which looks `lookBackDays` back; `--from 2025-01-01 [--to 2025-12-31]` for a backfill.
 *
 * @throws RangeError when they do not fit, with a sentence that says what would
 */
export function readRange(args: readonly string[], lookBackDays: number, today: number): DayRange {
  const { from, to } = argumentsOf(args);
  const yesterday = today - DAY_MS;
  if (from === undefined) {
    if (to !== undefined) throw new RangeError('--to needs a --from');
    return { from: today - lookBackDays * DAY_MS, to: yesterday, isBackfill: false };
  }
  const range = { from: parseDay(from), to: to === undefined ? yesterday : parseDay(to), isBackfill: true };
  if (range.to >= today) throw new RangeError(`--to must be a day that is over, got ${to}`);
  if (range.from > range.to) throw new RangeError(`--from must not be after --to, got ${from}`);
  if (range.to - range.from >= MOST_DAYS * DAY_MS) throw new RangeError(`a run takes at most ${MOST_DAYS} days; divide the range`);
  return range;
}

function argumentsOf(args: readonly string[]): { from?: string; to?: string } {
  try {
    return parseArgs({ args: [...args], options: { from: { type: 'string' }, to: { type: 'string' } } }).values;
  } catch (error) {
    throw new RangeError(`${(error as Error).message}; there are --from and --to, each a day such as 2025-12-10`);
  }
}
