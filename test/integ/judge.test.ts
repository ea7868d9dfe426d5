import * as fc from 'fast-check';
import { judgeBooks, rpoSeconds } from '../../integ/judge/books';
import type { LedgerRow, Operation, Outcome } from '../../integ/judge/history';
import { findRecovery, isServed, type RecoveryCriteria, unavailableSeconds } from '../../integ/judge/recovery';
import { judge, type Round, spreadOf } from '../../integ/judge/verdict';

const CRITERIA: RecoveryCriteria = { seconds: 3, share: 0.95, withinMs: 1_000 };
const RATE = 20;
const FAULT_AT = 10_000;

/** An order every 50 ms from the fault on; `outcomeAt` says what became of that of a time. */
function operations(seconds: number, outcomeAt: (at: number) => Partial<Operation>): Operation[] {
  return Array.from({ length: seconds * RATE }, (_, sequence) => {
    const dueAt = FAULT_AT + (sequence * 1_000) / RATE;
    return { sequence, clientOrderId: `d-${sequence}`, dueAt, orderId: `o-${sequence}`, ...outcomeAt(dueAt - FAULT_AT) };
  });
}
const served = (at: number): Partial<Operation> => ({ outcome: 'ok', endedAt: FAULT_AT + at + 10, settledAt: FAULT_AT + at + 150 });
const failed = (at: number): Partial<Operation> => ({ outcome: 'fail', endedAt: FAULT_AT + at + 5, orderId: undefined });

describe('recovery', () => {
  test('a fault that nobody feels is over when the first orders behind it are served', () => {
    expect(findRecovery(operations(5, served), FAULT_AT, CRITERIA)).toEqual({ goodFrom: FAULT_AT, servedAt: FAULT_AT + 200, rtoSeconds: 0.2 });
  });

  test('it ends with the first orders that are served in the row, not with the first gap that looks large', () => {
    // Down for a second, well for two, down for half a second, well again: the first gap is not the end.
    const gaps = (at: number): Partial<Operation> => (at < 1_000 || (at >= 3_000 && at < 3_500) ? failed(at) : served(at));
    expect(findRecovery(operations(9, gaps), FAULT_AT, CRITERIA)).toMatchObject({ goodFrom: FAULT_AT + 3_500, rtoSeconds: 3.7 });
    expect(unavailableSeconds(operations(9, gaps), FAULT_AT, FAULT_AT + 9_000, CRITERIA)).toBe(2);
  });

  test('an order that slips through does not hide how long the others waited', () => {
    // All wait for a successor that comes after 900 ms, but for the first one, which was on its way.
    const waiting = (at: number): Partial<Operation> => (at > 0 && at < 900 ? { ...served(at), settledAt: FAULT_AT + 950 } : served(at));
    expect(findRecovery(operations(5, waiting), FAULT_AT, CRITERIA)?.rtoSeconds).toBeCloseTo(0.95);
  });

  test('an acknowledgement alone serves nobody', () => {
    const unsettled = (at: number): Partial<Operation> => (at < 2_000 ? { ...served(at), settledAt: FAULT_AT + at + 1_001 } : served(at));
    expect(findRecovery(operations(6, unsettled), FAULT_AT, CRITERIA)?.rtoSeconds).toBeCloseTo(2.2);
    expect(findRecovery(operations(6, (at) => ({ ...served(at), settledAt: undefined })), FAULT_AT, CRITERIA)).toBeUndefined();
  });

  test('orders of before the fault do not count, silence is no success, and a row that is too short is none', () => {
    const early = operations(5, served).map((one) => ({ ...one, dueAt: one.dueAt - 6_000 }));
    expect(findRecovery(early, FAULT_AT, CRITERIA)).toBeUndefined();
    const silent = operations(8, served).filter(({ dueAt }) => dueAt < FAULT_AT + 1_000 || dueAt >= FAULT_AT + 3_000);
    expect(findRecovery(silent, FAULT_AT, CRITERIA)?.goodFrom).toBeGreaterThan(FAULT_AT + 2_000);
    expect(findRecovery(operations(2, served), FAULT_AT, CRITERIA)).toBeUndefined();
  });

  test('whatever happens, the row that is found is good, and no earlier one is', () => {
    const outcomes = fc.array(fc.constantFrom<Outcome>('ok', 'fail', 'unknown'), { minLength: 20, maxLength: 120 });
    fc.assert(fc.property(outcomes, fc.integer({ min: 1, max: 4 }), fc.constantFrom(0.5, 0.9, 1), (list, seconds, share) => {
      const criteria = { seconds, share, withinMs: 1_000 };
      // Each outcome holds for 100 ms: two orders.
      const all = operations(list.length / 10, (at) => {
        const outcome = list[Math.floor(at / 100)];
        return outcome === 'ok' ? served(at) : { outcome, endedAt: FAULT_AT + at + 5 };
      });
      const goodRow = (from: number): boolean => Array.from({ length: seconds }, (_, i) => from + i * 1_000).every((start) => {
        const asked = all.filter(({ dueAt }) => dueAt >= start && dueAt < start + 1_000);
        const complete = start + 1_000 <= all[all.length - 1].dueAt + 100;
        return complete && asked.length > 0 && asked.filter((one) => isServed(one, criteria)).length >= share * asked.length;
      });
      const starts = list.map((_, i) => FAULT_AT + i * 100);
      expect(findRecovery(all, FAULT_AT, criteria)?.goodFrom).toBe(starts.find(goodRow));
    }), { numRuns: 300 });
  });
});

