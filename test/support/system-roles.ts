/** The systems as templates, and who may do what in them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testApp } from './apps';
import type { Resource } from './templates';
import { FORMS } from '../../scripts/compliance/forms';

export type Resources = Record<string, Resource>;

/** Systems in the forms that have all of their parts between them. */
export const CHOSEN: ReadonlyArray<readonly [system: string, form: string]> = [
  ['ServerlessSimulator', 'Scale'],
  ['ServerlessSimulator', 'Scale, containers and PostgreSQL'],
  ['RealtimeSimulator', 'Own domain'],
  ['MultiRegionExchange', 'us-east-1 and us-west-2'],
  ['GatewayExchange', '500 requests/s'],
  ['GatewayExchange', '50,000 requests/s, three regions'],
  ['RetailExchange', 'us-east-1 and us-west-2'],
];

/** A statement that allows something. */
export interface Allowed {
  readonly actions: readonly string[];
  /** As the template has them, as JSON. */
  readonly resources: readonly string[];
  readonly condition?: Readonly<Record<string, Record<string, unknown>>>;
}

/** A role, what it may do and what it is held to. */
export interface Role {
  readonly id: string;
  /** Service whose code runs in it; undefined when none of ours does. */
  readonly service?: string;
  readonly allowed: readonly Allowed[];
  /** Policies of AWS. */
  readonly managed: readonly string[];
  /** Statements of its permissions boundary. */
  readonly boundary?: readonly Statement[];
  /** Names of the environment values and secrets that its service is given. */
  readonly given: ReadonlySet<string>;
}

/** A statement of a policy, as the template has it. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Allowed['condition'];
}

export function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value as readonly T[] : [value as T];
}

/** Whether an action as a policy has it, wildcards included, takes in another one. */
export function takesIn(pattern: string, action: string): boolean {
  return new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 'i').test(action);
}

/** Folder of the assembly of a system in one of its forms. */
export function assemblyOf(system: string, form: string): string {
  const app = testApp();
  FORMS[system][form](app);
  return app.synth().directory;
}

export function templatesIn(directory: string): Resources[] {
  return readdirSync(directory).filter((name) => name.endsWith('.template.json'))
    .map((name) => (JSON.parse(readFileSync(join(directory, name), 'utf8')) as { Resources: Resources }).Resources);
}

/** Every role of a template. */
export function rolesIn(resources: Resources): Role[] {
  const environments = environmentsByRole(resources);
  return Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role').map(([id, { Properties }]) => {
    const inline = (Properties.Policies as Array<{ PolicyDocument: { Statement: Statement[] } }> | undefined) ?? [];
    const attached = Object.values(resources)
      .filter(({ Type, Properties: { Roles } }) => /^AWS::IAM::(Managed)?Policy$/.test(Type) && JSON.stringify(Roles ?? []).includes(`{"Ref":"${id}"}`))
      .map(({ Properties: { PolicyDocument } }) => PolicyDocument as { Statement: Statement[] });
    const statements = [...inline.map(({ PolicyDocument }) => PolicyDocument), ...attached].flatMap(({ Statement: each }) => list(each));
    const boundary = (Properties.PermissionsBoundary as { Ref?: string } | undefined)?.Ref;
    return {
      id,
      service: /^(?:Code of the (?:service|function)) ([a-z-]+)$/.exec(String(Properties.Description))?.[1],
      allowed: statements.filter(({ Effect }) => Effect === 'Allow').map(({ Action, Resource: of, Condition }) => ({
        actions: list(Action), resources: list(of).map((each) => JSON.stringify(each)), condition: Condition,
      })),
      managed: list(Properties.ManagedPolicyArns as unknown[]).map((each) => JSON.stringify(each)),
      boundary: boundary === undefined ? undefined : (resources[boundary].Properties.PolicyDocument as { Statement: Statement[] }).Statement,
      given: environments.get(id) ?? new Set(),
    };
  });
}

/** What code runs with, by the role it runs in. */
function environmentsByRole(resources: Resources): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const add = (role: unknown, names: readonly string[]): void => {
    const id = /"Fn::GetAtt":\["(\w+)","Arn"\]/.exec(JSON.stringify(role ?? ''))?.[1];
    if (id !== undefined) found.set(id, new Set([...found.get(id) ?? [], ...names]));
  };
  for (const { Type, Properties } of Object.values(resources)) {
    if (Type === 'AWS::Lambda::Function') {
      add(Properties.Role, Object.keys((Properties.Environment as { Variables?: object } | undefined)?.Variables ?? {}));
    } else if (Type === 'AWS::ECS::TaskDefinition') {
      const [main] = Properties.ContainerDefinitions as Array<{ Environment?: Array<{ Name: string }>; Secrets?: Array<{ Name: string }> }>;
      add(Properties.TaskRoleArn, [...main.Environment ?? [], ...main.Secrets ?? []].map(({ Name }) => Name));
    }
  }
  return found;
}
