import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileJournal } from './file-journal';
import { HEADER_BYTES, recordBytes } from './segment-format';
import { CorruptDataError } from '../../../domain';
import { createLogger } from '../../../runtime';
import { frameOf, takeAll, timesOf } from '../testing/journal-contract';

const FULL = process.env.FULL === '1';
const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });
const root = mkdtempSync(join(tmpdir(), 'file-damage-'));
const SEGMENT = 1_024;
let count = 0;

afterAll(() => rmSync(root, { recursive: true, force: true }));

const open = (path: string): FileJournal => new FileJournal({ path, segmentBytes: SEGMENT, maxFrameBytes: 512, logger });

/** A journal in which each record was on the disk before the next one was written, unless they are one array. */
async function write(writes: readonly (number | readonly number[])[]): Promise<string> {
  const path = join(root, `j${++count}`);
  const journal = open(path);
  for (const one of writes) await Promise.all([one].flat().map((time) => journal.append(0, frameOf(0, time))));
  await journal.close();
  return path;
}

const segmentsOf = (path: string): string[] => readdirSync(join(path, 'partition-0')).filter((name) => name.startsWith('segment')).sort().map((name) => join(path, 'partition-0', name));

interface Outcome { readonly times: number[]; readonly refused?: string }

/** What comes out of a journal, and whether it goes on behind it: also after another start. */
async function recover(path: string): Promise<Outcome> {
  const journal = open(path);
  try {
    const times = timesOf(await takeAll(journal, 0));
    const position = await journal.append(0, frameOf(0, 999));
    expect(position).toBe(String(times.length + 1));
    await journal.close();
    const again = open(path);
    expect(timesOf(await takeAll(again, 0))).toEqual([...times, 999]);
    await again.close();
    return { times };
  } catch (error) {
    if (!(error instanceof CorruptDataError)) throw error;
    return { times: [], refused: error.message };
  } finally {
    await journal.close();
  }
}

/** The same journal with a change in one of its files. */
async function afterDamage(path: string, change: (bytes: Buffer) => Buffer, segment = -1): Promise<Outcome> {
  const copy = join(root, `c${++count}`);
  cpSync(path, copy, { recursive: true });
  const file = segmentsOf(copy).at(segment)!;
  writeFileSync(file, change(readFileSync(file)));
  const outcome = await recover(copy);
  rmSync(copy, { recursive: true });
  return outcome;
}

const SIZE = recordBytes(frameOf(0, 1).length);

test('cut at every byte of the last two records, it ends with the last whole one and goes on from there', async () => {
  const path = await write([1, 2, 3, 4, 5]);
  const end = HEADER_BYTES + 5 * SIZE;
  const frameEnd = (records: number): number => HEADER_BYTES + records * SIZE - (SIZE - 24 - frameOf(0, 1).length);
  for (let size = end - 2 * SIZE; size <= end; size += FULL ? 1 : 3) {
    const whole = [1, 2, 3, 4, 5].filter((n) => trimmed(size, n));
    expect([size, await afterDamage(path, (bytes) => bytes.subarray(0, size))]).toEqual([size, { times: whole }]);
  }

  /** Padding is zeros, and so is what a shorter file lacks. */
  function trimmed(size: number, records: number): boolean {
    return size >= frameEnd(records);
  }
}, 120_000);

test('overwritten with zeros from any place on, as by a crash of the machine, the same', async () => {
  const path = await write([1, 2, 3]);
  for (let from = HEADER_BYTES + SIZE; from < HEADER_BYTES + 3 * SIZE; from += FULL ? 1 : 5) {
    const { times, refused } = await afterDamage(path, (bytes) => bytes.fill(0, from));
    expect([from, refused]).toEqual([from, undefined]);
    expect(times.length).toBeGreaterThanOrEqual(Math.floor((from - HEADER_BYTES) / SIZE));
    expect(times).toEqual([1, 2, 3].slice(0, times.length));
  }
}, 120_000);

test('a flipped bit anywhere is found: in the last record it is cut, before that the journal is not opened', async () => {
  const path = await write([1, 2, 3]);
  const begin = HEADER_BYTES;
  for (let bit = 0; bit < (begin + 3 * SIZE) * 8; bit += FULL ? 1 : 7) {
    const outcome = await afterDamage(path, (bytes) => {
      bytes[bit >> 3] ^= 1 << (bit & 7);
      return bytes;
    });
    const at = bit >> 3;
    if (at < 8 || at >= 8 && at < begin) {
      expect([bit, outcome.refused]).toEqual([bit, expect.stringMatching(/does not fit: .*The journal is not opened/)]);
    } else if (at < begin + 2 * SIZE) {
      const record = Math.floor((at - begin) / SIZE) + 1;
      expect([bit, outcome.refused]).toEqual([bit, expect.stringMatching(new RegExp(`record ${record} of .* although it was on the disk when record .* was written`))]);
    } else {
      expect([bit, outcome]).toEqual([bit, { times: [1, 2] }]);
    }
  }
}, 240_000);

