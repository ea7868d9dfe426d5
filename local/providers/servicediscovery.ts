import type { Context, Provided, Provider } from './provider';
import type { Resource } from '../assembly/model';
import { discoveryPort } from '../runtime/discovery';
import { physicalName } from '../runtime/names';
import { LOCAL_ACCOUNT } from '../servers/emulator';
import { LocalError } from '../servers/errors';

/** Cloud Map: a name stands for one task, whose port is known before it runs. */
export const serviceDiscovery: Provider = {
  service: 'ServiceDiscovery',
  types: ['AWS::ServiceDiscovery::PrivateDnsNamespace', 'AWS::ServiceDiscovery::Service'],
  up: (resource, context) => (resource.type.endsWith('Service') ? service(resource, context) : namespace(resource, context)),
};

function arn(resource: Resource, kind: string, id: string): string {
  return `arn:aws:servicediscovery:${resource.stack.region}:${LOCAL_ACCOUNT}:${kind}/${id}`;
}

async function namespace(resource: Resource, context: Context): Promise<Provided> {
  const ref = physicalName(resource, undefined, { max: 64 });
  const name = String(await context.property(resource, 'Name'));
  return { ref, attributes: { Id: ref, Arn: arn(resource, 'namespace', ref), HostedZoneId: 'ZLOCAL', name }, note: name };
}

async function service(resource: Resource, context: Context): Promise<Provided> {
  const ref = physicalName(resource, undefined, { max: 64 });
  const wanted = await context.property(resource, 'NamespaceId') ?? await context.property(resource, 'DnsConfig.NamespaceId');
  const namespaces = await Promise.all((await context.resourcesOfType('AWS::ServiceDiscovery::PrivateDnsNamespace')).map((one) => context.valuesOf(one)));
  const found = namespaces.find((one) => one.ref === wanted);
  if (!found) throw new LocalError(`${resource.path} belongs to the namespace ${String(wanted)}, which is not in this assembly.`);
  const name = String(await context.property(resource, 'Name') ?? ref.toLowerCase());
  const host = `${name}.${found.attributes.name}`;
  const port = await discoveryPort(context, host);
  return { ref, attributes: { 'Id': ref, 'Arn': arn(resource, 'service', ref), 'Name': name, 'local:port': port }, note: `${host} is 127.0.0.1:${port}` };
}
