import { AcknowledgementEntry } from './acknowledgement-entry';

/** What a rule says of a resource, after acknowledgements. A rule that crashed has said nothing: it never counts as passed. */
export type Outcome = 'PASS' | 'FAIL' | 'ACKNOWLEDGED' | 'UNEVALUATED';

/** Something that a rule found. */
export interface Finding {
  /** The rule, with `[finding]` where it has several. */
  readonly rule: string;
  /** What the rule asks for. */
  readonly description: string;
  /** Path of the resource, or of the stack where a rule speaks of a whole template. */
  readonly path: string;
  /** Why the rule could not be evaluated; then there is no finding. */
  readonly crash?: string;
  /** Properties that the rule looked at, from the resource's `Properties` on. */
  readonly properties?: readonly string[];
}

/** What a rule set said of an app. */
export interface RuleSetRecord {
  /** Name of the rule set, as its findings begin. */
  readonly name: string;
  /** Version of what holds the rules. */
  readonly version: string;
  /** Rules, by their name without a finding, with what each asks for. */
  readonly rules: Map<string, string>;
  /** Calls of a rule with a resource; rules times resources where the tool does not say. */
  evaluated: number;
  /** Whether `evaluated` was counted call by call. */
  readonly isCounted: boolean;
  /** Rule and path of what was in order, where the tool says so. */
  readonly passed: Array<{ readonly rule: string; readonly path: string }>;
  readonly findings: Finding[];
}

/** A finding with what became of it. */
export interface JudgedFinding extends Finding {
  readonly ruleSet: string;
  readonly outcome: Outcome;
  readonly acknowledgement?: AcknowledgementEntry;
}

export function emptyRecord(name: string, version: string, isCounted: boolean): RuleSetRecord {
  return { name, version, rules: new Map(), evaluated: 0, isCounted, passed: [], findings: [] };
}

/** A rule without its finding. */
export function bareRule(rule: string): string {
  return rule.replace(/\[.*/s, '');
}
