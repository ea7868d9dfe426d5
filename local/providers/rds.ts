import type { Context, Provided, Provider } from './provider';
import type { Resource } from '../assembly/model';
import { physicalName } from '../runtime/names';
import { superviseStore } from '../runtime/stores';
import { LOCAL_ACCOUNT } from '../servers/emulator';
import { LocalError } from '../servers/errors';
import { type PostgresServer, startPostgres } from '../servers/postgres';

/**
 * Aurora PostgreSQL: one real server per cluster; the reader's endpoint is the writer. It checks no IAM token: on this machine
 * there is nobody to keep out.
 */
export const rds: Provider = {
  service: 'RDS',
  types: ['AWS::RDS::DBCluster', 'AWS::RDS::DBInstance'],
  up: async (resource, context) => {
    const cluster = await context.property(resource, 'DBClusterIdentifier');
    if (resource.type === 'AWS::RDS::DBInstance' && typeof cluster === 'string') return member(resource, context, cluster);
    return database(resource, context);
  },
};

async function database(resource: Resource, context: Context): Promise<Provided> {
  const engine = String(await context.property(resource, 'Engine'));
  if (!/postgres/.test(engine)) throw new LocalError(`${resource.path} runs ${engine}; only PostgreSQL can run here.`);
  const identifier = physicalName(resource, await context.property(resource, 'DBClusterIdentifier') ?? await context.property(resource, 'DBInstanceIdentifier'), { max: 63, lowercase: true });
  const [adminUser, adminPassword, name] = await Promise.all([
    text(resource, context, 'MasterUsername'),
    text(resource, context, 'MasterUserPassword'),
    context.property(resource, resource.type === 'AWS::RDS::DBCluster' ? 'DatabaseName' : 'DBName'),
  ]);
  const port = await context.ports.portFor(`postgres-${identifier}`);
  const dataDir = context.data.store(`postgres-${identifier}`);
  const start = (): Promise<PostgresServer> => startPostgres({
    dataDir,
    port,
    tls: context.tls,
    adminUser,
    adminPassword,
    database: typeof name === 'string' ? name : 'postgres',
  });
  const server = await start();
  superviseStore(context, `PostgreSQL (${resource.path})`, server, start);
  return {
    ref: identifier,
    attributes: {
      ...endpoint(server.host, String(port)),
      'ReadEndpoint.Address': server.host,
      'DBClusterArn': `arn:aws:rds:${resource.stack.region}:${LOCAL_ACCOUNT}:cluster:${identifier}`,
      'DBInstanceArn': `arn:aws:rds:${resource.stack.region}:${LOCAL_ACCOUNT}:db:${identifier}`,
      'DBClusterResourceId': `cluster-${identifier}`,
      'DbiResourceId': `db-${identifier}`,
      // Not an attribute of AWS: what people and tests connect with.
      'local:url': server.url,
      'local:pid': server.child.pid,
    },
    note: `postgresql://${server.host}:${port}/${String(name ?? 'postgres')}`,
  };
}

async function member(resource: Resource, context: Context, cluster: string): Promise<Provided> {
  const identifier = physicalName(resource, await context.property(resource, 'DBInstanceIdentifier'), { max: 63, lowercase: true });
  for (const other of await context.resourcesOfType('AWS::RDS::DBCluster')) {
    const { ref, attributes } = await context.valuesOf(other);
    if (ref === cluster) return { ref: identifier, attributes: endpoint(String(attributes['Endpoint.Address']), String(attributes['Endpoint.Port'])) };
  }
  throw new LocalError(`${resource.path} belongs to the cluster ${cluster}, which is not in this assembly.`);
}

function endpoint(address: string, port: string): Record<string, string> {
  return { 'Endpoint.Address': address, 'Endpoint.Port': port };
}

async function text(resource: Resource, context: Context, name: string): Promise<string> {
  const value = await context.property(resource, name);
  if (typeof value !== 'string') throw new LocalError(`${resource.path} has no ${name}; a database here needs one.`);
  return value;
}
