import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { BacktestTools } from './backtests';
import { BacktestDesk } from '../../adapters/backtests/backtest-desk';
import { BacktestStore } from '../../adapters/backtests/backtest-store';
import { PresignedObjects } from '../../adapters/uploads/presigned';
import { awsClientSettings } from '../../runtime';

/** What the environment says of backtests; they are there where it says all of it. */
export interface BacktestSettings {
  readonly table: string | undefined;
  readonly queue: string | undefined;
  readonly reportsBucket: string | undefined;
}

/** @returns undefined where the system runs no backtests */
export function openBacktests({ table, queue, reportsBucket }: BacktestSettings): (BacktestTools & { close(): void }) | undefined {
  if (table === undefined || queue === undefined || reportsBucket === undefined) return undefined;
  const dynamodb = new DynamoDBClient(awsClientSettings(2_000, 2));
  const sqs = new SQSClient(awsClientSettings(3_000, 2));
  const s3 = new S3Client(awsClientSettings(5_000, 2));
  return {
    desk: new BacktestDesk({ store: new BacktestStore(dynamodb, table), sqs, s3, lightQueue: queue, reportsBucket }),
    files: new PresignedObjects(s3, reportsBucket),
    close: () => [dynamodb, sqs, s3].forEach((client) => client.destroy()),
  };
}
