import { CreateQueueCommand, GetQueueUrlCommand, SQSClient, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { Provider } from './provider';
import type { Resolved } from '../assembly/resolve';
import { physicalName } from '../runtime/names';
import { LOCAL_CREDENTIALS, queuesAndBuckets } from '../runtime/stores';
import { LOCAL_ACCOUNT } from '../servers/emulator';

/** Properties of a queue that are attributes of the same name and mean something here. */
const ATTRIBUTES = [
  'ContentBasedDeduplication', 'DelaySeconds', 'MaximumMessageSize', 'MessageRetentionPeriod', 'ReceiveMessageWaitTimeSeconds', 'VisibilityTimeout',
];

/** SQS on fauxqs. */
export const sqs: Provider = {
  service: 'SQS',
  types: ['AWS::SQS::Queue'],
  prepare: async (context) => ({ AWS_ENDPOINT_URL_SQS: (await queuesAndBuckets(context)).url }),
  up: async (resource, context) => {
    const fifo = (await context.property(resource, 'FifoQueue')) === true;
    const name = physicalName(resource, await context.property(resource, 'QueueName'), { max: 80, suffix: fifo ? '.fifo' : '' });
    const attributes: Record<string, string> = {};
    for (const attribute of ATTRIBUTES) {
      const value = await context.property(resource, attribute);
      if (value !== undefined) attributes[attribute] = String(value);
    }
    const redrive = await context.property(resource, 'RedrivePolicy');
    if (redrive !== undefined) attributes.RedrivePolicy = asText(redrive);

    const { region } = context;
    const { url: endpoint } = await queuesAndBuckets(context);
    const client = new SQSClient({ region, endpoint, credentials: LOCAL_CREDENTIALS });
    // By its path alone the server finds the queue; the host name that it would invent is one that not every machine resolves.
    const url = `${endpoint}/${LOCAL_ACCOUNT}/${name}`;
    try {
      const known = await client.send(new GetQueueUrlCommand({ QueueName: name })).catch(() => undefined);
      if (known) await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes }));
      else await client.send(new CreateQueueCommand({ QueueName: name, Attributes: { ...attributes, ...(fifo ? { FifoQueue: 'true' } : {}) } }));
    } finally {
      client.destroy();
    }
    return { ref: url, attributes: { Arn: `arn:aws:sqs:${region}:${LOCAL_ACCOUNT}:${name}`, QueueName: name, QueueUrl: url }, note: url };
  },
};

function asText(value: Resolved): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
