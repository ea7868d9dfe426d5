import { type Estimate, estimate, HEAVY_SECONDS, LIGHT_MEBIBYTES, LIGHT_SECONDS } from './estimate';
import { type BacktestJob, daysOf, rangesOf } from './job';
import { DomainError } from '../../domain';
import { gridPoint, gridSize, STRATEGIES, type StrategyName } from '../../domain/strategy';

const DAY = 86_400_000;
/** Choices that are looked at for one that makes sense. */
const LOOKED_AT = 100_000;

/** @throws DomainError `invalid_backtest` when the parts of a job do not fit each other */
export function checkJob(job: BacktestJob, now = Date.now()): void {
  const refuse = (field: string, message: string): never => {
    throw new DomainError('invalid_backtest', `${field}: ${message}`, { field });
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

/**
 * The estimate of a backtest that something here can run.
 *
 * @throws DomainError when it is too large for the workers, or heavy where there are none
 */
export function admit(job: BacktestJob, hasWorkers: boolean): Estimate {
  const found = estimate(job);
  const { weight, seconds, mebibytes } = found;
  if (seconds > HEAVY_SECONDS) {
    throw new DomainError('backtest_too_large', `This would take about ${Math.round(seconds)} seconds; the workers have ${HEAVY_SECONDS}. Ask for fewer days, longer candles or fewer settings.`);
  }
  if (weight === 'heavy' && !hasWorkers) {
    throw new DomainError('backtest_needs_workers',
      `This would take about ${Math.round(seconds)} seconds and ${mebibytes} MiB; functions get backtests of up to ${LIGHT_SECONDS} seconds and ${LIGHT_MEBIBYTES} MiB, and this system has no workers. `
      + 'Ask for fewer days, longer candles or fewer settings.');
  }
  return found;
}
