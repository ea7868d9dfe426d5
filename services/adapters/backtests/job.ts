import { z } from 'zod';
import { gridSize, isStrategyName, type SettingRanges, STRATEGIES } from '../../domain/strategy';
import { DAY_MS } from '../candles/candle';

const decimal = z.string({ error: 'must be a decimal as text, such as "0.5"' }).max(40);
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'must be a day such as 2025-12-10' })
  .refine((text) => !Number.isNaN(Date.parse(text)), { error: 'is no day of the calendar' });
const value = z.int().min(0);
const setting = z.union([value, z.strictObject({ from: value, to: value, step: z.int().min(1).default(1) })], { error: 'must be a whole number, or { from, to, step }' });
const symbol = z.string().max(16);
const ppm = z.int().min(0).max(100_000);

const INTERVALS = [1, 5, 15, 60, 240, 1_440] as const;
export const RANKINGS = ['finalBalance', 'sharpe', 'sortino', 'calmar', 'profitFactor'] as const;

/** What a backtest is asked for: which candles, which strategy with which settings, and what is assumed of the market. */
export const jobSchema = z.strictObject({
  /** One instrument, or several: each by itself, or with `together` in one account. */
  symbol: symbol.optional(),
  symbols: z.array(symbol).min(1).max(20).optional(),
  together: z.boolean().default(false),
  /** First and last day, both included, UTC. */
  from: day,
  to: day,
  intervalMinutes: z.union(INTERVALS.map((minutes) => z.literal(minutes)), { error: `must be one of ${INTERVALS.join(', ')}` }).default(60),
  /** A strategy of the catalogue and its settings, each a number or a range to search. */
  strategy: z.object({ type: z.string().refine(isStrategyName, { error: `must be one of ${Object.keys(STRATEGIES).join(', ')}` }) }).catchall(setting),
  startBalance: decimal.default('100000'),
  /** Fee of each trade in millionths, and those of orders that rested or took where they differ. */
  feePpm: ppm.default(1_000),
  makerFeePpm: ppm.optional(),
  takerFeePpm: ppm.optional(),
  slippageBps: z.int().min(0).max(500).default(1),
  /** Share of a bar's volume that may be filled; 0 for no limit. */
  participationBps: z.int().min(0).max(10_000).default(1_000),
  intrabar: z.enum(['pessimistic', 'path']).default('pessimistic'),
  limitFill: z.enum(['through', 'touch']).default('through'),
  allowShort: z.boolean().default(false),
  seed: z.int().min(0).max(0xffffffff).default(1),
  rankBy: z.enum(RANKINGS).default('finalBalance'),
}).transform(({ symbol: one, symbols, ...rest }, context) => {
  const all = [...new Set([...(one === undefined ? [] : [one]), ...(symbols ?? [])])];
  if (all.length === 0) context.addIssue({ code: 'custom', path: ['symbol'], message: 'name an instrument, or several as symbols' });
  return { ...rest, symbols: all };
});

/** A backtest as queues and reports carry it. */
export type BacktestJob = Omit<z.output<typeof jobSchema>, 'strategy'> & { readonly strategy: { readonly type: string } & SettingRanges };

/** The settings of a job's strategy. */
export function rangesOf({ strategy: { type: _, ...ranges } }: Pick<BacktestJob, 'strategy'>): SettingRanges {
  return ranges as SettingRanges;
}

/** Days of a job, first to last, as milliseconds of the epoch. */
export function daysOf({ from, to }: Pick<BacktestJob, 'from' | 'to'>): number[] {
  const first = Date.parse(from);
  const count = Math.round((Date.parse(to) - first) / DAY_MS) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => first + i * DAY_MS);
}

/** The instruments that are run in one account: all together, or each by itself. */
export function groupsOf({ symbols, together }: Pick<BacktestJob, 'symbols' | 'together'>): (readonly string[])[] {
  return together ? [symbols] : symbols.map((one) => [one]);
}

/** Runs that a job asks for. */
export function countRuns(job: Pick<BacktestJob, 'symbols' | 'together' | 'strategy'>): number {
  return groupsOf(job).length * gridSize(rangesOf(job));
}
