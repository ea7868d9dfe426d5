/** The combination of rules, against a model that writes down everything that was said and looks for what counts most. */
import fc from 'fast-check';
import { addressLists, allowed, type Levels, ordersPerSecond } from './combine';
import { type AccessRule, ACTIONS, ALL } from './rule';
import { allowedByModel } from './testing/model';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const rights = (names: readonly string[]) => fc.record({
  allow: fc.subarray([...names, ALL]), deny: fc.subarray([...names, ALL]),
}, { requiredKeys: [] });
const rule: fc.Arbitrary<AccessRule> = fc.record({
  actions: rights(ACTIONS), instruments: rights(SYMBOLS), ordersPerSecond: fc.integer({ min: 1, max: 9 }),
  addresses: fc.record({ from: fc.subarray(['192.0.2.1', '192.0.2.2'], { minLength: 1 }), appliesTo: fc.constantFrom('api_keys', 'all') }),
}, { requiredKeys: [] });
/** A user, up to three groups, everybody. */
const levels: fc.Arbitrary<Levels> = fc.tuple(fc.array(rule, { maxLength: 1 }), fc.array(rule, { maxLength: 3 }), fc.array(rule, { maxLength: 1 }));

test('any rules say of any action and instrument what the model says', () => {
  fc.assert(fc.property(levels, fc.constantFrom(...ACTIONS), fc.constantFrom(...SYMBOLS, 'ADAUSDT'), (all, action, symbol) => {
    expect(allowed(all, 'actions', action)).toBe(allowedByModel(all, 'actions', action));
    expect(allowed(all, 'instruments', symbol)).toBe(allowedByModel(all, 'instruments', symbol));
  }), { numRuns: 5_000 });
});

test('numbers and addresses are those of the first level that has any; groups add up', () => {
  fc.assert(fc.property(levels, fc.constantFrom('token' as const, 'api_key' as const), (all, by) => {
    const numbers = all.map((rules) => rules.map((one) => one.ordersPerSecond ?? 0).reduce((a, b) => Math.max(a, b), 0)).filter((most) => most > 0);
    expect(ordersPerSecond(all)).toBe(numbers[0]);
    const lists = all.map((rules) => rules.map((one) => one.addresses).filter((one) => one !== undefined && !(by === 'token' && one.appliesTo === 'api_keys')));
    expect(addressLists(all, by)).toEqual(lists.find((those) => those.length > 0));
  }), { numRuns: 2_000 });
});

test.each<[string, Levels, boolean]>([
  ['nobody says anything', [[], [], []], true],
  ['a user may though everybody may not', [[{ actions: { allow: ['place'] } }], [], [{ actions: { deny: [ALL] } }]], true],
  ['a user may not though a group may', [[{ actions: { deny: [ALL] } }], [{ actions: { allow: ['place'] } }], []], false],
  ['one of two groups may not', [[], [{ actions: { allow: ['place'] } }, { actions: { deny: ['place'] } }], []], false],
  ['a group is named in what another denies as a whole', [[], [{ actions: { deny: [ALL] } }, { actions: { allow: ['place'] } }], []], true],
  ['a rule that speaks of other things leaves it to the next level', [[{ actions: { deny: ['transfer'] } }], [], [{ actions: { deny: ['place'] } }]], false],
])('%s', (_, all, may) => {
  expect(allowed(all, 'actions', 'place')).toBe(may);
});