describe('books', () => {
  const row = (sequence: number, over: Partial<LedgerRow> = {}): LedgerRow => ({ clientOrderId: `d-${sequence}`, orderId: `o-${sequence}`, status: 'filled', ...over });
  const told = (sequence: number, outcome: Outcome): Operation => (
    { sequence, clientOrderId: `d-${sequence}`, dueAt: sequence, endedAt: sequence + 10, outcome, orderId: outcome === 'ok' ? `o-${sequence}` : undefined });

  test('says of each order what went wrong with it', () => {
    const history = [
      told(0, 'ok'), told(1, 'ok'), told(2, 'ok'), told(3, 'ok'), told(4, 'ok'), told(5, 'ok'), told(6, 'fail'), told(7, 'fail'), told(8, 'unknown'), told(9, 'unknown'),
    ];
    const ledger = [
      row(0), row(2), row(2, { orderId: 'second' }), row(3, { orderId: 'other' }), row(4, { status: 'rejected' }), row(5, { orderId: 'stands' }), row(6), row(8),
    ];
    expect(judgeBooks(history, ledger, new Map([['o-5', 'stands']]))).toEqual({
      acknowledged: 6, lost: ['d-1'], duplicated: ['d-2'], renamed: ['d-3'], rejected: ['d-4'], phantom: ['d-6'], unknown: { took: 1, none: 1 },
    });
  });

  test('one order that is told to two is a duplicate, and a rejection beside an order is none', () => {
    const twice = [told(0, 'ok'), { ...told(1, 'ok'), orderId: 'o-0' }];
    expect(judgeBooks(twice, [row(0), row(1, { orderId: 'o-0' })]).duplicated).toEqual(['d-1']);
    expect(judgeBooks([told(0, 'ok')], [row(0), row(0, { orderId: 'late', status: 'rejected' })])).toMatchObject({ duplicated: [], lost: [] });
  });

  test('finds exactly what was taken away and what was doubled', () => {
    const fates = fc.array(fc.record({ outcome: fc.constantFrom<Outcome>('ok', 'fail', 'unknown'), copies: fc.integer({ min: 0, max: 3 }) }), { maxLength: 60 });
    fc.assert(fc.property(fates, (list) => {
      const history = list.map(({ outcome }, sequence) => told(sequence, outcome));
      const ledger = list.flatMap(({ copies }, sequence) => Array.from({ length: copies }, (_, copy) => row(sequence, copy === 0 ? {} : { orderId: `copy-${copy}-${sequence}` })));
      const verdict = judgeBooks(history, ledger);
      const those = (holds: (one: (typeof list)[number]) => boolean): string[] => list.flatMap((one, sequence) => (holds(one) ? [`d-${sequence}`] : []));
      expect(verdict.lost).toEqual(those(({ outcome, copies }) => outcome === 'ok' && copies === 0));
      expect(verdict.duplicated).toEqual(those(({ copies }) => copies > 1));
      expect(verdict.phantom).toEqual(those(({ outcome, copies }) => outcome === 'fail' && copies > 0));
      expect(verdict.unknown.took + verdict.unknown.none).toBe(list.filter(({ outcome }) => outcome === 'unknown').length);
    }), { numRuns: 300 });
  });

  test('the recovery point is the oldest acknowledgement that was lost', () => {
    const history = [told(1_000, 'ok'), told(2_000, 'ok'), told(6_000, 'ok')];
    expect(rpoSeconds(history, new Set(['d-1000', 'd-2000']), 5_000)).toBeCloseTo(3.99);
    expect(rpoSeconds(history, new Set(['d-6000']), 5_000)).toBe(0);
    expect(rpoSeconds(history, new Set(), 5_000)).toBe(0);
  });
});

