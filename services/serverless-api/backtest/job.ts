import { type BacktestJob, daysOf, jobSchema, rangesOf } from '../../adapters/backtests/job';
import { gridPoint, gridSize, STRATEGIES, type StrategyName } from '../../domain/strategy';
import { ApiError } from '../http/api-error';

const DAY = 86_400_000;
/** Choices that are looked at for one that makes sense. */
const LOOKED_AT = 100_000;

export { type BacktestJob, jobSchema };

/** @throws ApiError 422 when the parts of a job do not fit each other */
export function checkJob(job: BacktestJob, now = Date.now()): void {
  const refuse = (field: string, message: string): never => {
    throw new ApiError(422, 'invalid_backtest', `${field}: ${message}`, { field });
  };
  if (daysOf(job).length === 0) refuse('from', `must not be after to (${job.to}), got ${job.from}`);
  if (Date.parse(job.to) + DAY > now) refuse('to', `must be a day that is over, got ${job.to}`);
  const { type } = job.strategy;
  const { settings } = STRATEGIES[type as StrategyName];
  const ranges = rangesOf(job);
  for (const [name, range] of Object.entries(ranges)) {
    const rule = (settings as Readonly<Record<string, { least: number; most: number }>>)[name];
    if (!Object.hasOwn(settings, name)) refuse(`strategy.${name}`, `is not a setting of ${type}; there are ${Object.keys(settings).join(', ')}`);
    const { from, to } = typeof range === 'number' ? { from: range, to: range } : range;
    if (from > to) refuse(`strategy.${name}`, `from must not be above to, got ${from} and ${to}`);
    if (from < rule.least || to > rule.most) refuse(`strategy.${name}`, `must be from ${rule.least} to ${rule.most}, got ${from === to ? from : `${from} to ${to}`}`);
  }
  const all = gridSize(ranges);
  for (let index = 0; index < Math.min(all, LOOKED_AT); index++) if (gridPoint(type, ranges, index) !== undefined) return;
  if (all <= LOOKED_AT) refuse('strategy', 'no choice of these settings makes sense, such as a fast average that is shorter than the slow one');
}
