import type { BacktestDesk } from '../../adapters/backtests/backtest-desk';
import type { BacktestRecord } from '../../adapters/backtests/backtest-store';
import type { BacktestJob } from '../../adapters/backtests/job';
import type { PresignedObjects } from '../../adapters/uploads/presigned';
import { DomainError } from '../../domain';
import { Breaker } from '../../runtime';
import { ApiError, notHere, unavailable } from '../http/errors';
import type { InstrumentCatalog } from '../market/instrument-catalog';

/** Backtests of one account that wait or run at a time. */
export const MOST_ACTIVE = 3;
/** Backtests among which those are looked for: they are the newest. */
const LOOKED_AT = 20;
const REPORT_SECONDS = 300;

/** What backtests are taken with, where the system runs any. */
export interface BacktestTools {
  readonly desk: Pick<BacktestDesk, 'submit' | 'list' | 'read' | 'report' | 'cancel'>;
  readonly files: Pick<PresignedObjects, 'readAddress'>;
}

/** Strategies tried on the past, in the background. */
export class Backtests {
  private readonly breaker = new Breaker({ name: 'backtests' });

  /** @param tools undefined where the system runs none */
  constructor(private readonly tools: BacktestTools | undefined, private readonly catalog: Pick<InstrumentCatalog, 'get'>) {}

  /** @throws ApiError 409 `too_many_backtests`, 422, 503 */
  async submit(accountId: string, job: BacktestJob) {
    const { desk } = this.required();
    const order = await this.ask(async () => {
      // Two that come at the same time may both be let in; the queue bears it.
      const active = (await desk.list(accountId, LOOKED_AT)).filter(({ status }) => status === 'queued' || status === 'running').length;
      if (active >= MOST_ACTIVE) {
        throw new ApiError(409, 'too_many_backtests', `An account has at most ${MOST_ACTIVE} backtests at a time; wait for one, or cancel it.`, { limit: MOST_ACTIVE });
      }
      return desk.submit(accountId, job, (symbol) => this.decimalsOf(symbol));
    });
    return { backtestId: order.backtestId, status: 'queued' as const, estimatedSeconds: order.estimate.seconds, runs: order.estimate.runs };
  }

  async list(accountId: string, limit: number) {
    const { desk } = this.required();
    return { backtests: (await this.ask(() => desk.list(accountId, limit))).map(viewOf) };
  }

  /** @throws ApiError 404, 503 */
  async read(accountId: string, id: string) {
    const { desk, files } = this.required();
    return this.ask(async () => {
      const record = known(await desk.read(accountId, id));
      const report = await desk.report(record);
      if (report === undefined) return viewOf(record);
      const html = await files.readAddress(record.reportKey!.replace(/report\.json$/, 'report.html'), REPORT_SECONDS);
      return { ...viewOf(record), report, html };
    });
  }

  /** @throws ApiError 404, 409 `backtest_ended`, 503 */
  async cancel(accountId: string, id: string) {
    const { desk } = this.required();
    return this.ask(async () => {
      const record = known(await desk.read(accountId, id));
      if (!await desk.cancel(record)) throw new ApiError(409, 'backtest_ended', 'The backtest has ended already.');
      return viewOf(known(await desk.read(accountId, id)));
    });
  }

  private decimalsOf(symbol: string): number {
    const instrument = this.catalog.get(symbol);
    if (!instrument) throw new ApiError(400, 'unknown_symbol', 'There is no such instrument; GET /v1/instruments lists them.', { field: 'symbol' });
    return instrument.quote.decimals;
  }

  private required(): BacktestTools {
    if (this.tools) return this.tools;
    throw notHere('backtests', 'This system runs no backtests.');
  }

  private async ask<T>(work: () => Promise<T>): Promise<T> {
    let refused: ApiError | DomainError | undefined;
    try {
      const done = await this.breaker.run(async () => {
        try {
          return await work();
        } catch (error) {
          // A word about the request says nothing about what the service stands on.
          if (error instanceof ApiError || error instanceof DomainError) refused = error;
          else throw error;
          return undefined;
        }
      });
      if (!refused) return done as T;
    } catch (error) {
      throw Object.assign(unavailable('backtests_unavailable', 'Backtests cannot be reached at the moment.'), { cause: error });
    }
    throw refused;
  }
}

/** A backtest that is not there and another user's look the same. */
function known(record: BacktestRecord | undefined): BacktestRecord {
  if (record) return record;
  throw new ApiError(404, 'unknown_backtest', 'There is no such backtest.');
}

function viewOf({ backtestId, createdAt, finishedAt, status, job, progress, summary, failure, basis }: BacktestRecord) {
  return {
    backtestId, status, createdAt: Date.parse(createdAt), ...(finishedAt === undefined ? {} : { finishedAt: Date.parse(finishedAt) }),
    job, progress, ...(summary ? { summary } : {}), ...(failure ? { failure } : {}),
    ...(basis ? { resultHash: basis.resultHash, engineVersion: basis.engineVersion } : {}),
  };
}
