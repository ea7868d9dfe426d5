import type { EnvironmentValue, Manifest } from './manifest';
import { camel, pascal, quote } from './text';

/** One prop of a service's needs and the call that renders it. */
export interface Need {
  readonly envName: string;
  readonly property: string;
  readonly type: string;
  readonly optional: boolean;
  readonly docs: readonly string[];
  /** Expression on `r` (the rendering) and `needs`. */
  readonly render: string;
}

/** Kinds that stand for a resource: the type of the prop and the part of the environment's name that the prop drops. */
const RESOURCES: Record<string, { type: string; drop?: RegExp }> = {
  stream: { type: 'kinesis.IStream' },
  streamConsumer: { type: 'kinesis.IStreamConsumer', drop: /_ARN$/ },
  queue: { type: 'sqs.IQueue', drop: /_URL$/ },
  table: { type: 'dynamodb.ITable' },
  bucket: { type: 's3.IBucket' },
  cache: { type: 'IMarketCache', drop: /_URL$/ },
  secret: { type: 'secretsmanager.ISecret' },
  secretArn: { type: 'secretsmanager.ISecret', drop: /_ARN$/ },
  database: { type: 'ILedgerDatabase', drop: /_URL$/ },
  databases: { type: 'ILedgerDatabase[]', drop: /_URL(?=S$)/ },
  userPoolIssuer: { type: 'cognito.IUserPool', drop: /_ISSUER$/ },
  userPoolClient: { type: 'cognito.IUserPoolClient', drop: /_ID$/ },
};

/** What an optional value means that is not given. */
const WITHOUT = '- the service does without it';

/** Integers whose name ends in a unit are durations in the props. */
const UNITS: ReadonlyArray<readonly [RegExp, string, string]> = [[/_MS$/, 'millis', 'toMilliseconds'], [/_SECONDS$/, 'seconds', 'toSeconds']];

/** Every environment value of a manifest as a prop, in the order of the manifest; a port is fixed and has none. */
export function needsOf(manifest: Manifest): Need[] {
  return Object.entries(manifest.environment).map(([name, value]) => needOf(name, value, manifest));
}

/** Name of the enum that the values of an enum are generated as. */
export function enumName(envName: string): string {
  return pascal(envName.replace(/_/g, '-'));
}

/** `read-only` → `READ_ONLY`. */
export function enumMember(value: string): string {
  return value.toUpperCase().replace(/-/g, '_');
}

function needOf(name: string, value: EnvironmentValue, manifest: Manifest): Need {
  const resource = RESOURCES[value.kind];
  return resource === undefined ? scalarNeed(name, value) : resourceNeed(name, value, manifest, resource);
}

function resourceNeed(name: string, value: EnvironmentValue, manifest: Manifest, resource: { type: string; drop?: RegExp }): Need {
  const property = camel(resource.drop === undefined ? name : name.replace(resource.drop, ''));
  const needed = `needs.${property}`;
  const key = quote(name);
  const renders: Record<string, string> = {
    stream: `r.stream(${key}, ${needed}, ${quote(value.access ?? '')})`,
    queue: `r.queue(${key}, ${needed}, ${quote(value.access ?? '')})`,
    table: `r.table(${key}, ${needed}, ${quote(value.access ?? '')}${value.indexes === undefined ? '' : `, [${value.indexes.map(quote).join(', ')}]`})`,
    bucket: `r.bucket(${key}, ${needed}, ${quote(value.access ?? '')}, ${quote(value.prefix ?? '')})`,
    database: `r.database(${key}, ${needed}, ${quote(value.endpoint ?? '')}, ${quote(value.user ?? '')})`,
    databases: `r.databases(${key}, ${needed}, ${quote(value.endpoint ?? '')}, ${quote(value.user ?? '')})`,
  };
  return {
    envName: name,
    property,
    type: resource.type,
    optional: value.optional === true,
    docs: [value.description, ...(grantNote(value, manifest)), ...(value.optional ? ['', `@default ${WITHOUT}`] : [])],
    render: `${value.optional ? `if (${needed} !== undefined) ` : ''}${renders[value.kind] ?? `r.${value.kind}(${key}, ${needed})`}`,
  };
}

