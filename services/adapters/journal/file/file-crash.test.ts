import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { openJournalFile, type JournalFile } from './disk';
import { FileJournal } from './file-journal';
import { HEADER_BYTES, recordBytes } from './segment-format';
import { projectNode } from '../../../../local/servers/environment';
import { createLogger } from '../../../runtime';
import { frameOf, takeAll, timesOf } from '../testing/journal-contract';

const ROUNDS = process.env.FULL === '1' ? 60 : 5;
const SEGMENT = 64 * 1024;
const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });
const root = mkdtempSync(join(tmpdir(), 'file-crash-'));
const program = join(root, 'journal-child.js');
const running = new Set<ChildProcess>();
let count = 0;

beforeAll(async () => {
  await build({ entryPoints: [join(__dirname, '../testing/journal-child.ts')], outfile: program, bundle: true, platform: 'node', target: 'node22', format: 'cjs' });
});

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

interface Line { readonly position: number; readonly first: number; readonly last: number }

const linesOf = (output: string, prefix = ''): Line[] => [...output.matchAll(new RegExp(`^${prefix}(\\d+) (\\d+)-(\\d+)\n`, 'gm'))]
  .map(([, position, first, last]) => ({ position: Number(position), first: Number(first), last: Number(last) }));

/** Runs the writer; kills it so many milliseconds after its first acknowledgement. @returns what it said */
function run(command: string, args: readonly string[], killAfterMs?: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    running.add(child);
    let output = '';
    let timer: NodeJS.Timeout | undefined;
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString('latin1');
      if (killAfterMs !== undefined) timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    });
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      running.delete(child);
      resolve(output);
    });
  });
}

test(`${ROUNDS} times killed at a random moment: every acknowledged command is there, in its place, and nothing that nobody sent`, async () => {
  const path = join(root, `kill-${++count}`);
  let next = 1;
  let before: number[] = [];
  let acknowledged = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const output = await run(projectNode(), [program, path, String(SEGMENT), String(next)], Math.random() * 150);
    const lines = linesOf(output);
    acknowledged += lines.length;
    const journal = new FileJournal({ path, segmentBytes: SEGMENT, maxFrameBytes: SEGMENT / 2, logger });
    const records = await takeAll(journal, 0);
    await journal.close();

    expect(records.map(({ position }) => Number(position))).toEqual(records.map((_, i) => i + 1));
    for (const { position, first, last } of lines) {
      expect([records[position - 1].commands[0].time, records[position - 1].commands.length]).toEqual([first, last - first + 1]);
    }
    // What earlier rounds left has not changed; what is new was sent in this one, once, each record whole.
    const times = timesOf(records);
    expect(times.slice(0, before.length)).toEqual(before);
    const fresh = times.slice(before.length);
    expect(new Set(fresh).size).toBe(fresh.length);
    expect(Math.min(...fresh)).toBe(next);
    // Four appenders: what is missing between is what they were waiting for, at most twelve commands each.
    const highest = Math.max(...fresh);
    expect(highest - next + 1 - fresh.length).toBeLessThanOrEqual(4 * 12);
    before = times;
    next = highest + 100;
  }
  expect(acknowledged).toBeGreaterThan(ROUNDS);
}, 300_000);

/** What holds when a disk is full for real: all that was acknowledged is found, and at most what was on its way besides. */
function expectStopped(output: string, reason: RegExp): void {
  expect(output).toMatch(reason);
  expect(output).toMatch(/; then the journal is closed for good since /);
  const acknowledged = linesOf(output);
  const found = linesOf(output, 'found ');
  expect(acknowledged.length).toBeGreaterThan(10);
  const byPosition = new Map(found.map((line) => [line.position, line]));
  for (const line of acknowledged) expect(byPosition.get(line.position)).toEqual(line);
  expect(found.length - acknowledged.length).toBeLessThanOrEqual(4);
}

test('a file size limit of the system, below one segment: nothing is acknowledged, and it says why', async () => {
  const path = join(root, `limit-${++count}`);
  const output = await run('/bin/sh', ['-c', `ulimit -f 50 && exec "${projectNode()}" "${program}" "${path}" ${SEGMENT} 1`]);
  expect(output).toMatch(/^failed .*EFBIG/);
}, 60_000);

