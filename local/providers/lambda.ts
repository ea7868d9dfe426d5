import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Context, Provided, Provider } from './provider';
import type { Resource } from '../assembly/model';
import { LocalFunction } from '../runtime/functions';
import { physicalName } from '../runtime/names';
import { processEnvironment } from '../runtime/process-environment';
import { QueuePoller } from '../runtime/queue-poller';
import { LOCAL_CREDENTIALS, queuesAndBuckets } from '../runtime/stores';
import { StreamPoller } from '../runtime/stream-poller';
import { TablePoller } from '../runtime/table-poller';
import { LOCAL_ACCOUNT } from '../servers/emulator';
import { LocalError } from '../servers/errors';

/** Lambda: one process per function of ours, which takes one invocation at a time; queues, streams and tables that start one are polled. */
export const lambda: Provider = {
  service: 'Lambda',
  types: ['AWS::Lambda::Function', 'AWS::Lambda::Version', 'AWS::Lambda::Alias', 'AWS::Lambda::EventSourceMapping'],
  accepts: async (resource, context) => resource.type !== 'AWS::Lambda::Function' || codeOf(resource, await context.property(resource, 'Code')) !== undefined,
  up: (resource, context) => {
    if (resource.type.endsWith('Function')) return lambdaFunction(resource, context);
    return resource.type.endsWith('EventSourceMapping') ? eventSource(resource, context) : qualifier(resource, context);
  },
};

/** Folder of a function's code, when it is one of ours: those that CDK brings along have another entry. */
function codeOf(resource: Resource, code: unknown): string | undefined {
  const key = (code as { S3Key?: unknown } | undefined)?.S3Key;
  const folder = typeof key === 'string' ? resource.stack.assets.get(key.replace(/\.zip$/, '')) : undefined;
  return folder !== undefined && existsSync(join(folder, 'main.js')) ? folder : undefined;
}

async function lambdaFunction(resource: Resource, context: Context): Promise<Provided> {
  const name = physicalName(resource, await context.property(resource, 'FunctionName'), { max: 64 });
  const folder = codeOf(resource, await context.property(resource, 'Code')) as string;
  const manifest = context.services.ofCode(folder, resource.path);
  const runtime = String(await context.property(resource, 'Runtime'));
  if (!runtime.startsWith('nodejs')) throw new LocalError(`${resource.path} runs on ${runtime}; only Node.js functions run here.`);

  const variables = await context.property(resource, 'Environment.Variables') as Record<string, unknown> | undefined ?? {};
  const template = Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)]));
  const arn = `arn:aws:lambda:${context.region}:${LOCAL_ACCOUNT}:function:${name}`;
  const memoryMiB = Number(await context.property(resource, 'MemorySize') ?? 128);
  const handler = String(await context.property(resource, 'Handler'));
  const env = await processEnvironment(context, manifest, template, resource.path);
  const one = new LocalFunction({
    service: manifest.name,
    name,
    arn,
    folder,
    handler,
    env: {
      ...env,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMiB),
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: handler,
    },
    timeoutSeconds: Number(await context.property(resource, 'Timeout') ?? 3),
    memoryMiB,
    logFile: context.data.file('logs', `${manifest.name}.log`),
    report: context.report,
  });
  context.functions.add(one);
  context.onStop('processes', manifest.name, () => one.stop());
  await one.start();
  return { ref: name, attributes: { 'Arn': arn, 'SnapStartResponse.ApplyOn': 'None' }, note: manifest.name };
}

async function qualifier(resource: Resource, context: Context): Promise<Provided> {
  const found = context.functions.get(String(await context.property(resource, 'FunctionName')));
  if (!found) throw new LocalError(`${resource.path} belongs to a function that does not run here.`);
  const version = resource.type.endsWith('Alias') ? String(await context.property(resource, 'Name')) : '1';
  const arn = `${found.spec.arn}:${version}`;
  return { ref: arn, attributes: { Version: version, FunctionArn: found.spec.arn, AliasArn: arn } };
}

