import fc from 'fast-check';
import { CORE_VERSION, Engine } from './engine';
import { Lookahead } from './lookahead';
import { Stepper } from './stepper';
import { BATCH_OVERHEAD, encodeCommand, encodeCommandBatch } from '../../../domain';
import { journal } from '../journal-arbitrary';
import { captureOf } from '../snapshot/capture';
import { encodeCaptured } from '../snapshot/encode';
import { PARTITION, WINDOW_MS } from '../test-commands';

const RUNS = { numRuns: Number(process.env.PROPERTY_RUNS ?? (process.env.FULL === '1' ? 1_000 : 30)) };

const engineOf = (): Engine => new Engine({
  partition: PARTITION, idempotencyWindowMs: WINDOW_MS, version: CORE_VERSION,
  expectedOrders: 8, expectedRemembered: 8, expectedAccounts: 2, ladderTicks: 32,
});

test('looking ahead reads whole commands, ends, and changes nothing', () => {
  fc.assert(fc.property(journal(), (commands) => {
    const frame = encodeCommandBatch(PARTITION, commands.map(encodeCommand));
    const words = new Int32Array(Uint8Array.from(frame.subarray(BATCH_OVERHEAD)).buffer);
    const [plain, looking] = [engineOf(), engineOf()];
    const ahead = new Lookahead(looking, -1);
    const [first, second] = [new Stepper(plain, CORE_VERSION), new Stepper(looking, CORE_VERSION)];
    const starts = new Set<number>([words.length]);
    for (let at = 0; at < words.length; at = first.step(words, at, words.length)) starts.add(at);
    for (let at = 0; at < words.length;) {
      const state = encodeCaptured(captureOf(looking, false));
      for (const book of [undefined, ...looking.books]) {
        const behind = ahead.group(words, at, words.length, book);
        expect(behind).toBeGreaterThanOrEqual(at);
        expect(starts).toContain(behind);
      }
      expect(Buffer.compare(encodeCaptured(captureOf(looking, false)), state)).toBe(0);
      at = second.step(words, at, words.length);
    }
    expect(Buffer.compare(encodeCaptured(captureOf(looking, false)), encodeCaptured(captureOf(plain, false)))).toBe(0);
  }), RUNS);
});

test('a batch is applied as its commands one by one are', () => {
  fc.assert(fc.property(journal(), (commands) => {
    const words = new Int32Array(Uint8Array.from(encodeCommandBatch(PARTITION, commands.map(encodeCommand)).subarray(BATCH_OVERHEAD)).buffer);
    const [one, all] = [engineOf(), engineOf()];
    const [first, second] = [new Stepper(one, CORE_VERSION), new Stepper(all, CORE_VERSION, -1)];
    for (let at = 0; at < words.length;) at = first.step(words, at, words.length);
    let told = 0;
    expect(second.batch(words, 0, words.length, () => { told += all.events.count; })).toBe(commands.length);
    expect(told).toBe(one.events.seq);
    expect(Buffer.compare(encodeCaptured(captureOf(all, false)), encodeCaptured(captureOf(one, false)))).toBe(0);
  }), RUNS);
});
