import type { Services } from '../assembly/manifest';
import type { Resource, ResourceValues } from '../assembly/model';
import type { Resolved } from '../assembly/resolve';
import type { DataFolder } from '../data-folder';
import type { FunctionRegistry } from '../runtime/functions';
import type { Schedules } from '../runtime/schedules';
import type { SecretStore } from '../runtime/secrets';
import type { TargetGroups } from '../runtime/target-groups';
import type { Tasks } from '../runtime/tasks';
import type { PortBook } from '../servers/ports';
import type { TlsFiles } from '../servers/tls';

/** The order in which a platform stops: who asks before who answers. */
export type StopLayer = 'entrance' | 'processes' | 'stores';

/** What a person chooses about a platform. */
export interface PlatformChoices {
  /** Services that are not started, by their name. */
  readonly without: readonly string[];
  /** Processes of every service that the template may scale. */
  readonly tasks: number;
  readonly feed: 'generated' | 'bybit';
  /** Environment of every process of the system besides what its template says. */
  readonly environment: Readonly<Record<string, string>>;
  /** Port of the load balancer; undefined: a free one. */
  readonly port?: number;
}

/** A server that stands for an AWS service. */
export interface RunningServer {
  readonly name: string;
  readonly pid: number;
}

/** What every provider works with. */
export interface Context {
  readonly data: DataFolder;
  readonly tls: TlsFiles;
  readonly ports: PortBook;
  readonly region: string;
  readonly choices: PlatformChoices;
  readonly services: Services;
  readonly secrets: SecretStore;
  readonly functions: FunctionRegistry;
  readonly targetGroups: TargetGroups;
  readonly tasks: Tasks;
  readonly schedules: Schedules;
  /** A property of a resource, computed; `name` may be a path such as `GenerateSecretString.PasswordLength`. */
  property(resource: Resource, name: string): Promise<Resolved>;
  /** Another resource's values, waiting until it is there. */
  valuesOf(resource: Resource): Promise<ResourceValues>;
  /** Resources of the types, those included whose condition holds. */
  resourcesOfType(...types: string[]): Promise<Resource[]>;
  /** What a process gets besides its template's environment: endpoints, region, keys, authorities. */
  processEnvironment(): Promise<Record<string, string>>;
  /** Servers that stand for AWS services, for who wants to see what they cost. */
  readonly servers: RunningServer[];
  /** Called once when the platform stops. */
  onStop(layer: StopLayer, name: string, stop: () => Promise<void>): void;
  /** Tells people that something happened to what runs. */
  report(sentence: string): void;
  /** Ends the platform with an error: something that must not be worked around. */
  fail(error: Error): void;
}

/** What a provider made of a resource. */
export interface Provided extends ResourceValues {
  /** For people: where it can be found. */
  readonly note?: string;
}

/**
 * Stands for one AWS service: for each of its resource types it knows what on this machine takes the resource's place. The
 * template decides; a provider never adds a resource.
 */
export interface Provider {
  /** Name of the service, as in the resource types. */
  readonly service: string;
  /** Resource types that this provider, and no other, handles. */
  readonly types: readonly string[];
  /** Starts what its resources share, when there are any. Resolves to AWS_ENDPOINT_URL_* values. */
  prepare?(context: Context): Promise<Readonly<Record<string, string>>>;
  /** Whether a resource of one of the types has a local meaning; default: all have. The others are listed as cloud-only. */
  accepts?(resource: Resource, context: Context): Promise<boolean>;
  /** Brings a resource up, or finds it from an earlier run. */
  up(resource: Resource, context: Context): Promise<Provided>;
}
