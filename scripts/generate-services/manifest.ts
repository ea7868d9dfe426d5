import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** One environment value of a manifest. Which fields are there depends on `kind`; the schema has checked it. */
export interface EnvironmentValue {
  readonly kind: string;
  readonly description: string;
  readonly default?: unknown;
  readonly values?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly external?: string;
  readonly access?: string;
  readonly prefix?: string;
  readonly endpoint?: 'writer' | 'reader';
  readonly user?: string;
  readonly indexes?: readonly string[];
  readonly optional?: boolean;
}

/** A `service.json` that keeps its schema. */
export interface Manifest {
  readonly name: string;
  /** Folder of the service below `services/`; it is where the file was found, and not part of it. */
  readonly folder: string;
  readonly kind: 'container' | 'function';
  readonly description: string;
  readonly entry: string;
  readonly dockerfile?: string;
  readonly port?: number;
  readonly healthPath?: string;
  readonly handler?: string;
  readonly timeoutSeconds?: number;
  readonly memoryMiB?: number;
  readonly include?: readonly string[];
  readonly eventSource?: { readonly queue?: string; readonly stream?: string; readonly table?: string; readonly batchSize: number };
  readonly environment: Readonly<Record<string, EnvironmentValue>>;
  readonly capabilities: readonly string[];
}

interface JsonSchema {
  readonly $defs: Record<string, object>;
  readonly [keyword: string]: unknown;
}

/**
 * Reads every `services/<name>/service.json` and those of services that share a folder, `services/<group>/<part>/service.json`, sorted
 * by name.
 *
 * @throws Error that lists every fault of every manifest, with its file and path.
 */
export function readManifests(root: string): Manifest[] {
  const servicesDir = join(root, 'services');
  const schema = JSON.parse(readFileSync(join(servicesDir, 'service.schema.json'), 'utf8')) as JsonSchema;
  const faults: string[] = [];
  const manifests = foldersOf(servicesDir).map((folder) => {
    const manifest = parseJson(join(servicesDir, folder, 'service.json'), faults);
    faults.push(...faultsOf(manifest, folder, schema).map((fault) => `services/${folder}/service.json: ${fault}`));
    return { ...manifest as Manifest, folder };
  });
  if (faults.length > 0) throw new Error(`the service manifests have faults:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  return manifests;
}

/** Folders with a manifest, at most two deep, by the name of their service. */
function foldersOf(servicesDir: string): string[] {
  const within = (folder: string): string[] => readdirSync(join(servicesDir, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory()).map((entry) => (folder === '' ? entry.name : `${folder}/${entry.name}`));
  return within('').flatMap((folder) => [folder, ...within(folder)])
    .filter((folder) => existsSync(join(servicesDir, folder, 'service.json')))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function nameOf(folder: string): string {
  return folder.replaceAll('/', '-');
}

/** Every fault of one manifest, by the JSON schema and by the rules that a schema cannot say. Exported for its test. */
export function faultsOf(value: unknown, folder: string, schema: JsonSchema): string[] {
  const faults = schemaFaults(schema, value, '');
  if (faults.length > 0) return faults;
  const manifest = value as Manifest;
  if (manifest.name !== nameOf(folder)) faults.push(`name is ${JSON.stringify(manifest.name)}; it must be the folder's name, ${JSON.stringify(nameOf(folder))}`);
  for (const [name, entry] of Object.entries(manifest.environment)) {
    if (!/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(name)) faults.push(`environment.${name} must be written in UPPER_SNAKE case`);
    const definition = schema.$defs[entry.kind];
    if (definition === undefined) {
      faults.push(`environment.${name}.kind is ${JSON.stringify(entry.kind)}; the schema knows ${Object.keys(schema.$defs).join(', ')}`);
    } else {
      faults.push(...schemaFaults({ ...definition, $defs: schema.$defs }, entry, `environment.${name}`), ...kindFaults(manifest, name, entry));
    }
  }
  faults.push(...shapeFaults(manifest));
  return faults;
}

function parseJson(file: string, faults: string[]): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    faults.push(`${file} is not JSON: ${(error as Error).message}`);
    return {};
  }
}

function schemaFaults(schema: object, value: unknown, at: string): string[] {
  const result = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
  return result.success ? [] : result.error.issues.map((issue) => `${[at, ...issue.path].filter((part) => part !== '').join('.') || 'manifest'}: ${issue.message}`);
}

function kindFaults(manifest: Manifest, name: string, entry: EnvironmentValue): string[] {
  const at = `environment.${name}`;
  if (entry.kind === 'secret' && manifest.kind === 'function') return [`${at} is a secret; a function reads it at start, use kind secretArn`];
  if (entry.kind === 'secretArn' && manifest.kind === 'container') return [`${at} is a secretArn; a container gets its value injected, use kind secret`];
  if (entry.kind === 'port' && entry.default !== manifest.port) return [`${at} defaults to ${String(entry.default)}, but the manifest's port is ${String(manifest.port)}`];
  if (entry.kind === 'enum' && entry.default !== undefined && !entry.values?.includes(entry.default as string)) {
    return [`${at} defaults to ${JSON.stringify(entry.default)}, which is not one of its values`];
  }
  return [];
}

function eventSourceFaults({ environment }: Manifest, source: NonNullable<Manifest['eventSource']>): string[] {
  const { queue, stream, table, batchSize } = source;
  const given = [queue, stream, table].filter((each) => each !== undefined);
  if (given.length !== 1) return ['eventSource must name a queue, a stream or a table, and one of them alone'];
  const named = environment[given[0]];
  if (queue !== undefined) {
    const faults = named?.kind !== 'queue' || named.access !== 'consume' || named.optional
      ? [`eventSource.queue ${JSON.stringify(queue)} must name a queue with access consume`] : [];
    return batchSize > 10 ? [...faults, `eventSource.batchSize is ${batchSize}; a FIFO queue gives 10 messages at most`] : faults;
  }
  if (table !== undefined) {
    return named?.kind !== 'table' || named.access !== 'read' || named.optional
      ? [`eventSource.table ${JSON.stringify(table)} must name a table with access read`] : [];
  }
  return named?.kind !== 'stream' || named.access !== 'read' || named.optional
    ? [`eventSource.stream ${JSON.stringify(stream)} must name a stream with access read`] : [];
}

function shapeFaults(manifest: Manifest): string[] {
  const required = manifest.kind === 'container' ? ['dockerfile', 'port', 'healthPath'] as const : ['handler', 'timeoutSeconds', 'memoryMiB'] as const;
  const faults = required.filter((key) => manifest[key] === undefined).map((key) => `a ${manifest.kind} needs ${key}`);
  const source = manifest.eventSource;
  if (source !== undefined) faults.push(...eventSourceFaults(manifest, source));
  const consumers = Object.values(manifest.environment).filter((entry) => entry.kind === 'streamConsumer');
  const streamsRead = Object.values(manifest.environment).filter((entry) => entry.kind === 'stream' && entry.access === 'read');
  if (consumers.length > 0 && streamsRead.length === 0) faults.push('a streamConsumer needs a stream with access read');
  return faults;
}
