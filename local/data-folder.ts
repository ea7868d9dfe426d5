import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataFolderError, LocalError } from './servers/errors';
import { type ProcessIdentity, identityOf, isAlive } from './servers/identity';

/** Raised when what the stores keep is laid out in another way; older folders are refused. */
const FORMAT = 1;
const MARK = 'format.json';

interface Mark {
  readonly format: number;
  /** Every store of the folder carries it: stores of different runs would contradict each other. */
  readonly id: string;
  readonly stores: readonly string[];
}

/**
 * The folder that keeps everything of one local platform between runs. One running platform owns it at a time.
 */
export class DataFolder {
  private constructor(readonly path: string, private mark: Mark) {}

  /**
   * Takes the folder for this process.
   *
   * @param fresh empties it first
   * @throws LocalError when another platform uses it, when it is somebody else's folder, or when its content cannot be used
   */
  static open(path: string, fresh: boolean): DataFolder {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const others = readdirSync(path).filter((name) => name !== 'lock.json');
    if (others.length > 0 && !existsSync(join(path, MARK))) {
      throw new LocalError(`${path} is not a data folder of this platform (it has no ${MARK}); name another one with --data, or delete it yourself.`);
    }
    lock(path);
    try {
      if (fresh) for (const name of readdirSync(path).filter((one) => one !== 'lock.json')) rmSync(join(path, name), { recursive: true, force: true });
      const folder = new DataFolder(path, readMark(path));
      folder.save();
      return folder;
    } catch (error) {
      rmSync(join(path, 'lock.json'), { force: true });
      throw error;
    }
  }

  /** Gives the folder back. */
  close(): void {
    rmSync(join(this.path, 'lock.json'), { force: true });
  }

  /** Path of a file in the folder. */
  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  /**
   * Folder of one store, made at first use.
   *
   * @throws DataFolderError when it was taken away or brought from elsewhere: the stores would contradict each other
   */
  store(name: string): string {
    const folder = join(this.path, name);
    const seal = join(folder, '.store');
    if (this.mark.stores.includes(name)) {
      if (!existsSync(seal)) throw new DataFolderError('The platform', folder, 'the store is missing while others are kept, so they would contradict each other');
      if (readFileSync(seal, 'utf8') !== this.mark.id) throw new DataFolderError('The platform', folder, 'the store belongs to another data folder');
      return folder;
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(seal, this.mark.id);
    this.mark = { ...this.mark, stores: [...this.mark.stores, name] };
    this.save();
    return folder;
  }

  /** A JSON file of the folder, or `fallback` when it does not exist yet. */
  readJson<T>(name: string, fallback: T): T {
    const file = this.file(name);
    if (!existsSync(file)) return fallback;
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as T;
    } catch {
      throw new DataFolderError('The platform', file, 'it is not JSON');
    }
  }

  /** Writes a JSON file that only its owner may read, whole or not at all. */
  writeJson(name: string, value: unknown): void {
    const file = this.file(name);
    writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  private save(): void {
    this.writeJson(MARK, this.mark);
  }
}

function readMark(path: string): Mark {
  const file = join(path, MARK);
  if (!existsSync(file)) return { format: FORMAT, id: randomUUID(), stores: [] };
  let mark: Partial<Mark> | null;
  try {
    mark = JSON.parse(readFileSync(file, 'utf8')) as Partial<Mark> | null;
  } catch {
    mark = null;
  }
  if (typeof mark?.id !== 'string' || !Array.isArray(mark.stores)) throw new DataFolderError('The platform', file, 'it is damaged');
  if (mark.format !== FORMAT) throw new DataFolderError('The platform', path, `its format is ${String(mark.format)}, not ${FORMAT}`);
  return mark as Mark;
}

function lock(path: string): void {
  const file = join(path, 'lock.json');
  const mine = JSON.stringify(identityOf(process.pid));
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(file, mine, { flag: 'wx', mode: 0o600 });
      return;
    } catch {
      let owner: ProcessIdentity | undefined;
      try {
        owner = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
      } catch { /* being written or removed right now, or left half written */ }
      if (owner && isAlive(owner)) {
        throw new LocalError(`${path} is in use by a platform that is running (process ${owner.pid}); stop it, or name another folder with --data.`);
      }
      rmSync(file, { force: true });
    }
  }
  throw new LocalError(`${file} could not be taken; another platform starts in this folder right now.`);
}
