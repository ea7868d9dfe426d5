import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { checkJob, jobSchema } from './job';
import { admit } from './rule';
import type { BacktestRecord, BacktestStore } from '../../adapters/backtests/backtest-store';
import { sendParts, sendWhole } from '../../adapters/backtests/message';
import { isUuid, newOrderId, parseDecimal } from '../../domain';
import { ApiError } from '../http/api-error';
import type { Route } from '../http/router';
import { limitText, validate } from '../http/validate';
import type { Instruments } from '../instruments';

export interface BacktestDependencies {
  readonly store: BacktestStore;
  readonly instruments: Instruments;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly lightQueue: string;
  /** Undefined where there are no workers. */
  readonly heavyQueue?: string;
  readonly reportsBucket: string;
}

/** The group `backtest`: strategies tried on the past, in the background. */
export function backtestRoutes({ store, instruments, sqs, s3, lightQueue, heavyQueue, reportsBucket }: BacktestDependencies): Route[] {
  return [
    {
      method: 'POST', path: '/v1/backtests', access: 'user',
      handle: async ({ body, userId }) => {
        const job = validate(jobSchema, body);
        for (const symbol of job.symbols) parseDecimal(job.startBalance, instruments.get(symbol).quote.decimals, 'startBalance');
        checkJob(job);
        const estimate = admit(job, heavyQueue !== undefined);
        const order = { userId, backtestId: newOrderId(), createdAt: new Date().toISOString(), job, estimate };
        // Sent first: whoever runs it makes the record if we do not come to it, so none can wait for ever.
        if (estimate.weight === 'heavy') await sendParts(sqs, heavyQueue!, order);
        else await sendWhole(sqs, lightQueue, order);
        await store.queued(order);
        return { status: 202, body: { backtestId: order.backtestId, status: 'queued', weight: estimate.weight, estimate } };
      },
    },
    {
      method: 'GET', path: '/v1/backtests', access: 'user',
      handle: async ({ query, userId }) => {
        const { limit } = validate(z.strictObject({ limit: limitText }), query);
        return { status: 200, body: { backtests: (await store.list(userId, limit)).map(shown) } };
      },
    },
    {
      method: 'GET', path: '/v1/backtests/{id}', access: 'user',
      handle: async ({ params, userId }) => {
        const record = isUuid(params.id) ? await store.read(userId, params.id) : undefined;
        if (!record) throw new ApiError(404, 'unknown_backtest', `There is no backtest ${params.id}.`);
        if (record.reportKey === undefined) return { status: 200, body: shown(record) };
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: reportsBucket, Key: record.reportKey }));
        return { status: 200, body: { ...shown(record), report: JSON.parse(await Body!.transformToString()) as unknown } };
      },
    },
    {
      method: 'DELETE', path: '/v1/backtests/{id}', access: 'user',
      handle: async ({ params, userId }) => {
        const record = isUuid(params.id) ? await store.read(userId, params.id) : undefined;
        if (!record) throw new ApiError(404, 'unknown_backtest', `There is no backtest ${params.id}.`);
        // Its pieces that wait in the queue find that it has ended; who runs one looks every few seconds.
        if (!await store.cancel(record) && record.status !== 'cancelled') throw new ApiError(409, 'backtest_ended', 'The backtest has ended already.');
        return { status: 200, body: shown((await store.read(userId, params.id))!) };
      },
    },
  ];
}

function shown({ backtestId, createdAt, finishedAt, status, weight, job, progress, summary, basis, failure }: BacktestRecord): object {
  return { backtestId, createdAt, finishedAt, status, weight, job, progress, summary, basis, failure };
}
