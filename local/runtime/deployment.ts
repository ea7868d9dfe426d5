import type { Assembly } from '../assembly/load';
import type { Resource, ResourceValues, Stack, TemplateValue } from '../assembly/model';
import { type Resolved, Resolver } from '../assembly/resolve';
import { providersByType } from '../providers';
import type { Context, Provided, Provider } from '../providers/provider';
import { LocalError, messageOf } from '../servers/errors';

/** What becomes of a resource, for who shows it. */
export interface DeployEvents {
  started(resource: Resource): void;
  ready(resource: Resource, provided: Provided): void;
  /** It could not be brought up; not told again for those that waited for it. */
  failed(resource: Resource, error: unknown): void;
}

/** How often a resource type has no local meaning. */
export type CloudOnly = Readonly<Record<string, number>>;

/**
 * Brings the resources of an assembly up in the order in which CloudFormation would: a stack after those that it depends on, a
 * resource after those that it refers to or names in DependsOn, everything else at the same time.
 */
export class Deployment {
  private readonly resolver: Resolver;
  private readonly providers = providersByType();
  private readonly values = new Map<string, Promise<Provided>>();
  private readonly stacks = new Map<string, Promise<void>>();
  private readonly handled = new Map<string, Promise<Provider | undefined>>();
  private readonly told = new Set<unknown>();
  private context?: Context;
  private aborted = false;

  constructor(private readonly assembly: Assembly, private readonly events: DeployEvents) {
    this.resolver = new Resolver(assembly, {
      valuesOf: (resource, askedBy) => this.valuesOf(resource, askedBy),
      secret: (id) => this.secret(id),
      parameter: (name) => this.parameter(name),
    });
  }

  /** Brings everything up. Rejects with the first error; what runs by then is the caller's to stop. */
  async run(context: Context): Promise<void> {
    this.context = context;
    await Promise.all(this.assembly.stacks.map((stack) => this.stack(stack)));
  }

  /** Begins nothing any more, and resolves when nothing is on its way. */
  async abort(): Promise<void> {
    this.aborted = true;
    await Promise.allSettled(this.values.values());
  }

  /** The resources with a local meaning, in the order of the assembly. */
  async handledResources(context: Context): Promise<Resource[]> {
    this.context = context;
    const all = (await Promise.all(this.assembly.stacks.map((stack) => this.present(stack)))).flat();
    const providers = await Promise.all(all.map((resource) => this.providerOf(resource)));
    return all.filter((_, i) => providers[i] !== undefined);
  }

  /** The resources without a local meaning, by type. */
  async cloudOnly(context: Context): Promise<CloudOnly> {
    const handled = new Set((await this.handledResources(context)).map((resource) => resource.path));
    const counts: Record<string, number> = {};
    for (const stack of this.assembly.stacks) {
      for (const resource of await this.present(stack)) if (!handled.has(resource.path)) counts[resource.type] = (counts[resource.type] ?? 0) + 1;
    }
    return counts;
  }

  /** A property of a resource, computed. `name` may be a path; missing parts make it undefined. */
  async property(resource: Resource, name: string): Promise<Resolved> {
    const steps = name.split('.');
    const path = `${resource.path}.Properties.${name}`;
    let value: TemplateValue | undefined = resource.properties;
    for (const [i, step] of steps.entries()) {
      if (value === undefined || value === null || typeof value !== 'object') return undefined;
      if (isIntrinsic(value)) {
        // The rest of the path is inside of what the function gives.
        const resolved = await this.resolver.resolve(value, resource.stack, path);
        return steps.slice(i).reduce<Resolved>((inner, key) => (inner as Record<string, Resolved> | undefined)?.[key], resolved);
      }
      value = (value as Record<string, TemplateValue>)[step];
    }
    return this.resolver.resolve(value, resource.stack, path);
  }

  /** A resource's Ref and attributes; brings it up if nobody did. */
  valuesOf(resource: Resource, askedBy?: string): Promise<ResourceValues> {
    let values = this.values.get(resource.path);
    if (!values) {
      values = this.up(resource, askedBy);
      this.values.set(resource.path, values);
      // Who waits for it gets the error as well.
      values.catch((error: unknown) => {
        // What ends because everything ends is no news.
        if (this.aborted || this.told.has(error)) return;
        this.told.add(error);
        this.events.failed(resource, error);
      });
    }
    return values;
  }

