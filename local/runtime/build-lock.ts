import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../servers/environment';
import { type ProcessIdentity, identityOf, isAlive } from '../servers/identity';

const FOLDER = join(PROJECT_ROOT, 'node_modules', '.cache', 'cdk-trading-platform');

/** Runs work that reads or writes `assets/` and `cdk.out`, one process at a time on this checkout. */
export async function withBuildLock<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(FOLDER, { recursive: true });
  const lock = join(FOLDER, 'build.lock');
  while (!tryLock(lock)) await new Promise((resolve) => setTimeout(resolve, 100));
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function tryLock(lock: string): boolean {
  try {
    writeFileSync(lock, JSON.stringify(identityOf(process.pid)), { flag: 'wx' });
    return true;
  } catch {
    let owner: ProcessIdentity | undefined;
    try {
      owner = JSON.parse(readFileSync(lock, 'utf8')) as ProcessIdentity;
    } catch { /* released, or being written, right now */ }
    if (owner && !isAlive(owner)) rmSync(lock, { force: true });
    return false;
  }
}
