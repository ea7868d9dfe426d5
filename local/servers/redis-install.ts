import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LocalError, messageOf } from './errors';
import { type Machine, thisMachine } from './machine';

/** A redis-server that can be run. */
export interface RedisProgram {
  readonly command: string;
  /** What its environment needs besides the usual. */
  readonly env: Readonly<Record<string, string>>;
}

const PROGRAMS = ['redis-server', 'valkey-server'];
const ADVICE = 'install Redis 6 or newer with TLS so that redis-server is on the PATH';

/**
 * Finds redis-server, or brings it: from the distribution's packages, unpacked into the user's cache without root and without a
 * daemon, or with Homebrew.
 *
 * @throws LocalError one sentence that says what to install
 */
export async function ensureRedisServer(machine: Machine = thisMachine()): Promise<RedisProgram> {
  for (const program of PROGRAMS) {
    const command = machine.which(program);
    if (command) return { command, env: {} };
  }
  const cached = unpacked(machine);
  if (cached && await runs(machine, cached)) return cached;
  if (machine.which('apt-get') && machine.which('dpkg')) return fromPackages(machine);
  const brew = machine.which('brew');
  if (brew && machine.platform === 'darwin') return fromHomebrew(machine, brew);
  throw new LocalError(`redis-server was not found and there is no apt-get or Homebrew to bring it; ${ADVICE}.`);
}

async function fromHomebrew(machine: Machine, brew: string): Promise<RedisProgram> {
  try {
    await machine.run(brew, ['install', 'redis']);
    const prefix = (await machine.run(brew, ['--prefix', 'redis'])).trim();
    return { command: join(prefix, 'bin', 'redis-server'), env: {} };
  } catch (error) {
    throw new LocalError(`Homebrew could not install redis (${firstLine(error)}); ${ADVICE}.`);
  }
}

async function fromPackages(machine: Machine): Promise<RedisProgram> {
  mkdirSync(machine.cacheDir, { recursive: true });
  const work = mkdtempSync(join(machine.cacheDir, 'unpack-'));
  try {
    await download(machine, join(work, 'packages'));
    const root = join(work, 'root');
    for (const file of readdirSync(join(work, 'packages')).filter((name) => name.endsWith('.deb'))) {
      await machine.run('dpkg', ['-x', join(work, 'packages', file), root]);
    }
    const tried = programIn(root);
    if (!tried || !await runs(machine, tried)) throw new Error('the unpacked program does not run');
    place(root, home(machine));
    return programIn(home(machine)) ?? tried;
  } catch (error) {
    throw new LocalError(`redis-server was not found and its packages could not be brought with apt-get (${firstLine(error)}); ${ADVICE}.`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Moves the finished folder to its place; another run may have been faster, and then its folder is as good. */
function place(root: string, target: string): void {
  try {
    renameSync(root, target);
  } catch {
    if (programIn(target)) return;
    rmSync(target, { recursive: true, force: true });
    renameSync(root, target);
  }
}

/** Downloads redis-server and those of its libraries that are not installed, into `folder`. */
async function download(machine: Machine, folder: string): Promise<void> {
  mkdirSync(folder);
  const fetch = async (options: readonly string[]): Promise<void> => {
    const packages = await missingPackages(machine, options);
    await machine.run('apt-get', [...options, '-q', 'download', ...packages], { cwd: folder });
  };
  if (!await known(machine)) {
    if (!machine.root) return withOwnLists(machine, fetch);
    await machine.run('apt-get', ['-q', 'update']);
  }
  try {
    await fetch([]);
  } catch {
    // The machine's lists name a version that the mirror no longer has. Our own copy of the lists needs no root and changes nothing.
    await withOwnLists(machine, fetch);
  }
}

async function withOwnLists(machine: Machine, fetch: (options: readonly string[]) => Promise<void>): Promise<void> {
  const folder = join(machine.cacheDir, 'apt');
  mkdirSync(join(folder, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  const options = ['-o', `Dir::State::lists=${join(folder, 'lists')}`, '-o', `Dir::Cache=${join(folder, 'cache')}`];
  try {
    await machine.run('apt-get', [...options, '-q', 'update']);
    await fetch(options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the package lists know redis-server. */
async function known(machine: Machine): Promise<boolean> {
  return (await machine.run('apt-cache', ['show', '--no-all-versions', 'redis-server']).catch(() => '')).includes('Package:');
}

/** redis-server and what it needs, without what is installed. An alternative counts as installed when one of its packages is. */
async function missingPackages(machine: Machine, options: readonly string[]): Promise<string[]> {
  const wanted = new Set<string>();
  const queue = ['redis-server'];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (wanted.has(name)) continue;
    wanted.add(name);
    const shown = await machine.run('apt-cache', [...options, 'show', '--no-all-versions', name]);
    const depends = [...shown.matchAll(/^(?:Pre-)?Depends: (.*)$/gm)].flatMap((match) => match[1].split(','));
    for (const alternatives of depends.map((text) => text.split('|').map((one) => one.trim().split(/[ :(]/)[0]))) {
      // Programs that only the installation scripts would call are not needed: nothing is installed.
      const [first] = alternatives;
      if (!/^(lib|lua|redis)/.test(first)) continue;
      const installed = await Promise.all(alternatives.map((one) => isInstalled(machine, one)));
      if (!installed.includes(true)) queue.push(first);
    }
  }
  return [...wanted];
}

async function isInstalled(machine: Machine, name: string): Promise<boolean> {
  return (await machine.run('dpkg-query', ['-W', '-f=${db:Status-Status}', name]).catch(() => '')).startsWith('installed');
}

function home(machine: Machine): string {
  return join(machine.cacheDir, `redis-server-${process.arch}`);
}

function unpacked(machine: Machine): RedisProgram | undefined {
  return programIn(home(machine));
}

function programIn(root: string): RedisProgram | undefined {
  const command = join(root, 'usr', 'bin', 'redis-server');
  if (!existsSync(command)) return undefined;
  const folders = ['usr/lib', 'lib'].map((path) => join(root, path)).filter((path) => existsSync(path));
  const libraries = folders.flatMap((path) => [path, ...readdirSync(path).filter((name) => name.includes('-linux-')).map((name) => join(path, name))]);
  return { command, env: { LD_LIBRARY_PATH: libraries.join(':') } };
}

/** A cache from before an upgrade of the system may miss a library. */
async function runs(machine: Machine, program: RedisProgram): Promise<boolean> {
  return machine.run(program.command, ['--version'], { env: { ...program.env } }).then((text) => /v=/.test(text), () => false);
}

function firstLine(error: unknown): string {
  const lines = messageOf(error).split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return lines.find((line) => /^(E|W|Error): /.test(line)) ?? lines[0] ?? 'unknown reason';
}
