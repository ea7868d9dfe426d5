import { isLostConnection, isRefusal, PartitionHaltedError, RefusedEventError, SequenceGapError } from './errors';

const coded = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });

test.each(['22003', '22008', '22021', '23505', '23514', '23502', '21000'])('SQLSTATE %s speaks of the data: it counts', (code) => {
  expect(isRefusal(coded(code))).toBe(true);
});

test.each([
  ['a stopped server', coded('57P01')], ['a server that starts', coded('57P03')], ['a demoted writer', coded('25006')], ['too many sessions', coded('53300')],
  ['a full disk', coded('53100')], ['a deadlock', coded('40P01')], ['a lock that was not free', coded('55P03')], ['a cancelled statement', coded('57014')],
  ['a migration to come', coded('42P01')], ['a privilege to come', coded('42501')], ['a refused token', coded('28000')],
  ['no server', coded('ECONNREFUSED')], ['no name', coded('ENOTFOUND')], ['no answer', new Error('timeout exceeded when trying to connect')],
  ['a gap', new SequenceGapError(0, 1, 3)], ['a halt', new PartitionHaltedError(0, 1, 'x')], ['what is no error', 'text'],
])('%s is none of the message\'s fault', (_, error) => {
  expect(isRefusal(error)).toBe(false);
});

test('an event that contradicts the ledger counts; a lost connection is worth another attempt at once, a missing one is not', () => {
  expect(isRefusal(new RefusedEventError(4, 'x'))).toBe(true);
  expect([coded('57P01'), coded('ECONNRESET'), new Error('Connection terminated unexpectedly')].map(isLostConnection)).toEqual([true, true, true]);
  expect([coded('ECONNREFUSED'), coded('23505'), new Error('Connection terminated due to connection timeout')].map(isLostConnection))
    .toEqual([false, false, false]);
});