  /** Resources of the types whose condition holds, in the order of the assembly. */
  async resourcesOfType(...types: string[]): Promise<Resource[]> {
    const all = await Promise.all(this.assembly.stacks.map((stack) => this.present(stack)));
    return all.flat().filter((resource) => types.includes(resource.type));
  }

  private stack(stack: Stack): Promise<void> {
    let up = this.stacks.get(stack.id);
    if (!up) {
      up = (async () => {
        await this.before(stack);
        const resources = await this.present(stack);
        await Promise.all(resources.map(async (resource) => { if (await this.providerOf(resource)) await this.valuesOf(resource); }));
      })();
      this.stacks.set(stack.id, up);
      up.catch(() => undefined);
    }
    return up;
  }

  /** Waits for the stacks that a stack depends on. */
  private async before(stack: Stack): Promise<void> {
    await Promise.all(stack.dependencies.map((id) => this.assembly.stacks.find((one) => one.id === id)).map((one) => one && this.stack(one)));
  }

  private async up(resource: Resource, askedBy?: string): Promise<Provided> {
    const provider = await this.providerOf(resource);
    if (!provider) {
      throw new LocalError(`The template value ${askedBy ?? resource.path} cannot be resolved: ${resource.path} is a resource of type ${resource.type}, which has no local meaning.`);
    }
    const context = this.context as Context;
    await this.before(resource.stack);
    await Promise.all(resource.dependsOn.map((logicalId) => this.dependency(resource.stack, logicalId)));
    if (this.aborted) throw new LocalError(`${resource.path} was not started, because everything stops.`);
    this.events.started(resource);
    const provided = await provider.up(resource, context).catch((error: unknown) => {
      if (error instanceof LocalError) throw error;
      throw new LocalError(`${resource.path} (${resource.type}) could not be brought up: ${messageOf(error)}`, { cause: error });
    });
    this.events.ready(resource, provided);
    return provided;
  }

  /** Waits for what DependsOn names, through resources that have no local meaning themselves. */
  private async dependency(stack: Stack, logicalId: string): Promise<void> {
    const resource = this.assembly.resource(stack, logicalId);
    if (!resource) throw new LocalError(`${stack.name} has no resource ${logicalId}, which a DependsOn names.`);
    if (await this.providerOf(resource)) await this.valuesOf(resource);
    else await Promise.all(resource.dependsOn.map((next) => this.dependency(stack, next)));
  }

  private providerOf(resource: Resource): Promise<Provider | undefined> {
    let provider = this.handled.get(resource.path);
    if (!provider) {
      provider = (async () => {
        const found = this.providers.get(resource.type);
        return found && (found.accepts === undefined || await found.accepts(resource, this.context as Context)) ? found : undefined;
      })();
      this.handled.set(resource.path, provider);
    }
    return provider;
  }

  private async present(stack: Stack): Promise<Resource[]> {
    const resources = this.assembly.resourcesOf(stack);
    const holds = await Promise.all(resources.map((resource) => {
      const condition = stack.template.Resources?.[resource.logicalId].Condition;
      return condition === undefined || this.resolver.condition(stack, condition);
    }));
    return resources.filter((_, i) => holds[i]);
  }

  private async secret(id: string): Promise<string | undefined> {
    const { secrets } = this.context as Context;
    // By ARN it is there already: whoever has the ARN has asked for it. By name it may not be.
    if (secrets.get(id) === undefined) await Promise.all((await this.resourcesOfType('AWS::SecretsManager::Secret')).map((resource) => this.valuesOf(resource)));
    return secrets.get(id);
  }

  private async parameter(name: string): Promise<string | undefined> {
    // Asked for by every stack; what CDK's bootstrapping left in an account.
    if (name.startsWith('/cdk-bootstrap/')) return '30';
    for (const resource of await this.resourcesOfType('AWS::SSM::Parameter')) {
      const { ref, attributes } = await this.valuesOf(resource);
      if (ref === name) return String(attributes.Value);
    }
    return undefined;
  }
}

function isIntrinsic(value: object): boolean {
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === 'Ref' || keys[0].startsWith('Fn::'));
}
