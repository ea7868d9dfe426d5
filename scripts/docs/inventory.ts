/** Every construct of the library as it comes out of the minimal app of its layer: the resources below it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { IConstruct } from 'constructs';
import * as library from '../../src';
import { EVERY_CONSTRUCT } from '../../test/support/every-construct';
import { root } from '../lib/processes';

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DeletionPolicy?: string;
}

/** A construct, where it is explained, and the resources that its minimal form consists of. */
export interface Entry {
  readonly name: string;
  readonly layer: string;
  /** Path of its page below `docs/constructs`. */
  readonly page: string;
  /** Path of the construct in the app of its layer. */
  readonly path: string;
  readonly resources: readonly TemplateResource[];
}

/** Exported construct classes of a layer, with the file that each is in. */
export function constructsOf(layer: string): Map<string, string> {
  const folder = join(root, 'src/constructs', layer);
  return new Map(readdirSync(folder).filter((file) => file.endsWith('.ts')).flatMap((file) => {
    const found = readFileSync(join(folder, file), 'utf8').matchAll(/^export class (\w+) extends (?:Construct|Resource|Trading\w+|\w+Base)\b/gm);
    return [...found].map(([, name]): [string, string] => [name, file.replace(/\.ts$/, '.md')]).filter(([name]) => name in library);
  }));
}

/** The classes of a construct from its own upwards. */
function classesOf(construct: IConstruct): string[] {
  const names: string[] = [];
  for (let type = construct.constructor; typeof type === 'function' && type.name !== ''; type = Object.getPrototypeOf(type) as Function) names.push(type.name);
  return names;
}

/** The constructs of one layer that its app defines, each once. */
export function entriesOf(layer: string): Entry[] {
  const validation = process.env.CDK_VALIDATION;
  process.env.CDK_VALIDATION = 'false';
  const app = new App({ analyticsReporting: false, context: { 'aws:cdk:bundling-stacks': [] } });
  EVERY_CONSTRUCT[layer](app);
  const templates = new Map(app.node.findAll().filter((node): node is Stack => Stack.isStack(node))
    .map((stack) => [stack, Template.fromStack(stack).toJSON().Resources as Record<string, TemplateResource> | undefined ?? {}]));
  if (validation === undefined) delete process.env.CDK_VALIDATION;
  else process.env.CDK_VALIDATION = validation;

  const all = app.node.findAll();
  return [...constructsOf(layer)].flatMap(([name, file]): Entry[] => {
    const found = all.find((construct) => construct.constructor.name === name) ?? all.find((construct) => classesOf(construct).includes(name));
    if (found === undefined) return [];
    const resources = found.node.findAll().filter((node): node is CfnResource => CfnResource.isCfnResource(node))
      .map(({ stack, logicalId }) => templates.get(stack)?.[stack.resolve(logicalId) as string])
      .filter((resource) => resource !== undefined);
    return [{ name, layer, page: `${layer}/${file}`, path: found.node.path, resources }];
  }).sort((a, b) => a.name.localeCompare(b.name));
}
