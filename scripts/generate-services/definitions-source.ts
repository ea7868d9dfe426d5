import type { Manifest } from './manifest';
import { enumMember, enumName, Need, needsOf } from './needs';
import { camel, header, pascal, quote } from './text';

/** The text of `src/private/services.generated.ts`: per service its needs and how they become environment, secrets and grants. */
export function definitionsSource(manifests: readonly Manifest[]): string {
  return [
    header('services/*/service.json'),
    imports(manifests),
    ...enums(manifests),
    ...manifests.map(needsInterface),
    definitionClass(manifests),
    '',
  ].join('\n');
}

/** Modules that a type of a prop comes from; only those in use are imported. */
const MODULES: Record<string, string> = {
  cognito: 'aws-cdk-lib/aws-cognito',
  dynamodb: 'aws-cdk-lib/aws-dynamodb',
  kinesis: 'aws-cdk-lib/aws-kinesis',
  s3: 'aws-cdk-lib/aws-s3',
  secretsmanager: 'aws-cdk-lib/aws-secretsmanager',
  sqs: 'aws-cdk-lib/aws-sqs',
};

function imports(manifests: readonly Manifest[]): string {
  const types = new Set(manifests.flatMap((manifest) => needsOf(manifest).map((need) => need.type)));
  const modules = Object.keys(MODULES).filter((module) => [...types].some((type) => type.startsWith(`${module}.`)));
  return [
    "import { Duration } from 'aws-cdk-lib';",
    ...modules.map((module) => `import * as ${module} from '${MODULES[module]}';`),
    ...([...types].some((type) => type.startsWith('ILedgerDatabase')) ? ["import { ILedgerDatabase } from '../constructs/data/ledger-database';"] : []),
    ...(types.has('IMarketCache') ? ["import { IMarketCache } from '../constructs/data/market-cache';"] : []),
    "import { ServiceRendering } from './service-rendering';",
  ].join('\n');
}

function enums(manifests: readonly Manifest[]): string[] {
  const found = new Map<string, { description: string; values: readonly string[] }>();
  for (const manifest of manifests) {
    for (const [name, value] of Object.entries(manifest.environment)) {
      if (value.kind !== 'enum') continue;
      const values = value.values ?? [];
      const earlier = found.get(name);
      if (earlier !== undefined && earlier.values.join() !== values.join()) {
        throw new Error(`services/${manifest.folder}/service.json: ${name} has the values ${values.join(', ')}; another service gives it ${earlier.values.join(', ')}`);
      }
      found.set(name, { description: value.description, values });
    }
  }
  return [...found].map(([name, { description, values }]) => [
    '',
    `/** ${description} */`,
    `export enum ${enumName(name)} {`,
    ...values.map((value) => `  /** ${quote(value)} */\n  ${enumMember(value)} = ${quote(value)},`),
    '}',
  ].join('\n'));
}

/** Enhanced fan-out consumers belong to one replica each; everything else is shared by all replicas of a service. */
const isOwn = (need: Need) => need.type === 'kinesis.IStreamConsumer';

function needsInterface(manifest: Manifest): string {
  const needs = needsOf(manifest).filter((need) => need.property !== '');
  const name = pascal(manifest.name);
  const shared = struct(`What the service ${quote(manifest.name)} needs.`, `${name}Needs`, needs.filter((need) => !isOwn(need)));
  if (!needs.some(isOwn)) return shared;
  return `${shared}\n${struct(`What one replica of the service ${quote(manifest.name)} needs.`, `${name}ReplicaNeeds extends ${name}Needs`, needs.filter(isOwn))}`;
}

function struct(summary: string, declaration: string, needs: readonly Need[]): string {
  const fields = needs.map((need) => [
    ...comment(need.docs, '  '),
    `  readonly ${need.property}${need.optional ? '?' : ''}: ${need.type};`,
  ].join('\n'));
  return ['', `/** ${summary} */`, `export interface ${declaration} {`, fields.join('\n\n'), '}'].join('\n');
}

function comment(lines: readonly string[], indent: string): string[] {
  if (lines.length === 1) return [`${indent}/** ${lines[0]} */`];
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`];
}

function definitionClass(manifests: readonly Manifest[]): string {
  return [
    '',
    '/**',
    ' * A service of this package with everything it needs: its environment, its secrets and its permissions follow from its manifest.',
    ' */',
    'export class ServiceDefinition {',
    manifests.map(factory).join('\n\n'),
    '',
    '  private constructor(private readonly rendering: ServiceRendering) {}',
    '',
    '  /** Name of the service, which is the name of its folder and of its bundle. */',
    '  public get serviceName(): string {',
    '    return this.rendering.manifest.serviceName;',
    '  }',
    '',
    '  /** @internal */',
    '  public _rendering(): ServiceRendering {',
    '    return this.rendering;',
    '  }',
    '}',
  ].join('\n');
}

function factory(manifest: Manifest): string {
  const needs = needsOf(manifest);
  const required = needs.some((need) => need.property !== '' && !need.optional);
  return [
    `  /** ${manifest.description} */`,
    `  public static ${camel(manifest.name)}(needs: ${pascal(manifest.name)}${needs.some(isOwn) ? 'ReplicaNeeds' : 'Needs'}${required ? '' : ' = {}'}): ServiceDefinition {`,
    '    const r = new ServiceRendering({',
    ...facts(manifest).map((fact) => `      ${fact},`),
    '    });',
    ...needs.map((need) => `    ${need.render};`),
    '    return new ServiceDefinition(r.done());',
    '  }',
  ].join('\n');
}

function facts(manifest: Manifest): string[] {
  const source = manifest.eventSource;
  const kind = (['queue', 'stream', 'table'] as const).find((each) => source?.[each] !== undefined) ?? 'queue';
  const property = source && needsOf(manifest).find((need) => need.envName === source[kind])?.property;
  return [
    `serviceName: ${quote(manifest.name)}`,
    `kind: ${quote(manifest.kind)}`,
    `internetEgress: ${manifest.capabilities.includes('internet egress')}`,
    ...(manifest.port === undefined ? [] : [`port: ${manifest.port}`]),
    ...(manifest.healthPath === undefined ? [] : [`healthPath: ${quote(manifest.healthPath)}`]),
    ...named(manifest, 'metricsAddress'),
    ...named(manifest, 'metricsName'),
    ...named(manifest, 'collector'),
    ...(manifest.handler === undefined ? [] : [`handler: ${quote(manifest.handler)}`]),
    ...(manifest.timeoutSeconds === undefined ? [] : [`timeoutSeconds: ${manifest.timeoutSeconds}`]),
    ...(manifest.memoryMiB === undefined ? [] : [`memoryMiB: ${manifest.memoryMiB}`]),
    ...(source === undefined ? [] : [`eventSource: { ${kind}: needs.${property ?? ''}, batchSize: ${source.batchSize} }`]),
  ];
}

/** Which environment value is of this kind, of which there is one at most. */
function named(manifest: Manifest, kind: string): string[] {
  const found = Object.entries(manifest.environment).find(([, value]) => value.kind === kind);
  return found === undefined ? [] : [`${kind}: ${quote(found[0])}`];
}
