import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from './machine';
import { ensureRedisServer } from './redis-install';

interface Pretended {
  readonly programs: string[];
  readonly platform?: NodeJS.Platform;
  readonly root?: boolean;
  /** Whether the package lists know redis-server from the beginning. */
  readonly lists?: boolean;
  /** Downloads with the machine's own lists fail. */
  readonly staleLists?: boolean;
  readonly offline?: boolean;
}

describe('redis-server', () => {
  let cacheDir: string;
  let calls: string[];

  beforeEach(() => {
    cacheDir = mkdtempSync(join(tmpdir(), 'redis-install-'));
    calls = [];
  });
  afterEach(() => rmSync(cacheDir, { recursive: true, force: true }));

  /** A machine whose package tools do what the real ones would, in their effects on files. */
  function machine(pretended: Pretended): Machine {
    let lists = pretended.lists ?? true;
    const depends: Record<string, string> = { 'redis-server': 'redis-tools (= 5:7), init-system-helpers', 'redis-tools': 'libjemalloc2 (>= 5), libssl3 | libssl1.1, adduser' };
    return {
      platform: pretended.platform ?? 'linux',
      root: pretended.root ?? false,
      cacheDir,
      which: (program) => (pretended.programs.includes(program) ? `/bin/${program}` : undefined),
      run: async (program, args, options) => {
        calls.push([program, ...args.filter((arg) => !arg.startsWith(cacheDir) && !arg.startsWith('Dir::') && arg !== '-o' && arg !== '-q')].join(' '));
        const own = args.some((arg) => arg.startsWith('Dir::State'));
        if (program === 'apt-cache') {
          const name = args.at(-1) as string;
          if (!lists && !own) throw new Error('E: No packages found');
          return `Package: ${name}\nDepends: ${depends[name] ?? ''}\n`;
        }
        if (program === 'dpkg-query') return args.at(-1) === 'libssl1.1' ? 'installed' : '';
        if (program === 'apt-get' && pretended.offline) throw new Error('Command failed\nE: Failed to fetch http://mirror/redis.deb');
        if (program === 'apt-get' && args.includes('update')) lists ||= !own;
        if (program === 'apt-get' && args.includes('download')) {
          if (pretended.staleLists && !own) throw new Error('E: 404 Not Found');
          for (const name of args.slice(args.indexOf('download') + 1)) writeFileSync(join(options!.cwd!, `${name}.deb`), '');
        }
        if (program === 'dpkg') {
          const bin = join(args[2], 'usr', 'bin');
          mkdirSync(bin, { recursive: true });
          if (args[1].endsWith('redis-tools.deb')) writeFileSync(join(bin, 'redis-server'), '');
        }
        if (program === '/bin/brew') return args[0] === '--prefix' ? '/opt/redis\n' : '';
        return program.endsWith('redis-server') ? 'Redis server v=7.0.15' : '';
      },
    };
  }

  const apt = ['apt-get', 'dpkg'];

  test('one on the PATH is taken as it is', async () => {
    expect(await ensureRedisServer(machine({ programs: ['redis-server', ...apt] }))).toEqual({ command: '/bin/redis-server', env: {} });
    expect(await ensureRedisServer(machine({ programs: ['valkey-server'] }))).toEqual({ command: '/bin/valkey-server', env: {} });
    expect(calls).toEqual([]);
  });

  test('packages are downloaded without what is installed, unpacked, and found again next time', async () => {
    const found = await ensureRedisServer(machine({ programs: apt }));
    expect(found.command).toBe(join(cacheDir, `redis-server-${process.arch}`, 'usr', 'bin', 'redis-server'));
    expect(calls).toContain('apt-get download redis-server redis-tools libjemalloc2');
    expect(calls.some((call) => call.includes('update'))).toBe(false);
    expect(readdirSync(cacheDir)).toEqual([`redis-server-${process.arch}`]);
    calls = [];
    await ensureRedisServer(machine({ programs: apt }));
    expect(calls).toEqual([`${found.command} --version`]);
  });

  test('root updates empty lists; others use lists of their own', async () => {
    await ensureRedisServer(machine({ programs: apt, lists: false, root: true }));
    expect(calls.filter((call) => call.startsWith('apt-get'))).toEqual(['apt-get update', 'apt-get download redis-server redis-tools libjemalloc2']);
    rmSync(join(cacheDir, `redis-server-${process.arch}`), { recursive: true });
    calls = [];
    await ensureRedisServer(machine({ programs: apt, lists: false }));
    expect(calls.filter((call) => call.startsWith('apt-get'))).toEqual(['apt-get update', 'apt-get download redis-server redis-tools libjemalloc2']);
    expect(existsSync(join(cacheDir, 'apt'))).toBe(false);
  });

  test('lists that are too old are replaced by own ones', async () => {
    await ensureRedisServer(machine({ programs: apt, staleLists: true }));
    expect(calls.filter((call) => call.startsWith('apt-get')).length).toBe(3);
  });

  test('Homebrew on macOS', async () => {
    expect(await ensureRedisServer(machine({ programs: ['brew'], platform: 'darwin' }))).toEqual({ command: '/opt/redis/bin/redis-server', env: {} });
  });

  test('what cannot be brought is one sentence that says what to install, and leaves nothing behind', async () => {
    await expect(ensureRedisServer(machine({ programs: apt, offline: true }))).rejects.toThrow(
      'redis-server was not found and its packages could not be brought with apt-get (E: Failed to fetch http://mirror/redis.deb); install Redis 6 or newer with TLS so that redis-server is on the PATH.',
    );
    expect(readdirSync(cacheDir)).toEqual([]);
    await expect(ensureRedisServer(machine({ programs: [] }))).rejects.toThrow(/^redis-server was not found and there is no apt-get or Homebrew .* on the PATH\.$/);
  });
});
