/** What a task knows of the rules, and for how long. */
import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import { AccessControl } from './access-control';
import { ACCESS_CHANNEL, AccessCopy, type AccessCopyOptions } from './access-copy';
import { Members } from './members';
import type { AccessRule } from '../../adapters/access/rule';
import { MemoryAccess } from '../testing/doubles';
import { ALICE, BOB, logger, until } from '../testing/harness';

const OPERATOR = '0e000000-0000-4000-8000-00000000000e';
const NO_PLACE: AccessRule = { actions: { deny: ['place'] } };
const copies: AccessCopy[] = [];
afterEach(() => {
  for (const copy of copies.splice(0)) copy.stop();
  jest.restoreAllMocks();
});

function setup(options: Partial<AccessCopyOptions> = {}) {
  const store = new MemoryAccess();
  const subscriber = Object.assign(new EventEmitter(), { subscribe: () => Promise.resolve(1) });
  const cache = { publish: jest.fn(() => Promise.resolve(1)) };
  const copy = new AccessCopy({ store, cache: cache as unknown as Redis, subscriber: subscriber as unknown as Redis, logger, ...options });
  copies.push(copy);
  const put = (id: string, rule?: AccessRule, version = 0) => store.change({ kind: 'user', id, version, rule, by: OPERATOR, reason: 'test' });
  const control = new AccessControl(copy);
  const admit = (action: Parameters<AccessControl['admit']>[0], accountId = ALICE) => () => control.admit(action, { accountId, groups: [] }, { by: 'token' });
  return { store, subscriber, cache, copy, put, control, admit };
}

test('never read: nobody trades, and whoever wants to take something back or to look can; operators work on', async () => {
  const { store, copy, admit } = setup({ refreshMs: 20 });
  store.away = true;
  copy.start();
  await copy.refresh();
  for (const action of ['place', 'amend', 'transfer', 'automations', 'api_keys', 'account'] as const) {
    expect(admit(action)).toThrow(expect.objectContaining({ status: 503, code: 'access_unavailable' }) as Error);
  }
  for (const action of ['cancel', 'read', 'operate', 'always'] as const) expect(admit(action)).not.toThrow();
  expect(copy.problem).toBe('not read yet');
  store.away = false;
  await until(() => copy.problem === undefined);
  expect(admit('place')).not.toThrow();
});

test('a copy serves while the store is away, until it is too old; what it forbids stays forbidden', async () => {
  const { store, copy, put, admit } = setup({ staleMs: 10_000 });
  await put(ALICE, NO_PLACE);
  await copy.refresh();
  store.away = true;
  await copy.refresh();
  expect(admit('place', BOB)).not.toThrow();
  expect(admit('place')).toThrow(expect.objectContaining({ status: 403, code: 'action_not_allowed' }) as Error);
  const now = performance.now();
  jest.spyOn(performance, 'now').mockReturnValue(now + 10_001);
  expect(admit('place', BOB)).toThrow(expect.objectContaining({ status: 503 }) as Error);
  expect(admit('cancel', BOB)).not.toThrow();
});

test('a change that is heard of during a look that began before it is looked for again', async () => {
  const { store, copy, subscriber, put } = setup({ refreshMs: 60_000 });
  copy.start();
  await until(() => copy.problem === undefined);
  const before = await store.changesAfter(0);
  let finish!: () => void;
  jest.spyOn(store, 'changesAfter').mockReturnValueOnce(new Promise((resolve) => { finish = () => resolve(before); }));
  const look = copy.refresh();
  await put(ALICE, NO_PLACE);
  subscriber.emit('message', ACCESS_CHANNEL, '1');
  finish();
  await look;
  await until(() => copy.size === 1);
});

