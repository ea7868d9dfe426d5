import { secretValue } from '../../local/assembly/dynamic-references';
import type { Assembly } from '../../local/assembly/load';
import type { Resource, ResourceValues } from '../../local/assembly/model';
import { type Resolved, Resolver, type World } from '../../local/assembly/resolve';
import { physicalName } from '../../local/runtime/names';
import { type GenerateSecretString, generateSecret } from '../../local/runtime/secrets';
import { LocalError } from '../../local/servers/errors';

export const ACCOUNT = '000000000000';
/** Where every AWS service that is emulated answers, inside the network of the composition. */
export const AWS_URL = 'http://aws:4566';

/** What the resources of an assembly are called inside the network of the composition. Nothing is started. */
export class ComposeWorld implements World {
  readonly resolver: Resolver;
  private readonly values = new Map<string, Promise<ResourceValues>>();
  private readonly names = new Map<string, string>();

  /** @param secrets texts of secrets by name, kept from one run to the next; new ones are added */
  constructor(readonly assembly: Assembly, readonly secrets: Record<string, string>) {
    this.resolver = new Resolver(assembly, this);
  }

  ofType(...types: string[]): Resource[] {
    return this.assembly.stacks.flatMap((stack) => this.assembly.resourcesOf(stack)).filter(({ type }) => types.includes(type));
  }

  property(resource: Resource, name: string): Promise<Resolved> {
    return this.resolver.resolve(resource.properties[name], resource.stack, `${resource.path}.Properties.${name}`);
  }

  valuesOf(resource: Resource): Promise<ResourceValues> {
    const known = this.values.get(resource.path) ?? this.make(resource);
    this.values.set(resource.path, known);
    return known;
  }

  async secret(id: string): Promise<string | undefined> {
    // Every secret must be known by its name before one is asked for by its ARN.
    await Promise.all(this.ofType('AWS::SecretsManager::Secret').map((resource) => this.valuesOf(resource)));
    return this.secrets[this.names.get(id) ?? id];
  }

  async parameter(): Promise<string | undefined> {
    return undefined;
  }

  /** One value of a secret, as ECS injects it. */
  async injected(id: string, key: string | undefined, where: string): Promise<string> {
    return secretValue(await this.secret(id), id, key, (problem) => new LocalError(`${where} cannot be resolved: ${problem}.`));
  }

  /** The name of a container: the construct's, which is unique in its stack, with the stack's where two have the same. */
  hostOf(resource: Resource): string {
    const path = constructPath(resource).slice(1);
    const name = path.filter((part, index) => !/^(Resource|Cluster|Service|Instance|Task\w*|Function)$/.test(part) || index === 0);
    return kebab(name.slice(-2).join('-'));
  }

