/** What a matcher stands on, for its tests: real Redis, emulated Kinesis, DynamoDB, SQS and S3, each test with its own names. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, DescribeStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startDynalite } from '../../../local/servers/dynalite';
import { startFauxqs } from '../../../local/servers/fauxqs';
import { startKinesalite } from '../../../local/servers/kinesalite';
import { startRedis } from '../../../local/servers/redis';
import { ensureTls, type TlsFiles } from '../../../local/servers/tls';
import { awsClientSettings } from '../../runtime';

/** Names of one test's resources, as the template would give them. */
export interface Names {
  readonly stream: string;
  readonly queueUrl: string;
  readonly table: string;
  readonly bucket: string;
}

export interface TestPlatform {
  readonly redis: { readonly url: string; readonly password: string };
  /** Environment that leads every AWS client and every TLS connection of a child to the platform. */
  readonly environment: Readonly<Record<string, string>>;
  /** Certificates of Redis, and of what else a test starts beside it. */
  readonly tls?: TlsFiles;
  /** Folder for a test's own files. */
  readonly dir: string;
  /** @param options of the stream and the queue; one shard and a minute when nothing is said */
  create(options?: { readonly shards?: number; readonly visibilitySeconds?: number }): Promise<Names>;
  stop(): Promise<void>;
}

/** @param tls whether Redis speaks TLS, which a child can be told to trust and this process cannot */
export async function startTestPlatform(tls = false): Promise<TestPlatform> {
  const dir = mkdtempSync(join(tmpdir(), 'matcher-'));
  const files = tls ? await ensureTls(join(dir, 'tls')) : undefined;
  const password = 'not-a-secret';
  const [kinesis, dynamo, fauxqs, redis] = await Promise.all([
    startKinesalite({ dataDir: join(dir, 'kinesis') }), startDynalite({ dataDir: join(dir, 'dynamo') }), startFauxqs({ dataDir: join(dir, 'fauxqs') }),
    startRedis({ dir: join(dir, 'redis'), tls: files, password }),
  ]);
  const environment: Record<string, string> = {
    AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x',
    AWS_ENDPOINT_URL_KINESIS: kinesis.url, AWS_ENDPOINT_URL_DYNAMODB: dynamo.url, AWS_ENDPOINT_URL_SQS: fauxqs.url, AWS_ENDPOINT_URL_S3: fauxqs.url,
  };
  Object.assign(process.env, environment);
  if (files) environment.NODE_EXTRA_CA_CERTS = files.bundleFile;
  const streams = new KinesisClient(awsClientSettings());
  const tables = new DynamoDBClient(awsClientSettings());
  const queues = new SQSClient(awsClientSettings());
  const buckets = new S3Client(awsClientSettings());
  let count = 0;
  return {
    redis: { url: redis.url, password },
    environment,
    tls: files,
    dir,
    create: async ({ shards = 1, visibilitySeconds = 60 } = {}) => {
      const name = `t${++count}`;
      await Promise.all([
        streams.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards })),
        tables.send(new CreateTableCommand({
          TableName: `lease-${name}`, BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'partition', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'partition', AttributeType: 'S' }],
        })),
        buckets.send(new CreateBucketCommand({ Bucket: `cold-${name}` })),
      ]);
      const { QueueUrl = '' } = await queues.send(new CreateQueueCommand({ QueueName: `${name}.fifo`, Attributes: { FifoQueue: 'true', VisibilityTimeout: String(visibilitySeconds) } }));
      while ((await streams.send(new DescribeStreamCommand({ StreamName: name }))).StreamDescription?.StreamStatus !== 'ACTIVE') await sleep(20);
      return { stream: name, queueUrl: QueueUrl, table: `lease-${name}`, bucket: `cold-${name}` };
    },
    stop: async () => {
      for (const client of [streams, tables, queues, buckets]) client.destroy();
      await Promise.all([kinesis, dynamo, fauxqs, redis].map((server) => server.stop()));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
