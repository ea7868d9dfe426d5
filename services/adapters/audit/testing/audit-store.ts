import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, CreateTableCommand, DescribeTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startDynalite } from '../../../../local/servers/dynalite';
import { startFauxqs } from '../../../../local/servers/fauxqs';
import { awsClientSettings } from '../../../runtime';

const REACH = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/** Audit tables and archives on emulators, each test with its own. */
export class AuditStore {
  dynamodb!: DynamoDBClient;
  s3!: S3Client;
  /** Addresses of the emulators, as a process gets them. */
  environment: Readonly<Record<string, string>> = {};
  private readonly dir = mkdtempSync(join(tmpdir(), 'audit-'));
  private readonly stops: (() => Promise<void>)[] = [];
  private made = 0;

  async start(): Promise<this> {
    const [dynalite, fauxqs] = await Promise.all([startDynalite({ dataDir: this.dir }), startFauxqs({ dataDir: join(this.dir, 's3') })]);
    this.environment = { AWS_ENDPOINT_URL_DYNAMODB: dynalite.url, AWS_ENDPOINT_URL_S3: fauxqs.url };
    this.stops.push(() => dynalite.stop(), () => fauxqs.stop());
    this.dynamodb = new DynamoDBClient({ ...awsClientSettings(), ...REACH, endpoint: dynalite.url });
    this.s3 = new S3Client({ ...awsClientSettings(), ...REACH, endpoint: fauxqs.url, forcePathStyle: true });
    return this;
  }

  async table(): Promise<string> {
    const TableName = `audit-${this.made++}`;
    const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
    await this.dynamodb.send(new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'entity', KeyType: 'HASH' }, { AttributeName: 'timestampEventId', KeyType: 'RANGE' }],
      AttributeDefinitions: [text('entity'), text('timestampEventId')],
    }));
    const status = async () => (await this.dynamodb.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus;
    while (await status() !== 'ACTIVE') await new Promise((resolve) => setTimeout(resolve, 10));
    return TableName;
  }

  async bucket(): Promise<string> {
    const Bucket = `audit-${this.made++}`;
    await this.s3.send(new CreateBucketCommand({ Bucket }));
    return Bucket;
  }

  async items(table: string): Promise<Record<string, AttributeValue>[]> {
    return (await this.dynamodb.send(new ScanCommand({ TableName: table }))).Items ?? [];
  }

  async stop(): Promise<void> {
    this.dynamodb?.destroy();
    this.s3?.destroy();
    await Promise.all(this.stops.map((stop) => stop()));
    rmSync(this.dir, { recursive: true, force: true });
  }
}
