import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Context, Provided, Provider } from './provider';
import type { Resource } from '../assembly/model';
import { DeliveryStream } from '../runtime/delivery-stream';
import { physicalName } from '../runtime/names';
import { LOCAL_CREDENTIALS } from '../runtime/stores';
import { LOCAL_ACCOUNT } from '../servers/emulator';
import { LocalError } from '../servers/errors';

/** AWS waits a minute at least; a person waits for what is shown. */
const LONGEST_INTERVAL_MS = 10_000;

/** Firehose: from a Kinesis stream to S3, with folders by the content of the documents. */
export const firehose: Provider = {
  service: 'KinesisFirehose',
  types: ['AWS::KinesisFirehose::DeliveryStream'],
  up: (resource, context) => deliveryStream(resource, context),
};

async function deliveryStream(resource: Resource, context: Context): Promise<Provided> {
  const text = async (name: string): Promise<string | undefined> => {
    const value = await context.property(resource, name);
    return value === undefined ? undefined : String(value);
  };
  const to = 'ExtendedS3DestinationConfiguration';
  const name = physicalName(resource, await text('DeliveryStreamName'), { max: 64 });
  const source = await text('KinesisStreamSourceConfiguration.KinesisStreamARN');
  const bucketArn = await text(`${to}.BucketARN`);
  if (source === undefined || bucketArn === undefined) throw new LocalError(`${resource.path} must lead from a Kinesis stream to S3; nothing else is delivered here.`);
  const { AWS_ENDPOINT_URL_KINESIS: kinesisUrl, AWS_ENDPOINT_URL_S3: s3Url } = await context.processEnvironment();
  const { region } = context;
  const kinesis = new KinesisClient({ region, endpoint: kinesisUrl, credentials: LOCAL_CREDENTIALS, requestHandler: new NodeHttpHandler() });
  const s3 = new S3Client({ region, endpoint: s3Url, forcePathStyle: true, credentials: LOCAL_CREDENTIALS });
  const interval = Number(await text(`${to}.BufferingHints.IntervalInSeconds`) ?? 300) * 1_000;
  const processors = await processorsOf(resource, context);
  const stream = new DeliveryStream({
    name,
    streamName: source.slice(source.indexOf('/') + 1),
    bucket: bucketArn.replace('arn:aws:s3:::', ''),
    prefix: await text(`${to}.Prefix`) ?? '!{timestamp:yyyy/MM/dd/HH}/',
    errorPrefix: await text(`${to}.ErrorOutputPrefix`) ?? 'errors/',
    extension: await text(`${to}.FileExtension`) ?? '',
    compressed: await text(`${to}.CompressionFormat`) === 'GZIP',
    intervalMs: Math.min(interval, LONGEST_INTERVAL_MS),
    partitionFields: fieldsOf(processors.get('MetadataExtraction')?.get('MetadataExtractionQuery') ?? '{}', resource.path),
    delimiter: (processors.get('AppendDelimiterToRecord')?.get('Delimiter') ?? '').replaceAll('\\n', '\n'),
    checkpointFile: context.data.file(`delivery-${name}.json`),
    kinesis, s3,
    report: context.report,
  });
  stream.start();
  context.onStop('processes', `delivery stream ${name}`, async () => {
    await stream.stop();
    kinesis.destroy();
    s3.destroy();
  });
  return { ref: name, attributes: { Arn: `arn:aws:firehose:${region}:${LOCAL_ACCOUNT}:deliverystream/${name}` }, note: `every ${Math.min(interval, LONGEST_INTERVAL_MS) / 1_000} s` };
}

interface Processor { readonly Type: string; readonly Parameters?: readonly { readonly ParameterName: string; readonly ParameterValue: string }[] }

async function processorsOf(resource: Resource, context: Context): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const list = await context.property(resource, 'ExtendedS3DestinationConfiguration.ProcessingConfiguration.Processors') as unknown as Processor[] | undefined;
  return new Map((list ?? []).map(({ Type, Parameters = [] }) => [Type, new Map(Parameters.map((one) => [one.ParameterName, one.ParameterValue]))]));
}

/** `{symbol: .symbol}` as `{ symbol: 'symbol' }`. */
function fieldsOf(query: string, path: string): Record<string, string> {
  const inner = /^\s*\{(.*)\}\s*$/.exec(query)?.[1].trim();
  const pairs = inner === undefined ? undefined : inner === '' ? [] : inner.split(',').map((pair) => /^\s*(\w+)\s*:\s*\.(\w+)\s*$/.exec(pair));
  if (!pairs || pairs.some((pair) => pair === null)) throw new LocalError(`${path} extracts ${query}; only fields of the document can be extracted here, such as {symbol: .symbol}.`);
  return Object.fromEntries(pairs.map((pair) => [pair![1], pair![2]]));
}