describe('verdict', () => {
  const round: Round = { fault: 'kill', beganAt: FAULT_AT, faultAt: FAULT_AT, restoredAt: FAULT_AT + 2_000, endedAt: FAULT_AT + 20_000 };
  const history = operations(10, (at) => (at < 2_000 ? failed(at) : served(at)));
  const whole = history.filter(({ outcome }) => outcome === 'ok').map(({ clientOrderId, orderId }) => ({ clientOrderId, orderId: orderId!, status: 'filled' }));
  const verdictOf = (ledger: readonly LedgerRow[], objective = { rtoSeconds: 10, rpoSeconds: 0 }) => (
    judge(history, [round], ledger, new Map(), CRITERIA, objective));

  test('passes what keeps the objective', () => {
    const { faults, problems } = verdictOf(whole);
    expect(problems).toEqual([]);
    expect(faults).toMatchObject([{ name: 'kill', acknowledged: 160, lost: 0, duplicated: 0, rpoSeconds: 0, rtoSeconds: { min: 2.2, median: 2.2, max: 2.2 } }]);
    expect(faults[0].rounds[0]).toMatchObject({ heldSeconds: 2, unavailableSeconds: 2, counts: { ok: 160, fail: 40, unknown: 0 } });
  });

  test('names what does not: too late, lost, doubled', () => {
    expect(verdictOf(whole, { rtoSeconds: 2, rpoSeconds: 0 }).problems).toEqual(['kill: orders were served again after 2.2 s, the objective is 2 s']);
    expect(verdictOf(whole.slice(1)).problems).toEqual(['kill: 1 acknowledged orders of the last 0 s before the fault are lost, the objective is 0 s']);
    expect(verdictOf([...whole, { ...whole[0], orderId: 'twice' }]).problems).toEqual(['kill: 1 orders are in the ledger more than once']);
    expect(verdictOf(whole.slice(1), { rtoSeconds: 10, rpoSeconds: 60 }).problems).toEqual([]);
  });

  test('what belongs to no round is not forgotten', () => {
    const stray: Operation = { sequence: 999, clientOrderId: 'd-999', dueAt: 0, endedAt: 5, outcome: 'ok', orderId: 'o-999' };
    expect(judge([stray, ...history], [round], whole, new Map(), CRITERIA, { rtoSeconds: 10, rpoSeconds: 0 }).problems)
      .toEqual(['1 acknowledged orders are lost that belong to no fault']);
  });

  test('a round without a recovery cannot be judged', () => {
    expect(() => judge(history.slice(0, 60), [round], whole, new Map(), CRITERIA, { rtoSeconds: 1, rpoSeconds: 0 })).toThrow('without a recovery');
  });

  test('spreads', () => {
    expect(spreadOf([3, 1, 2.00049])).toEqual({ min: 1, median: 2, max: 3 });
    expect(() => spreadOf([])).toThrow('nothing was measured');
  });
});
