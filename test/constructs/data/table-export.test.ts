import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { BackupBucket } from '../../../src/constructs/data/backup-bucket';
import { TableExport, type TableExportProps } from '../../../src/constructs/data/table-export';
import { TradesTable } from '../../../src/constructs/data/trades-table';
import { testStack } from '../../support/apps';
import { resourcesOf } from '../../support/templates';

function synthesised(props: Partial<TableExportProps> = {}) {
  const stack = testStack();
  const { table } = new TradesTable(stack, 'Trades');
  const destination = new BackupBucket(stack, 'Backups');
  const nightly = new TableExport(stack, 'Export', { table, destination, ...props });
  return { stack, table, destination, nightly, template: Template.fromStack(stack) };
}

test('asks DynamoDB every night for a full export into the bucket', () => {
  const { stack, nightly, table, destination, template } = synthesised();
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'cron(30 1 * * ? *)',
    Target: Match.objectLike({ Arn: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':scheduler:::aws-sdk:dynamodb:exportTableToPointInTime']] } }),
  });
  const input = JSON.stringify(stack.resolve((nightly.schedule.target as scheduler.CfnSchedule.TargetProperty).input));
  for (const part of ['\\"S3Prefix\\":\\"dynamodb/Test/Export\\"', '\\"S3SseAlgorithm\\":\\"KMS\\"', '<aws.scheduler.execution-id>']) expect(input).toContain(part);
  expect(input).toContain(JSON.stringify(stack.resolve(table.tableArn)));
  expect(input).toContain(JSON.stringify(stack.resolve(destination.bucket.bucketName)));
});

test('may export this table and write below its own folder, and nothing else', () => {
  const { stack, nightly, table, template } = synthesised();
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: {
      Statement: [
        { Effect: 'Allow', Action: 'dynamodb:ExportTableToPointInTime', Resource: stack.resolve(table.tableArn) },
        Match.objectLike({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'] }),
      ],
    },
  });
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({
        Effect: 'Allow',
        Principal: { AWS: stack.resolve(nightly.role.roleArn) },
        Action: ['s3:AbortMultipartUpload', 's3:PutObject', 's3:PutObjectAcl'],
        Resource: { 'Fn::Join': ['', [Match.anyValue(), '/dynamodb/Test/Export/*']] },
      })]),
    },
  });
  expect(JSON.stringify(resourcesOf(stack))).not.toContain('"Resource":"*","Effect":"Allow"');
});

test('sees the last object of an export, writes it down and counts it', () => {
  const { stack, destination, nightly, template } = synthesised({ overdueAfter: Duration.hours(26) });
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: Match.objectLike({ detail: { bucket: { name: [stack.resolve(destination.bucket.bucketName)] }, object: { key: [{ wildcard: 'dynamodb/Test/Export/AWSDynamoDB/*/manifest-summary.json' }] } } }),
    Targets: [Match.objectLike({ Arn: { 'Fn::Join': ['', Match.arrayWith([stack.resolve(destination.completionLog.logGroupName)])] } })],
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'TriggeredRules', Namespace: 'AWS/Events', Dimensions: [{ Name: 'RuleName', Value: stack.resolve(nightly.completedRule.ruleName) }],
    EvaluationPeriods: 26, TreatMissingData: 'breaching', ComparisonOperator: 'LessThanThreshold',
  });
});

test('says when the call is refused', () => {
  const { template } = synthesised();
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Metrics: Match.arrayWith([Match.objectLike({ MetricStat: Match.objectLike({ Metric: Match.objectLike({ Namespace: 'AWS/Scheduler', MetricName: 'TargetErrorCount' }) }) })]) });
});

test('writes to a bucket from elsewhere by its role, since that bucket cannot be told', () => {
  const stack = testStack();
  const { table } = new TradesTable(stack, 'Trades');
  new TableExport(stack, 'Export', {
    table,
    destination: {
      bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'elsewhere'),
      encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1234'),
      completionLog: logs.LogGroup.fromLogGroupName(stack, 'Log', 'exports'),
    },
    prefix: 'trades',
    schedule: scheduler.ScheduleExpression.rate(Duration.hours(6)),
  });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(6 hours)' });
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', { PolicyDocument: { Statement: [Match.objectLike({ Resource: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp(':s3:::elsewhere/trades/\\*$')])] } })] } });
});

test.each<[string, Partial<TableExportProps>, RegExp]>([
  ['a folder that begins with a slash', { prefix: '/trades' }, /`prefix` must be a folder without a slash at either end, got: '\/trades'/],
  ['an alarm after half an hour', { overdueAfter: Duration.minutes(30) }, /`overdueAfter` must be whole hours from 2 to 168/],
])('fails with %s', (_, props, message) => {
  expect(() => synthesised(props)).toThrow(message);
});
