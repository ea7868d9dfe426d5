import { ConfigurationError } from './config';
import type { Logger } from './logger';

/** Longest that an orderly shutdown may take; ECS sends SIGKILL 30 s after SIGTERM unless told otherwise. */
const SHUTDOWN_LIMIT_MS = 25_000;

/**
 * Runs a service until SIGTERM or SIGINT, then its stop steps in the reverse order of their registration.
 * A failure that nobody handles is logged and ends the process with 1: a restart from the log is safe, going on is not.
 */
export class Lifecycle {
  private readonly steps: { name: string; stop: () => Promise<void> | void }[] = [];
  private stopping = false;

  constructor(private readonly logger: Logger) {
    process.once('SIGTERM', () => void this.stop('SIGTERM'));
    process.once('SIGINT', () => void this.stop('SIGINT'));
    process.once('uncaughtException', (error) => this.fail('uncaught exception', error));
    process.once('unhandledRejection', (error) => this.fail('unhandled rejection', error));
  }

  /** Registers what to do on shutdown; the last registered is stopped first. */
  onStop(name: string, stop: () => Promise<void> | void): void {
    this.steps.push({ name, stop });
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  /** Ends the process with 1 at once: for states in which going on could do harm. */
  fail(what: string, error: unknown): void {
    this.logger.fatal({ err: error }, what);
    process.exitCode = 1;
    this.logger.flush?.();
    process.exit(1);
  }

  async stop(reason: string): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    this.logger.info({ reason }, 'stopping');
    const limit = setTimeout(() => this.fail('shutdown took too long', undefined), SHUTDOWN_LIMIT_MS);
    for (const step of this.steps.reverse()) {
      try {
        await step.stop();
      } catch (error) {
        this.logger.error({ err: error, step: step.name }, 'a shutdown step failed');
        process.exitCode = 1;
      }
    }
    clearTimeout(limit);
    this.logger.info('stopped');
    process.exit(process.exitCode ?? 0);
  }
}

/** Starts a service's main function; a configuration that does not fit ends the process with 1 and one sentence. */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    const message = error instanceof ConfigurationError ? error.message : error instanceof Error ? error.stack ?? error.message : String(error);
    process.stderr.write(`${message}\n`);
    process.exit(1);
  });
}
