import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { IPolicyValidationPlugin } from 'aws-cdk-lib';

/** A rule of Guard, as the head of its file describes it. */
export interface GuardRule {
  readonly name: string;
  /** Id of the control, such as `CT.LAMBDA.PR.3`. */
  readonly control: string;
  readonly description: string;
  /** Types of resources that it looks at. */
  readonly types: readonly string[];
}

/** Rules of a plugin that runs Guard; none of any other plugin. Guard itself names a rule only when it finds something. */
export function guardRulesOf(plugin: IPolicyValidationPlugin): GuardRule[] {
  const { rulesPaths } = plugin as { rulesPaths?: readonly string[] };
  return (rulesPaths ?? []).flatMap(guardFiles).map(parse).filter((rule): rule is GuardRule => rule !== undefined)
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

function guardFiles(path: string): string[] {
  if (statSync(path).isDirectory()) return readdirSync(path).flatMap((name) => guardFiles(join(path, name)));
  return path.endsWith('.guard') ? [path] : [];
}

function parse(file: string): GuardRule | undefined {
  const text = readFileSync(file, 'utf8');
  const section = (title: string) => new RegExp(`^#\\s*${title}:\\s*\\n((?:#[ \\t]+\\S.*\\n)+)`, 'm').exec(text)?.[1]
    .split('\n').map((line) => line.replace(/^#\s*/, '').trim()).filter((line) => line !== '') ?? [];
  const [name] = section('Rule Identifier');
  if (name === undefined) return undefined;
  const control = basename(file, '.guard').toUpperCase().replaceAll('-', '.');
  return { name, control, description: section('Description').join(' '), types: section('Reports on') };
}
