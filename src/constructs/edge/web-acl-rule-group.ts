import { Token } from 'aws-cdk-lib';
import { Faults } from '../../private/faults';

/** Capacities of AWS's groups without a price of their own, as its documentation lists them. */
const KNOWN: { [name: string]: number } = {
  AWSManagedRulesAdminProtectionRuleSet: 100,
  AWSManagedRulesLinuxRuleSet: 200,
  AWSManagedRulesUnixRuleSet: 100,
  AWSManagedRulesWindowsRuleSet: 200,
  AWSManagedRulesPHPRuleSet: 100,
  AWSManagedRulesWordPressRuleSet: 100,
};

/** A group of rules that a web ACL asks after those that it always has. */
export class WebAclRuleGroup {
  /**
   * One of AWS's own groups, such as `AWSManagedRulesLinuxRuleSet`.
   *
   * @param name name of the group
   * @param capacity web ACL capacity units (WCU) of the group; known for the groups that have no price of their own
   * @throws Error when the capacity is neither known nor given
   */
  public static managed(name: string, capacity?: number): WebAclRuleGroup {
    return new WebAclRuleGroup(name, capacity ?? KNOWN[name]);
  }

  /**
   * A group of your own.
   *
   * @param name name of the rule in the web ACL
   * @param arn ARN of the group, of the web ACL's scope
   * @param capacity web ACL capacity units (WCU) that it was made with
   * @throws Error when the capacity is not from 1 to 5000
   */
  public static own(name: string, arn: string, capacity: number): WebAclRuleGroup {
    return new WebAclRuleGroup(name, capacity, arn);
  }

  private constructor(
    /** Name of the rule in the web ACL. */
    public readonly name: string,
    /** Web ACL capacity units. */
    public readonly capacity: number,
    /** ARN of a group of your own; undefined for one of AWS's. */
    public readonly arn?: string,
  ) {
    const faults = new Faults(`WebAclRuleGroup ${name}`);
    faults.check(capacity !== undefined, `\`capacity\` must be given: it is known for ${Object.keys(KNOWN).join(', ')} only; \`aws wafv2 describe-managed-rule-group\` prints it`);
    faults.check(capacity === undefined || (!Token.isUnresolved(capacity) && Number.isInteger(capacity) && capacity >= 1 && capacity <= 5000),
      `\`capacity\` must be a whole number from 1 to 5000, got: ${Token.isUnresolved(capacity) ? 'an unresolved token' : capacity}`);
    faults.throwIfAny();
  }
}
