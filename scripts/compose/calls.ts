import type { ComposeWorld } from './world';
import type { Resource } from '../../local/assembly/model';
import type { Resolved } from '../../local/assembly/resolve';

/** A call of the AWS API that makes a resource in the emulator. */
export interface Call {
  readonly service: string;
  readonly operation: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Properties of a queue that are attributes of the same name in the API. */
const QUEUE_ATTRIBUTES = ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit', 'VisibilityTimeout', 'MessageRetentionPeriod', 'RedrivePolicy'];

/** Calls that make the streams, queues, tables, buckets and secrets of the templates. Dead-letter queues come before who names them. */
export async function callsOf(world: ComposeWorld): Promise<Call[]> {
  const each = <T>(types: string[], make: (resource: Resource) => Promise<T>): Promise<T[]> => Promise.all(world.ofType(...types).map(make));
  const queues = await each(['AWS::SQS::Queue'], (resource) => queue(world, resource));
  return [
    ...await each(['AWS::S3::Bucket'], async (resource) => ({ service: 's3', operation: 'create_bucket', parameters: { Bucket: (await world.valuesOf(resource)).ref } })),
    ...await each(['AWS::Kinesis::Stream'], (resource) => stream(world, resource)),
    ...await each(['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'], (resource) => table(world, resource)),
    ...queues.filter(({ parameters }) => !hasRedrive(parameters)),
    ...queues.filter(({ parameters }) => hasRedrive(parameters)),
  ];
}

function hasRedrive(parameters: Call['parameters']): boolean {
  return (parameters.Attributes as Record<string, string>).RedrivePolicy !== undefined;
}

async function queue(world: ComposeWorld, resource: Resource): Promise<Call> {
  const attributes = await Promise.all(QUEUE_ATTRIBUTES.map(async (name) => [name, await world.property(resource, name)] as const));
  return {
    service: 'sqs',
    operation: 'create_queue',
    parameters: {
      QueueName: (await world.valuesOf(resource)).attributes.QueueName,
      Attributes: Object.fromEntries(attributes.filter(([, value]) => value !== undefined).map(([name, value]) => [name, asText(value)])),
    },
  };
}

/** The API takes every attribute as a text. */
function asText(value: Resolved): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

async function stream(world: ComposeWorld, resource: Resource): Promise<Call> {
  const shards = Number(await world.property(resource, 'ShardCount') ?? 4);
  return { service: 'kinesis', operation: 'create_stream', parameters: { StreamName: (await world.valuesOf(resource)).ref, ShardCount: shards } };
}

async function table(world: ComposeWorld, resource: Resource): Promise<Call> {
  const property = (name: string): Promise<Resolved> => world.property(resource, name);
  const indexes = await property('GlobalSecondaryIndexes') as Record<string, Resolved>[] | undefined;
  const plain = indexes?.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }));
  return {
    service: 'dynamodb',
    operation: 'create_table',
    parameters: {
      TableName: (await world.valuesOf(resource)).ref,
      KeySchema: await property('KeySchema'),
      AttributeDefinitions: await property('AttributeDefinitions'),
      BillingMode: 'PAY_PER_REQUEST',
      ...(plain === undefined ? {} : { GlobalSecondaryIndexes: plain }),
    },
  };
}
