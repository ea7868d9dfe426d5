import type { ComposeFile, Composition } from './model';
import { CARRY_EVENTS, RUN_TRIGGERS } from './programs';
import { type EcsContainer, ecsServices, eventServices, functionServices } from './services';
import { escaped, ROLES, storesOf } from './stores';
import { ComposeWorld, kebab } from './world';
import { Assembly } from '../../local/assembly/load';

/** Types that become containers, or that need none to mean something in this composition. */
const COMPOSED = [
  'AWS::ECS::Service', 'AWS::ECS::TaskDefinition', 'AWS::ECS::Cluster', 'AWS::RDS::DBCluster', 'AWS::RDS::DBInstance', 'AWS::ElastiCache::ReplicationGroup',
  'AWS::SQS::Queue', 'AWS::S3::Bucket', 'AWS::Kinesis::Stream', 'AWS::Kinesis::StreamConsumer', 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable',
  'AWS::SecretsManager::Secret', 'AWS::SecretsManager::SecretTargetAttachment', 'AWS::ElasticLoadBalancingV2::LoadBalancer', 'Custom::Trigger',
];

/**
 * The compose file of a synthesised system.
 *
 * @param folder where the file will be: paths of images are relative to it
 * @param secrets texts of secrets by name, from an earlier run; new ones are added
 */
export async function compose(assemblyFolder: string, system: string, folder: string, secrets: Record<string, string>): Promise<Composition> {
  const assembly = Assembly.load(assemblyFolder);
  const world = new ComposeWorld(assembly, secrets);
  await Promise.all(world.ofType('AWS::SecretsManager::Secret').map((resource) => world.valuesOf(resource)));
  await attachDatabases(world);
  const { stores, services: storeServices, configs, files } = await storesOf(world);
  const inputs = { world, stores, folder, files };
  const functions = await functionServices(inputs);
  const events = eventServices(Object.keys(functions.services), functions.triggers, functions.mappings);
  const ecs = await ecsServices(inputs, functions.triggers.length > 0 ? ['run-triggers'] : []);
  const entrance = await loadBalancer(world, ecs.containers);
  files['secrets.json'] = `${JSON.stringify(secrets, undefined, 1)}\n`;
  const passwords = stores.map(({ name }) => name);
  const composed = new Set([...COMPOSED, 'AWS::ElasticLoadBalancingV2::Listener', 'AWS::ElasticLoadBalancingV2::TargetGroup']);
  return {
    files,
    file: {
      'name': kebab(system),
      'services': { ...storeServices, ...functions.services, ...events, ...ecs.services, ...entrance.services },
      'volumes': { certificates: null, ...Object.fromEntries(stores.filter(({ service }) => service.volumes?.some((one) => one.includes('/data'))).map(({ name }) => [name, null])) },
      'secrets': { secrets: { file: './secrets.json' }, ...Object.fromEntries(passwords.map((name) => [name, { file: `./${name}.password` }])) },
      'configs': {
        ...configs,
        roles: { content: ROLES },
        ...(functions.triggers.length > 0 ? { 'run-triggers': { content: escaped(RUN_TRIGGERS) }, 'triggers': { content: JSON.stringify(functions.triggers) } } : {}),
        ...(functions.mappings.length > 0 ? { 'carry-events': { content: escaped(CARRY_EVENTS) }, 'mappings': { content: escaped(JSON.stringify(functions.mappings)) } } : {}),
        ...entrance.configs,
      },
      'x-left-out': leftOut(world, composed, Object.keys(functions.services).length, functions.mappings.length),
    },
  };
}

