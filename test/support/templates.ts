import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** A resource of a template as JSON. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: string[];
}

/** One statement of an IAM policy, its actions and resources as lists. */
export interface Statement {
  readonly actions: string[];
  readonly resources: unknown[];
  readonly condition?: Record<string, Record<string, unknown>>;
}

const asList = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** Every resource of a stack by its logical id. */
export function resourcesOf(stack: Stack): Record<string, Resource> {
  return Template.fromStack(stack).toJSON().Resources as Record<string, Resource>;
}

/** Statements of the inline policies that are attached to a role, given by its logical id. */
export function statementsOf(stack: Stack, roleLogicalId: string): Statement[] {
  return Object.values(resourcesOf(stack))
    .filter(({ Type, Properties }) => Type === 'AWS::IAM::Policy' && JSON.stringify(Properties.Roles).includes(`"${roleLogicalId}"`))
    .flatMap(({ Properties }) => (Properties.PolicyDocument as { Statement: Array<Record<string, unknown>> }).Statement)
    .map((statement) => ({
      actions: asList(statement.Action as string | string[]),
      resources: asList(statement.Resource),
      condition: statement.Condition as Statement['condition'],
    }));
}

/** Environment of a container or a function as an object. */
export function environmentOf(resource: Resource): Record<string, unknown> {
  const { Environment, ContainerDefinitions } = resource.Properties as {
    Environment?: { Variables: Record<string, unknown> };
    ContainerDefinitions?: Array<{ Environment: Array<{ Name: string; Value: unknown }> }>;
  };
  if (Environment !== undefined) return Environment.Variables;
  return Object.fromEntries((ContainerDefinitions?.[0].Environment ?? []).map(({ Name, Value }) => [Name, Value]));
}
