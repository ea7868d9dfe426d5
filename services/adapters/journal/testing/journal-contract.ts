/** What every journal must do; each implementation runs this in its own test, on the real thing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type CancelOrder, CorruptDataError, encodeCommand, encodeCommandBatch, newOrderId } from '../../../domain';
import type { JournalReader, JournalRecord, JournalWriter } from '../journal';
import { JournalUnreadableError } from '../journal-errors';

const ACCOUNT = '11111111-1111-4111-8111-111111111111';

/** A journal that nobody used before, with partitions 0 to 2. */
export interface FreshJournal {
  /** Another process's writer and reader; of the same object where one process has the journal. */
  open(): Promise<{ readonly writer: JournalWriter; readonly reader: JournalReader }>;
  /** Puts bytes that are no frame of the partition where the next record goes. @returns their position */
  inject(partition: number, bytes: Buffer): Promise<string>;
}

export interface JournalTraits {
  /** Whether positions tell that a record is beyond the end. */
  readonly knowsItsEnd: boolean;
}

export const command = (time: number): CancelOrder => ({ type: 'cancel_order', time, orderId: newOrderId(), accountId: ACCOUNT, clientOrderId: '' });
export const frameOf = (partition: number, ...times: number[]): Buffer => (
  encodeCommandBatch(partition, times.map((time) => encodeCommand(command(time)))));
export const timesOf = (records: readonly JournalRecord[]): number[] => records.flatMap(({ commands }) => commands.map(({ time }) => time));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Reads until so many records came. */
export async function take(reader: JournalReader, partition: number, after: string | undefined, count: number): Promise<JournalRecord[]> {
  const stop = new AbortController();
  const all: JournalRecord[] = [];
  for await (const records of reader.read(partition, after, stop.signal)) {
    all.push(...records);
    if (all.length >= count) stop.abort();
  }
  return all;
}

/** Reads until the journal says that there is no more now. */
export async function takeAll(reader: JournalReader, partition: number, after?: string): Promise<JournalRecord[]> {
  const stop = new AbortController();
  const all: JournalRecord[] = [];
  for await (const records of reader.read(partition, after, stop.signal)) {
    all.push(...records);
    if (records.length === 0) stop.abort();
  }
  return all;
}

