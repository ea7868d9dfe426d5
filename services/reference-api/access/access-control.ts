import type { AccessCopy } from './access-copy';
import type { RouteAction } from './action-of';
import { Rights } from './rights';
import type { Caller } from '../auth/token-verifier';
import { ApiError, unavailable } from '../http/errors';

/** How and from where somebody asks. */
export interface Origin {
  readonly by: 'token' | 'api_key';
  /** Network address, where it is known. */
  readonly address?: string;
}

/** What goes on whatever is known of the rules: it risks nothing, or ends a risk. */
const ALWAYS_OPEN: ReadonlySet<RouteAction> = new Set(['read', 'cancel', 'always', 'operate']);

/** Decides by the rules what callers may do: for both transports, both APIs and the streams. */
export class AccessControl {
  constructor(private readonly copy: Pick<AccessCopy, 'size' | 'problem' | 'levelsOf'>) {}

  rightsOf({ accountId, groups }: Pick<Caller, 'accountId' | 'groups'>): Rights {
    return this.copy.size === 0 ? Rights.FULL : new Rights(this.copy.levelsOf(accountId, groups));
  }

  /**
   * Lets a caller do something, or not. Operators are not asked: their group alone opens their routes, so that no rule can lock them out.
   *
   * @throws ApiError 403 `action_not_allowed`, `address_not_allowed`; 503 `access_unavailable` while nobody can say who may trade
   */
  admit(action: RouteAction, caller: Pick<Caller, 'accountId' | 'groups'>, { by, address }: Origin): Rights {
    const { problem } = this.copy;
    if (problem !== undefined && !ALWAYS_OPEN.has(action)) {
      throw unavailable('access_unavailable', 'Nobody can say at the moment who may do this. Orders can be taken back. Try again in a moment.');
    }
    const rights = this.rightsOf(caller);
    if (action === 'operate' || action === 'always' || rights === Rights.FULL) return rights;
    if (!rights.mayComeFrom(by, address)) throw new ApiError(403, 'address_not_allowed', 'You may not ask for this from where you are.');
    if (!rights.may(action)) throw new ApiError(403, 'action_not_allowed', `You may not do this: ${action}.`, { action });
    return rights;
  }

  /** Whether somebody may hear what concerns them alone. */
  mayListen(caller: Pick<Caller, 'accountId' | 'groups'>, { by, address }: Origin): boolean {
    const rights = this.rightsOf(caller);
    return rights === Rights.FULL || (rights.may('read') && rights.mayComeFrom(by, address) && (by === 'token' || rights.may('api_keys')));
  }
}