test('a change is heard of on the channel, and without it found by looking', async () => {
  const { copy, subscriber, put, admit } = setup({ refreshMs: 60_000 });
  const changed = jest.fn();
  copy.onChange = changed;
  copy.start();
  await until(() => copy.problem === undefined);
  await put(ALICE, NO_PLACE);
  subscriber.emit('message', 'another', '1');
  expect(admit('place')).not.toThrow();
  subscriber.emit('message', ACCESS_CHANNEL, '1');
  await until(() => copy.size === 1);
  expect(admit('place')).toThrow();
  expect(changed).toHaveBeenCalledTimes(2);
  await copy.refresh();
  expect(changed).toHaveBeenCalledTimes(2);

  const alone = setup({ refreshMs: 10 });
  alone.copy.start();
  await alone.put(ALICE, NO_PLACE);
  await until(() => alone.copy.size === 1);
});

test('removed rules are gone, and a database from an earlier time is believed', async () => {
  const { store, copy, put } = setup();
  await put(ALICE, NO_PLACE);
  await put(BOB, NO_PLACE);
  await copy.refresh();
  await put(BOB, undefined, 1);
  await copy.refresh();
  expect(copy.size).toBe(1);
  const earlier = new MemoryAccess();
  await earlier.change({ kind: 'user', id: BOB, version: 0, rule: NO_PLACE, by: OPERATOR, reason: 'test' });
  jest.spyOn(store, 'changesAfter').mockImplementation((revision) => earlier.changesAfter(revision));
  await copy.refresh();
  expect([copy.levelsOf(ALICE, [])[0], copy.levelsOf(BOB, [])[0]]).toEqual([[], [NO_PLACE]]);
});

test('whoever changes a rule tells the others and knows it at once, also when a look was underway', async () => {
  const { store, cache, copy, put } = setup();
  await copy.refresh();
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => { release = resolve; });
  const late = store.changesAfter(0);
  jest.spyOn(store, 'changesAfter').mockImplementationOnce(() => held.then(() => late));
  const underway = copy.refresh();
  await put(ALICE, NO_PLACE);
  const announced = copy.announce(1);
  release();
  await Promise.all([underway, announced]);
  expect(copy.size).toBe(1);
  expect(cache.publish).toHaveBeenCalledWith(ACCESS_CHANNEL, '1');
});

test('a system without rules lets everybody do what their token opens', () => {
  const { admit } = setup({ store: undefined });
  for (const action of ['place', 'read', 'api_keys'] as const) expect(admit(action)).not.toThrow();
});

describe('groups of those who use API keys', () => {
  const caller = (groups: readonly string[], expiresAt = 2_000_000_000_000) => ({ accountId: ALICE, groups, scopes: [], expiresAt });

  test('are asked for only where a rule is about a group, and at most once in three seconds', async () => {
    const { store, copy } = setup();
    const members = new Members(store, copy, logger);
    await members.remember(caller(['traders']));
    const asked = jest.spyOn(store, 'groupsOf');
    expect(await members.groupsOf(ALICE)).toEqual([]);
    await store.change({ kind: 'group', id: 'traders', version: 0, rule: NO_PLACE, by: OPERATOR, reason: 'test' });
    await copy.refresh();
    expect([await members.groupsOf(ALICE), await members.groupsOf(ALICE)]).toEqual([['traders'], ['traders']]);
    expect(asked).toHaveBeenCalledTimes(1);
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_001);
    store.away = true;
    await expect(members.groupsOf(ALICE)).rejects.toMatchObject({ status: 503, code: 'access_unavailable' });
  });

  test('are written down once for each token, together, and again after a failure', async () => {
    const { store, copy } = setup();
    const members = new Members(store, copy, logger);
    const noted = jest.spyOn(store, 'noteGroups');
    store.away = true;
    for (let n = 0; n < 5; n++) members.note(caller(['traders']));
    members.note({ ...caller(['night']), accountId: BOB });
    await until(() => noted.mock.calls.length === 1);
    expect(noted.mock.calls[0][0].map(({ accountId }) => accountId)).toEqual([ALICE, BOB]);
    store.away = false;
    store.members.clear();
    await until(() => {
      members.note(caller(['traders']));
      return store.members.get(ALICE)?.groups[0] === 'traders';
    });
    members.stop();
  });
});
