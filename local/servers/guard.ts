import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** A shell that ends our process groups when its standard input closes. */
const SCRIPT = join(__dirname, 'guard.sh');

let guard: ChildProcess | undefined;

function send(line: string): void {
  if (!guard || guard.exitCode !== null || guard.signalCode !== null) {
    guard = spawn('/bin/sh', [SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
    guard.stdin?.on('error', () => undefined);
    guard.unref();
    // A pipe keeps the event loop alive unless it is told not to.
    (guard.stdin as unknown as { unref?: () => void }).unref?.();
  }
  guard.stdin?.write(line);
}

/** Ends the process group `pid` with `signal` when this process is gone, whatever the reason. */
export function guardGroup(pid: number, signal: 'TERM' | 'INT'): void {
  send(`add ${pid} ${signal}\n`);
}

/** The group has ended: its id may belong to somebody else from now on. */
export function releaseGroup(pid: number): void {
  send(`del ${pid}\n`);
}

/** Process id of the guard, if one was needed so far. */
export function guardPid(): number | undefined {
  return guard?.pid;
}
