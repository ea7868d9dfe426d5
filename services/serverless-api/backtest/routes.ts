import { z } from 'zod';
import { BacktestDesk, type BacktestDeskOptions } from '../../adapters/backtests/backtest-desk';
import type { BacktestRecord } from '../../adapters/backtests/backtest-store';
import { jobSchema } from '../../adapters/backtests/job';
import { ApiError } from '../http/api-error';
import type { Route } from '../http/router';
import { limitText, validate } from '../http/validate';
import type { Instruments } from '../instruments';

export interface BacktestDependencies extends BacktestDeskOptions {
  readonly instruments: Instruments;
}

/** The group `backtest`: strategies tried on the past, in the background. */
export function backtestRoutes({ instruments, ...options }: BacktestDependencies): Route[] {
  const desk = new BacktestDesk(options);
  return [
    {
      method: 'POST', path: '/v1/backtests', access: 'user',
      handle: async ({ body, userId }) => {
        const order = await desk.submit(userId, validate(jobSchema, body), (symbol) => instruments.get(symbol).quote.decimals);
        const { backtestId, estimate } = order;
        return { status: 202, body: { backtestId, status: 'queued', weight: estimate.weight, estimate } };
      },
    },
    {
      method: 'GET', path: '/v1/backtests', access: 'user',
      handle: async ({ query, userId }) => {
        const { limit } = validate(z.strictObject({ limit: limitText }), query);
        return { status: 200, body: { backtests: (await desk.list(userId, limit)).map(shown) } };
      },
    },
    {
      method: 'GET', path: '/v1/backtests/{id}', access: 'user',
      handle: async ({ params, userId }) => {
        const record = known(await desk.read(userId, params.id), params.id);
        const report = await desk.report(record);
        return { status: 200, body: { ...shown(record), ...(report === undefined ? {} : { report }) } };
      },
    },
    {
      method: 'DELETE', path: '/v1/backtests/{id}', access: 'user',
      handle: async ({ params, userId }) => {
        const record = known(await desk.read(userId, params.id), params.id);
        if (!await desk.cancel(record)) throw new ApiError(409, 'backtest_ended', 'The backtest has ended already.');
        return { status: 200, body: shown((await desk.read(userId, params.id))!) };
      },
    },
  ];
}

function known(record: BacktestRecord | undefined, id: string): BacktestRecord {
  if (record) return record;
  throw new ApiError(404, 'unknown_backtest', `There is no backtest ${id}.`);
}

function shown({ backtestId, createdAt, finishedAt, status, weight, job, progress, summary, basis, failure }: BacktestRecord): object {
  return { backtestId, createdAt, finishedAt, status, weight, job, progress, summary, basis, failure };
}
