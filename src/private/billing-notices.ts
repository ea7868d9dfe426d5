import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct, IDependable } from 'constructs';
import { Faults } from './faults';

/** A mail address in the form that AWS accepts for notices: no spaces, one `@`, a dot in the domain. */
const EMAIL = /^[^\s@<>,]+@[^\s@<>,]+\.[^\s@<>,]+$/;

/** Adds a fault for everything that is not a mail address and for a list that names nobody or too many. */
export function checkEmails(faults: Faults, prop: string, emails: string[], max: number): void {
  if (Token.isUnresolved(emails)) return;
  faults.check(emails.length <= max, `\`${prop}\` must hold at most ${max} addresses, got: ${emails.length}`);
  for (const email of emails) {
    faults.check(Token.isUnresolved(email) || EMAIL.test(email), `\`${prop}\` must hold mail addresses, got: '${email}'`);
  }
  const repeated = emails.filter((email, index) => emails.indexOf(email) !== index);
  faults.check(repeated.length === 0, `\`${prop}\` must hold every address once, got twice: ${repeated.join(', ')}`);
}

/**
 * Lets a billing service of this account publish to a topic. A topic that only is referred to keeps its policy: then a warning
 * says what the policy needs.
 *
 * @param sourceArn pattern of the ARNs of what publishes, for a service that says it
 * @returns what the notice must wait for; undefined when the policy cannot be changed here
 */
export function allowBillingNotices(scope: Construct, topic: sns.ITopic, service: string, sourceArn?: string): IDependable | undefined {
  const { statementAdded, policyDependable } = topic.addToResourcePolicy(new iam.PolicyStatement({
    sid: `Publish${service.split('.')[0].replace(/\W/g, '')}${scope.node.addr.slice(-8)}`,
    principals: [new iam.ServicePrincipal(service)],
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
    conditions: {
      StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
      ...(sourceArn === undefined ? {} : { ArnLike: { 'aws:SourceArn': sourceArn } }),
    },
  }));
  if (!statementAdded) {
    Annotations.of(scope).addWarningV2('cdk-trading-platform:topicPolicyNotChanged',
      `the topic is not defined in this app; its policy and its key must let ${service} publish, or no notice arrives`);
  }
  return policyDependable;
}
