import { type Refused, withForeignOutputs, withoutRefused, withPublishedParameters, writeTemplate } from './adapted';
import type { CdkCli } from './cli';
import type { Emulator } from './emulator';
import type { Stack, Template, TemplateValue } from '../../local/assembly/model';

/** What became of a stack. */
export interface StackResult {
  readonly stack: string;
  readonly resources: number;
  /** Whether it completed as it was synthesised. */
  readonly complete: boolean;
  /** Whether it completed once what the emulator refuses was left out. */
  readonly completeWithout: boolean;
  /** What was left out. */
  readonly refused: readonly Refused[];
  /** References to other regions that were looked up for the emulator, which does not do that. */
  readonly lookedUp: number;
  /** Why it did not complete even so. */
  readonly failure?: string;
}

/** A stack that takes longer waits for something that the emulator never does. */
const LIMIT_MS = 180_000;
/** How often what is refused is left out and the rest is tried again. */
const ATTEMPTS = 15;

/** Deploys a stack as it is, then without what the emulator refuses, until it completes or nothing more can be learned. */
export async function deployStack(
  cli: CdkCli, folder: string, stack: Stack, path: string, unknown: Set<string>, emulator: Emulator, say: (line: string) => void,
): Promise<StackResult> {
  const published = withPublishedParameters(stack.template);
  const { template, replaced: lookedUp } = await withForeignOutputs(published, stack.region, (name, region) => emulator.outputs(name, region));
  const all = template.Resources ?? {};
  const refused = new Map<string, Refused>();
  const refuse = (logicalId: string, reason: string): void => void refused.set(logicalId, { logicalId, type: all[logicalId].Type, reason });
  const leaveOut = (): void => {
    for (const [id, { Type }] of Object.entries(all)) if (unknown.has(Type)) refuse(id, 'unknown type');
    writeTemplate(folder, stack, withoutRefused(template, [...refused.values()]));
  };
  const base = { stack: stack.name, resources: Object.keys(all).length, lookedUp };
  let failure: string | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // A type that another stack has taught us not to be known would only teach the same again.
    const isChanged = lookedUp > 0 || published !== stack.template || Object.values(all).some(({ Type }) => unknown.has(Type));
    if (attempt > 0 || isChanged) leaveOut();
    const { ok, late, output } = await cli.run(
      ['deploy', path, '--exclusively', '--app', folder, '--require-approval', 'never', '--progress', 'events'],
      (line) => { if (/CREATE_FAILED|❌|Unrecognized/.test(line)) say(`  ${line.trim().slice(0, 160)}`); }, LIMIT_MS);
    const complete = refused.size === 0 && lookedUp === 0 && published === stack.template;
    if (ok) return { ...base, complete, completeWithout: true, refused: [...refused.values()] };
    if (late) await emulator.deleteStack(stack.name, stack.region);
    const stated = /Reason: (.*)|failed: (.*)/.exec(output.split('\n').findLast((line) => /ROLLBACK|Reason:/.test(line)) ?? '')?.[1];
    failure = late ? `did not end within ${LIMIT_MS / 1_000} s` : stated ?? lastWords(output);
    const before = refused.size + unknown.size;
    for (const type of unrecognized(output)) unknown.add(type);
    for (const { logicalId, reason } of late ? unfinishedResources(output, all) : failedResources(output, all)) {
      for (const id of alike(all, logicalId, reason)) refuse(id, reason);
    }
    if (refused.size + unknown.size === before) break;
  }
  return { ...base, complete: false, completeWithout: false, refused: [...refused.values()], failure };
}

/** Types of `Unrecognized resource types: [A, B]`, and of `Unsupported resource type: A`, which comes later. */
export function unrecognized(output: string): string[] {
  const known = [...output.matchAll(/Unrecognized resource types: \[([^\]]+)\]/g)].flatMap(([, list]) => list.split(',').map((type) => type.trim()));
  return [...known, ...[...output.matchAll(/Unsupported resource type: ([\w:]+)/g)].map(([, type]) => type)];
}

/** Resources of events such as `Stack | 3/9 | 1:00:00 PM | CREATE_FAILED | AWS::X::Y | Path (LogicalId) the reason`. */
export function failedResources(output: string, resources: NonNullable<Template['Resources']>): { logicalId: string; reason: string }[] {
  return output.split('\n').flatMap((line) => {
    const match = /\|\s*CREATE_FAILED\s*\|\s*(\S+)\s*\|\s*(.*)$/.exec(line);
    if (!match) return [];
    // `Path/Of/It (LogicalId) reason`, or without the path where it has none.
    const named = /\((\w+)\)/.exec(match[2])?.[1];
    const logicalId = [named, ...match[2].split(/\W+/)].find((word) => word !== undefined && word in resources);
    if (logicalId === undefined) return [];
    const mark = match[2].includes(`(${logicalId})`) ? `(${logicalId})` : logicalId;
    const reason = match[2].slice(match[2].indexOf(mark) + mark.length).trim();
    return /cancell?ed/i.test(reason) ? [] : [{ logicalId, reason: reason || 'no reason was given' }];
  });
}

/** Resources that were begun and never finished. */
function unfinishedResources(output: string, resources: NonNullable<Template['Resources']>): { logicalId: string; reason: string }[] {
  const ids = Object.keys(resources);
  const inState = (state: string): Set<string> => new Set(output.split('\n').filter((line) => line.includes(state))
    .flatMap((line) => ids.filter((id) => new RegExp(`\\b${id}\\b`).test(line))));
  const done = inState('CREATE_COMPLETE');
  return [...inState('CREATE_IN_PROGRESS')].filter((id) => !done.has(id)).map((logicalId) => ({ logicalId, reason: `was begun and not finished within ${LIMIT_MS / 1_000} s` }));
}

/** The resource, and those of its type that have the property which the reason names: they would be refused one after the other. */
function alike(resources: NonNullable<Template['Resources']>, logicalId: string, reason: string): string[] {
  const { Type } = resources[logicalId];
  const property = /Properties\.(\w+)/.exec(reason)?.[1];
  if (property === undefined) return [logicalId];
  const has = (properties: Readonly<Record<string, TemplateValue>> | undefined): boolean => properties?.[property] !== undefined;
  return [...new Set([logicalId, ...Object.keys(resources).filter((id) => resources[id].Type === Type && has(resources[id].Properties))])];
}

function lastWords(output: string): string {
  const lines = output.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !/cdk diagnose/.test(line));
  return (lines.findLast((line) => line.includes('❌') || /error|failed/i.test(line)) ?? lines.at(-1) ?? 'it said nothing').slice(0, 300);
}
