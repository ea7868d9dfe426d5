import { cpSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Assembly } from './assembly/load';
import { Services } from './assembly/manifest';
import type { Resource } from './assembly/model';
import { DataFolder } from './data-folder';
import { PROVIDERS } from './providers';
import type { Context, Provided, StopLayer } from './providers/provider';
import { withBuildLock } from './runtime/build-lock';
import { type ControlServer, startControlServer } from './runtime/control-server';
import { controls, type PlatformProcess } from './runtime/controls';
import { type CloudOnly, Deployment } from './runtime/deployment';
import { describePlatform, type PlatformDescription } from './runtime/description';
import { FunctionRegistry, type InvocationResult } from './runtime/functions';
import { Schedules } from './runtime/schedules';
import { SecretStore } from './runtime/secrets';
import { TargetGroups } from './runtime/target-groups';
import { Tasks } from './runtime/tasks';
import { ensureUsers, type User } from './runtime/users';
import { PROJECT_ROOT } from './servers/environment';
import { LocalError } from './servers/errors';
import { PortBook } from './servers/ports';
import { ensureTls } from './servers/tls';

export type { PlatformProcess } from './runtime/controls';

/** How to run a synthesised assembly here. */
export interface PlatformOptions {
  /** Folder of the cloud assembly; default: `cdk.out` of the project. */
  readonly assembly?: string;
  /** Folder that keeps all data between runs; default: `.local` of the project. */
  readonly data?: string;
  /** Folder with the `services/` and `assets/` that the assembly was made from; default: the project. */
  readonly project?: string;
  /** Empties the data folder first. */
  readonly fresh?: boolean;
  /** Processes of every service that the template may scale; default 1. */
  readonly tasks?: number;
  /** Services that are not started, by their name: for tests that want to be alone on the venue. Default: none. */
  readonly without?: readonly string[];
  /** Environment of every service, function and gateway besides what its template says: for benchmarks that look inside. Default: nothing. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where prices come from: a generated market (default) or the real exchange. */
  readonly feed?: 'generated' | 'bybit';
  /** Port of the load balancer; default: a free one, the same as last time when possible. */
  readonly port?: number;
  /** Ends the start with an error; has no effect on a platform that runs. */
  readonly signal?: AbortSignal;
  readonly onResourceStarted?: (resource: Resource) => void;
  readonly onResourceReady?: (resource: Resource, provided: Provided) => void;
  readonly onResourceFailed?: (resource: Resource, error: unknown) => void;
  /** Something happened to what runs: one sentence, sometimes with log lines. Default: written to standard error. */
  readonly onReport?: (sentence: string) => void;
  /** Called before anything starts with the resources that will, and with those that have no local meaning. */
  readonly onPlan?: (resources: readonly Resource[], cloudOnly: CloudOnly) => void;
}

/** A running platform. */
export interface Platform {
  /** What `platform.json` in the data folder says, now. */
  describe(): PlatformDescription;
  readonly users: readonly User[];
  readonly cloudOnly: CloudOnly;
  /** Processes of the services and functions. */
  processes(): PlatformProcess[];
  /** Sends a signal to processes by their id or name, or to all of a service; SIGKILL by default. They are replaced. @returns how many */
  kill(processOrService: number | string, signal?: NodeJS.Signals): number;
  /**
   * Ends a database, a cache or the load balancer as `kill -9` does; it stays away until `startStore`.
   *
   * @param name as in `servers`, such as `load balancer`; `PostgreSQL` or `Redis` is enough while there is one
   * @throws LocalError when there is no such store
   */
  killStore(name: string): Promise<void>;
  /** Starts a store that was killed, with the data that it left; resolves when it answers. @throws LocalError */
  startStore(name: string): Promise<void>;
  /** Resolves when all processes answer their health path. @throws LocalError when that takes longer */
  untilHealthy(timeoutMs?: number): Promise<void>;
  /** Invokes a function by service or physical name, as the Lambda API would. */
  invoke(nameOrService: string, event: unknown): Promise<InvocationResult>;
  /** Paths of what runs at set times. */
  schedules(): string[];
  /** Runs what a schedule runs, now, and resolves when it is done. @throws LocalError when there is no such schedule */
  runSchedule(path: string): Promise<void>;
  /** Rejects when a part without which nothing works has ended by itself. */
  readonly failed: Promise<never>;
  /** Stops everything in order. Harmless when called twice. */
  stop(): Promise<void>;
}

const STOP_ORDER: readonly StopLayer[] = ['entrance', 'processes', 'stores'];

