import type { BatchingAppender } from '../adapters/journal/batching-appender';

/** Milliseconds of failing appends after which this task is not fit for orders: a short disturbance is the appender's business. */
const PATIENCE_MS = 5_000;

/**
 * Knows whether the journal takes appends. While it does not, and no order comes to try, asks the journal itself: without orders
 * a task that was taken out of service would never learn that all is well again.
 */
export class JournalWatch {
  private reached = false;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private lastProbe = 'not reached yet';

  constructor(private readonly appender: BatchingAppender, private readonly probe: () => Promise<void>, private readonly intervalMs = 2_000) {}

  start(): void {
    void this.loop();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** What is wrong, undefined when nothing is. */
  get problem(): string | undefined {
    const { failingSince, lastError, appendedFrames } = this.appender.state;
    if (failingSince !== undefined && Date.now() - failingSince >= PATIENCE_MS) return `appends fail: ${lastError}`;
    return this.reached || appendedFrames > 0 ? undefined : this.lastProbe;
  }

  private async loop(): Promise<void> {
    const { failingSince, queuedCommands } = this.appender.state;
    if (!this.reached || failingSince !== undefined) {
      try {
        await this.probe();
        this.reached = true;
        // Appends that still wait speak for themselves.
        if (queuedCommands === 0 && this.appender.state.failingSince === failingSince) this.appender.noteReachable();
      } catch (error) {
        this.lastProbe = error instanceof Error ? error.message : String(error);
      }
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.loop(), this.reached ? this.intervalMs : this.intervalMs / 4).unref();
  }
}
