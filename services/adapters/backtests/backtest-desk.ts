import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { admit, checkJob } from './admission';
import type { BacktestOrder, BacktestRecord, BacktestStore } from './backtest-store';
import type { BacktestJob } from './job';
import { sendParts, sendWhole } from './message';
import { isUuid, newOrderId, parseDecimal } from '../../domain';

/** What backtests are asked for and looked up with. */
export interface BacktestDeskOptions {
  readonly store: BacktestStore;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly lightQueue: string;
  /** Undefined where there are no workers. */
  readonly heavyQueue?: string;
  readonly reportsBucket: string;
}

/** Takes backtests, and tells what became of them. Another user's backtest is not found. */
export class BacktestDesk {
  constructor(private readonly options: BacktestDeskOptions) {}

  /**
   * Asks whoever runs backtests for one.
   *
   * @param decimalsOf decimals of the quote asset of a symbol; throws for one that is not traded
   * @throws DomainError when its parts do not fit each other, or nothing here can run it
   */
  async submit(userId: string, job: BacktestJob, decimalsOf: (symbol: string) => number): Promise<BacktestOrder> {
    const { sqs, lightQueue, heavyQueue, store } = this.options;
    for (const symbol of job.symbols) parseDecimal(job.startBalance, decimalsOf(symbol), 'startBalance');
    checkJob(job);
    const estimate = admit(job, heavyQueue !== undefined);
    const order = { userId, backtestId: newOrderId(), createdAt: new Date().toISOString(), job, estimate };
    // Sent first: whoever runs it makes the record if we do not come to it, so none can wait for ever.
    if (estimate.weight === 'heavy') await sendParts(sqs, heavyQueue!, order);
    else await sendWhole(sqs, lightQueue, order);
    await store.queued(order);
    return order;
  }

  /** Newest first. */
  list(userId: string, limit: number): Promise<BacktestRecord[]> {
    return this.options.store.list(userId, limit);
  }

  async read(userId: string, id: string): Promise<BacktestRecord | undefined> {
    return isUuid(id) ? this.options.store.read(userId, id) : undefined;
  }

  /** What a backtest came to; undefined while there is nothing. */
  async report({ reportKey }: BacktestRecord): Promise<unknown> {
    if (reportKey === undefined) return undefined;
    const { Body } = await this.options.s3.send(new GetObjectCommand({ Bucket: this.options.reportsBucket, Key: reportKey }));
    return JSON.parse(await Body!.transformToString()) as unknown;
  }

  /**
   * Its pieces that wait in the queue find that it has ended; who runs one looks every few seconds.
   *
   * @returns false when it had ended in another way
   */
  async cancel(record: BacktestRecord): Promise<boolean> {
    return await this.options.store.cancel(record) || record.status === 'cancelled';
  }
}
