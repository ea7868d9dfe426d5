import { relative } from 'node:path';
import type { ComposeService, Condition } from './model';
import { AWS_ENVIRONMENT, EMULATOR, escaped, type Store } from './stores';
import { type ComposeWorld, kebab } from './world';
import { containerSecret } from '../../local/assembly/dynamic-references';
import type { Resource } from '../../local/assembly/model';
import type { Resolved } from '../../local/assembly/resolve';
import { LocalError } from '../../local/servers/errors';

interface HealthCheck {
  readonly Command: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly Retries?: number;
  readonly StartPeriod?: number;
}

interface Container {
  readonly Name: string;
  readonly Image: string;
  readonly Environment?: readonly { readonly Name: string; readonly Value: Resolved }[];
  readonly Secrets?: readonly { readonly Name: string; readonly ValueFrom: string }[];
  readonly HealthCheck?: HealthCheck;
  readonly PortMappings?: readonly { readonly ContainerPort: number }[];
  readonly ReadonlyRootFilesystem?: boolean;
  readonly StopTimeout?: number;
}

/** What services are made from besides the templates. */
export interface ServiceInputs {
  readonly world: ComposeWorld;
  readonly stores: readonly Store[];
  /** Folder that the compose file will be in. */
  readonly folder: string;
  /** Files with secrets, added to. */
  readonly files: Record<string, string>;
}

/** A container of a service of ECS, with the resource that it stands for. */
export interface EcsContainer {
  readonly name: string;
  readonly service: Resource;
  readonly port?: number;
}

const EXTRA_CA = '/certificates/ca.pem';

/** Every container of every ECS service whose image the assembly builds. */
export async function ecsServices(
  { world, stores, folder, files }: ServiceInputs, after: string[],
): Promise<{ services: Record<string, ComposeService>; containers: EcsContainer[] }> {
  const services: Record<string, ComposeService> = {};
  const containers: EcsContainer[] = [];
  for (const service of world.ofType('AWS::ECS::Service')) {
    const definition = await definitionOf(world, service);
    const declared = await world.property(definition, 'ContainerDefinitions') as unknown as Container[];
    const container = declared.find(({ Image }) => assetOf(definition, Image) !== undefined);
    if (container === undefined) throw new LocalError(`${service.path} has no container that is built from an asset.`);
    const name = uniqueName(services, kebab(container.Name), world.hostOf(service));
    const environment = Object.fromEntries((container.Environment ?? []).map(({ Name, Value }) => [Name, escaped(String(Value))]));
    const secrets = await Promise.all((container.Secrets ?? []).map(async ({ Name, ValueFrom }) => {
      const { id, jsonKey } = containerSecret(ValueFrom);
      return `${Name}=${quoted(await world.injected(id, jsonKey, `the secret ${Name} of ${definition.path}`))}`;
    }));
    if (secrets.length > 0) files[`${name}.env`] = `${secrets.join('\n')}\n`;
    const { HealthCheck: check } = container;
    services[name] = {
      build: { context: relative(folder, assetOf(definition, container.Image)!) },
      environment: { ...signIn(environment), ...AWS_ENVIRONMENT, NODE_EXTRA_CA_CERTS: EXTRA_CA },
      ...(secrets.length > 0 ? { env_file: [`./${name}.env`] } : {}),
      ...(container.PortMappings?.length ? { ports: container.PortMappings.map(({ ContainerPort }) => `127.0.0.1::${ContainerPort}`) } : {}),
      ...(check === undefined ? {} : {
        healthcheck: {
          test: check.Command.map(escaped),
          interval: `${check.Interval ?? 30}s`,
          timeout: `${check.Timeout ?? 5}s`,
          retries: check.Retries ?? 3,
          ...(check.StartPeriod === undefined ? {} : { start_period: `${check.StartPeriod}s` }),
        },
      }),
      volumes: ['certificates:/certificates:ro'],
      depends_on: dependencies(stores, environment, after),
      ...(container.ReadonlyRootFilesystem ? { read_only: true, tmpfs: ['/tmp'] } : {}),
      cap_drop: ['ALL'],
      init: true,
      restart: 'unless-stopped',
      ...(container.StopTimeout === undefined ? {} : { stop_grace_period: `${container.StopTimeout}s` }),
    };
    containers.push({ name, service, port: container.PortMappings?.[0]?.ContainerPort });
  }
  return { services, containers };
}

/** Containers of functions, and who calls them. */
export interface ComposedFunctions {
  readonly services: Record<string, ComposeService>;
  readonly mappings: unknown[];
  readonly triggers: string[];
}

/** Functions that queues or triggers call, in Lambda's own image with its interface for tests. */
export async function functionServices(inputs: ServiceInputs): Promise<ComposedFunctions> {
  const { world } = inputs;
  const services: Record<string, ComposeService> = {};
  const names = new Map<string, string>();
  const containerOf = async (logicalId: string, user: Resource): Promise<string | undefined> => {
    const resource = world.assembly.resource(user.stack, logicalId);
    if (resource?.type !== 'AWS::Lambda::Function') return undefined;
    const known = names.get(resource.path) ?? uniqueName(services, world.hostOf(resource), `${world.hostOf(resource)}-function`);
    if (!names.has(resource.path)) services[known] = await functionService(inputs, resource);
    names.set(resource.path, known);
    return known;
  };
  const mappings: unknown[] = [];
  for (const mapping of world.ofType('AWS::Lambda::EventSourceMapping')) {
    const arn = String(await world.property(mapping, 'EventSourceArn'));
    if (!arn.includes(':sqs:')) continue;
    const name = await containerOf(referred(mapping.properties.FunctionName), mapping);
    if (name === undefined) continue;
    const queue = `${AWS_ENVIRONMENT.AWS_ENDPOINT_URL}/000000000000/${arn.split(':').at(-1)}`;
    mappings.push({ queue, arn, function: name, batchSize: Math.min(10, Number(await world.property(mapping, 'BatchSize') ?? 10)) });
  }
  const triggers: string[] = [];
  for (const trigger of world.ofType('Custom::Trigger')) {
    const version = world.assembly.resource(trigger.stack, referred(trigger.properties.HandlerArn));
    const name = version && await containerOf(referred(version.properties.FunctionName), trigger);
    if (name !== undefined) triggers.push(name);
  }
  return { services, mappings, triggers };
}

