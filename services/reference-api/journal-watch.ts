import type { BatchingAppender } from '../adapters/journal/batching-appender';

/** Milliseconds of failing appends after which this task is not fit for orders: a short disturbance is the appender's business. */
const PATIENCE_MS = 5_000;

/** What is watched: one partition of the journal. */
export interface JournalWatchOptions {
  readonly partition: number;
  readonly appender: Pick<BatchingAppender, 'stateOf' | 'noteReachable'>;
  readonly probe: (partition: number) => Promise<void>;
  /** Milliseconds between two looks. */
  readonly intervalMs?: number;
}

/**
 * Knows whether a partition of the journal takes appends. While it does not, and no order comes to try, asks the journal itself: without
 * orders a task that was taken out of service would never learn that all is well again.
 */
export class JournalWatch {
  private reached = false;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private lastProbe = 'not reached yet';

  constructor(private readonly options: JournalWatchOptions) {}

  get partition(): number {
    return this.options.partition;
  }

  start(): void {
    void this.loop();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** What is wrong, undefined when nothing is. */
  get problem(): string | undefined {
    const { failingSince, lastError, appendedFrames } = this.state;
    if (failingSince !== undefined && Date.now() - failingSince >= PATIENCE_MS) return `appends fail: ${lastError}`;
    return this.reached || appendedFrames > 0 ? undefined : this.lastProbe;
  }

  private get state(): ReturnType<BatchingAppender['stateOf']> {
    return this.options.appender.stateOf(this.options.partition);
  }

  private async loop(): Promise<void> {
    const { partition, appender, probe, intervalMs = 2_000 } = this.options;
    const { failingSince, queuedCommands } = this.state;
    if (!this.reached || failingSince !== undefined) {
      try {
        await probe(partition);
        this.reached = true;
        // Appends that still wait speak for themselves.
        if (queuedCommands === 0 && this.state.failingSince === failingSince) appender.noteReachable(partition);
      } catch (error) {
        this.lastProbe = error instanceof Error ? error.message : String(error);
      }
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.loop(), this.reached ? intervalMs : intervalMs / 4).unref();
  }
}