  private async make(resource: Resource): Promise<ResourceValues> {
    const arn = (service: string, rest: string): string => `arn:aws:${service}:${resource.stack.region}:${ACCOUNT}:${rest}`;
    const given = async (...names: string[]): Promise<string> => {
      for (const name of names) {
        const value = await this.property(resource, name);
        if (typeof value === 'string') return value;
      }
      const lowercase = /S3|RDS|ElastiCache/.test(resource.type);
      const suffix = resource.properties.FifoQueue === true ? '.fifo' : undefined;
      return physicalName(resource, undefined, { max: 60, lowercase, suffix });
    };
    switch (resource.type) {
      case 'AWS::SecretsManager::Secret': return this.makeSecret(resource, await given('Name'));
      case 'AWS::SecretsManager::SecretTargetAttachment': {
        const id = String(await this.property(resource, 'SecretId'));
        return { ref: id, attributes: { Id: id } };
      }
      case 'AWS::RDS::DBCluster':
      case 'AWS::RDS::DBInstance': {
        const host = this.hostOf(resource);
        const port = String(await this.property(resource, 'Port') ?? 5432);
        return others(resource, host, {
          'Endpoint.Address': host,
          'Endpoint.Port': port,
          'ReadEndpoint.Address': host,
          'DBClusterArn': arn('rds', `cluster:${host}`),
          'DBInstanceArn': arn('rds', `db:${host}`),
        });
      }
      case 'AWS::ElastiCache::ReplicationGroup': {
        const host = this.hostOf(resource);
        const port = String(await this.property(resource, 'Port') ?? 6379);
        const names = ['PrimaryEndPoint', 'ReaderEndPoint', 'ConfigurationEndPoint'];
        return others(resource, host, Object.fromEntries(names.flatMap((name) => [[`${name}.Address`, host], [`${name}.Port`, port]])));
      }
      case 'AWS::SQS::Queue': {
        const name = await given('QueueName');
        const url = `${AWS_URL}/${ACCOUNT}/${name}`;
        return { ref: url, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl: url } };
      }
      case 'AWS::Kinesis::Stream': {
        const name = await given('Name');
        return { ref: name, attributes: { Arn: arn('kinesis', `stream/${name}`) } };
      }
      case 'AWS::Kinesis::StreamConsumer': {
        const consumer = `${String(await this.property(resource, 'StreamARN'))}/consumer/${String(await this.property(resource, 'ConsumerName'))}:1`;
        return { ref: consumer, attributes: { ConsumerARN: consumer } };
      }
      case 'AWS::DynamoDB::Table':
      case 'AWS::DynamoDB::GlobalTable': {
        const name = await given('TableName');
        return { ref: name, attributes: { Arn: arn('dynamodb', `table/${name}`), StreamArn: arn('dynamodb', `table/${name}/stream/1`) } };
      }
      case 'AWS::S3::Bucket': {
        const name = await given('BucketName');
        return others(resource, name, { Arn: `arn:aws:s3:::${name}` });
      }
      case 'AWS::AmazonMQ::Broker': {
        const host = this.hostOf(resource);
        return {
          ref: host,
          attributes: { Arn: arn('mq', `broker:${host}`), AmqpEndpoints: [`amqp+ssl://${host}:5671`], MqttEndpoints: [`mqtt+ssl://${host}:8883`], IpAddresses: [host] },
        };
      }
      case 'AWS::Cognito::UserPool': {
        const pool = `${resource.stack.region}_composed`;
        return others(resource, pool, { ProviderName: `cognito-idp.${resource.stack.region}.amazonaws.com/${pool}` });
      }
      default: return others(resource, physicalName(resource, undefined, { max: 60 }), {});
    }
  }

  private async makeSecret(resource: Resource, name: string): Promise<ResourceValues> {
    // Without the characters that are added at creation: nobody knows them before, and it is found without them.
    const arn = `arn:aws:secretsmanager:${resource.stack.region}:${ACCOUNT}:secret:${name}`;
    this.names.set(arn, name);
    const text = await this.property(resource, 'SecretString');
    const rules = await this.property(resource, 'GenerateSecretString');
    this.secrets[name] ??= typeof text === 'string' ? text : generateSecret((rules ?? {}) as GenerateSecretString);
    return { ref: arn, attributes: { Id: arn } };
  }
}

/** Attributes that no container is told about may be read by what is left out: they get a text that says whose they are. */
function others(resource: Resource, ref: string, attributes: Record<string, string>): ResourceValues {
  return { ref, attributes: new Proxy(attributes, { get: (known, name: string) => known[name] ?? `${resource.logicalId}-${String(name)}` }) };
}

/** Ids from the stack downwards. */
export function constructPath(resource: Resource): string[] {
  const template = resource.stack.template.Resources?.[resource.logicalId] as { Metadata?: Record<string, unknown> } | undefined;
  const path = String(template?.Metadata?.['aws:cdk:path'] ?? `${resource.stack.name}/${resource.logicalId}`).split('/');
  const own = resource.stack.name.split('-').length;
  return path.slice(Math.max(0, own - 1));
}

export function kebab(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, '$1-$2').replace(/[^A-Za-z\d-]/g, '-').toLowerCase();
}
