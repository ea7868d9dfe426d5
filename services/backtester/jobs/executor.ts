import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { mergeParts } from './merge';
import { filesOf, finalReport, type PartContext, type PartResult, runPart, SeriesCache } from './run-part';
import type { BacktestOrder, BacktestStore } from '../../adapters/backtests/backtest-store';
import { partsOf, type Weight } from '../../adapters/backtests/estimate';
import { groupsOf } from '../../adapters/backtests/job';
import type { BacktestMessage } from '../../adapters/backtests/message';
import { DomainError } from '../../domain';
import type { Logger } from '../../runtime';
import { readObject } from '../data/objects';
import type { CandleSource } from '../data/sources';
import { OutOfRangeError } from '../engine/account';
import { BadDataError } from '../engine/series';

/** Least time between two looks at whether the owner wants it no more. */
const LOOK_MS = 2_000;
const TYPES: Readonly<Record<string, string>> = { json: 'application/json', csv: 'text/csv; charset=utf-8', html: 'text/html; charset=utf-8' };

/** The owner cancelled the backtest. */
export class CancelledError extends Error {}

/** There is too little time left to finish here. */
export class OutOfTimeError extends Error {
  constructor() {
    super('the backtest takes longer than there is time');
    this.name = 'OutOfTimeError';
  }
}

export interface ExecutorOptions {
  readonly store: BacktestStore;
  readonly source: CandleSource;
  readonly instrumentOf: PartContext['instrumentOf'];
  readonly s3: S3Client;
  readonly reportsBucket: string;
  readonly logger: Logger;
}

/** Folder of everything that a backtest leaves. */
export function folderOf({ userId, backtestId }: Pick<BacktestOrder, 'userId' | 'backtestId'>): string {
  return `reports/${userId}/${backtestId}`;
}

/**
 * Runs backtests of a queue, whole or in pieces. A message may come twice, and to two at a time: a piece that is there is not done again,
 * both write the same files, and the first ending counts.
 */
export class Executor {
  private readonly cache = new SeriesCache();

  constructor(private readonly options: ExecutorOptions) {}

  /** @param checkTime called now and then; throws to end the work @throws whatever it throws, and errors that another attempt may not have */
  async execute(message: BacktestMessage, weight: Weight, checkTime: () => void): Promise<void> {
    const { store, logger } = this.options;
    const { part: only, ...order } = message;
    const { backtestId } = order;
    if (!await store.begin(order, weight)) return logger.info({ backtestId }, 'a backtest that has ended came again');
    const started = Date.now();
    const context = this.contextOf(order, checkTime);
    const parts = partsOf(order.job, order.estimate);
    try {
      let done = 0;
      for (const number of only === undefined ? parts.keys() : [only]) {
        if (parts[number] === undefined) throw new DomainError('invalid_backtest', `there is no piece ${number} of ${parts.length}`);
        if (await this.readPart(order, number) === undefined) await this.runPart(order, number, context);
        done = await store.partDone(order, number);
      }
      logger.info({ backtestId, weight, part: only, done, of: parts.length, ms: Date.now() - started }, 'a piece of a backtest is done');
      if (done === parts.length) await this.finish(order, weight, context);
    } catch (error) {
      if (error instanceof CancelledError) return logger.info({ backtestId }, 'a backtest was cancelled');
      if (!(error instanceof BadDataError || error instanceof DomainError || error instanceof OutOfRangeError)) throw error;
      await this.fail(order, error.code, error.message);
    }
  }

  /** Ends a backtest that nobody will try again. */
  async fail(order: BacktestOrder, code: string, message: string): Promise<void> {
    this.options.logger.warn({ backtestId: order.backtestId, code }, 'a backtest failed');
    await this.options.store.end(order, { status: 'failed', failure: { code, message } });
  }

  private contextOf({ userId, backtestId }: BacktestOrder, checkTime: () => void): PartContext {
    const { store, source, instrumentOf } = this.options;
    let looked = Date.now();
    return {
      source, instrumentOf,
      goOn: async () => {
        // Everything else gets its turn: heartbeats, health, signals.
        await new Promise((resolve) => { setImmediate(resolve); });
        checkTime();
        if (Date.now() - looked < LOOK_MS) return;
        looked = Date.now();
        const status = (await store.read(userId, backtestId))?.status;
        if (status !== 'running' && status !== 'queued') throw new CancelledError();
      },
    };
  }

  private async runPart(order: BacktestOrder, number: number, context: PartContext): Promise<void> {
    await context.goOn();
    const part = partsOf(order.job, order.estimate)[number];
    const loaded = await this.cache.get(order.job, part.group, context);
    const result = await runPart(order.job, part, loaded, context);
    await this.put(`${folderOf(order)}/parts/${number}.json`, JSON.stringify(result));
  }

  private async finish(order: BacktestOrder, weight: Weight, context: PartContext): Promise<void> {
    const { store, instrumentOf, logger } = this.options;
    const { job } = order;
    const parts = await Promise.all(partsOf(job, order.estimate).map((_, number) => this.readPart(order, number)));
    if (parts.includes(undefined)) throw new Error('a piece that is done is not there');
    const { quote } = instrumentOf(groupsOf(job)[0][0]);
    const merged = mergeParts(job, parts as PartResult[], quote.decimals);
    if (merged === undefined) return this.fail(order, 'invalid_strategy', 'No choice of these settings makes sense, such as a fast average that is shorter than the slow one.');
    const loaded = await this.cache.get(job, merged.group, context);
    const { report, files } = filesOf(await finalReport(job, merged.group, merged.settings, loaded, context),
      merged.search === undefined ? {} : { search: merged.search });
    for (const [name, content] of Object.entries(files)) await this.put(`${folderOf(order)}/${name}`, content);
    const { metrics, spec, finalBalance, engineVersion, resultHash, dataDigest, status } = report;
    await store.end(order, {
      status: 'succeeded', reportKey: `${folderOf(order)}/report.json`,
      summary: {
        symbols: spec.symbols, settings: spec.strategy.settings, finalBalance, totalReturn: metrics.totalReturn, sharpe: metrics.sharpe,
        maxDrawdown: metrics.maxDrawdown, trades: metrics.trades, status,
      },
      basis: { engineVersion, resultHash, dataDigest, assumptions: spec.assumptions },
    });
    logger.info({ backtestId: order.backtestId, weight, parts: parts.length, runs: order.estimate.runs, estimate: order.estimate.seconds, resultHash }, 'a backtest succeeded');
  }

  private async readPart(order: BacktestOrder, number: number): Promise<PartResult | undefined> {
    const found = await readObject(this.options.s3, this.options.reportsBucket, `${folderOf(order)}/parts/${number}.json`);
    return found && JSON.parse(Buffer.from(found).toString('utf8')) as PartResult;
  }

  private async put(Key: string, Body: string): Promise<void> {
    const { s3, reportsBucket } = this.options;
    await s3.send(new PutObjectCommand({ Bucket: reportsBucket, Key, Body, ContentType: TYPES[Key.slice(Key.lastIndexOf('.') + 1)] }));
  }
}
