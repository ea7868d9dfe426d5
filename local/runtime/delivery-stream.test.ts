import { documents, fill } from './delivery-stream';

test('documents in a run are told apart, whatever stands between and inside of them', () => {
  expect(documents('{"a":1}{"b":"}{"}\n{"c":{"d":"\\""}}')).toEqual(['{"a":1}', '{"b":"}{"}', '{"c":{"d":"\\""}}']);
  expect(documents('no document')).toEqual(['no document']);
  expect(documents('{"cut":')).toEqual(['{"cut":']);
});

test('a prefix is filled with keys and the time', () => {
  const now = new Date('2026-03-07T09:05:00Z');
  expect(fill('ticks/!{partitionKeyFromQuery:symbol}/!{timestamp:yyyy/MM/dd}/', now, { 'partitionKeyFromQuery:symbol': 'BTCUSDT' })).toBe('ticks/BTCUSDT/2026/03/07/');
});
