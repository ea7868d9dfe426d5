import type { LedgerProgress, LedgerReader } from './ledger-reader';

/** Looks every few seconds how far a partition's ledger is, so that health can answer at once. */
export class LedgerProbe {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private last: LedgerProgress | undefined;
  private failure: string | undefined = 'not reached yet';

  constructor(private readonly ledger: LedgerReader, readonly partition: number, private readonly intervalMs = 2_000) {}

  start(): void {
    void this.loop();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** What the last look saw; undefined while the ledger cannot be reached. */
  get progress(): LedgerProgress | undefined {
    return this.failure === undefined ? this.last : undefined;
  }

  /** What is wrong, undefined when nothing is. */
  get problem(): string | undefined {
    if (this.failure !== undefined) return this.failure;
    return this.last?.haltedReason ? `settlement halted at ${this.last.haltedSeq}` : undefined;
  }

  private async loop(): Promise<void> {
    try {
      this.last = await this.ledger.progress();
      this.failure = undefined;
    } catch {
      this.failure = 'cannot be read';
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.loop(), this.intervalMs).unref();
  }
}
