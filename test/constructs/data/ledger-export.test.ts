import { Match, Template } from 'aws-cdk-lib/assertions';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { BackupBucket } from '../../../src/constructs/data/backup-bucket';
import { LedgerExport } from '../../../src/constructs/data/ledger-export';
import { testStack } from '../../support/apps';

const stack = testStack();
const cluster = rds.DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Cluster', { clusterIdentifier: 'ledger' });
const destination = new BackupBucket(stack, 'Backups');
const nightly = new LedgerExport(stack, 'Export', { cluster, destination });
const template = Template.fromStack(stack);

test('asks Aurora every night for an export of the cluster, each under a name of its own', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    Target: Match.objectLike({ Arn: { 'Fn::Join': ['', Match.arrayWith([':scheduler:::aws-sdk:rds:startExportTask'])] } }),
  });
  const input = JSON.stringify(stack.resolve((nightly.schedule.target as scheduler.CfnSchedule.TargetProperty).input));
  for (const part of ['ledger-<aws.scheduler.execution-id>', ':cluster:ledger', 'aurora/Test/Export']) expect(input).toContain(part);
});

test('hands its writing role to RDS and to nobody else', () => {
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([{
        Effect: 'Allow', Action: 'iam:PassRole', Resource: stack.resolve(nightly.exportRole.roleArn), Condition: { StringEquals: { 'iam:PassedToService': 'export.rds.amazonaws.com' } },
      }]),
    },
  });
  template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [Match.objectLike({
        Principal: { Service: 'export.rds.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      })],
    },
  });
});

test('writes below its own folder only', () => {
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Action: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'], Resource: { 'Fn::Join': ['', [Match.anyValue(), '/aurora/Test/Export/*']] } }),
      ]),
    },
  });
});

test('counts exports that are complete and alarms when they are missing', () => {
  template.hasResourceProperties('AWS::Events::Rule', { EventPattern: Match.objectLike({ detail: Match.objectLike({ object: { key: [{ wildcard: 'aurora/Test/Export/*/export_info_*.json' }] } }) }) });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'TriggeredRules', TreatMissingData: 'breaching' });
  template.resourceCountIs('AWS::CloudWatch::Alarm', 2);
});

test('fails with a folder that ends in a slash', () => {
  expect(() => new LedgerExport(stack, 'Other', { cluster, destination, prefix: 'ledger/' })).toThrow(/`prefix` must be a folder/);
});
