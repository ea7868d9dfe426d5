import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileJournal } from './file-journal';
import type { PartitionLog } from './partition-log';
import { createLogger } from '../../../runtime';
import { frameOf, journalContract, take, timesOf } from '../testing/journal-contract';

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
