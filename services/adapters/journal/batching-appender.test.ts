import * as fc from 'fast-check';
import { BatchingAppender, type BatchingAppenderOptions } from './batching-appender';
import type { JournalWriter } from './journal';
import { JournalOverloadedError, JournalUnavailableError } from './journal-errors';
import { type CancelOrder, decodeCommandBatch, encodeCommand, encodeCommandBatch, newOrderId } from '../../domain';

const ACCOUNT = '11111111-1111-4111-8111-111111111111';
const cancel = (time = 0): CancelOrder => ({ type: 'cancel_order', time, orderId: newOrderId(), accountId: ACCOUNT, clientOrderId: '' });
const COMMAND_BYTES = encodeCommand(cancel()).length;

/** What happens to one attempt: it works, it fails before or after the write, or it fails for certain. */
type Fate = 'ok' | 'lost' | 'written, answer lost' | 'refused';

/** Records what is written and fails as told; the port's contract in memory. */
class ScriptedWriter implements JournalWriter {
  readonly records: string[][] = [];
  readonly frames: Buffer[] = [];
  inFlight = 0;
  mostInFlight = 0;

  constructor(private readonly fates: Fate[] = [], private readonly delayMs = 0) {}

  async append(partition: number, frame: Uint8Array): Promise<string> {
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    this.inFlight -= 1;
    const fate = this.fates.shift() ?? 'ok';
    this.frames.push(Buffer.from(frame));
    if (fate === 'refused') throw new JournalUnavailableError('throttled', 'refused');
    if (fate === 'lost') throw new Error('socket hang up');
    const batch = decodeCommandBatch(frame);
    expect(batch.partition).toBe(partition);
    this.records.push(batch.commands.map((command) => (command as CancelOrder).orderId));
    if (fate === 'written, answer lost') throw new Error('socket hang up');
    return `r${this.records.length - 1}`;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const quick: BatchingAppenderOptions = { backoffMs: 1, maxBackoffMs: 2 };

test('every command resolves with the place where the journal has it, in the order of the calls, whatever fails on the way', async () => {
  const fate = fc.constantFrom<Fate>('ok', 'lost', 'written, answer lost', 'refused');
  const waves = fc.array(fc.record({ count: fc.integer({ min: 1, max: 30 }), wait: fc.boolean() }), { minLength: 1, maxLength: 6 });
  await fc.assert(fc.asyncProperty(fc.array(fate, { maxLength: 10 }), waves, fc.integer({ min: 1, max: 7 }), async (fates, sizes, perFrame) => {
    const writer = new ScriptedWriter([...fates]);
    const appender = new BatchingAppender(writer, { ...quick, maxFrameCommands: perFrame });
    const sent: string[] = [];
    const answers: Promise<string>[] = [];
    for (const { count, wait } of sizes) {
      for (let i = 0; i < count; i++) {
        const command = cancel();
        sent.push(command.orderId);
        answers.push(appender.append(0, command));
      }
      if (wait) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const positions = await Promise.all(answers);
    expect(writer.mostInFlight).toBe(1);
    expect(writer.records.every((record) => record.length <= perFrame)).toBe(true);
    positions.forEach((position, i) => {
      const [, record, index] = /^r(\d+):(\d+)$/.exec(position) ?? [];
      expect(writer.records[Number(record)][Number(index)]).toBe(sent[i]);
    });
    // Records may repeat, but only as a whole and right behind each other: without the repetitions it is what was sent.
    const once = writer.records.filter((record, i) => JSON.stringify(record) !== JSON.stringify(writer.records[i - 1]));
    expect(once.flat()).toEqual(sent);
    expect(appender.state).toMatchObject({ queuedCommands: 0, queuedBytes: 0, failingSince: undefined });
  }), { numRuns: 60 });
});

test('a repeated append carries the very same bytes', async () => {
  const writer = new ScriptedWriter(['lost', 'written, answer lost', 'refused', 'ok']);
  const appender = new BatchingAppender(writer, quick);
  await Promise.all([appender.append(0, cancel()), appender.append(0, cancel())]);
  expect(writer.frames).toHaveLength(4);
  for (const frame of writer.frames) expect(frame.equals(writer.frames[0])).toBe(true);
});

test('load makes batches: what arrives during an append forms the next frame', async () => {
  const writer = new ScriptedWriter([], 20);
  const appender = new BatchingAppender(writer, quick);
  const first = appender.append(0, cancel());
  await new Promise((resolve) => setTimeout(resolve, 5));
  const rest = Array.from({ length: 50 }, () => appender.append(0, cancel()));
  expect(await first).toBe('r0:0');
  expect(await Promise.all(rest)).toEqual(rest.map((_, i) => `r1:${i}`));
});

test('a frame stays below its size', async () => {
  const writer = new ScriptedWriter();
  const appender = new BatchingAppender(writer, { ...quick, maxFrameBytes: 12 + 3 * COMMAND_BYTES });
  await Promise.all(Array.from({ length: 8 }, () => appender.append(0, cancel())));
  expect(writer.records.map((record) => record.length)).toEqual([3, 3, 2]);
  const large: CancelOrder & { extra?: string } = cancel();
  await expect(new BatchingAppender(writer, { maxFrameBytes: 40 }).append(0, large)).rejects.toThrow('does not fit a frame');
});

test('partitions do not wait for each other', async () => {
  const writer = new ScriptedWriter([], 20);
  const appender = new BatchingAppender(writer, quick);
  await Promise.all([appender.append(0, cancel()), appender.append(1, cancel())]);
  expect(writer.mostInFlight).toBe(2);
});

test.each([
  ['commands', { maxQueuedCommands: 2 }],
  ['bytes', { maxQueuedBytes: 2 * COMMAND_BYTES }],
])('a full queue, by %s, turns away what was never sent', async (_, bound) => {
  const writer = new ScriptedWriter([], 10);
  const appender = new BatchingAppender(writer, { ...quick, ...bound });
  const accepted = [appender.append(0, cancel()), appender.append(0, cancel())];
  const refused = appender.append(0, cancel());
  await expect(refused).rejects.toBeInstanceOf(JournalOverloadedError);
  await expect(refused).rejects.toMatchObject({ outcome: 'refused' });
  await Promise.all(accepted);
  await expect(appender.append(0, cancel())).resolves.toBe('r1:0');
});

test.each<[Fate, string]>([['refused', 'refused'], ['lost', 'unknown']])(
  'a journal that stays away: attempts that were %s end at the deadline as %s', async (fate, outcome) => {
    const appender = new BatchingAppender(new ScriptedWriter(Array.from({ length: 10_000 }, () => fate)), { ...quick, deadlineMs: 60 });
    const started = Date.now();
    await expect(appender.append(0, cancel())).rejects.toMatchObject({ name: 'JournalUnavailableError', outcome });
    expect(Date.now() - started).toBeLessThan(2_000);
    expect(appender.state.failingSince).toBeGreaterThanOrEqual(started);
    expect(appender.state.lastError).toMatch(/throttled|hang up/);
  });

test('what waited behind a frame until its time was up was never sent, and is told so', async () => {
  const writer = new ScriptedWriter(['lost'], 150);
  const appender = new BatchingAppender(writer, { ...quick, deadlineMs: 60, maxFrameCommands: 1 });
  const [first, second] = await Promise.allSettled([appender.append(0, cancel()), appender.append(0, cancel())]);
  expect(first).toMatchObject({ reason: { outcome: 'unknown' } });
  expect(second).toMatchObject({ reason: { outcome: 'refused' } });
  expect(writer.frames).toHaveLength(1);
  expect(appender.state).toMatchObject({ queuedCommands: 0, queuedBytes: 0 });
});

test('who gives up while the frame goes on is told that nobody knows', async () => {
  // The first frame holds the lane, so that the second one's commands come at different times.
  const writer = new ScriptedWriter(['ok', 'refused', 'refused', 'ok'], 240);
  const appender = new BatchingAppender(writer, { backoffMs: 1, maxBackoffMs: 1, deadlineMs: 600 });
  const head = appender.append(0, cancel());
  await new Promise((resolve) => setTimeout(resolve, 20));
  const early = appender.append(0, cancel());
  const verdict = expect(early).rejects.toMatchObject({ outcome: 'unknown' });
  await new Promise((resolve) => setTimeout(resolve, 192));
  const late = appender.append(0, cancel());
  await verdict;
  expect(await head).toBe('r0:0');
  expect(await late.catch((error: JournalUnavailableError) => error.outcome)).toMatch(/^r1:1$|^refused$/);
});

test('close waits for what was taken and takes nothing more', async () => {
  const writer = new ScriptedWriter(['lost'], 5);
  const appender = new BatchingAppender(writer, quick);
  const taken = [appender.append(0, cancel()), appender.append(1, cancel())];
  const closing = appender.close();
  await expect(appender.append(0, cancel())).rejects.toBeInstanceOf(JournalOverloadedError);
  await closing;
  expect(writer.records).toHaveLength(2);
  await Promise.all(taken);
});

test('a partition that fails is told apart from one that does not', async () => {
  const ok = new ScriptedWriter();
  const appender = new BatchingAppender({
    append: (partition, frame) => (partition === 1 ? Promise.reject(new JournalUnavailableError('throttled', 'refused')) : ok.append(partition, frame)),
    close: () => Promise.resolve(),
  }, { ...quick, deadlineMs: 60 });
  const started = Date.now();
  const [healthy, failing] = await Promise.allSettled([appender.append(0, cancel()), appender.append(1, cancel())]);
  expect([healthy.status, failing.status]).toEqual(['fulfilled', 'rejected']);
  await appender.append(0, cancel());
  expect(appender.stateOf(0)).toEqual({ failingSince: undefined, lastError: undefined, queuedCommands: 0, appendedFrames: 2 });
  expect(appender.stateOf(1)).toMatchObject({ lastError: 'throttled', queuedCommands: 0, appendedFrames: 0 });
  expect(appender.state.failingSince).toBeGreaterThanOrEqual(started);
  appender.noteReachable(1);
  expect([appender.stateOf(1).failingSince, appender.state.failingSince]).toEqual([undefined, undefined]);
});

describe('traces', () => {
  const trace = (n: number) => ({ traceId: (n + 1).toString(16).padStart(32, 'a'), spanId: (n + 1).toString(16).padStart(16, 'b') });

  test('stand beside the commands that have one; a frame without any is what it was', async () => {
    const writer = new ScriptedWriter();
    const appender = new BatchingAppender(writer, quick);
    const commands = Array.from({ length: 4 }, (_, n) => cancel(n));
    await Promise.all(commands.map((command, n) => appender.append(0, command, n % 2 === 1 ? trace(n) : undefined)));
    await appender.append(0, commands[0]);
    expect(decodeCommandBatch(writer.frames[0])).toEqual({ partition: 0, commands, traces: [{ index: 1, ...trace(1) }, { index: 3, ...trace(3) }] });
    expect(writer.frames[1]).toEqual(encodeCommandBatch(0, [encodeCommand(commands[0])]));
    await appender.close();
  });

  test('never make a frame larger than it may be, nor fail a command', async () => {
    const writer = new ScriptedWriter();
    const maxFrameBytes = 6_000;
    const appender = new BatchingAppender(writer, { ...quick, maxFrameBytes });
    const positions = await Promise.all(Array.from({ length: 300 }, (_, n) => appender.append(0, cancel(n), trace(n))));
    expect(new Set(positions).size).toBe(300);
    expect(Math.max(...writer.frames.map(({ length }) => length))).toBeLessThanOrEqual(maxFrameBytes);
    expect(Math.max(...writer.frames.map((frame) => decodeCommandBatch(frame).traces?.length ?? 0))).toBeLessThanOrEqual(64);
    await appender.close();
  });

  test('are the same in a repetition', async () => {
    const writer = new ScriptedWriter(['lost', 'written, answer lost']);
    const appender = new BatchingAppender(writer, quick);
    await appender.append(0, cancel(), trace(1));
    expect(writer.frames).toHaveLength(3);
    expect(new Set(writer.frames.map((frame) => frame.toString('hex'))).size).toBe(1);
    await appender.close();
  });
});