/**
 * Runs a synthesised assembly on this machine.
 *
 * @throws LocalError one clear sentence; nothing is left running then
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const report = options.onReport ?? ((sentence: string) => console.error(sentence));
  const source = resolve(options.assembly ?? join(PROJECT_ROOT, 'cdk.out'));
  Assembly.load(source);
  const services = new Services(options.project);
  const data = DataFolder.open(resolve(options.data ?? join(PROJECT_ROOT, '.local')), options.fresh ?? false);
  const stops: { layer: StopLayer; name: string; stop: () => Promise<void> }[] = [];
  const ports = new PortBook(data.file('ports.json'));
  let deployment: Deployment | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      const settled = deployment?.abort();
      const quietly = (one: (typeof stops)[number]): Promise<void> => one.stop().catch((error: Error) => report(`${one.name} did not stop: ${error.message}`));
      for (const layer of STOP_ORDER) await Promise.all(stops.filter((one) => one.layer === layer).map(quietly));
      // What was on its way when everything stopped has come up by now, and must go as well. Stopping twice is harmless.
      await settled;
      await Promise.all(stops.map(quietly));
      ports.release();
      rmSync(data.file('platform.json'), { force: true });
      data.close();
    })();
    return stopping;
  };

  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => { fail = reject; });
  failed.catch(() => undefined);
  const interrupt = (): void => fail(new LocalError('The start was interrupted.'));
  options.signal?.addEventListener('abort', interrupt, { once: true });

  try {
    rotateLogs(data);
    // A copy: whoever synthesises again must not change what runs, or what a restart would run.
    const assembly = Assembly.load(await copyAssembly(source, data));
    const secrets = new SecretStore(data);
    const functions = new FunctionRegistry();
    const tasks = new Tasks();
    const schedules = new Schedules();
    stops.push({ layer: 'entrance', name: 'schedules', stop: () => schedules.stop() });
    const tls = await ensureTls(data.file('tls'));
    const deploying = deployment = new Deployment(assembly, {
      started: (resource) => options.onResourceStarted?.(resource),
      ready: (resource, provided) => options.onResourceReady?.(resource, provided),
      failed: (resource, error) => options.onResourceFailed?.(resource, error),
    });
    const control: ControlServer = await startControlServer(await ports.portFor('control'), functions, secrets);
    stops.push({ layer: 'stores', name: 'control server', stop: () => control.close() });

    let endpoints: Promise<Record<string, string>> = Promise.resolve({});
    const context: Context = {
      data, tls, ports, services, secrets, functions, tasks, schedules, report, servers: [],
      region: assembly.stacks[0].region,
      choices: { tasks: options.tasks ?? 1, without: options.without ?? [], feed: options.feed ?? 'generated', port: options.port, environment: options.environment ?? {} },
      targetGroups: new TargetGroups(),
      property: (resource, name) => deploying.property(resource, name),
      valuesOf: (resource) => deploying.valuesOf(resource),
      resourcesOfType: (...types) => deploying.resourcesOfType(...types),
      processEnvironment: async () => ({
        ...await endpoints,
        AWS_ENDPOINT_URL_LAMBDA: control.url,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: control.url,
        // Whatever has no stand-in is refused here instead of reaching for AWS.
        AWS_ENDPOINT_URL: control.url,
        AWS_REGION: context.region,
        AWS_DEFAULT_REGION: context.region,
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_EC2_METADATA_DISABLED: 'true',
        NODE_EXTRA_CA_CERTS: tls.bundleFile,
      }),
      onStop: (layer, name, one) => { stops.push({ layer, name, stop: one }); },
      fail: (error) => fail(error),
    };

    const resources = await deploying.handledResources(context);
    const cloudOnly = await deploying.cloudOnly(context);
    options.onPlan?.(resources, cloudOnly);
    endpoints = prepareProviders(resources, context);
    endpoints.catch((error: Error) => context.fail(error));
    await Promise.race([failed, deploying.run(context)]);
    const users = await Promise.race([failed, ensureUsers(context)]);
    const describe = (): PlatformDescription => describePlatform(described);
    const described = { context, control, users, endpoints: await context.processEnvironment(), values: await valuesByType(resources, context) };
    data.writeJson('platform.json', describe());
    options.signal?.removeEventListener('abort', interrupt);
    return { ...controls(context), describe, users, cloudOnly, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts the servers that resources share, all at once. */
async function prepareProviders(resources: readonly Resource[], context: Context): Promise<Record<string, string>> {
  const wanted = PROVIDERS.filter((provider) => resources.some((resource) => provider.types.includes(resource.type)));
  const endpoints = await Promise.all(wanted.map((provider) => provider.prepare?.(context)));
  return Object.assign({}, ...endpoints) as Record<string, string>;
}

async function valuesByType(resources: readonly Resource[], context: Context): Promise<{ resource: Resource; provided: Provided }[]> {
  return Promise.all(resources.map(async (resource) => ({ resource, provided: await context.valuesOf(resource) })));
}

async function copyAssembly(source: string, data: DataFolder): Promise<string> {
  const target = data.file('assembly');
  await withBuildLock(async () => {
    rmSync(target, { recursive: true, force: true });
    cpSync(source, target, { recursive: true });
  });
  return target;
}

/** Logs of the run before stay beside those of this one. */
function rotateLogs(data: DataFolder): void {
  rmSync(data.file('logs.before'), { recursive: true, force: true });
  try {
    renameSync(data.file('logs'), data.file('logs.before'));
  } catch { /* the first run */ }
  mkdirSync(data.file('logs'), { mode: 0o700 });
}

/** Reads the description of the platform that runs with a data folder. @throws LocalError when none does */
export function readPlatform(data: string = join(PROJECT_ROOT, '.local')): PlatformDescription {
  try {
    return JSON.parse(readFileSync(join(data, 'platform.json'), 'utf8')) as PlatformDescription;
  } catch {
    throw new LocalError(`No platform runs with the data folder ${data} (platform.json is missing); run npm start first.`);
  }
}
