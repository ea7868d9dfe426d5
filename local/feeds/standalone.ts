import { fstatSync } from 'node:fs';

/** A server that a program of its own runs. */
export interface Standalone {
  /** What a client connects to. */
  readonly url: string;
  close(): Promise<void>;
}

/** Says where a server listens, and ends the process with it: when it is asked to, or when whoever started it is gone. */
export function runStandalone(server: Standalone): void {
  const end = (): void => {
    void server.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  // Whoever started us may hold the other end of a pipe: when that is gone, so are we. A terminal or /dev/null says nothing.
  const input = fstatSync(0);
  if (input.isFIFO() || input.isSocket()) process.stdin.on('end', end).on('error', end).resume();
  process.stdout.write(`listening ${server.url}\n`);
}

/** Runs a program that says in one sentence why it cannot. */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
