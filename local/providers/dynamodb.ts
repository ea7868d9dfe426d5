import { CreateTableCommand, type CreateTableCommandInput, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context, Provider } from './provider';
import type { Resource } from '../assembly/model';
import { physicalName } from '../runtime/names';
import { LOCAL_CREDENTIALS, once, superviseStore } from '../runtime/stores';
import { startDynalite } from '../servers/dynalite';
import { type EmulatorServer, LOCAL_ACCOUNT } from '../servers/emulator';

const server = once<EmulatorServer>(async (context) => {
  const running = await startDynalite({ dataDir: context.data.store('dynalite'), port: await context.ports.portFor('dynalite') });
  superviseStore(context, 'DynamoDB', running);
  return running;
});

type Schema = Pick<CreateTableCommandInput, 'KeySchema' | 'AttributeDefinitions' | 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'>;
type Index = NonNullable<Schema['LocalSecondaryIndexes']>[number];

/** DynamoDB on dynalite, global tables as their one replica. Single-item conditional writes, queries and indexes; no transactions. */
export const dynamodb: Provider = {
  service: 'DynamoDB',
  types: ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'],
  prepare: async (context) => ({ AWS_ENDPOINT_URL_DYNAMODB: (await server(context)).url }),
  up: async (resource, context) => {
    const { region } = context;
    const name = physicalName(resource, await context.property(resource, 'TableName'), { max: 255 });
    const { url: endpoint } = await server(context);
    const client = new DynamoDBClient({ region, endpoint, credentials: LOCAL_CREDENTIALS });
    try {
      const there = await client.send(new DescribeTableCommand({ TableName: name })).then(() => true, () => false);
      if (!there) await client.send(new CreateTableCommand({ TableName: name, BillingMode: 'PAY_PER_REQUEST', ...await schema(resource, context) }));
      while ((await client.send(new DescribeTableCommand({ TableName: name }))).Table?.TableStatus !== 'ACTIVE') {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    } finally {
      client.destroy();
    }
    const arn = `arn:aws:dynamodb:${region}:${LOCAL_ACCOUNT}:table/${name}`;
    // There are no streams; whoever starts a function by one compares what the table holds.
    return { ref: name, attributes: { Arn: arn, StreamArn: `${arn}/stream/here`, TableId: name }, note: name };
  },
};

/** Keys and indexes; what an index costs has no meaning here. */
async function schema(resource: Resource, context: Context): Promise<Schema> {
  const list = async <T extends object>(name: string): Promise<T[] | undefined> => await context.property(resource, name) as T[] | undefined;
  const indexes = async (name: string): Promise<Index[] | undefined> => (
    (await list<Index>(name))?.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }))
  );
  return {
    KeySchema: await list('KeySchema'),
    AttributeDefinitions: await list('AttributeDefinitions'),
    GlobalSecondaryIndexes: await indexes('GlobalSecondaryIndexes'),
    LocalSecondaryIndexes: await indexes('LocalSecondaryIndexes'),
  };
}
