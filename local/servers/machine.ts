import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { childEnvironment } from './environment';

/** What the installer of redis-server asks of a machine; tests give it another one. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly root: boolean;
  /** Folder of the user's cache for this project. */
  readonly cacheDir: string;
  /** Path of a program, or undefined when it is not on the PATH. */
  which(program: string): string | undefined;
  /** Runs a program to its end. @throws the error of execFile, with stderr in its message */
  run(program: string, args: readonly string[], options?: { cwd?: string; env?: Record<string, string> }): Promise<string>;
}

/** The machine that we run on. */
export function thisMachine(): Machine {
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    cacheDir: join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cdk-trading-platform'),
    which: (program) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program)).find(isProgram),
    run: (program, args, options) => new Promise((resolve, reject) => {
      // Proxies stay: a download may need them.
      const proxies = Object.fromEntries(Object.entries(process.env).filter(([name]) => /_proxy$/i.test(name))) as Record<string, string>;
      const env = childEnvironment({ ...proxies, LC_ALL: 'C', ...options?.env });
      execFile(program, [...args], { cwd: options?.cwd, env, maxBuffer: 64 << 20 }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    }),
  };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