async function functionService({ world, stores, folder }: ServiceInputs, resource: Resource): Promise<ComposeService> {
  const code = await world.property(resource, 'Code') as { S3Key?: string };
  const asset = resource.stack.assets.get(String(code.S3Key).replace(/\.zip$/, ''));
  if (asset === undefined) throw new LocalError(`${resource.path} has code that is no asset of the assembly.`);
  const { Variables = {} } = (await world.property(resource, 'Environment') ?? {}) as { Variables?: Record<string, Resolved> };
  const environment = Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, escaped(String(value))]));
  const handler = String(await world.property(resource, 'Handler'));
  return {
    build: { context: relative(folder, asset), dockerfile_inline: `FROM public.ecr.aws/lambda/nodejs:24\nCOPY . /var/task\nCMD ["${handler}"]\n` },
    environment: {
      ...signIn(environment),
      ...AWS_ENVIRONMENT,
      AWS_LAMBDA_FUNCTION_TIMEOUT: String(await world.property(resource, 'Timeout') ?? 3),
      NODE_EXTRA_CA_CERTS: EXTRA_CA,
    },
    volumes: ['certificates:/certificates:ro'],
    depends_on: dependencies(stores, environment, []),
    restart: 'unless-stopped',
  };
}

/** What carries events to the functions, and what calls those that a deployment runs. */
export function eventServices(
  functions: readonly string[], triggers: readonly string[], mappings: readonly unknown[],
): Record<string, ComposeService> {
  type Needs = ComposeService['depends_on'];
  const run = (program: string, data: string, needs: Needs, restart: 'no' | 'unless-stopped'): ComposeService => ({
    build: EMULATOR,
    command: ['python', `/compose/${program}.py`],
    environment: AWS_ENVIRONMENT,
    configs: [{ source: program, target: `/compose/${program}.py` }, { source: data, target: `/compose/${data}.json` }],
    depends_on: needs,
    restart,
  });
  const started = Object.fromEntries(functions.map((name) => [name, { condition: 'service_started' as const }]));
  return {
    ...(triggers.length > 0 ? { 'run-triggers': run('run-triggers', 'triggers', started, 'no') } : {}),
    ...(mappings.length > 0 ? {
      'carry-events': run('carry-events', 'mappings', {
        ...started, ...(triggers.length > 0 ? { 'run-triggers': { condition: 'service_completed_successfully' as const } } : {}),
      }, 'unless-stopped'),
    } : {}),
  };
}

/** The stores that the environment names, and the resources of the emulator. */
function dependencies(
  stores: readonly Store[], environment: Readonly<Record<string, string>>, after: readonly string[],
): Record<string, { condition: Condition }> {
  const text = Object.values(environment).join('\n');
  const named = stores.filter(({ knownBy }) => knownBy.some((name) => text.includes(name)));
  // A function that gets its database out of a secret names none.
  const needed = 'LEDGER_ADMIN_SECRET_ARN' in environment ? stores.filter(({ service }) => service.image?.startsWith('postgres')) : [];
  return {
    ...Object.fromEntries([...new Set([...named, ...needed])].map(({ name }) => [name, { condition: 'service_healthy' as const }])),
    'aws-resources': { condition: 'service_completed_successfully' },
    ...Object.fromEntries(after.map((name) => [name, { condition: 'service_completed_successfully' as const }])),
  };
}

/** Nobody signs people in here: a user pool of your own is named by two variables. */
function signIn(environment: Readonly<Record<string, string>>): Record<string, string> {
  const isPool = /^USER_POOL_(ISSUER|CLIENT_ID)$/;
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, isPool.test(name) ? `\${${name}:-${value}}` : value]));
}

async function definitionOf(world: ComposeWorld, service: Resource): Promise<Resource> {
  const definition = world.assembly.resource(service.stack, referred(service.properties.TaskDefinition));
  if (definition === undefined) throw new LocalError(`${service.path} runs a task definition of another stack.`);
  return definition;
}

/** Logical id that a value refers to. */
function referred(value: unknown): string {
  const [argument] = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return String(Array.isArray(argument) ? argument[0] : argument ?? value);
}

function assetOf(definition: Resource, image: string): string | undefined {
  return definition.stack.assets.get(String(image).split(':').at(-1) ?? '');
}

function uniqueName(taken: Readonly<Record<string, unknown>>, name: string, otherwise: string): string {
  if (!(name in taken)) return name;
  if (!(otherwise in taken)) return otherwise;
  for (let n = 2; ; n++) if (!(`${name}-${n}` in taken)) return `${name}-${n}`;
}

/** A value in a file of variables, as compose reads it: in single quotes nothing is replaced. */
function quoted(value: string): string {
  return `'${value.replace(/'/g, '\\\'')}'`;
}
