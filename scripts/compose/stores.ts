import { callsOf } from './calls';
import type { ComposeFile, ComposeService } from './model';
import { MAKE_RESOURCES, makeCertificates } from './programs';
import { AWS_URL, type ComposeWorld } from './world';
import type { Resource } from '../../local/assembly/model';
import { VERSION } from '../deploy-emulated/emulator';

/** A container that services call, and the texts in their environment that say that they do. */
export interface Store {
  readonly name: string;
  readonly service: ComposeService;
  readonly knownBy: readonly string[];
}

/** Image of the emulator of AWS, with botocore in it: what prepares it runs in the same one. */
export const EMULATOR = { context: '.', dockerfile_inline: `FROM python:3.12-slim\nRUN pip install --no-cache-dir ministack==${VERSION}\n` };
/** What the emulator asks of who calls it. */
export const AWS_ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_ENDPOINT_URL: AWS_URL, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1',
};
const CHECK = { interval: '5s', timeout: '5s', retries: 30 };

/** Containers that keep something, and what prepares them. */
export interface ComposedStores extends Pick<ComposeFile, 'services' | 'configs'> {
  readonly stores: Store[];
  /** Files with secrets, by name. */
  readonly files: Record<string, string>;
}

/** PostgreSQL for each database, Redis for each cache, certificates for both, and the emulator with its resources. */
export async function storesOf(world: ComposeWorld): Promise<ComposedStores> {
  const databases = world.ofType('AWS::RDS::DBCluster', 'AWS::RDS::DBInstance').filter(({ properties }) => properties.DBClusterIdentifier === undefined);
  const caches = world.ofType('AWS::ElastiCache::ReplicationGroup');
  const stores: Store[] = [];
  const files: Record<string, string> = {};
  for (const database of databases) stores.push(await postgres(world, database, files));
  for (const cache of caches) stores.push(await redis(world, cache, files));
  const services: Record<string, ComposeService> = {
    'certificates': {
      // Python's image has OpenSSL.
      build: EMULATOR,
      command: ['sh', '-c', escaped(makeCertificates(stores.map(({ name }) => name)))],
      volumes: ['certificates:/certificates'],
      restart: 'no',
    },
    'aws': {
      build: EMULATOR,
      command: ['ministack'],
      environment: { GATEWAY_PORT: '4566', MINISTACK_ACCOUNT_ID: '000000000000' },
      ports: ['127.0.0.1:4566:4566'],
      healthcheck: { test: ['CMD', 'python', '-c', 'import urllib.request as u; u.urlopen("http://127.0.0.1:4566/_ministack/health")'], ...CHECK },
      restart: 'unless-stopped',
    },
    'aws-resources': {
      build: EMULATOR,
      command: ['python', '/compose/make-resources.py'],
      environment: AWS_ENVIRONMENT,
      configs: [{ source: 'make-resources', target: '/compose/make-resources.py' }, { source: 'calls', target: '/compose/calls.json' }],
      secrets: ['secrets'],
      depends_on: { aws: { condition: 'service_healthy' } },
      restart: 'no',
    },
  };
  for (const { name, service } of stores) services[name] = service;
  return {
    stores,
    services,
    files,
    configs: { 'make-resources': { content: escaped(MAKE_RESOURCES) }, 'calls': { content: escaped(JSON.stringify(await callsOf(world), undefined, 1)) } },
  };
}

async function postgres(world: ComposeWorld, database: Resource, files: Record<string, string>): Promise<Store> {
  const { attributes } = await world.valuesOf(database);
  const name = world.hostOf(database);
  const [user, password, db] = await Promise.all(['MasterUsername', 'MasterUserPassword', database.type.endsWith('Cluster') ? 'DatabaseName' : 'DBName']
    .map((property) => world.property(database, property)));
  const version = /^\d+/.exec(String(await world.property(database, 'EngineVersion') ?? '17'))?.[0] ?? '17';
  const port = String(attributes['Endpoint.Port']);
  files[`${name}.password`] = String(password);
  return {
    name,
    knownBy: [`@${name}:`],
    service: {
      image: `postgres:${version}`,
      // A key must be the server's own: it copies it before it starts.
      entrypoint: ['sh', '-c', `install -o postgres -g postgres -m 600 /certificates/${name}.key /certificates/${name}.pem /var/lib/postgresql/ && exec docker-entrypoint.sh "$$@"`, 'sh'],
      command: ['postgres', '-p', port, '-c', 'ssl=on', '-c', `ssl_cert_file=/var/lib/postgresql/${name}.pem`, '-c', `ssl_key_file=/var/lib/postgresql/${name}.key`],
      environment: {
        POSTGRES_USER: String(user),
        POSTGRES_DB: typeof db === 'string' ? db : 'postgres',
        POSTGRES_PASSWORD_FILE: `/run/secrets/${name}`,
        // Services sign in with tokens of IAM, which nobody can check here: the network is that of this composition.
        POSTGRES_HOST_AUTH_METHOD: 'trust',
        PGPORT: port,
      },
      configs: [{ source: 'roles', target: '/docker-entrypoint-initdb.d/roles.sql' }],
      secrets: [name],
      volumes: ['certificates:/certificates:ro', `${name}:/var/lib/postgresql/data`],
      healthcheck: { test: ['CMD', 'pg_isready', '-h', '127.0.0.1', '-p', port, '-U', String(user)], ...CHECK },
      depends_on: { certificates: { condition: 'service_completed_successfully' } },
      restart: 'unless-stopped',
    },
  };
}

async function redis(world: ComposeWorld, cache: Resource, files: Record<string, string>): Promise<Store> {
  const { attributes } = await world.valuesOf(cache);
  const name = world.hostOf(cache);
  const port = String(attributes['PrimaryEndPoint.Port']);
  const token = await world.property(cache, 'AuthToken');
  const tls = (await world.property(cache, 'TransitEncryptionEnabled')) === true;
  files[`${name}.password`] = typeof token === 'string' ? token : '';
  const options = tls
    ? `--port 0 --tls-port ${port} --tls-cert-file /certificates/${name}.pem --tls-key-file /certificates/${name}.key --tls-ca-cert-file /certificates/ca.pem --tls-auth-clients no`
    : `--port ${port}`;
  // The password is read where it is used, so that no command line of the file holds it.
  const password = `"$$(cat /run/secrets/${name})"`;
  const client = `redis-cli -p ${port} ${tls ? '--tls --cacert /certificates/ca.pem' : ''}`.trim();
  return {
    name,
    knownBy: [`//${name}:`],
    service: {
      image: 'redis:7',
      entrypoint: ['sh', '-c'],
      command: [`exec redis-server ${options} --appendonly no --requirepass ${password}`],
      secrets: [name],
      volumes: ['certificates:/certificates:ro'],
      healthcheck: { test: ['CMD-SHELL', `REDISCLI_AUTH=${password} ${client} ping | grep PONG`], ...CHECK },
      depends_on: { certificates: { condition: 'service_completed_successfully' } },
      restart: 'unless-stopped',
    },
  };
}

/** What Aurora has before anybody connects. */
export const ROLES = 'CREATE ROLE rds_iam NOLOGIN;\nCREATE ROLE rds_superuser NOLOGIN;\n';

/** A dollar is the beginning of a variable in a compose file. */
export function escaped(text: string): string {
  return text.replaceAll('$', '$$$$');
}