test('of a group that a crash cut short the whole records before the first damage stay, whatever is behind it', async () => {
  const path = await write([1, [2, 3, 4]]);
  const damage = (record: number) => afterDamage(path, (bytes) => bytes.fill(0, HEADER_BYTES + (record - 1) * SIZE, HEADER_BYTES + record * SIZE));
  expect(await damage(4)).toEqual({ times: [1, 2, 3] });
  expect(await damage(3)).toEqual({ times: [1, 2] });
  expect(await damage(2)).toEqual({ times: [1] });
  // Record 1 was on the disk when the others were written.
  expect((await damage(1)).refused).toMatch(/record 1 of .* although it was on the disk when record 2 was written/);
});

describe('a row of segments', () => {
  let path: string;
  const change = async (how: (files: string[]) => void): Promise<string | undefined> => {
    const copy = join(root, `c${++count}`);
    cpSync(path, copy, { recursive: true });
    how(segmentsOf(copy));
    return (await recover(copy)).refused;
  };

  beforeAll(async () => {
    path = await write(Array.from({ length: 40 }, (_, i) => i));
    expect(segmentsOf(path).length).toBeGreaterThan(3);
  });

  test.each<[string, (files: string[]) => void, RegExp]>([
    ['a missing one', ([, second]) => rmSync(second), /segment-00000003.journal does not fit: segment 2 is missing before it/],
    ['two in each other\'s place', ([, second, third]) => {
      renameSync(second, `${second}.x`);
      renameSync(third, second);
      renameSync(`${second}.x`, third);
    }, /it holds segment 3, so one is out of order or there twice/],
    ['one twice', (files) => cpSync(files[1], files.at(-1)!.replace(/\d{8}/, '00000099')), /it holds segment 2, so one is out of order or there twice/],
    ['one cut short', ([, second]) => writeFileSync(second, readFileSync(second).subarray(0, 500)), /it has 500 bytes of 1024/],
    ['one without a header', ([, second]) => writeFileSync(second, Buffer.alloc(SEGMENT)), /it does not begin like a segment/],
    ['one that is empty', ([, second]) => writeFileSync(second, ''), /it has 0 bytes, fewer than a header/],
  ])('%s is refused', async (_what, how, message) => {
    expect(await change(how)).toMatch(message);
  });

  test('one of another journal is refused, and one of another partition', async () => {
    const other = await write(Array.from({ length: 40 }, (_, i) => i));
    expect(await change(([, second]) => cpSync(segmentsOf(other)[1], second))).toMatch(/it is of another journal than/);
    const moved = join(root, `c${++count}`);
    mkdirSync(moved);
    cpSync(join(path, 'partition-0'), join(moved, 'partition-1'), { recursive: true });
    const journal = open(moved);
    await expect(journal.open(1)).rejects.toThrow(/it is of partition 0, not 1/);
    await journal.close();
  });

  test('damage in one that is full is found when it is read, at its record', async () => {
    const perSegment = Math.floor((SEGMENT - HEADER_BYTES) / SIZE);
    const inSecond = perSegment + 2;
    const damages: [string, (bytes: Buffer) => void][] = [
      ['checksum does not match', (bytes) => { bytes[HEADER_BYTES + SIZE + 40] ^= 1; }],
      ['it is not there', (bytes) => bytes.fill(0, HEADER_BYTES + SIZE)],
    ];
    for (const [reason, how] of damages) {
      const refused = await change(([, second]) => {
        const bytes = readFileSync(second);
        how(bytes);
        writeFileSync(second, bytes);
      });
      expect(refused).toMatch(new RegExp(`record ${inSecond} of .*segment-00000002.journal cannot be applied: .*${reason}`));
    }
  });

  test('without its oldest ones it is read from a snapshot only', async () => {
    const copy = join(root, `c${++count}`);
    cpSync(path, copy, { recursive: true });
    rmSync(segmentsOf(copy)[0]);
    const journal = open(copy);
    const perSegment = Math.floor((SEGMENT - HEADER_BYTES) / SIZE);
    await expect(takeAll(journal, 0)).rejects.toThrow(`begins at record ${perSegment + 1}, so records 1 to ${perSegment} are gone: start from a snapshot`);
    expect(timesOf(await takeAll(journal, 0, String(perSegment)))).toHaveLength(40 - perSegment);
    await journal.close();
  });
});
