import { Token, Validations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { isCalendarDate } from '../private/calendar-date';
import { Faults } from '../private/faults';
import { flatFinding } from '../private/flat-finding';
import { isVague } from '../private/vague';

/** A finding of a rule that is accepted, and why. */
export interface Acknowledgement {
  /**
   * The rule with its pack, and for rules with several findings the finding: `AwsSolutions::AwsSolutions-IAM5[Resource::*]`. A rule
   * without its pack would hide the finding without a trace, so it is refused. The finding may hold tokens, such as the ARN of a
   * bucket: they are resolved as the rule pack sees them.
   */
  readonly rule: string;

  /** Why the finding is acceptable here: a sentence that a reviewer can check, of at least 20 characters. */
  readonly reason: string;

  /** Who answers for it, for example a team. */
  readonly owner: string;

  /** What keeps the risk small instead, in a few words. */
  readonly control: string;

  /** Date at which it must be looked at again, as year-month-day. */
  readonly reviewBy: string;
}

const RULE = /^[A-Za-z0-9.-]+::[A-Za-z0-9._-]+(\[.+\])?$/;

/**
 * Accepts findings of rule packs on a construct and everything below it. The finding moves to the suppressed ones of
 * `validation-report.json`, with this reason, its owner, its control and its date.
 *
 * @param scope the narrowest construct that has the finding
 * @throws Error that lists every acknowledgement that is bare, vague or without a date
 */
export function acknowledge(scope: IConstruct, ...acknowledgements: Acknowledgement[]): void {
  const faults = new Faults(`acknowledgement at ${scope.node.path}`);
  for (const { rule, reason, owner, control, reviewBy } of acknowledgements) {
    faults.check(RULE.test(rule), `\`rule\` must be 'Pack::Rule' or 'Pack::Rule[finding]', got: '${rule}'`);
    faults.check(!isVague(reason), `\`reason\` of ${rule} must say in 20 characters or more why the finding is acceptable, got: '${reason}'`);
    faults.check(owner.trim() !== '', `\`owner\` of ${rule} must not be empty`);
    faults.check(control.trim().length >= 5, `\`control\` of ${rule} must name what keeps the risk small, got: '${control}'`);
    faults.check(isCalendarDate(reviewBy), `\`reviewBy\` of ${rule} must be a date such as 2027-05-31, got: '${reviewBy}'`);
  }
  faults.throwIfAny();
  for (const { rule, reason, owner, control, reviewBy } of acknowledgements) {
    const record = (id: string) => Validations.of(scope).acknowledge({
      id,
      reason: `${reason.trim()} Owner: ${owner}. Control: ${control}. Review by ${reviewBy}.`,
    });
    if (Token.isUnresolved(rule)) recordResolved(scope, rule, record);
    else record(rule);
  }
}

/** References to other stacks get their final form only when the app is prepared; validations run after that. */
function recordResolved(scope: IConstruct, rule: string, record: (id: string) => void): void {
  scope.node.addValidation({
    validate: () => {
      record(flatFinding(scope, rule));
      return [];
    },
  });
}