async function eventSource(resource: Resource, context: Context): Promise<Provided> {
  const arn = String(await context.property(resource, 'EventSourceArn'));
  const target = context.functions.get(String(await context.property(resource, 'FunctionName')));
  if (!target) throw new LocalError(`${resource.path} belongs to a function that does not run here.`);
  if (await context.property(resource, 'Enabled') !== false) {
    if (arn.startsWith('arn:aws:sqs:')) await pollQueue(resource, context, arn, target);
    else if (arn.startsWith('arn:aws:kinesis:')) await pollStream(resource, context, arn, target);
    else if (arn.startsWith('arn:aws:dynamodb:')) await pollTable(resource, context, arn, target);
    else throw new LocalError(`${resource.path} reads from ${arn}; only queues, Kinesis streams and tables are event sources here.`);
  }
  const id = physicalName(resource, undefined, { max: 64 });
  return { ref: id, attributes: { Id: id, EventSourceMappingArn: `arn:aws:lambda:${context.region}:${LOCAL_ACCOUNT}:event-source-mapping:${id}` } };
}

async function pollQueue(resource: Resource, context: Context, queueArn: string, target: LocalFunction): Promise<void> {
  const types = await context.property(resource, 'FunctionResponseTypes');
  const { url: endpoint } = await queuesAndBuckets(context);
  const poller = new QueuePoller({
    endpoint,
    queueUrl: `${endpoint}/${LOCAL_ACCOUNT}/${queueArn.split(':')[5]}`,
    queueArn,
    region: context.region,
    batchSize: Number(await context.property(resource, 'BatchSize') ?? 10),
    reportsFailures: Array.isArray(types) && types.includes('ReportBatchItemFailures'),
    target,
    report: context.report,
  });
  poller.start();
  context.onStop('entrance', `event source of ${target.spec.service}`, () => poller.stop());
}

async function pollStream(resource: Resource, context: Context, streamArn: string, target: LocalFunction): Promise<void> {
  const { AWS_ENDPOINT_URL_KINESIS: endpoint } = await context.processEnvironment();
  const kinesis = new KinesisClient({ region: context.region, endpoint, credentials: LOCAL_CREDENTIALS, requestHandler: new NodeHttpHandler() });
  const retries = Number(await context.property(resource, 'MaximumRetryAttempts') ?? -1);
  const poller = new StreamPoller({
    kinesis,
    streamName: streamArn.slice(streamArn.indexOf('/') + 1),
    streamArn,
    region: context.region,
    batchSize: Number(await context.property(resource, 'BatchSize') ?? 100),
    from: await context.property(resource, 'StartingPosition') === 'TRIM_HORIZON' ? 'TRIM_HORIZON' : 'LATEST',
    attempts: retries < 0 ? Infinity : retries + 1,
    target,
    report: context.report,
  });
  await poller.start();
  context.onStop('entrance', `event source of ${target.spec.service}`, async () => {
    await poller.stop();
    kinesis.destroy();
  });
}

async function pollTable(resource: Resource, context: Context, streamArn: string, target: LocalFunction): Promise<void> {
  const { AWS_ENDPOINT_URL_DYNAMODB: endpoint } = await context.processEnvironment();
  const dynamodb = new DynamoDBClient({ region: context.region, endpoint, credentials: LOCAL_CREDENTIALS });
  const tableName = streamArn.split('/')[1];
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: tableName }));
  const poller = new TablePoller({
    dynamodb,
    tableName,
    streamArn,
    region: context.region,
    keys: (Table?.KeySchema ?? []).map(({ AttributeName }) => AttributeName!),
    batchSize: Number(await context.property(resource, 'BatchSize') ?? 100),
    from: await context.property(resource, 'StartingPosition') === 'TRIM_HORIZON' ? 'TRIM_HORIZON' : 'LATEST',
    target,
    report: context.report,
  });
  await poller.start();
  context.onStop('entrance', `event source of ${target.spec.service}`, async () => {
    await poller.stop();
    dynamodb.destroy();
  });
}
