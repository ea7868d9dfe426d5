import fc from 'fast-check';
import { EndedSessions } from './ended';
import { type Revocation, TOLD_SECONDS } from '../../adapters/sessions/revocation';

const revocation = fc.record({
  kind: fc.constantFrom('session' as const, 'user' as const, 'keys' as const), id: fc.constantFrom('a', 'b', 'c'), at: fc.integer({ min: 0, max: 20 }),
});
const claims = fc.record({
  accountId: fc.constantFrom('a', 'b', 'c'), sessionId: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
  signedInAt: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
});

test('in whatever order, and however often, ends are heard of: what was ended is over, and nothing else', () => {
  fc.assert(fc.property(fc.array(revocation, { maxLength: 12 }), claims, (told, asked) => {
    const ended = new EndedSessions();
    for (const one of [...told, ...told].reverse()) ended.add(one);
    const isOver = told.some(({ kind, id, at }) => (
      (kind === 'session' && id === asked.sessionId) || (kind === 'user' && id === asked.accountId && (asked.signedInAt ?? 0) <= at)));
    expect(ended.isOver(asked)).toBe(isOver);
  }), { numRuns: 500 });
});

test('news is told once; a later end of everything of a user is news again', () => {
  const ended = new EndedSessions();
  const end = (kind: Revocation['kind'], at: number): boolean => ended.add({ kind, id: 'x', at });
  expect([end('session', 1), end('session', 1), end('session', 2)]).toEqual([true, false, false]);
  expect([end('user', 5), end('user', 5), end('user', 4), end('user', 6)]).toEqual([true, false, false, true]);
});

test('it forgets what no token can say any longer, and never grows beyond its limit', () => {
  const ended = new EndedSessions(3);
  for (let at = 0; at < 10; at++) ended.add({ kind: 'session', id: String(at), at });
  expect(ended.size).toBe(3);
  expect([6, 7, 9].map((id) => ended.isOver({ accountId: 'a', sessionId: String(id) }))).toEqual([false, true, true]);
  ended.prune(8 + TOLD_SECONDS);
  expect(ended.isOver({ accountId: 'a', sessionId: '7' })).toBe(false);
  expect(ended.size).toBe(2);
});
