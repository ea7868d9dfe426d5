import type { Context, Provided, Provider } from './provider';
import { containerSecret, secretValue } from '../assembly/dynamic-references';
import type { Resource } from '../assembly/model';
import type { Resolved } from '../assembly/resolve';
import { physicalName } from '../runtime/names';
import { processEnvironment } from '../runtime/process-environment';
import { Task } from '../runtime/tasks';
import { LOCAL_ACCOUNT } from '../servers/emulator';
import { projectNode } from '../servers/environment';
import { LocalError } from '../servers/errors';
import { launch } from '../servers/process';

interface Container {
  readonly Name: string;
  readonly Image: string;
  readonly Environment?: readonly { readonly Name: string; readonly Value: Resolved }[];
  readonly Secrets?: readonly { readonly Name: string; readonly ValueFrom: string }[];
  readonly StopTimeout?: number;
}

/** The health path is asked for by ECS through the manifest's command, and by the load balancer through its target group. */
const DEFAULT_HEALTH_PATH = '/health';

/** ECS: every task is a process on the project's Node, replaced when it ends by itself. */
export const ecs: Provider = {
  service: 'ECS',
  types: ['AWS::ECS::Cluster', 'AWS::ECS::TaskDefinition', 'AWS::ECS::Service'],
  up: (resource, context) => {
    if (resource.type.endsWith('Service')) return service(resource, context);
    return resource.type.endsWith('Cluster') ? cluster(resource, context) : taskDefinition(resource);
  },
};

async function cluster(resource: Resource, context: Context): Promise<Provided> {
  const name = physicalName(resource, await context.property(resource, 'ClusterName'), { max: 255 });
  return { ref: name, attributes: { Arn: `arn:aws:ecs:${resource.stack.region}:${LOCAL_ACCOUNT}:cluster/${name}` } };
}

async function taskDefinition(resource: Resource): Promise<Provided> {
  const ref = `arn:aws:ecs:${resource.stack.region}:${LOCAL_ACCOUNT}:task-definition/${physicalName(resource, undefined, { max: 255 })}:1`;
  return { ref, attributes: { TaskDefinitionArn: ref } };
}

async function service(resource: Resource, context: Context): Promise<Provided> {
  const name = physicalName(resource, await context.property(resource, 'ServiceName'), { max: 255 });
  const definition = await definitionOf(resource, context);
  const { container, folder } = await containerOf(definition, context);
  const manifest = context.services.ofCode(folder, resource.path, container.Name);
  const environment = await environmentOf(container, context, `${definition.path} (container ${container.Name})`);
  // One by one, and no more than that: how traffic moves to new tasks names roles and rules that mean nothing here.
  const listed = Array.isArray(resource.properties.LoadBalancers) ? resource.properties.LoadBalancers.length : 0;
  const arns = await Promise.all(Array.from({ length: listed }, (_, i) => context.property(resource, `LoadBalancers.${i}.TargetGroupArn`)));
  const groups = arns.map((arn) => {
    const TargetGroupArn = typeof arn === 'string' ? arn : undefined;
    const group = TargetGroupArn === undefined ? undefined : context.targetGroups.get(TargetGroupArn);
    if (!group) throw new LocalError(`${resource.path} registers with ${String(TargetGroupArn)}, which is not a target group of this assembly.`);
    return group;
  });

  const count = context.choices.without.includes(manifest.name) ? 0 : await tasksOf(resource, context);
  const tasks: Task[] = [];
  for (let i = 0; i < count; i++) {
    const taskName = context.tasks.nameFor(manifest.name);
    const port = i === 0 ? await namedPort(resource, context) ?? await context.ports.portFor(taskName) : await context.ports.portFor(taskName);
    const task = new Task({
      service: manifest.name,
      name: taskName,
      folder,
      env: await processEnvironment(context, manifest, environment, resource.path, port),
      port,
      healthPath: manifest.healthPath ?? DEFAULT_HEALTH_PATH,
      stopTimeoutMs: (container.StopTimeout ?? 30) * 1_000,
      logFile: context.data.file('logs', `${taskName}.log`),
      groups,
      report: context.report,
    });
    context.tasks.add(task);
    context.onStop('processes', taskName, () => task.stop());
    tasks.push(task);
  }
  await Promise.all(tasks.map((task) => task.start()));
  const ref = `arn:aws:ecs:${resource.stack.region}:${LOCAL_ACCOUNT}:service/${name}`;
  return { ref, attributes: { Name: name, ServiceArn: ref }, note: tasks.map((task) => `${task.spec.name} on port ${task.spec.port}`).join(', ') };
}

