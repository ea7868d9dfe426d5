import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { BacktestOrder, BacktestStore } from './backtest-store';
import type { CandleStore } from './candles';
import { BacktestRefusedError, runBacktest } from './report';
import type { Weight } from './rule';
import type { Logger } from '../../runtime';
import type { Instruments } from '../instruments';

export interface ExecutorOptions {
  readonly store: BacktestStore;
  readonly candles: CandleStore;
  readonly s3: S3Client;
  readonly reportsBucket: string;
  readonly instruments: Instruments;
  readonly logger: Logger;
}

/** Where a backtest's report lies. */
export function reportKey({ userId, backtestId }: Pick<BacktestOrder, 'userId' | 'backtestId'>): string {
  return `reports/${userId}/${backtestId}.json`;
}

/** Runs backtests of a queue. A message may come twice: the second run writes the same report, and its ending does not count. */
export class Executor {
  constructor(private readonly options: ExecutorOptions) {}

  /** @throws whatever `checkTime` throws, and errors that another attempt may not have */
  async execute(order: BacktestOrder, weight: Weight, checkTime: () => void): Promise<void> {
    const { store, candles, s3, reportsBucket, instruments, logger } = this.options;
    const { backtestId, job, estimate } = order;
    if (!await store.begin(order, weight)) return logger.info({ backtestId }, 'a backtest that has ended came again');
    const started = Date.now();
    try {
      const report = await runBacktest(job, estimate, { candles, instrument: instruments.get(job.symbol), checkTime });
      const Key = reportKey(order);
      await s3.send(new PutObjectCommand({ Bucket: reportsBucket, Key, Body: JSON.stringify(report), ContentType: 'application/json' }));
      const [{ finalBalance, fast, slow, trades }] = report.best;
      await store.end(order, { status: 'succeeded', reportKey: Key, summary: { finalBalance, fast, slow, trades } });
      logger.info({ backtestId, weight, ms: Date.now() - started, candles: report.candles, pairs: report.pairs, estimate: estimate.seconds }, 'a backtest succeeded');
    } catch (error) {
      if (!(error instanceof BacktestRefusedError)) throw error;
      await this.fail(order, error.code, error.message);
    }
  }

  /** Ends a backtest that nobody will try again. */
  async fail(order: BacktestOrder, code: string, message: string): Promise<void> {
    this.options.logger.warn({ backtestId: order.backtestId, code }, 'a backtest failed');
    await this.options.store.end(order, { status: 'failed', failure: { code, message } });
  }
}
