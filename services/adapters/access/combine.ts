/** How the rules for a user, for the groups that the user is in and for everybody become one answer. */
import { type AccessRule, type AddressRule, ALL, type Rights } from './rule';

/** Rules that concern somebody, level by level, the most particular first: the user's, those of the groups, that of everybody. */
export type Levels = readonly (readonly AccessRule[])[];

/**
 * What the rules of one level say of a name, together: a name that is written out counts more than `*`, and a denial more than a permission.
 * Undefined: nothing.
 */
function verdict(rights: readonly Rights[], name: string): boolean | undefined {
  for (const one of [name, ALL]) {
    if (rights.some(({ deny }) => deny?.includes(one))) return false;
    if (rights.some(({ allow }) => allow?.includes(one))) return true;
  }
  return undefined;
}

/** The first level that says anything decides; where none does, it is allowed. */
export function allowed(levels: Levels, of: 'actions' | 'instruments', name: string): boolean {
  for (const rules of levels) {
    const said = verdict(rules.flatMap((rule) => rule[of] ?? []), name);
    if (said !== undefined) return said;
  }
  return true;
}

/** Most orders in a second: of the first level that has a number, and of several groups the most generous. Undefined: as many as anybody. */
export function ordersPerSecond(levels: Levels): number | undefined {
  for (const rules of levels) {
    const numbers = rules.flatMap((rule) => rule.ordersPerSecond ?? []);
    if (numbers.length > 0) return Math.max(...numbers);
  }
  return undefined;
}

/** Lists of which a request by a token, or by an API key, must come from any: those of the first level that has some. Undefined: from anywhere. */
export function addressLists(levels: Levels, by: 'token' | 'api_key'): readonly AddressRule[] | undefined {
  for (const rules of levels) {
    const lists = rules.flatMap(({ addresses }) => (addresses && (by === 'api_key' || addresses.appliesTo === 'all') ? [addresses] : []));
    if (lists.length > 0) return lists;
  }
  return undefined;
}
