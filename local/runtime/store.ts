import type { StoreServer } from './stores';
import { DataFolderError, LocalError, messageOf } from '../servers/errors';
import { describeExit } from '../servers/process';

/** Time that a killed store has to come back, its recovery included. */
const RESTART_LIMIT_MS = 60_000;
/** Pause before another attempt: what the old process left behind may still hold on to the data. */
const RETRY_MS = 100;

/** A server that keeps data, or the way in to those that do, which tests and drills may take away for a while. */
export class Store {
  private stopping = false;
  private killed = false;
  private starting: Promise<void> | undefined;

  constructor(
    readonly name: string,
    private server: StoreServer,
    private readonly fail: (error: Error) => void,
    private readonly again?: () => Promise<StoreServer>,
  ) {
    this.watch();
  }

  get pid(): number {
    return this.server.child.pid;
  }

  /** Whether it can be killed on purpose. */
  get expendable(): boolean {
    return this.again !== undefined;
  }

  /**
   * Ends the process as a crash does, and resolves when it is gone; it stays away until `start`.
   *
   * @throws LocalError when nothing could start it again
   */
  async kill(): Promise<void> {
    if (!this.again) throw new LocalError(`${this.name} cannot be killed here: nothing would start it again.`);
    await this.starting;
    this.killed = true;
    this.server.child.signal('SIGKILL');
    await this.server.child.exited;
  }

  /**
   * Brings a killed store back on its port, with its data; resolves when it answers. Harmless when it runs.
   *
   * @throws LocalError when it does not come up
   */
  start(): Promise<void> {
    this.starting ??= this.revive().finally(() => { this.starting = undefined; });
    return this.starting;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.starting?.catch(() => undefined);
    await this.server.stop();
  }

  private async revive(): Promise<void> {
    if (!this.killed || !this.again) return;
    const deadline = Date.now() + RESTART_LIMIT_MS;
    for (;;) {
      if (this.stopping) return;
      try {
        this.server = await this.again();
        break;
      } catch (error) {
        if (error instanceof DataFolderError) throw error;
        if (Date.now() > deadline) throw new LocalError(`${this.name} did not come back: ${messageOf(error)}`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.killed = false;
    this.watch();
  }

  private watch(): void {
    const { child } = this.server;
    void child.exited.then((exit) => {
      if (this.stopping || this.killed) return;
      this.fail(new LocalError(`${this.name} ended by itself (${describeExit(exit)}); its last lines:\n${child.lastLines(5) || 'none'}`));
    });
  }
}
