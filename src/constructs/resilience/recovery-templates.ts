import { readFileSync } from 'node:fs';
import { CfnResource, PolicyValidationStack, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A resource as its template has it, escape hatches and aspects included. Not exported from the package. */
export interface TemplateResource {
  readonly construct: CfnResource;
  readonly logicalId: string;
  readonly templatePath: string;
  readonly type: string;
  readonly properties: Record<string, unknown>;
  /** Region of the stack; undefined when it is known only at deployment. */
  readonly region?: string;
}

interface Template { readonly Resources?: Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }> }

/** Resources below a scope, without those below what is left out. */
export function templateResources(scope: IConstruct, except: readonly IConstruct[], stacks: readonly PolicyValidationStack[]): TemplateResource[] {
  const templates = new Map(stacks.map((stack) => [stack.stackConstructPath, { ...stack, content: readTemplate(stack.templatePath) }]));
  const isLeftOut = (construct: IConstruct) => construct.node.scopes.some((above) => except.includes(above));
  return scope.node.findAll().filter((construct): construct is CfnResource => CfnResource.isCfnResource(construct) && !isLeftOut(construct))
    .flatMap((construct) => {
      const stack = Stack.of(construct);
      const template = templates.get(stack.node.path);
      const logicalId = stack.resolve(construct.logicalId) as string;
      const resource = template?.content.Resources?.[logicalId];
      if (template === undefined || resource === undefined) return [];
      const { templatePath, region } = template;
      return [{ construct, logicalId, templatePath, region, type: resource.Type, properties: resource.Properties ?? {} }];
    });
}

function readTemplate(path: string): Template {
  return JSON.parse(readFileSync(path, 'utf8')) as Template;
}

/** What a platform consists of. */
export class PlatformTemplates {
  public constructor(public readonly resources: readonly TemplateResource[]) {}

  public ofType(...types: string[]): TemplateResource[] {
    return this.resources.filter(({ type }) => types.includes(type));
  }

  /** Resources of a type that refer to another one of the same template. */
  public referringTo(target: TemplateResource, type: string): TemplateResource[] {
    const text = `"${target.logicalId}"`;
    return this.ofType(type).filter(({ templatePath }) => templatePath === target.templatePath)
      .filter(({ properties }) => JSON.stringify(properties).includes(text));
  }

  /** Regions that are known. */
  public get regions(): string[] {
    return [...new Set(this.resources.flatMap(({ region }) => (region === undefined ? [] : [region])))];
  }

  /** Whether every resource is in a region that is known. */
  public get isConcrete(): boolean {
    return this.resources.every(({ region }) => region !== undefined);
  }
}

/** A number of a template, which may be text; undefined when CloudFormation will know it only. */
export function numberOf(value: unknown, otherwise: number): number | undefined {
  if (value === undefined) return otherwise;
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  return Number.isFinite(Number(value)) ? Number(value) : undefined;
}

/** Whether a value of a template is known to be something else than it must be. */
export function differs(value: unknown, expected: boolean | string): boolean {
  if (typeof value === 'object' && value !== null) return false;
  return String(value ?? false) !== String(expected);
}

/** Different entries of a list; undefined when CloudFormation will know it only. */
export function distinct(list: unknown): number | undefined {
  return Array.isArray(list) ? new Set(list.map((entry) => JSON.stringify(entry))).size : undefined;
}
