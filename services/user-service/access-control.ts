import { z } from 'zod';
import { allowed, type Levels, ordersPerSecond } from '../adapters/access/combine';
import type { Action } from '../adapters/access/rule';

const group = z.strictObject({
  group: z.string().min(1),
  permissions: z.array(z.string().regex(/^[a-z-]+:[a-z-]+$/)),
  ordersPerSecond: z.int().min(0),
  openOrders: z.int().min(0),
});

/** What members of a group may do, and how much of it. */
export type GroupAccess = z.output<typeof group>;

/** What somebody may do who is in several groups. */
export interface Access {
  readonly permissions: readonly string[];
  readonly limits: { readonly ordersPerSecond: number; readonly openOrders: number };
}

/** Whoever may read the list itself. */
export const READ_ACCESS_CONTROL = 'access-control:read';

/** Words of the list that the rules of operators have an action for. */
const ACTIONS: Readonly<Record<string, Action>> = { 'orders:read': 'read', 'market:read': 'read', 'orders:write': 'place' };

/** What is left of an access by the rules of operators: they take away from what the template gives, and add nothing to it. */
export function restricted({ permissions, limits }: Access, levels: Levels): Access {
  return {
    permissions: permissions.filter((one) => !Object.hasOwn(ACTIONS, one) || allowed(levels, 'actions', ACTIONS[one])),
    limits: { ...limits, ordersPerSecond: Math.min(limits.ordersPerSecond, ordersPerSecond(levels) ?? Infinity) },
  };
}

/** The access list of a system, as its template says it. */
export class AccessControl {
  private readonly groups: readonly GroupAccess[];

  /** @throws Error that names what is wrong with the list */
  constructor(list: unknown) {
    const parsed = z.array(group).safeParse(list);
    if (!parsed.success) throw new Error(`ACCESS_CONTROL is not an access list: ${z.prettifyError(parsed.error)}`);
    this.groups = parsed.data;
  }

  list(): readonly GroupAccess[] {
    return this.groups;
  }

  /** Together what the groups may; the more generous limit counts. A group that the list does not know gives nothing. */
  of(names: readonly string[]): Access {
    const mine = this.groups.filter((one) => names.includes(one.group));
    return {
      permissions: [...new Set(mine.flatMap((one) => one.permissions))].sort(),
      limits: {
        ordersPerSecond: Math.max(0, ...mine.map((one) => one.ordersPerSecond)),
        openOrders: Math.max(0, ...mine.map((one) => one.openOrders)),
      },
    };
  }
}
