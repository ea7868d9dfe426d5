import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Context, Provided, Provider } from './provider';
import type { Resource } from '../assembly/model';
import { physicalName } from '../runtime/names';
import { LOCAL_CREDENTIALS, once, superviseStore } from '../runtime/stores';
import { type EmulatorServer, LOCAL_ACCOUNT } from '../servers/emulator';
import { LocalError } from '../servers/errors';
import { startKinesalite } from '../servers/kinesalite';

/** Shards of a new stream that is paid by use. */
const ON_DEMAND_SHARDS = 4;

const server = once<EmulatorServer>(async (context) => {
  const running = await startKinesalite({ dataDir: context.data.store('kinesalite'), port: await context.ports.portFor('kinesalite') });
  superviseStore(context, 'Kinesis', running);
  return running;
});

/** Kinesis on kinesalite. A consumer is an ARN only: there is no enhanced fan-out, so readers poll. */
export const kinesis: Provider = {
  service: 'Kinesis',
  types: ['AWS::Kinesis::Stream', 'AWS::Kinesis::StreamConsumer'],
  prepare: async (context) => ({ AWS_ENDPOINT_URL_KINESIS: (await server(context)).url }),
  up: (resource, context) => (resource.type === 'AWS::Kinesis::Stream' ? stream(resource, context) : consumer(resource, context)),
};

async function stream(resource: Resource, context: Context): Promise<Provided> {
  const name = physicalName(resource, await context.property(resource, 'Name'), { max: 128 });
  const mode = await context.property(resource, 'StreamModeDetails.StreamMode');
  const shards = mode === 'ON_DEMAND' ? ON_DEMAND_SHARDS : Number(await context.property(resource, 'ShardCount') ?? 1);
  const { url: endpoint } = await server(context);
  // Without this handler the client would speak HTTP/2.
  const client = new KinesisClient({ region: context.region, endpoint, credentials: LOCAL_CREDENTIALS, requestHandler: new NodeHttpHandler() });
  try {
    let open = await openShards(client, name);
    if (open === undefined) {
      await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
      open = shards;
    }
    if (open !== shards) {
      throw new LocalError(`${resource.path} has ${shards} shards, the kept stream ${open}; streams are not resharded here, start again with --fresh.`);
    }
    await untilActive(client, name);
  } finally {
    client.destroy();
  }
  return { ref: name, attributes: { Arn: `arn:aws:kinesis:${context.region}:${LOCAL_ACCOUNT}:stream/${name}` }, note: `${name} (${shards} shard${shards > 1 ? 's' : ''})` };
}

async function openShards(client: KinesisClient, name: string): Promise<number | undefined> {
  const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: name })).catch((error: Error) => {
    if (error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  });
  return answer?.StreamDescriptionSummary?.OpenShardCount;
}

async function untilActive(client: KinesisClient, name: string): Promise<void> {
  for (;;) {
    const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: name }));
    if (answer.StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function consumer(resource: Resource, context: Context): Promise<Provided> {
  const name = String(await context.property(resource, 'ConsumerName'));
  const streamArn = String(await context.property(resource, 'StreamARN'));
  const arn = `${streamArn}/consumer/${name}:1`;
  return { ref: arn, attributes: { ConsumerARN: arn, ConsumerName: name, StreamARN: streamArn, ConsumerStatus: 'ACTIVE', ConsumerCreationTimestamp: '1' } };
}
