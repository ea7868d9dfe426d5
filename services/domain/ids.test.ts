import { bytesToUuid, isUuid, newOrderId, uuidToBytes } from '.';

test('new ids sort in the order in which they were made, however many in a millisecond and wherever the clock goes', () => {
  const now = Date.now() + 1_000_000;
  const clock = (n: number): number => now + (n > 5_000 ? -500 : 0) + (n > 9_000 ? 3 : 0);
  const ids = Array.from({ length: 10_000 }, (_, n) => newOrderId(clock(n)));
  expect(ids).toEqual([...new Set(ids)].sort());
  expect(ids.every((id) => isUuid(id) && /^.{14}7.{4}[89ab]/.test(id))).toBe(true);
  expect(parseInt(ids[0].replaceAll('-', '').slice(0, 12), 16)).toBe(now);
});

test('an id survives the way to bytes and back', () => {
  const id = newOrderId();
  expect(bytesToUuid(uuidToBytes(id))).toBe(id);
  expect(() => uuidToBytes(id.toUpperCase())).toThrow(/not a lower-case UUID/);
});
