import fc from 'fast-check';
import { decodeRunTraces, encodeRunTraces } from './run-traces';
import type { EventTrace } from '../../domain';

const hex = (digits: number): fc.Arbitrary<string> => (
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits }).filter((text) => /[^0]/.test(text)));
const trace: fc.Arbitrary<EventTrace> = fc.record({ seq: fc.maxSafeNat(), traceId: hex(32), spanId: hex(16) }, { noNullPrototype: true });

test('traces survive the queue', () => {
  fc.assert(fc.property(fc.array(trace, { minLength: 1, maxLength: 100 }), (traces) => {
    expect(decodeRunTraces(encodeRunTraces(traces))).toEqual(traces);
  }));
});

test('whatever else is in the attribute, what can be read is read and the rest is left', () => {
  fc.assert(fc.property(fc.string(), (text) => expect(Array.isArray(decodeRunTraces(text))).toBe(true)));
  expect(decodeRunTraces(`x,1-${'a'.repeat(32)}-${'b'.repeat(16)},2-${'0'.repeat(32)}-${'b'.repeat(16)},3--,`)).toEqual([{ seq: 1, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }]);
});

test('an attribute stays far below what a message may have', () => {
  const many = Array.from({ length: 5_000 }, (_, seq): EventTrace => ({ seq: Number.MAX_SAFE_INTEGER - seq, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }));
  expect(encodeRunTraces(many).length).toBeLessThan(8_192);
});
