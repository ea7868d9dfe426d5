import type { Redis } from 'ioredis';
import type { InstrumentCatalog } from './instrument-catalog';
import { bookKey, type PartitionMap, tickerKey } from '../../domain';
import type { Health, HealthReport } from '../../runtime';
import type { LedgerProbe } from '../ledger/ledger-probe';

/** How old an instrument's data is, in milliseconds; null when there is none. */
export interface DataAge {
  readonly symbol: string;
  readonly tickerAgeMs: number | null;
  /** Since the book last changed: grows while nobody trades. */
  readonly bookAgeMs: number | null;
  readonly bookSeq: number | null;
}

/** How far one partition's ledger is. */
export interface LedgerState {
  readonly partition: number;
  readonly ledger: { readonly seq: number; readonly halted: string | null } | null;
  readonly settlementLag: number | null;
}

/** The state of the whole system as far as it can be seen from here. */
export interface Status {
  readonly time: number;
  readonly api: HealthReport;
  readonly data: readonly DataAge[];
  readonly ledger: { readonly seq: number; readonly halted: string | null } | null;
  /** Events that the matcher has published and the ledger does not have yet; null when unknown. Of the partition that is behind most. */
  readonly settlementLag: number | null;
  /** Where there are several; `ledger` is that of the default one. */
  readonly partitions?: readonly LedgerState[];
}

const FRESH_MS = 1_000;

/** Collects the system's state for whoever asks, at most once a second however many look. */
export class StatusBoard {
  private last: { readonly at: number; readonly status: Promise<Status> } | undefined;

  constructor(
    private readonly health: Health,
    private readonly cache: Redis,
    private readonly catalog: InstrumentCatalog,
    private readonly ledgers: readonly LedgerProbe[],
    private readonly partitions: PartitionMap,
  ) {}

  read(): Promise<Status> {
    const now = Date.now();
    if (!this.last || now - this.last.at >= FRESH_MS) this.last = { at: now, status: this.collect(now) };
    return this.last.status;
  }

  private async collect(time: number): Promise<Status> {
    const data = await Promise.all(this.catalog.list().map(({ symbol }) => this.ageOf(symbol, time)));
    const states = this.ledgers.map((probe) => this.stateOf(probe, data));
    const lags = states.flatMap(({ settlementLag }) => (settlementLag === null ? [] : [settlementLag]));
    return {
      time,
      api: this.health.report(),
      data,
      ledger: states.find(({ partition }) => partition === this.partitions.defaultPartition)?.ledger ?? null,
      // One of which nothing is known may be behind by anything.
      settlementLag: lags.length === states.length ? Math.max(...lags) : null,
      ...(this.partitions.several ? { partitions: states } : {}),
    };
  }

  private stateOf({ partition, progress }: LedgerProbe, data: readonly DataAge[]): LedgerState {
    const seqs = data.flatMap(({ symbol, bookSeq }) => (bookSeq === null || this.partitions.partitionOf(symbol) !== partition ? [] : [bookSeq]));
    return {
      partition,
      ledger: progress ? { seq: progress.lastSeq, halted: progress.haltedReason } : null,
      settlementLag: progress && seqs.length > 0 ? Math.max(0, Math.max(...seqs) - progress.lastSeq) : null,
    };
  }

  private async ageOf(symbol: string, now: number): Promise<DataAge> {
    const [ticker, book] = await this.cache.mget(tickerKey(symbol), bookKey(symbol)).catch(() => [null, null]);
    const { receivedTime } = ticker === null ? {} as { receivedTime?: number } : JSON.parse(ticker) as { receivedTime?: number };
    const { time, seq } = book === null ? {} as { time?: number; seq?: number } : JSON.parse(book) as { time?: number; seq?: number };
    const age = (at: number | undefined): number | null => (at === undefined ? null : Math.max(0, now - at));
    return { symbol, tickerAgeMs: age(receivedTime), bookAgeMs: age(time), bookSeq: seq ?? null };
  }
}
