import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack, Template, TemplateValue } from '../../local/assembly/model';

/** A resource that the emulator does not take, and why. */
export interface Refused {
  readonly logicalId: string;
  readonly type: string;
  readonly reason: string;
}

/**
 * A template in which an empty resource stands for each one that is refused, and a text for what others read of it: the rest of the stack can
 * be tried that way.
 */
export function withoutRefused(template: Template, refused: readonly Refused[]): Template {
  const ids = new Set(refused.map(({ logicalId }) => logicalId));
  const replaced = (value: TemplateValue): TemplateValue => {
    if (Array.isArray(value)) return value.map(replaced);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    if (entries.length === 1) {
      const [name, argument] = entries[0];
      if (name === 'Ref' && ids.has(String(argument))) return `placeholder-${String(argument)}`;
      if (name === 'Fn::GetAtt' && Array.isArray(argument) && ids.has(String(argument[0]))) return attribute(String(argument[0]), String(argument[1]));
      if (name === 'Fn::Sub' && typeof argument === 'string') return { [name]: argument.replace(/\$\{(\w+)(?:\.(\w+))?\}/g, (all, id: string) => (ids.has(id) ? id : all)) };
    }
    return Object.fromEntries(entries.map(([name, inner]) => [name, replaced(inner)]));
  };
  const { Resources = {} } = replaced(template as TemplateValue) as Template;
  const Outputs = (replaced(template as TemplateValue) as Template).Outputs;
  return {
    ...template,
    Resources: Object.fromEntries(Object.entries(Resources).map(([id, resource]) => (
      ids.has(id) ? [id, { Type: 'AWS::CloudFormation::WaitConditionHandle', ...(resource.Condition ? { Condition: resource.Condition } : {}) }] : [id, resource]))),
    ...(Outputs ? { Outputs } : {}),
  };
}

/** A template with made-up values for parameters that AWS publishes, such as the id of an image; the same one when it has none. */
export function withPublishedParameters(template: Template): Template {
  const parameters = Object.entries(template.Parameters ?? {});
  const isPublished = ([, { Type, Default }]: (typeof parameters)[number]): boolean => (
    Type.startsWith('AWS::SSM::Parameter::Value') && String(Default).startsWith('/aws/service/'));
  if (!parameters.some(isPublished)) return template;
  return {
    ...template,
    Parameters: Object.fromEntries(parameters.map((one) => (isPublished(one) ? [one[0], { Type: 'String', Default: 'ami-00000000000000000' }] : one))),
  };
}

/** Outputs of a stack of another region, by name. */
export type OutputLookup = (stackName: string, region: string) => Promise<Record<string, string>>;

/** A template with the outputs of other regions' stacks in it: the emulator looks for `Fn::GetStackOutput` in the region of the stack only. */
export async function withForeignOutputs(
  template: Template, region: string, lookup: OutputLookup,
): Promise<{ template: Template; replaced: number }> {
  let replaced = 0;
  const walk = async (value: TemplateValue): Promise<TemplateValue> => {
    if (Array.isArray(value)) return Promise.all(value.map(walk));
    if (typeof value !== 'object' || value === null) return value;
    const reference = (value as Record<string, { StackName?: string; OutputName?: string; Region?: string } | undefined>)['Fn::GetStackOutput'];
    if (reference?.Region !== undefined && reference.Region !== region) {
      replaced++;
      return (await lookup(String(reference.StackName), reference.Region))[String(reference.OutputName)] ?? `placeholder-${String(reference.OutputName)}`;
    }
    return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([name, inner]) => [name, await walk(inner as TemplateValue)])));
  };
  const result = await walk(template as TemplateValue) as Template;
  return { template: result, replaced };
}

function attribute(logicalId: string, name: string): string {
  // Others check what they get: a port must be one.
  if (name.endsWith('Port')) return '5432';
  return name.toLowerCase().endsWith('arn') ? `arn:aws:placeholder:us-east-1:000000000000:${logicalId}` : `placeholder-${logicalId}-${name}`;
}

/** Puts a template in the place of a stack's in its assembly. The object that the CLI publishes is named by the content: it gets another name. */
export function writeTemplate(folder: string, stack: Stack, template: Template): void {
  const text = JSON.stringify(template, undefined, 1);
  writeFileSync(join(folder, `${stack.id}.template.json`), text);
  const assets = join(folder, `${stack.id}.assets.json`);
  const { files } = JSON.parse(readFileSync(assets, 'utf8')) as { files: Record<string, { source: { path?: string } }> };
  const [old] = Object.entries(files).find(([, { source }]) => source.path === `${stack.id}.template.json`) ?? [];
  if (old === undefined) throw new Error(`${assets} does not name the template of ${stack.name}`);
  const fresh = createHash('sha256').update(text).digest('hex');
  for (const file of [assets, join(folder, 'manifest.json')]) writeFileSync(file, readFileSync(file, 'utf8').replaceAll(old, fresh));
}