/** Writes where a database is into its secret, as the attachment does in AWS. */
async function attachDatabases(world: ComposeWorld): Promise<void> {
  for (const attachment of world.ofType('AWS::SecretsManager::SecretTargetAttachment')) {
    const [id, target] = await Promise.all([world.property(attachment, 'SecretId'), world.property(attachment, 'TargetId')]);
    for (const database of world.ofType('AWS::RDS::DBCluster', 'AWS::RDS::DBInstance')) {
      const { ref, attributes } = await world.valuesOf(database);
      if (ref !== target) continue;
      const name = Object.keys(world.secrets).find((each) => String(id).endsWith(`:secret:${each}`));
      if (name === undefined) continue;
      const dbname = await world.property(database, database.type.endsWith('Cluster') ? 'DatabaseName' : 'DBName');
      world.secrets[name] = JSON.stringify({
        ...JSON.parse(world.secrets[name]) as object, engine: 'postgres', host: attributes['Endpoint.Address'], port: Number(attributes['Endpoint.Port']), dbname,
      });
    }
  }
}

/** HAProxy for the load balancer: sticky where the target group is, and only to tasks that are well. */
async function loadBalancer(world: ComposeWorld, containers: readonly EcsContainer[]): Promise<Pick<ComposeFile, 'services' | 'configs'>> {
  const behind = containers.filter(({ service, port }) => {
    const { LoadBalancers: groups } = service.properties;
    return port !== undefined && Array.isArray(groups) && groups.length > 0;
  });
  if (world.ofType('AWS::ElasticLoadBalancingV2::LoadBalancer').length === 0 || behind.length === 0) return { services: {}, configs: {} };
  const [group] = world.ofType('AWS::ElasticLoadBalancingV2::TargetGroup');
  const path = String(group === undefined ? '/health' : await world.property(group, 'HealthCheckPath') ?? '/');
  const content = [
    'global', '  log stdout format raw local0', 'defaults', '  mode http', '  timeout connect 5s', '  timeout client 60s', '  timeout server 60s', '  timeout tunnel 1h',
    'resolvers docker', '  nameserver dns 127.0.0.11:53',
    'frontend entrance', '  bind :8080', '  default_backend tasks',
    'backend tasks', `  option httpchk GET ${path}`, '  cookie TASK insert indirect nocache',
    ...behind.map(({ name, port }) => `  server ${name} ${name}:${port} check cookie ${name} resolvers docker init-addr none`), '',
  ].join('\n');
  return {
    services: {
      'load-balancer': {
        image: 'haproxy:3.2',
        ports: ['127.0.0.1:8080:8080'],
        configs: [{ source: 'load-balancer', target: '/usr/local/etc/haproxy/haproxy.cfg' }],
        depends_on: Object.fromEntries(behind.map(({ name }) => [name, { condition: 'service_healthy' as const }])),
        restart: 'unless-stopped',
      },
    },
    configs: { 'load-balancer': { content: escaped(content) } },
  };
}

/** What people may miss: resources that do something and have no container, by type. */
function leftOut(world: ComposeWorld, composed: ReadonlySet<string>, functions: number, mappings: number): Record<string, number> {
  // A trigger's own function runs in the deployment only.
  const telling = /^AWS::(ApiGateway::RestApi|ApiGatewayV2::Api|CloudFront::Distribution|Cognito::UserPool|Lambda::Function|Scheduler::Schedule|KinesisFirehose::DeliveryStream|AmazonMQ::Broker|MSK::Cluster|WAFv2::WebACL|SNS::Topic|Lambda::EventSourceMapping|Events::Rule)$/;
  const counts: Record<string, number> = {};
  for (const resource of world.assembly.stacks.flatMap((stack) => world.assembly.resourcesOf(stack))) {
    if (composed.has(resource.type) || !telling.test(resource.type)) continue;
    counts[resource.type] = (counts[resource.type] ?? 0) + 1;
  }
  for (const [type, count] of [['AWS::Lambda::Function', functions], ['AWS::Lambda::EventSourceMapping', mappings]] as const) {
    if (counts[type] !== undefined) counts[type] -= count;
  }
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0).sort(([a], [b]) => a.localeCompare(b, 'en')));
}
