import { sleep } from './fault';
import type { HistoryLog } from './history-log';
import type { LedgerRow, Repetitions } from '../judge/history';

/** The ledger as whoever reads it back sees it. */
export interface LedgerView {
  /** Orders of the probe's accounts that came since the last call. @throws Error while it cannot be read */
  fresh(): Promise<readonly LedgerRow[]>;
  /** Every order whose client order id begins like this, and the repetitions among them. */
  all(prefix: string): Promise<{ readonly rows: readonly LedgerRow[]; readonly repetitions: Repetitions }>;
  close(): Promise<void>;
}

/** Notes when orders appear in the ledger. What cannot be read has not been seen, so an unreadable ledger serves nobody. */
export class LedgerWatcher {
  private stopping = false;
  private loop: Promise<void> | undefined;

  constructor(private readonly view: LedgerView, private readonly history: HistoryLog, private readonly pollMs: number) {}

  start(): void {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const rows = await this.view.fresh().catch(() => []);
      if (rows.length > 0) this.history.settle(rows, performance.now());
      await sleep(this.pollMs);
    }
  }
}
