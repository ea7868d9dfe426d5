import fc from 'fast-check';
import { createCore } from '.';
import { journal } from './journal-arbitrary';
import { PARTITION, WINDOW_MS } from './test-commands';
import { type CommandTrace, type Core, decodeCommandBatch, encodeCommand, encodeCommandBatch } from '../../domain';

const newCore = (): Core => createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS, ladderTicks: 32, expectedOrders: 8 });

/** Traces for some of the commands of a batch, in their order; of ids that are never all zero. */
const tracesFor = (count: number, seed: number): CommandTrace[] => Array.from({ length: count }, (_, index) => index)
  .filter((index) => (index + seed) % 3 !== 0)
  .map((index) => ({ index, traceId: (index + seed + 1).toString(16).padStart(32, 'f'), spanId: (index + 1).toString(16).padStart(16, 'e') }));

test('the core does not know what is traced: events, states and hashes are the same, applied and replayed', () => {
  fc.assert(fc.property(journal(), fc.integer({ min: 1, max: 20 }), fc.nat(5), (commands, size, seed) => {
    const [plain, applied, replayed] = [newCore(), newCore(), newCore()];
    for (let at = 0; at < commands.length; at += size) {
      const encoded = commands.slice(at, at + size).map(encodeCommand);
      const frame = encodeCommandBatch(PARTITION, encoded, tracesFor(encoded.length, seed));
      const expected = decodeCommandBatch(encodeCommandBatch(PARTITION, encoded)).commands.flatMap((command) => [...plain.apply(command)]);
      expect(decodeCommandBatch(frame).commands.flatMap((command) => [...applied.apply(command)])).toEqual(expected);
      expect(replayed.replay(frame)).toBe(encoded.length);
    }
    expect(applied.stateHash()).toBe(plain.stateHash());
    expect(replayed.stateHash()).toBe(plain.stateHash());
  }), { numRuns: 60 });
});