function scalarNeed(name: string, value: EnvironmentValue): Need {
  const optional = value.default !== undefined || value.optional === true;
  const unit = value.kind === 'integer' ? UNITS.find(([suffix]) => suffix.test(name)) : undefined;
  const property = camel(unit === undefined ? name : name.replace(unit[0], ''));
  const fallback = value.kind === 'enum' ? enumDefault(name, value) : defaultText(value, unit?.[1]);
  const docs = [value.description, ...(optional ? ['', `@default ${value.optional ? WITHOUT : fallback.docs}`] : [])];
  const orDefault = optional && !value.optional ? `needs.${property} ?? ${fallback.code}` : `needs.${property}`;
  const given = value.optional ? `if (needs.${property} !== undefined) ` : '';
  const need = (type: string, render: string): Need => ({ envName: name, property, type, optional, docs, render: given + render });
  if (value.kind === 'port') return { ...need('', `r.text(${quote(name)}, ${quote(String(value.default))})`), property: '' };
  if (unit !== undefined) return need('Duration', `r.duration(${quote(name)}, ${orDefault}, ${quote(unit[1])}, ${value.minimum ?? 0})`);
  switch (value.kind) {
    case 'boolean': return need('boolean', `r.text(${quote(name)}, String(${orDefault}))`);
    case 'integer': return need('number', `r.integer(${quote(name)}, ${orDefault}, ${value.minimum ?? 'undefined'}, ${value.maximum ?? 'undefined'})`);
    case 'metricsAddress': return need('string', `r.socketAddress(${quote(name)}, ${orDefault})`);
    case 'list': return need('string[]', `r.list(${quote(name)}, ${orDefault})`);
    case 'json': return need('string', `r.json(${quote(name)}, ${orDefault})`);
    case 'enum': return need(enumName(name), `r.text(${quote(name)}, ${orDefault})`);
    default: return need('string', `r.text(${quote(name)}, ${orDefault})`);
  }
}

function enumDefault(name: string, value: EnvironmentValue): { code: string; docs: string } {
  const member = `${enumName(name)}.${enumMember(String(value.default))}`;
  return { code: member, docs: member };
}

function defaultText(value: EnvironmentValue, unit?: string): { code: string; docs: string } {
  if (unit !== undefined) return { code: `Duration.${unit}(${String(value.default)})`, docs: `Duration.${unit}(${String(value.default)})` };
  if (Array.isArray(value.default)) {
    const items = `[${(value.default as string[]).map(quote).join(', ')}]`;
    return { code: items, docs: items };
  }
  const text = typeof value.default === 'string' ? quote(value.default) : String(value.default);
  return { code: text, docs: text };
}

/** What the service may do with the resource, in words that its user reads. */
function grantNote(value: EnvironmentValue, manifest: Manifest): string[] {
  const may: Record<string, string> = {
    stream: `The service may ${value.access ?? ''} it.`,
    queue: value.access === 'send' ? 'The service may send to it.' : 'The service may receive from it and delete messages.',
    table: ({ append: 'The service may add items to it.', read: 'The service may read it.' } as Record<string, string>)[value.access ?? ''] ?? 'The service may read and write its items.',
    bucket: `The service may use keys below \`${value.prefix ?? ''}\` (${value.access ?? ''}).`,
    database: `The service connects to the ${value.endpoint ?? ''} as the role \`${value.user ?? ''}\`, with an IAM token.`,
    databases: `The service connects to the ${value.endpoint ?? ''} of each as the role \`${value.user ?? ''}\`, with an IAM token.`,
    streamConsumer: 'The service may subscribe through it.',
    secret: 'Its value is injected when a task starts.',
    secretArn: `The ${manifest.kind} reads it when it starts.`,
  };
  return may[value.kind] === undefined ? [] : ['', may[value.kind]];
}
