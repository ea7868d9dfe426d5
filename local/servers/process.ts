import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { childEnvironment } from './environment';
import { LocalError } from './errors';
import { guardGroup, releaseGroup } from './guard';

/** How a process ended. */
export interface ExitInfo {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child in its own process group, whose output goes to a file. */
export interface ChildHandle {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** The last lines that this process wrote, not those of an earlier run. */
  readonly lastLines: (count: number) => string;
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<ExitInfo>;
  /** Whether the process has ended. */
  readonly ended: () => boolean;
  /** Asks the process to end, kills its group when it does not, and resolves when it is gone. */
  stop(): Promise<void>;
  /** Sends a signal to the whole process group. */
  signal(signal: NodeJS.Signals): void;
  /** The channel of a child that was started with one. */
  readonly channel?: ChildChannel;
}

/** Messages to and from a child on our own Node. */
export interface ChildChannel {
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** What to start. */
export interface LaunchOptions {
  /** Name for people. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; default: the machine's, cleaned. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** File that takes standard output and error; appended to. */
  readonly logFile: string;
  /** Signal that asks for an orderly end. */
  readonly stopSignal?: 'SIGTERM' | 'SIGINT';
  /** Milliseconds after which the group is killed. */
  readonly stopTimeoutMs?: number;
  /** Opens a channel for messages; the child must be Node. */
  readonly channel?: boolean;
}

const running = new Set<ChildHandle>();

/** Ends whatever was started and still runs; for a program that is about to exit. */
export async function endRemainingChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.stop()));
}

/** Starts a child that ends with us: also when we are killed. */
export function launch(options: LaunchOptions): ChildHandle {
  const { name, logFile, stopSignal = 'SIGTERM', stopTimeoutMs = 8_000 } = options;
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a', 0o600);
  const start = statSync(logFile).size;
  const child = spawn(options.command, [...options.args], {
    cwd: options.cwd,
    env: options.env ?? childEnvironment(),
    // Its own group: Ctrl-C reaches us alone, and we end the children in order.
    detached: true,
    stdio: options.channel ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
  });
  closeSync(log);
  const pid = child.pid;
  let done = pid === undefined;
  const exited = new Promise<ExitInfo>((resolve) => {
    child.once('exit', (code, signal) => {
      done = true;
      if (pid !== undefined) releaseGroup(pid);
      resolve({ code, signal });
    });
    // Not executable or not there.
    child.once('error', () => {
      done = true;
      resolve({ code: 127, signal: null });
    });
  });
  if (pid !== undefined) guardGroup(pid, stopSignal === 'SIGINT' ? 'INT' : 'TERM');

  const signal = (which: NodeJS.Signals): void => {
    if (done || pid === undefined) return;
    try {
      process.kill(-pid, which);
    } catch {
      // Gone in the meantime.
    }
  };
  const stop = async (): Promise<void> => {
    if (done) return;
    signal(stopSignal);
    const timer = setTimeout(() => signal('SIGKILL'), stopTimeoutMs);
    await exited;
    clearTimeout(timer);
  };
  const channel: ChildChannel | undefined = options.channel ? {
    // A child that is gone answers nothing; who waits for an answer watches its end.
    send: (message) => { if (child.connected) child.send(message, () => undefined); },
    onMessage: (listener) => { child.on('message', listener); },
  } : undefined;
  const handle: ChildHandle = {
    name,
    pid: pid ?? -1,
    logFile,
    lastLines: (count) => lastLines(logFile, count, start),
    exited,
    ended: () => done,
    stop,
    signal,
    channel,
  };
  running.add(handle);
  void exited.then(() => running.delete(handle));
  return handle;
}

/**
 * Waits until `probe` answers true.
 *
 * @throws LocalError when the child ends first or the time is over; the message closes with the last lines of its output
 */
export async function untilReady(child: ChildHandle, probe: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (child.ended()) {
      throw new LocalError(`${child.name} ended while it started (${describeExit(await child.exited)}): ${child.lastLines(5) || 'no output'}`);
    }
    if (await probe().catch(() => false)) return;
    if (Date.now() > deadline) {
      await child.stop();
      throw new LocalError(`${child.name} was not ready after ${timeoutMs / 1000} s: ${child.lastLines(5) || 'no output'}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** `exit code 1` or `signal SIGKILL`. */
export function describeExit(exit: ExitInfo): string {
  return exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`;
}

/** The last lines of a file behind the byte `start`, without reading all of it; empty when it is missing. */
export function lastLines(file: string, count: number, start = 0): string {
  try {
    const size = statSync(file).size;
    const length = Math.max(0, Math.min(size - start, 16_384));
    const buffer = Buffer.alloc(length);
    const fd = openSync(file, 'r');
    readSync(fd, buffer, 0, length, size - length);
    closeSync(fd);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}
