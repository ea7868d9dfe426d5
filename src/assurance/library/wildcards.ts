import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { flatFinding } from '../../private/flat-finding';

/** Wildcards that a policy of this library has on purpose; each pattern must fit the whole text. */
export interface ExpectedWildcard {
  /** Resource, as a finding writes it. */
  readonly resource: RegExp;
  /** Every action that a statement with this resource may allow. */
  readonly actions: RegExp;
}

interface Statement { readonly actions: string[]; readonly resources: string[] }

/**
 * Findings of `IAM5` for resources, of those that are expected. A finding names a resource only, so one that a user's statement
 * shares with ours would hide what the user allows: such a one is left out, and stays a finding.
 */
export function wildcardResources(...expected: ExpectedWildcard[]): (policy: IConstruct) => string[] {
  return (policy) => {
    const statements = statementsOf(policy);
    const wildcards = new Set(statements.flatMap(({ resources }) => resources).filter((resource) => resource.includes('*')));
    const isOurs = (resource: string) => statements.filter(({ resources }) => resources.includes(resource))
      .every(({ actions }) => expected.some((known) => fits(known.resource, resource) && actions.every((action) => fits(known.actions, action))));
    return [...wildcards].filter(isOurs).map((resource) => `Resource::${resource}`);
  };
}

/** The same for one pattern of actions, which are the finding themselves. */
export function wildcardActions(expected: RegExp): (policy: IConstruct) => string[] {
  return (policy) => {
    const actions = new Set(statementsOf(policy).flatMap((statement) => statement.actions).filter((action) => action.includes('*')));
    return [...actions].filter((action) => fits(expected, action)).map((action) => `Action::${action}`);
  };
}

/** What a policy allows. */
function statementsOf(policy: IConstruct): Statement[] {
  if (!(policy instanceof iam.CfnPolicy || policy instanceof iam.CfnManagedPolicy)) throw new Error(`${policy.node.path} must be an IAM policy`);
  const document = Stack.of(policy).resolve(policy.policyDocument) as { Statement?: unknown };
  return (asList(document.Statement) as Array<Record<string, unknown>>)
    .filter(({ Effect }) => Effect !== 'Deny')
    .map(({ Action, Resource }) => ({ actions: asList(Action) as string[], resources: asList(Resource).map((value) => flatFinding(policy, value)) }));
}

function asList(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function fits(pattern: RegExp, text: string): boolean {
  return new RegExp(`^(?:${pattern.source})$`).test(text);
}