/** Port of the name that a service registers its task with, if it has one. */
async function namedPort(resource: Resource, context: Context): Promise<number | undefined> {
  const [registry] = await context.property(resource, 'ServiceRegistries') as { RegistryArn?: string }[] | undefined ?? [];
  if (registry?.RegistryArn === undefined) return undefined;
  // Only its own: the name of another service may wait for this very one to be up.
  const written = JSON.stringify(resource.properties.ServiceRegistries);
  const own = (await context.resourcesOfType('AWS::ServiceDiscovery::Service')).filter(({ stack, logicalId }) => stack === resource.stack && written.includes(`"${logicalId}"`));
  const names = await Promise.all(own.map((one) => context.valuesOf(one)));
  const found = names.find(({ attributes }) => attributes.Arn === registry.RegistryArn);
  return found && Number(found.attributes['local:port']);
}

/** As many as the template wants, but one, or --tasks, of a service that may be scaled: this is one machine. */
async function tasksOf(resource: Resource, context: Context): Promise<number> {
  const desired = Number(await context.property(resource, 'DesiredCount') ?? 1);
  const scaled = (await context.resourcesOfType('AWS::ApplicationAutoScaling::ScalableTarget')).some((target) => (
    target.stack === resource.stack && JSON.stringify(target.properties.ResourceId).includes(`"${resource.logicalId}"`)
  ));
  return desired > 1 || (scaled && desired > 0) ? context.choices.tasks : desired;
}

/**
 * Runs one task of a definition to its end, as a schedule does.
 *
 * @param askedBy names who wants it, in messages
 * @returns its exit code; 137 when it was killed
 */
export async function runTaskOnce(context: Context, definitionArn: string, askedBy: string): Promise<number> {
  const definition = await definitionByArn(definitionArn, askedBy, context);
  const { container, folder } = await containerOf(definition, context);
  const manifest = context.services.ofCode(folder, definition.path, container.Name);
  const environment = await environmentOf(container, context, `${definition.path} (container ${container.Name})`);
  const name = context.tasks.nameFor(manifest.name);
  const child = launch({
    name,
    command: projectNode(),
    args: ['main.js'],
    cwd: folder,
    env: await processEnvironment(context, manifest, environment, definition.path, await context.ports.portFor(name)),
    logFile: context.data.file('logs', `${name}.log`),
    stopTimeoutMs: (container.StopTimeout ?? 30) * 1_000,
  });
  context.onStop('processes', name, () => child.stop());
  return (await child.exited).code ?? 137;
}

async function definitionOf(resource: Resource, context: Context): Promise<Resource> {
  return definitionByArn(String(await context.property(resource, 'TaskDefinition')), resource.path, context, resource);
}

async function definitionByArn(wanted: string, askedBy: string, context: Context, user?: Resource): Promise<Resource> {
  // Those of the own stack first: another stack may wait for this very service, and asking for what it has would wait for it.
  const all = await context.resourcesOfType('AWS::ECS::TaskDefinition');
  for (const definition of [...all.filter(({ stack }) => stack === user?.stack), ...all.filter(({ stack }) => stack !== user?.stack)]) {
    if ((await context.valuesOf(definition)).ref === wanted) return definition;
  }
  throw new LocalError(`${askedBy} runs the task definition ${wanted}, which is not in this assembly.`);
}

/** The container whose image is an asset of the assembly; what comes from a registry, a sidecar, cannot run here. */
async function containerOf(definition: Resource, context: Context): Promise<{ container: Container; folder: string }> {
  const declared = definition.properties.ContainerDefinitions;
  const count = Array.isArray(declared) ? declared.length : 0;
  for (let i = 0; i < count; i++) {
    const image = String(await context.property(definition, `ContainerDefinitions.${i}.Image`));
    const folder = definition.stack.assets.get(image.slice(image.lastIndexOf(':') + 1));
    if (folder === undefined) continue;
    const part = async (name: string): Promise<Resolved> => context.property(definition, `ContainerDefinitions.${i}.${name}`);
    return {
      folder,
      container: {
        Name: String(await part('Name')),
        Image: image,
        Environment: await part('Environment') as unknown as Container['Environment'],
        Secrets: await part('Secrets') as unknown as Container['Secrets'],
        StopTimeout: await part('StopTimeout') as number | undefined,
      },
    };
  }
  throw new LocalError(`${definition.path} has no container that is built from an asset, so it cannot run here.`);
}

async function environmentOf(container: Container, context: Context, where: string): Promise<Record<string, string>> {
  const plain = (container.Environment ?? []).map(({ Name, Value }) => [Name, String(Value)] as const);
  const injected = (container.Secrets ?? []).map(({ Name, ValueFrom }) => {
    const { id, jsonKey } = containerSecret(ValueFrom);
    const fault = (problem: string): LocalError => new LocalError(`The secret ${Name} of ${where} cannot be resolved: ${problem}.`);
    return [Name, secretValue(context.secrets.get(id), id, jsonKey, fault)] as const;
  });
  return Object.fromEntries([...plain, ...injected]);
}
