/** What alarms and scaling policies of the systems read is what services publish, to the letter. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { METRIC_NAMESPACE, type MetricDefinition, METRICS } from '../../services/runtime/metric-names';
import { assemblyOf, CHOSEN, type Resources, templatesIn } from '../support/system-roles';
import type { Resource } from '../support/templates';

const KNOWN: Readonly<Record<string, MetricDefinition>> = METRICS;
const SERVICES = join(__dirname, '../../services');

/** A metric as a template names it. */
interface Read {
  readonly by: string;
  readonly namespace: string;
  readonly name: string;
  readonly unit?: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
}

type Node = Readonly<Record<string, unknown>>;

/** Every metric that is named anywhere in an alarm, a scaling policy or a dashboard: directly, in an expression, or in text. */
function readsOf([id, { Type, Properties }]: [string, Resource]): Read[] {
  if (Type === 'AWS::CloudWatch::Dashboard') {
    return [...JSON.stringify(Properties).matchAll(/\[\\+"(TradingPlatform)\\+",\\+"(\w+)\\+"/g)].map(([, namespace, name]) => (
      { by: id, namespace, name, dimensions: { [KNOWN[name]?.dimension ?? '']: undefined } }));
  }
  if (!/^AWS::(CloudWatch::|ApplicationAutoScaling::ScalingPolicy|AutoScaling::ScalingPolicy)/.test(Type)) return [];
  const found: Read[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { Namespace, MetricName, Dimensions = [], Unit } = node as Node & { readonly Dimensions?: readonly { Name: string; Value: unknown }[] };
    if (typeof Namespace === 'string' && typeof MetricName === 'string') {
      found.push({
        by: id, namespace: Namespace, name: MetricName, unit: Unit as string | undefined,
        dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
      });
    }
    Object.values(node).forEach(visit);
  };
  visit(Properties);
  return found;
}

/** Namespaces that AWS's own services publish in. */
const OF_AWS = /^(AWS\/|ECS\/ContainerInsights$)/;

/** Services behind each name of the dimension `ServiceName`: the one that a task is given, or the service's own. */
function namesIn(templates: readonly Resources[]): Map<string, string> {
  const tasks = templates.flatMap((resources) => Object.values(resources)).filter(({ Type }) => Type === 'AWS::ECS::TaskDefinition');
  return new Map(tasks.map(({ Properties }) => {
    const containers = Properties.ContainerDefinitions as { Name: string; Environment?: { Name: string; Value: string }[] }[];
    const [{ Name: service, Environment = [] }] = containers;
    return [Environment.find(({ Name }) => Name === 'METRICS_NAME')?.Value ?? service, service];
  }));
}

/** The service whose function a dimension names. */
function functionOf(value: unknown, resources: Resources): string | undefined {
  const role = JSON.stringify(resources[(value as { Ref?: string }).Ref ?? '']?.Properties.Role ?? '').match(/"Fn::GetAtt":\["(\w+)"/)?.[1];
  return /^Code of the function ([a-z-]+)$/.exec(String(resources[role ?? '']?.Properties.Description))?.[1];
}

describe.each(CHOSEN)('%s, %s', (system, form) => {
  const templates = templatesIn(assemblyOf(system, form));
  const names = namesIn(templates);
  const reads = templates.flatMap((resources) => Object.entries(resources).flatMap(readsOf).map((read) => ({ ...read, resources })))
    .filter(({ namespace }) => !OF_AWS.test(namespace));

  test('reads only metrics that a service of it publishes, under their dimension and unit', () => {
    const faults = reads.flatMap(({ by, namespace, name, unit, dimensions, resources }) => {
      const known = KNOWN[name];
      if (namespace !== METRIC_NAMESPACE || known === undefined) return [`${by} reads ${namespace}/${name}, which nobody publishes`];
      const [[dimension, value], ...others] = Object.entries(dimensions);
      if (dimension !== known.dimension || others.length > 0) return [`${by} reads ${name} by ${Object.keys(dimensions).join(', ')}, not by ${known.dimension}`];
      if (unit !== undefined && unit !== known.unit) return [`${by} reads ${name} in ${unit}, not in ${known.unit}`];
      const service = value === undefined ? known.services[0] : known.dimension === 'FunctionName' ? functionOf(value, resources) : names.get(String(value));
      return service !== undefined && known.services.includes(service) ? [] : [`${by} reads ${name} of ${JSON.stringify(value)}, which is ${service}`];
    });
    expect(faults).toEqual([]);
  });

  test('tells when the path of an order lags, if it has one', () => {
    const services = new Set(names.values());
    const wanted = services.has('reference-matcher') ? ['BreakersOpen', 'CoreLag', 'JournalLag', 'SettlementLag'] : [];
    if (services.has('streamer')) wanted.push('FeedAge');
    expect(reads.map(({ name }) => name)).toEqual(expect.arrayContaining(wanted));
  });
});

function sourcesOf(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === 'testing' ? [] : sourcesOf(path);
    return /(?<!\.test|\.generated)\.ts$/.test(name) ? [readFileSync(path, 'utf8')] : [];
  });
}

test.each(Object.entries(KNOWN).flatMap(([name, { services }]) => services.map((service) => [name, service])))('%s is published by %s', (name, service) => {
  expect(sourcesOf(join(SERVICES, service)).some((text) => new RegExp(`\\b${name}\\b`).test(text))).toBe(true);
});

test('nobody writes the embedded format by hand', () => {
  const writers = readdirSync(SERVICES).filter((name) => name !== 'runtime' && statSync(join(SERVICES, name)).isDirectory())
    .filter((name) => sourcesOf(join(SERVICES, name)).some((text) => text.includes('CloudWatchMetrics')));
  expect(writers).toEqual([]);
});

test('the guide has all of them, and no others', () => {
  const guide = readFileSync(join(__dirname, '../../docs/observability.md'), 'utf8');
  const rows = [...guide.matchAll(/^\| `(\w+)` \| (Count|Milliseconds) \| `(\w+)` \| ([^|]+) \|/gm)].map(([, name, unit, dimension, services]) => (
    [name, { unit, dimension, services: services.trim().split(', ') }]));
  const all = Object.entries(KNOWN).map(([name, { unit, dimension, services }]) => [name, { unit, dimension, services }]);
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(all));
});