const canMount = spawnSync('unshare', ['-Urm', 'true']).status === 0;

(canMount ? test : test.skip)('a full disk: nothing more is acknowledged, it says so, and nothing acknowledged is lost', async () => {
  const path = join(root, `full-${++count}`);
  mkdirSync(path);
  const script = `mount -t tmpfs -o size=400k none "${path}" && exec "${projectNode()}" "${program}" "${path}" ${SEGMENT} 1`;
  const output = await run('unshare', ['-Urm', '/bin/sh', '-c', script]);
  expectStopped(output, /failed the journal in .* could not write, and takes nothing more: ENOSPC/);
}, 60_000);

describe('a disk that fails', () => {
  /** A journal whose nth write to a segment fails as told, before or after it reached the file. */
  function failing(path: string, nth: number, code: string, reached: boolean): { journal: FileJournal; failures: Error[] } {
    const failures: Error[] = [];
    let writes = 0;
    const openFile = async (file: string, mode: 'read' | 'write' | 'create'): Promise<JournalFile> => {
      const real = await openJournalFile(file, mode);
      if (mode !== 'write') return real;
      return {
        read: (...args) => real.read(...args), size: () => real.size(), close: () => real.close(),
        write: async (...args) => {
          writes += 1;
          if (writes !== nth) return real.write(...args);
          if (reached) await real.write(...args);
          throw Object.assign(new Error(`${code}: the disk is broken`), { code });
        },
      };
    };
    const onFailure = (error: Error): void => void failures.push(error);
    return { journal: new FileJournal({ path, logger, openFile, segmentBytes: SEGMENT, maxFrameBytes: 1_024, onFailure }), failures };
  }

  test.each([['ENOSPC', false], ['EIO', false], ['EIO', true]])('%s, with the bytes written: %p: the journal is closed for good, and says what is known', async (code, reached) => {
    const path = join(root, `fails-${++count}`);
    // The first write is the segment's header.
    const { journal, failures } = failing(path, 4, code, reached);
    expect([await journal.append(0, frameOf(0, 1)), await journal.append(0, frameOf(0, 2))]).toEqual(['1', '2']);
    const third = journal.append(0, frameOf(0, 3));
    const waiting = new Promise((resolve) => setImmediate(resolve)).then(() => journal.append(0, frameOf(0, 4)));
    await expect(third).rejects.toMatchObject({ outcome: 'unknown', message: expect.stringContaining(`takes nothing more: ${code}`) as string });
    await expect(waiting).rejects.toMatchObject({ outcome: 'refused' });
    await expect(journal.append(0, frameOf(0, 5))).rejects.toMatchObject({ outcome: 'refused', message: expect.stringContaining('closed for good') as string });
    expect(failures).toHaveLength(1);
    // Readers see what was acknowledged, and no more.
    expect(timesOf(await takeAll(journal, 0))).toEqual([1, 2]);
    await journal.close();

    const again = new FileJournal({ path, logger, segmentBytes: SEGMENT, maxFrameBytes: 1_024 });
    expect(timesOf(await takeAll(again, 0))).toEqual(reached ? [1, 2, 3] : [1, 2]);
    await again.close();
  });

  test('a segment that cannot be begun stops it like a write that fails', async () => {
    const path = join(root, `rolls-${++count}`);
    const large = frameOf(0, ...Array.from({ length: 20 }, (_, i) => i));
    const perSegment = Math.floor((SEGMENT - HEADER_BYTES) / recordBytes(large.length));
    // The header, the records of the first segment, the next header.
    const { journal, failures } = failing(path, 1 + perSegment + 1, 'ENOSPC', false);
    let appended = 0;
    await expect((async () => {
      for (; ; appended++) await journal.append(0, large);
    })()).rejects.toMatchObject({ outcome: expect.stringMatching(/unknown|refused/) as string, message: expect.stringContaining('ENOSPC') as string });
    expect(failures).toHaveLength(1);
    expect(appended).toBe(perSegment);
    expect(await takeAll(journal, 0)).toHaveLength(appended);
    await journal.close();
  });
});
