import { setTimeout as sleep } from 'node:timers/promises';
import { candlesPerDay, DAY_MS, dayText, type Interval } from '../adapters/candles/candle';
import type { CandleFiles } from '../adapters/candles/candle-files';
import type { CandleIndex } from '../adapters/candles/candle-index';
import type { CandleTable } from '../adapters/candles/candle-table';
import type { Logger } from '../runtime';
import { type CandleSource, RefusedError, TemporaryError } from './candle-source';

/** One day of one instrument that is to be in the store. */
export interface DayTask {
  readonly symbol: string;
  readonly interval: Interval;
  readonly day: number;
}

/** What a run did. */
export interface SyncSummary {
  readonly complete: number;
  /** Written and marked: the exchange lacks candles of them. */
  readonly incomplete: number;
  /** Not written. */
  readonly failed: number;
  readonly candles: number;
}

export interface SyncOptions {
  readonly source: CandleSource;
  readonly files: Pick<CandleFiles, 'write'>;
  readonly table: Pick<CandleTable, 'write' | 'keeps'>;
  readonly index: Pick<CandleIndex, 'put' | 'days'>;
  readonly logger: Logger;
  /** Milliseconds for which what failed, or lacks candles, is tried again. */
  readonly retryForMs: number;
  /** Milliseconds between two rounds: the first wait, and the longest; each is twice the one before. Default 30 s and 10 min. */
  readonly pauseMs?: readonly [first: number, longest: number];
  /** A day that lacks candles is asked for this often before it is taken as it is. Default 3. */
  readonly incompleteTries?: number;
  /** Today's first moment in UTC; what is not over is not asked for. */
  readonly today: number;
  readonly signal: AbortSignal;
  /** Told after every day: how many are done, of how many. */
  readonly onProgress?: (done: number, of: number, task: DayTask) => void;
}

type Outcome =
  | { readonly status: 'complete' | 'incomplete'; readonly candles: number }
  | { readonly status: 'again'; readonly reason: string; readonly afterMs: number }
  | { readonly status: 'failed' };

/** The days from one to another, both included, that the index does not have complete: the gaps of a range. Oldest first. */
export async function daysToSync(
  index: Pick<CandleIndex, 'days'>, symbols: readonly string[], intervals: readonly Interval[], from: number, to: number,
): Promise<DayTask[]> {
  const tasks: DayTask[] = [];
  for (const symbol of symbols) {
    for (const interval of intervals) {
      const done = new Set((await index.days(symbol, interval, from, to)).filter(({ status }) => status === 'complete').map(({ day }) => day));
      for (let day = from; day <= to; day += DAY_MS) if (!done.has(day)) tasks.push({ symbol, interval, day });
    }
  }
  return tasks.sort((a, b) => a.day - b.day);
}

/**
 * Brings days into the store, one after the other: fetch, file, table, and the index row last. What fails does not hold up the rest: it is
 * tried again in a later round until the time is up. A day may be done again at any time; its file and rows are then replaced by the same.
 *
 * @throws AbortError when the signal is first; what was done stays done
 */
export async function syncDays(tasks: readonly DayTask[], options: SyncOptions): Promise<SyncSummary> {
  const { signal, logger, pauseMs: [firstPause, longestPause] = [30_000, 600_000] } = options;
  const deadline = Date.now() + options.retryForMs;
  const tries = new Map<DayTask, number>();
  const summary = { complete: 0, incomplete: 0, failed: 0, candles: 0 };
  let waiting = [...tasks];
  for (let round = 0; waiting.length > 0; round++) {
    const again: DayTask[] = [];
    let pause = Math.min(longestPause, firstPause * 2 ** round);
    // The last round: whatever comes is what it is.
    const isLast = Date.now() + pause > deadline;
    for (const task of waiting) {
      signal.throwIfAborted();
      tries.set(task, (tries.get(task) ?? 0) + 1);
      const outcome = await syncDay(task, { ...options, isLast, tries: tries.get(task) ?? 1 });
      if (outcome.status === 'again') {
        again.push(task);
        pause = Math.max(pause, outcome.afterMs);
        logger.warn({ ...named(task), reason: outcome.reason, try: tries.get(task) }, 'a day of candles is tried again');
      } else {
        summary[outcome.status] += 1;
        if (outcome.status !== 'failed') summary.candles += outcome.candles;
        options.onProgress?.(summary.complete + summary.incomplete + summary.failed, tasks.length, task);
      }
    }
    waiting = again;
    if (waiting.length > 0) await sleep(Math.min(pause, Math.max(0, deadline - Date.now())), undefined, { signal });
  }
  return summary;
}

async function syncDay(task: DayTask, options: SyncOptions & { readonly isLast: boolean; readonly tries: number }): Promise<Outcome> {
  const { source, files, table, index, logger, signal, isLast } = options;
  try {
    const found = await source.day(task.symbol, task.interval, task.day, signal);
    const expected = candlesPerDay(task.interval);
    if (found.candles.length < expected && !isLast && options.tries < (options.incompleteTries ?? 3)) {
      return { status: 'again', reason: `the exchange has ${found.candles.length} of ${expected} candles`, afterMs: 0 };
    }
    const file = await files.write(found);
    if (table.keeps(task.day, options.today) && found.candles.length > 0) await table.write(found);
    const { status, candles } = await index.put(found, file);
    const level = status === 'complete' ? 'info' : 'error';
    logger[level]({ ...named(task), candles, expected, key: file.key, bytes: file.bytes }, status === 'complete' ? 'a day of candles is there' : 'a day of candles is incomplete');
    return { status, candles };
  } catch (error) {
    signal.throwIfAborted();
    const refused = error instanceof RefusedError;
    if (!refused && !isLast) return { status: 'again', reason: (error as Error).message, afterMs: error instanceof TemporaryError ? error.retryAfterMs : 0 };
    logger.error({ ...named(task), err: error }, 'a day of candles is missing');
    return { status: 'failed' };
  }
}

function named({ symbol, interval, day }: DayTask): Record<string, string> {
  return { symbol, interval, day: dayText(day) };
}
