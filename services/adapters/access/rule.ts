/** What operators let users and groups do. */

/** What somebody may be allowed or denied. `cancel` is whatever only takes away: orders taken back, automations ended, API keys deleted. */
export const ACTIONS = ['read', 'place', 'amend', 'cancel', 'transfer', 'automations', 'api_keys', 'account'] as const;
export type Action = (typeof ACTIONS)[number];

/** Everything that is not named. */
export const ALL = '*';
/** Id of the group that everybody is in. */
export const EVERYBODY = '*';

/** Names that are allowed, and names that are denied. */
export interface Rights {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

/** Where requests have to come from. */
export interface AddressRule {
  /** Addresses and networks. */
  readonly from: readonly string[];
  /** Whether only API keys must come from there, or access tokens as well. */
  readonly appliesTo: 'api_keys' | 'all';
}

/** A rule for one user or one group; what it does not mention, it leaves to others. */
export interface AccessRule {
  readonly actions?: Rights;
  /** Instruments in which orders may be placed and changed. They can always be taken back. */
  readonly instruments?: Rights;
  /** Most orders in a second, averaged over ten. */
  readonly ordersPerSecond?: number;
  readonly addresses?: AddressRule;
}

export const SUBJECT_KINDS = ['user', 'group'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

/** Whom a rule is for: an account by its id, or a group of the user pool by its name. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly id: string;
}

/** A rule as it is kept. */
export interface StoredRule extends Subject {
  readonly version: number;
  /** Undefined: removed. */
  readonly rule?: AccessRule;
  /** Counts changes of all rules. */
  readonly revision: number;
  readonly changedBy: string;
  readonly changedAt: Date;
  readonly reason: string;
}
