import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileFollower } from './file-follower';
import { FileJournal } from './file-journal';
import type { PartitionLog } from './partition-log';
import { createLogger } from '../../../runtime';
import { frameOf, journalContract, take, takeAll, timesOf } from '../testing/journal-contract';

const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });
const root = mkdtempSync(join(tmpdir(), 'file-journal-'));
let count = 0;

afterAll(() => rmSync(root, { recursive: true, force: true }));

const settings = { segmentBytes: 8 * 1024 * 1024, maxFrameBytes: 2 * 1024 * 1024, logger };

describe('as every journal', () => {
  journalContract(async () => {
    const path = join(root, `contract-${++count}`);
    let journal: FileJournal;
    return {
      open: async () => {
        journal = new FileJournal({ path, ...settings });
        return { writer: journal, reader: journal };
      },
      // Past the check at the door.
      inject: async (partition, bytes) => (await (journal as unknown as { logOf(p: number): Promise<PartitionLog> }).logOf(partition)).append(bytes),
    };
  }, { knowsItsEnd: true });
});

describe('as every journal, read by another process', () => {
  journalContract(async () => {
    const path = join(root, `followed-${++count}`);
    let journal: FileJournal;
    return {
      open: async () => {
        journal = new FileJournal({ path, ...settings, followers: true });
        // It takes no part in the writer's memory: all that it has are the files.
        return { writer: journal, reader: new FileFollower({ path, maxFrameBytes: settings.maxFrameBytes, patienceMs: 100 }) };
      },
      inject: async (partition, bytes) => (await (journal as unknown as { logOf(p: number): Promise<PartitionLog> }).logOf(partition)).append(bytes),
    };
  }, { knowsItsEnd: true });

  test('over many segments, begun before the journal is, and on after its writer has started again', async () => {
    const path = join(root, `followed-${++count}`);
    const small = { path, segmentBytes: 4_096, maxFrameBytes: 1_024, logger, followers: true };
    const seen = take(new FileFollower({ path, maxFrameBytes: 1_024 }), 0, undefined, 150);
    for (const [from, to] of [[0, 70], [70, 150]]) {
      const journal = new FileJournal(small);
      for (let n = from; n < to; n++) await journal.append(0, frameOf(0, n));
      await journal.close();
    }
    expect(timesOf(await seen)).toEqual(Array.from({ length: 150 }, (_, n) => n));
  });

  test('what is in the file and was not synced yet is not read', async () => {
    const path = join(root, `followed-${++count}`);
    const { openJournalFile } = await import('./disk');
    let release = (): void => undefined;
    let slow = false;
    const journal = new FileJournal({
      path, ...settings, followers: true,
      openFile: async (name, mode) => {
        const file = await openJournalFile(name, mode);
        const write = file.write.bind(file);
        file.write = async (...args) => {
          await write(...args);
          if (slow) await new Promise<void>((resolve) => { release = resolve; });
        };
        return file;
      },
    });
    await journal.append(0, frameOf(0, 1));
    await journal.open(0);
    slow = true;
    const second = journal.append(0, frameOf(0, 2));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const follower = new FileFollower({ path });
    expect(timesOf(await takeAll(follower, 0))).toEqual([1]);
    slow = false;
    release();
    await second;
    expect(timesOf(await takeAll(follower, 0))).toEqual([1, 2]);
    await journal.close();
  });
});

describe('over many segments', () => {
  test('records go on in the next segment, in this run and the one after', async () => {
    const path = join(root, `segments-${++count}`);
    const small = { path, segmentBytes: 4_096, maxFrameBytes: 1_024, logger };
    let first = new FileJournal(small);
    const positions: string[] = [];
    for (let n = 0; n < 200; n++) positions.push(await first.append(0, frameOf(0, n, n + 1_000)));
    expect(positions).toEqual(Array.from({ length: 200 }, (_, i) => String(i + 1)));
    for (const after of [0, 1, 57, 58, 59, 150, 198]) {
      expect((await take(first, 0, positions[after], 199 - after)).map(({ position }) => position)).toEqual(positions.slice(after + 1));
    }
    await first.close();
    first = new FileJournal(small);
    await first.append(0, frameOf(0, 200));
    expect(timesOf(await take(first, 0, positions[198], 2))).toEqual([199, 1_199, 200]);
    await first.close();
  });
});

test('one process has it: a second one is turned away until the first has closed it', async () => {
  const path = join(root, `lock-${++count}`);
  const first = new FileJournal({ path, ...settings });
  await first.append(0, frameOf(0, 1));
  const second = new FileJournal({ path, ...settings });
  await expect(second.append(0, frameOf(0, 2))).rejects.toThrow(/is open in this process/);
  await first.close();
  const third = new FileJournal({ path, ...settings });
  expect(await third.append(0, frameOf(0, 2))).toBe('2');
  await third.close();
});

test('appends that arrive while a write is on its way share the next one', async () => {
  let writes = 0;
  const { openJournalFile } = await import('./disk');
  const journal = new FileJournal({
    path: join(root, `group-${++count}`), ...settings,
    openFile: async (path, mode) => {
      const file = await openJournalFile(path, mode);
      const write = file.write.bind(file);
      if (mode === 'write') file.write = (...args) => { writes += 1; return write(...args); };
      return file;
    },
  });
  await journal.open(0);
  writes = 0;
  await Promise.all(Array.from({ length: 500 }, (_, n) => journal.append(0, frameOf(0, n))));
  expect(writes).toBeLessThanOrEqual(3);
  expect(timesOf(await take(journal, 0, undefined, 500))).toEqual(Array.from({ length: 500 }, (_, n) => n));
  await journal.close();
});
