import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface FolderLock {
  release(): Promise<void>;
}

/** Folders that this process has. */
const taken = new Set<string>();

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, and is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Makes this process the only one that has the folder open: two writers would overwrite each other's records. Node has no file
 * locks, so a file names the process; one that has ended does not count.
 */
export async function takeFolder(path: string): Promise<FolderLock> {
  const file = join(path, 'owner.pid');
  const inUse = (who: string): Error => new Error(`the journal in ${path} is open in ${who}; one process at a time has it open`);
  if (taken.has(path)) throw inUse('this process');
  taken.add(path);
  try {
    for (;;) {
      try {
        await writeFile(file, String(process.pid), { flag: 'wx', mode: 0o600 });
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = Number(await readFile(file, 'utf8').catch(() => ''));
      if (owner > 0 && owner !== process.pid && alive(owner)) throw inUse(`process ${owner} (if that is none of this exchange, remove ${file})`);
      await rm(file, { force: true });
    }
  } catch (error) {
    taken.delete(path);
    throw error;
  }
  return {
    release: async () => {
      await rm(file, { force: true });
      taken.delete(path);
    },
  };
}
