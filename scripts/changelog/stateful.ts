/** What keeps state in the systems and in every construct, with all that CloudFormation would replace it for. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { App, Stack } from 'aws-cdk-lib';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import * as library from '../../src';
import { EVERY_CONSTRUCT } from '../../test/support/every-construct';
import { programOf, root } from '../lib/processes';

/** A resource that is retained: another logical id, or another value of one of these properties, is another, empty resource. */
export interface StatefulResource {
  readonly type: string;
  /** Properties that cannot be changed in place, with their values. */
  readonly fixed: Record<string, unknown>;
}

/** Stateful resources by `System/Stack/LogicalId`, or `layer/Stack/LogicalId` for constructs on their own. */
export type StatefulResources = Record<string, StatefulResource>;

interface SpecifiedResource {
  readonly cloudFormationType: string;
  readonly properties: Record<string, { readonly causesReplacement?: 'yes' | 'no' | 'maybe' }>;
}

/** CloudFormation's own word on which properties replace a resource; it comes with the CDK CLI. */
function replacingProperties(): Map<string, string[]> {
  const text = gunzipSync(readFileSync(programOf('aws-cdk', 'db.json.gz'))).toString('utf8');
  const { schema } = JSON.parse(text) as { schema: { resource: { entities: SpecifiedResource[] } } };
  return new Map(schema.resource.entities.map(({ cloudFormationType, properties }) =>
    [cloudFormationType, Object.keys(properties).filter((name) => properties[name].causesReplacement === 'yes')]));
}

/** Names of the systems: classes in `src/stacks` itself that are named after what they are. */
export function systemNames(): string[] {
  const folder = join(root, 'src/stacks');
  return readdirSync(folder).filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/^export class (\w+(?:Simulator|Exchange)) extends Construct\b/gm)].map(([, name]) => name))
    .filter((name) => name in library).sort();
}

function newApp(): App {
  return new App({ analyticsReporting: false, context: { 'aws:cdk:bundling-stacks': [] } });
}

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties?: Record<string, unknown>;
}

const isRetained = ({ DeletionPolicy }: Resource): boolean => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete';

function statefulOf(name: string, app: App, replacing: Map<string, string[]>): StatefulResources {
  const validation = process.env.CDK_VALIDATION;
  process.env.CDK_VALIDATION = 'false';
  const { stacksRecursively } = app.synth();
  if (validation === undefined) delete process.env.CDK_VALIDATION;
  else process.env.CDK_VALIDATION = validation;
  const stacks = new Map(app.node.findAll().filter((node): node is Stack => Stack.isStack(node)).map((stack) => [stack.artifactId, stack.node.id]));
  return Object.fromEntries(stacksRecursively.flatMap(({ id, template }) => {
    const { Resources = {} } = template as { Resources?: Record<string, Resource> };
    return Object.entries(Resources).filter(([, resource]) => isRetained(resource)).map(([logicalId, { Type, Properties = {} }]) => {
      const names = (replacing.get(Type) ?? []).filter((property) => property in Properties).sort();
      const resource: StatefulResource = { type: Type, fixed: Object.fromEntries(names.map((property) => [property, Properties[property]])) };
      return [`${name}/${stacks.get(id) ?? id}/${logicalId}`, resource];
    });
  })) as StatefulResources;
}

/** A name of one's own, without which a system over two regions could lead nobody to the other one. */
function givenEndpoint(app: App): library.PublicEndpoint {
  const stack = new Stack(app, 'Dns', { env: { region: 'us-east-1' } });
  const hostedZone = HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z0123456789EXAMPLE', zoneName: 'example.com' });
  return library.PublicEndpoint.customDomain({ domainName: 'trade.example.com', hostedZone });
}

/** Everything stateful as the program makes it now. */
export function currentStateful(): StatefulResources {
  const replacing = replacingProperties();
  const systems = systemNames().map((name) => {
    const app = newApp();
    const System = library[name as keyof typeof library] as unknown as new (scope: Construct, id: string, props?: object) => Construct;
    new System(app, name, name === 'MultiRegionExchange' ? { endpoint: givenEndpoint(app) } : undefined);
    return statefulOf(name, app, replacing);
  });
  const layers = Object.entries(EVERY_CONSTRUCT).map(([layer, define]) => {
    const app = newApp();
    define(app);
    return statefulOf(layer, app, replacing);
  });
  return Object.fromEntries([...systems, ...layers].flatMap(Object.entries).sort(([a], [b]) => a.localeCompare(b)));
}

