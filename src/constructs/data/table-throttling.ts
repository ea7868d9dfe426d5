import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { dataAlarm, minuteMetric } from './data-alarms';

/** Calls per minute to a table or one of its indexes that were refused for want of capacity, reads and writes together. */
export function tableThrottleEvents(
  table: dynamodb.ITable, indexName?: string, options?: cloudwatch.MathExpressionOptions,
): cloudwatch.MathExpression {
  const dimensions = { TableName: table.tableName, ...(indexName === undefined ? {} : { GlobalSecondaryIndexName: indexName }) };
  return new cloudwatch.MathExpression({
    expression: 'FILL(reads, 0) + FILL(writes, 0)',
    usingMetrics: {
      reads: minuteMetric('AWS/DynamoDB', 'ReadThrottleEvents', dimensions, cloudwatch.Stats.SUM),
      writes: minuteMetric('AWS/DynamoDB', 'WriteThrottleEvents', dimensions, cloudwatch.Stats.SUM),
    },
    label: 'Throttled calls',
    period: Duration.minutes(1),
    ...options,
  });
}

/** Fires when calls are refused in two of five minutes: below that the clients' retries are enough. */
export function tableThrottleAlarm(
  scope: Construct, table: dynamodb.ITable, indexName: string | undefined, actions?: cloudwatch.IAlarmAction[],
): cloudwatch.Alarm {
  const what = indexName === undefined ? 'the table' : `the index ${indexName}, and with it writes to the table`;
  return dataAlarm(scope, `ThrottleAlarm${indexName ?? ''}`, {
    description: `DynamoDB refuses calls to ${what}: a key takes more than 1,000 writes or 3,000 reads a second, or a limit is too low.`,
    metric: tableThrottleEvents(table, indexName),
    threshold: 1,
    periods: 5,
    breaching: 2,
    actions,
  });
}
