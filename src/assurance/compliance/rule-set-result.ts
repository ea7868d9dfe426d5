/** What a rule set said of an app, in numbers. */
export interface RuleSetResult {
  /** Name of the rule set, as its findings begin, such as `NIST.800.53.R5`. */
  readonly ruleSet: string;

  /** Calls of a rule with a resource, rules that do not apply included; rules times resources where the tool does not say. */
  readonly evaluated: number;

  /** Findings that nobody has acknowledged. */
  readonly errors: number;

  /** Findings that are accepted, each with owner, reason, control and date. */
  readonly acknowledged: number;

  /** Calls in which the rule crashed: it has said nothing, and nothing passed. */
  readonly unevaluated: number;
}
