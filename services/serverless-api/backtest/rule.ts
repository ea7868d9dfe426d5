import { type Estimate, estimate, HEAVY_SECONDS, LIGHT_MEBIBYTES, LIGHT_SECONDS } from '../../adapters/backtests/estimate';
import type { BacktestJob } from '../../adapters/backtests/job';
import { ApiError } from '../http/api-error';

/**
 * The estimate of a backtest that something here can run.
 *
 * @throws ApiError 422 when it is too large for the workers, or heavy where there are none
 */
export function admit(job: BacktestJob, hasWorkers: boolean): Estimate {
  const found = estimate(job);
  const { weight, seconds, mebibytes } = found;
  if (seconds > HEAVY_SECONDS) {
    throw new ApiError(422, 'backtest_too_large', `This would take about ${Math.round(seconds)} seconds; the workers have ${HEAVY_SECONDS}. Ask for fewer days, longer candles or fewer settings.`);
  }
  if (weight === 'heavy' && !hasWorkers) {
    throw new ApiError(422, 'backtest_needs_workers',
      `This would take about ${Math.round(seconds)} seconds and ${mebibytes} MiB; functions get backtests of up to ${LIGHT_SECONDS} seconds and ${LIGHT_MEBIBYTES} MiB, and this system has no workers. `
      + 'Ask for fewer days, longer candles or fewer settings.');
  }
  return found;
}
