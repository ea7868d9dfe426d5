import type { ControlServer } from './control-server';
import { type PlatformProcess, processesOf } from './controls';
import type { User } from './users';
import type { Resource } from '../assembly/model';
import type { Context, Provided } from '../providers/provider';

/** What other programs need to work with a running platform; `platform.json` in its data folder. It holds secrets. */
export interface PlatformDescription {
  /** Process id of the platform. */
  readonly pid: number;
  /** The way in: the REST API where there is one, else the load balancer; for example `http://localhost:24310`. */
  readonly baseUrl: string;
  /** Every REST API, with its stage. */
  readonly apis: readonly string[];
  /** The WebSocket API where there is one, else that of the load balancer. */
  readonly wsUrl: string;
  readonly users: readonly User[];
  /** AWS_ENDPOINT_URL_* and what else a process of the platform has in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lambda's Invoke API and Secrets Manager. */
  readonly controlUrl: string;
  /** Connection strings of the databases' administrators. */
  readonly databases: Readonly<Record<string, string>>;
  /** That of the first database. */
  readonly databaseUrl?: string;
  readonly redis?: { readonly url: string; readonly token: string };
  /** Certificate of the authority that every local certificate is signed by. */
  readonly caFile: string;
  readonly logs: string;
  /** Services and functions. */
  readonly processes: readonly PlatformProcess[];
  /** Databases, emulators and the load balancer. */
  readonly servers: readonly { readonly name: string; readonly pid: number }[];
  /** Physical names by the path of the resource in the assembly. */
  readonly resources: Readonly<Record<string, { readonly type: string; readonly ref: string }>>;
  /** Physical names of functions by service. */
  readonly functions: Readonly<Record<string, string>>;
}

/** The parts that a description is made of. */
export interface Described {
  readonly context: Context;
  readonly control: ControlServer;
  readonly users: readonly User[];
  readonly endpoints: Readonly<Record<string, string>>;
  readonly values: readonly { readonly resource: Resource; readonly provided: Provided }[];
}

/** Describes what runs now. */
export function describePlatform({ context, control, users, endpoints, values }: Described): PlatformDescription {
  const local = (service: string): { path: string; attributes: Provided['attributes'] }[] => values
    .filter(({ resource, provided }) => resource.type.startsWith(`AWS::${service}::`) && provided.attributes['local:url'] !== undefined)
    .map(({ resource, provided }) => ({ path: resource.path, attributes: provided.attributes }));
  const [loadBalancer] = local('ElasticLoadBalancingV2');
  // A REST API that calls functions alone stands beside the load balancer, not in front of it.
  const [restApi] = local('ApiGateway').filter(({ attributes }) => loadBalancer === undefined || attributes['local:forwards'] !== 0);
  const [socketApi] = local('ApiGatewayV2');
  const baseUrl = String((restApi ?? loadBalancer)?.attributes['local:url'] ?? '');
  const connections = local('RDS').map(({ path, attributes }) => [path, String(attributes['local:url'])] as const);
  const redis = local('ElastiCache')[0]?.attributes;
  return {
    pid: process.pid,
    baseUrl,
    apis: local('ApiGateway').map(({ attributes }) => String(attributes['local:url'])),
    wsUrl: String(socketApi?.attributes['local:url'] ?? `${baseUrl.replace(/^http/, 'ws')}/v1/stream`),
    users,
    environment: endpoints,
    controlUrl: control.url,
    databases: Object.fromEntries(connections),
    databaseUrl: connections[0]?.[1],
    redis: redis && { url: String(redis['local:url']), token: String(redis['local:token']) },
    caFile: context.tls.caFile,
    logs: context.data.file('logs'),
    processes: processesOf(context),
    servers: context.servers.map(({ name, pid }) => ({ name, pid })),
    resources: Object.fromEntries(values.map(({ resource, provided }) => [resource.path, { type: resource.type, ref: provided.ref }])),
    functions: Object.fromEntries(context.functions.all().map((one) => [one.spec.service, one.spec.name])),
  };
}
