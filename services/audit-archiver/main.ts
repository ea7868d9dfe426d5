import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { Archiver } from './archiver';
import { environmentSchema } from './config.generated';
import { AuditArchive } from '../adapters/audit/archive';
import { AuditTableReader } from '../adapters/audit/audit-table';
import { awsClientSettings, createLogger, loadConfig } from '../runtime';

const config = loadConfig('audit-archiver', environmentSchema);
const archiver = new Archiver({
  archive: new AuditArchive(new S3Client(awsClientSettings(5_000)), config.ARCHIVE_BUCKET),
  table: new AuditTableReader(new DynamoDBClient(awsClientSettings(2_000)), config.AUDIT_TABLE),
  logger: createLogger({ service: 'audit-archiver', environment: config.ENVIRONMENT, level: config.LOG_LEVEL }),
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'audit-archiver',
});

/** Takes changes of the audit table. */
export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const again = await archiver.work(event.Records);
  return { batchItemFailures: again === undefined ? [] : [{ itemIdentifier: again }] };
}
