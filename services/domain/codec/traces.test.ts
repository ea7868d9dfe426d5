import fc from 'fast-check';
import {
  BATCH_OVERHEAD, type Command, type CommandTrace, CorruptDataError, decodeCommandBatch, encodeCommand, encodeCommandBatch, openCommandBatch,
  TRACE_ENTRY, TRACES_OVERHEAD,
} from '..';

const ID = '11111111-1111-7111-8111-111111111111';
const commands: readonly Command[] = [
  { type: 'cancel_order', time: 1, orderId: ID, accountId: ID, clientOrderId: 'mine' },
  { type: 'deposit', time: 2, depositId: ID, accountId: ID, asset: 'USDT', amount: 7 },
  { type: 'cancel_all', time: 3, accountId: ID, symbol: 'BTCUSDT' },
];
const encoded = commands.map(encodeCommand);

const hex = (digits: number): fc.Arbitrary<string> => fc.uint8Array({ minLength: digits / 2, maxLength: digits / 2 })
  .filter((bytes) => bytes.some((byte) => byte !== 0)).map((bytes) => Buffer.from(bytes).toString('hex'));
const traces: fc.Arbitrary<readonly CommandTrace[]> = fc.subarray(commands.map((_, index) => index), { minLength: 1 })
  .chain((of) => fc.tuple(...of.map((index) => (
    fc.record({ index: fc.constant(index), traceId: hex(32), spanId: hex(16) }, { noNullPrototype: true })))));

test('a batch without traces is to the byte what it was before there were any', () => {
  const frame = encodeCommandBatch(3, encoded);
  expect(encodeCommandBatch(3, encoded, [])).toEqual(frame);
  // Written by the build before.
  expect(frame.subarray(0, 4).toString('hex')).toBe('c1020300');
  expect(frame.length).toBe(BATCH_OVERHEAD + Buffer.concat(encoded).length);
  expect(decodeCommandBatch(frame)).toEqual({ partition: 3, commands });
});

test('traces travel behind the commands, which stay where they are', () => {
  fc.assert(fc.property(traces, (some) => {
    const plain = encodeCommandBatch(3, encoded);
    const frame = encodeCommandBatch(3, encoded, some);
    expect(frame.length).toBe(plain.length + TRACES_OVERHEAD + some.length * TRACE_ENTRY);
    expect(frame.subarray(BATCH_OVERHEAD, plain.length)).toEqual(plain.subarray(BATCH_OVERHEAD));
    expect(openCommandBatch(frame)).toEqual({ partition: 3, count: 3, firstByte: BATCH_OVERHEAD, endByte: plain.length });
    expect(decodeCommandBatch(frame)).toEqual({ partition: 3, commands, traces: some });
  }));
});

test('no damage to a traced batch goes unnoticed', () => {
  const [some] = fc.sample(traces, { numRuns: 1, seed: 1 });
  const frame = encodeCommandBatch(3, encoded, some);
  const accepted = (data: Uint8Array): boolean => {
    try {
      decodeCommandBatch(data);
      return true;
    } catch (error) {
      return !(error instanceof CorruptDataError);
    }
  };
  const cut = Array.from(frame, (_, size) => frame.subarray(0, size));
  const flipped = Array.from({ length: frame.length * 8 }, (_, bit) => {
    const copy = Buffer.from(frame);
    copy[bit >> 3] ^= 1 << (bit & 7);
    return copy;
  });
  expect([...cut, ...flipped].filter(accepted)).toEqual([]);
});

test.each<[string, CommandTrace[]]>([
  ['of a command that is not there', [{ index: 3, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }]],
  ['out of order', [1, 0].map((index) => ({ index, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }))],
])('fails for a trace %s', (_, some) => {
  expect(() => decodeCommandBatch(encodeCommandBatch(3, encoded, some))).toThrow(/out of place/);
});

test('fails to write what is no context', () => {
  expect(() => encodeCommandBatch(3, encoded, [{ index: 0, traceId: '0'.repeat(32), spanId: 'b'.repeat(16) }])).toThrow(/no trace context/);
});
