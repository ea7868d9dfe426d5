import { z } from 'zod';
import { ApiError } from '../http/api-error';
import { decimalText } from '../http/validate';

const DAY = 86_400_000;
export const MINUTES_PER_DAY = 1_440;

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'must be a day such as 2025-12-10' })
  .refine((text) => !Number.isNaN(Date.parse(text)), { error: 'is no day of the calendar' });
const window = z.int().min(1).max(10_000);
const range = z.union([
  window.transform((value) => ({ from: value, to: value, step: 1 })),
  z.strictObject({ from: window, to: window, step: z.int().min(1).default(1) }),
], { error: 'must be a number of candles, or { from, to, step }' });

/** What a backtest is asked for: which candles, and which averages cross. */
export const jobSchema = z.strictObject({
  symbol: z.string().max(16),
  /** First and last day, both included, UTC. */
  from: day,
  to: day,
  intervalMinutes: z.union([z.literal(1), z.literal(5), z.literal(15), z.literal(60)], { error: 'must be 1, 5, 15 or 60' }).default(60),
  strategy: z.strictObject({ type: z.literal('sma-cross', { error: 'must be sma-cross' }), fast: range, slow: range }),
  startBalance: decimalText.default('100000'),
  /** Fee of each trade, in millionths of what it is worth. */
  feePpm: z.int().min(0).max(100_000).default(1_000),
});

/** A backtest as queues and reports carry it. */
export type BacktestJob = z.output<typeof jobSchema>;

/** A pair of moving averages: lengths in candles. */
export interface Averages {
  readonly fast: number;
  readonly slow: number;
}

/** Days of a job, first to last, as milliseconds of the epoch. */
export function daysOf({ from, to }: Pick<BacktestJob, 'from' | 'to'>): number[] {
  const first = Date.parse(from);
  const count = Math.round((Date.parse(to) - first) / DAY) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => first + i * DAY);
}

/** Every pair of averages that a job asks for, the fast one shorter than the slow one. */
export function* averagesOf({ strategy: { fast, slow } }: Pick<BacktestJob, 'strategy'>): Generator<Averages> {
  for (let f = fast.from; f <= fast.to; f += fast.step) {
    for (let s = slow.from; s <= slow.to; s += slow.step) if (f < s) yield { fast: f, slow: s };
  }
}

/** Pairs that a job asks for, counted without making them. */
export function countAverages({ strategy: { fast, slow } }: Pick<BacktestJob, 'strategy'>): number {
  const size = ({ from, to, step }: typeof fast): number => Math.max(0, Math.floor((to - from) / step) + 1);
  const all = size(slow);
  let count = 0;
  for (let f = fast.from; f <= fast.to; f += fast.step) {
    const tooShort = f < slow.from ? 0 : Math.min(all, Math.floor((f - slow.from) / slow.step) + 1);
    count += all - tooShort;
  }
  return count;
}

/** @throws ApiError 422 when the parts of a job do not fit each other */
export function checkJob(job: BacktestJob, now = Date.now()): void {
  const refuse = (field: string, message: string): never => {
    throw new ApiError(422, 'invalid_backtest', `${field}: ${message}`, { field });
  };
  if (Date.parse(job.from) > Date.parse(job.to)) refuse('from', `must not be after to (${job.to}), got ${job.from}`);
  if (Date.parse(job.to) + DAY > now) refuse('to', `must be a day that is over, got ${job.to}`);
  for (const [name, { from, to }] of Object.entries({ fast: job.strategy.fast, slow: job.strategy.slow })) {
    if (from > to) refuse(`strategy.${name}`, `from must not be above to, got ${from} and ${to}`);
  }
  if (countAverages(job) === 0) refuse('strategy', 'the fast average must be shorter than the slow one in at least one pair');
}