export function journalContract(fresh: () => Promise<FreshJournal>, traits: JournalTraits): void {
  let journal: FreshJournal;
  let writer: JournalWriter;
  let reader: JournalReader;

  beforeEach(async () => {
    journal = await fresh();
    ({ writer, reader } = await journal.open());
  });

  afterEach(async () => {
    await writer?.close();
    await reader?.close();
  });

  test('a partition\'s records come whole and in order, from the first or behind any position', async () => {
    const positions: string[] = [];
    for (let n = 0; n < 12; n++) {
      positions.push(await writer.append(1, frameOf(1, n * 2, n * 2 + 1)));
      await writer.append(2, frameOf(2, 1_000 + n));
    }
    const all = await take(reader, 1, undefined, 12);
    expect(timesOf(all)).toEqual(upTo(24));
    expect(all.map(({ position }) => position)).toEqual(positions);
    for (const n of [0, 5, 10]) expect(timesOf(await take(reader, 1, positions[n], 11 - n))).toEqual(upTo(24).slice(n * 2 + 2));
    expect(await takeAll(reader, 1, positions[11])).toEqual([]);
  });

  test('a record has the bytes that were appended, and they say what the commands say', async () => {
    const frame = frameOf(0, 1, 2, 3);
    await writer.append(0, frame);
    const [record] = await take(reader, 0, undefined, 1);
    expect(Buffer.from(record.frame)).toEqual(frame);
    expect(timesOf([record])).toEqual([1, 2, 3]);
    expect(record.lagMs).toBeGreaterThanOrEqual(0);
  });

  test('an empty journal is caught up; what comes later follows, and it says so again', async () => {
    const stop = new AbortController();
    const seen: (number[] | 'caught up')[] = [];
    for await (const records of reader.read(0, undefined, stop.signal)) {
      seen.push(records.length === 0 ? 'caught up' : timesOf(records));
      if (seen.length === 1) await writer.append(0, frameOf(0, 1, 2));
      if (seen.flat().includes(2) && seen.at(-1) === 'caught up') stop.abort();
    }
    expect(seen.filter((one) => one !== 'caught up')).toEqual([[1, 2]]);
    expect([seen[0], seen.at(-1)]).toEqual(['caught up', 'caught up']);
  });

  test('many appenders at the same time: everything once, in the order of its position, each one\'s own order kept', async () => {
    const stop = new AbortController();
    const seen: JournalRecord[] = [];
    const reading = (async () => {
      for await (const records of reader.read(0, undefined, stop.signal)) seen.push(...records);
    })();
    const positions = await Promise.all(upTo(6).map(async (appender) => {
      const own: string[] = [];
      for (let n = 0; n < 20; n++) own.push(await writer.append(0, frameOf(0, appender * 100 + n)));
      return own;
    }));
    while (seen.length < 120) await Promise.race([sleep(10), reading]);
    stop.abort();
    await reading;
    expect(seen).toHaveLength(120);
    for (const [appender, own] of positions.entries()) {
      const mine = seen.filter(({ commands }) => Math.floor(commands[0].time / 100) === appender);
      expect(mine.map(({ position }) => position)).toEqual(own);
      expect(timesOf(mine)).toEqual(upTo(20).map((n) => appender * 100 + n));
    }
    expect(timesOf(await takeAll(reader, 0))).toEqual(timesOf(seen));
  });

  test('an append that is repeated is there twice under its own positions, with the ids by which the core knows it', async () => {
    const frame = frameOf(0, 7);
    const first = await writer.append(0, frame);
    const second = await writer.append(0, frame);
    expect(second).not.toBe(first);
    const records = await take(reader, 0, undefined, 2);
    expect(records.map(({ position }) => position)).toEqual([first, second]);
    expect(records[1].commands).toEqual(records[0].commands);
  });

  test('what was appended is there for who opens the journal later', async () => {
    const position = await writer.append(0, frameOf(0, 1));
    await writer.append(0, frameOf(0, 2));
    await writer.close();
    await reader.close();
    ({ writer, reader } = await journal.open());
    const third = await writer.append(0, frameOf(0, 3));
    const records = await take(reader, 0, position, 2);
    expect(timesOf(records)).toEqual([2, 3]);
    expect(records[1].position).toBe(third);
  });

  test('a frame of the largest size that an appender makes is taken whole', async () => {
    const one = encodeCommand(command(1));
    const count = Math.floor((1024 * 1024 - 4_096 - 12) / one.length);
    const large = encodeCommandBatch(0, Array.from({ length: count }, () => one));
    await writer.append(0, frameOf(0, 1));
    await writer.append(0, large);
    await writer.append(0, large);
    await writer.append(0, frameOf(0, 2));
    const records = await take(reader, 0, undefined, 4);
    expect(records.map(({ commands }) => commands.length)).toEqual([1, count, count, 1]);
    expect(Buffer.from(records[1].frame).equals(large) && Buffer.from(records[2].frame).equals(large)).toBe(true);
  });

  test.each<[string, Buffer, RegExp]>([
    ['garbage', Buffer.from('garbage that is long enough'), /expected a command batch/],
    ['a flipped bit', Buffer.from(frameOf(0, 5)).fill(0xff, 20, 21), /checksum/],
    ['another partition', frameOf(7, 5), /of partition 7, not 0/],
  ])('%s ends the reading at its position, behind all that came before, and says what to do', async (_what, bytes, message) => {
    await writer.append(0, frameOf(0, 1));
    const position = await journal.inject(0, bytes);
    await writer.append(0, frameOf(0, 3));
    const seen: number[] = [];
    const reading = (async () => {
      for await (const records of reader.read(0, undefined, new AbortController().signal)) seen.push(...timesOf(records));
    })();
    await expect(reading).rejects.toThrow(CorruptDataError);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(new RegExp(`record ${position} of .* cannot be applied: .*; nothing behind it was read. Restore the record`));
    expect(seen).toEqual([1]);
  });

  test('a frame of another partition is not taken, nor one that is larger than the journal\'s limit', async () => {
    await expect(writer.append(0, frameOf(1, 1))).rejects.toThrow('a frame of partition 1 cannot be appended to partition 0');
    const huge = Buffer.alloc(32 * 1024 * 1024);
    await expect(writer.append(0, huge)).rejects.toThrow(/a frame of 33554432 bytes cannot be appended; this journal takes at most \d+/);
    await writer.append(0, frameOf(0, 1));
    expect(timesOf(await take(reader, 0, undefined, 1))).toEqual([1]);
  });

  test('reading ends when it is told to: before it began, and while nothing comes', async () => {
    expect(await takeWith(AbortSignal.abort())).toBeLessThanOrEqual(1);
    const stop = new AbortController();
    const began = performance.now();
    setTimeout(() => stop.abort(), 100);
    await takeWith(stop.signal);
    expect(performance.now() - began).toBeLessThan(3_000);

    async function takeWith(signal: AbortSignal): Promise<number> {
      let arrays = 0;
      for await (const _ of reader.read(0, undefined, signal)) arrays += 1;
      return arrays;
    }
  });

  (traits.knowsItsEnd ? test : test.skip)('a position behind the last record is refused: the snapshot is of another journal', async () => {
    const position = await writer.append(0, frameOf(0, 1));
    const beyond = String(BigInt(position) + 5n);
    await expect(take(reader, 0, beyond, 1)).rejects.toThrow(JournalUnreadableError);
    await expect(take(reader, 0, beyond, 1)).rejects.toThrow(/before position \d+: the snapshot is of another journal/);
    await expect(take(reader, 0, 'elsewhere', 1)).rejects.toThrow(/"elsewhere" is no position of/);
  });

  test('closing lets go of everything: nothing is left that would keep the process', async () => {
    await writer.append(0, frameOf(0, 1));
    await take(reader, 0, undefined, 1);
    await writer.close();
    await reader.close();
    const before = resources();
    const other = await journal.open();
    await other.writer.append(0, frameOf(0, 2));
    await take(other.reader, 0, undefined, 2);
    await other.writer.close();
    await other.reader.close();
    for (let i = 0; i < 100 && resources() > before; i++) await sleep(20);
    expect(resources()).toBeLessThanOrEqual(before);
    await expect(other.writer.append(0, frameOf(0, 3))).rejects.toThrow();
  });
}

/** Sockets, files and requests of this process; timers come and go by themselves. */
function resources(): number {
  return process.getActiveResourcesInfo().filter((name) => !/Timeout|Immediate/.test(name)).length;
}
