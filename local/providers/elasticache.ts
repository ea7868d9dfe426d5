import type { Provider } from './provider';
import { physicalName } from '../runtime/names';
import { superviseStore } from '../runtime/stores';
import { type RedisServer, startRedis } from '../servers/redis';

/** ElastiCache: one real redis-server per replication group or serverless cache; every endpoint is the same node. */
export const elastiCache: Provider = {
  service: 'ElastiCache',
  types: ['AWS::ElastiCache::ReplicationGroup', 'AWS::ElastiCache::ServerlessCache'],
  up: async (resource, context) => {
    const identifier = physicalName(resource, await context.property(resource, 'ReplicationGroupId') ?? await context.property(resource, 'ServerlessCacheName'), { max: 40, lowercase: true });
    const serverless = resource.type.endsWith('ServerlessCache');
    const encrypted = serverless || (await context.property(resource, 'TransitEncryptionEnabled')) === true;
    const token = await context.property(resource, 'AuthToken');
    const portNumber = await context.ports.portFor(`redis-${identifier}`);
    const dir = context.data.store(`redis-${identifier}`);
    const start = (): Promise<RedisServer> => startRedis({
      dir,
      port: portNumber,
      tls: encrypted ? context.tls : undefined,
      password: typeof token === 'string' ? token : undefined,
    });
    const server = await start();
    superviseStore(context, `Redis (${resource.path})`, server, start);
    const port = String(portNumber);
    const names = serverless ? ['Endpoint', 'ReaderEndpoint'] : ['PrimaryEndPoint', 'ReaderEndPoint', 'ConfigurationEndPoint'];
    return {
      ref: identifier,
      attributes: {
        ...Object.fromEntries(names.flatMap((name) => [[`${name}.Address`, server.host], [`${name}.Port`, port]])),
        'local:url': server.url,
        'local:token': typeof token === 'string' ? token : '',
        'local:pid': server.child.pid,
      },
      note: server.url,
    };
  },
};
