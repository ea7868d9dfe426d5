import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

/** A program of `bench/` in a process of its own, on the same Node. */
export function startProgram(file: string): ChildProcess {
  const child = fork(join(__dirname, '..', file), { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  // Nobody outlives us, however we end.
  const end = (): void => { child.kill('SIGKILL'); };
  process.once('exit', end);
  child.once('exit', () => process.removeListener('exit', end));
  return child;
}

/** Resolves with the first message that `wanted` accepts. @throws Error when the child ends before, or the time is over */
export function messageFrom<T>(child: ChildProcess, wanted: (message: unknown) => message is T, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(new Error(`a benchmark process said nothing for ${limitMs / 1_000} s`))), limitMs);
    const onMessage = (message: unknown): void => {
      if (wanted(message)) finish(() => resolve(message));
    };
    const onExit = (code: number | null): void => finish(() => reject(new Error(`a benchmark process ended early with ${code}`)));
    const finish = (then: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      then();
    };
    child.on('message', onMessage);
    child.once('exit', onExit);
  });
}
