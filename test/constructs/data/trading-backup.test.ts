import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as iam from 'aws-cdk-lib/aws-iam';
import { BackupRetention } from '../../../src/constructs/data/backup-retention';
import { TradesTable } from '../../../src/constructs/data/trades-table';
import { TradingBackup, type TradingBackupProps } from '../../../src/constructs/data/trading-backup';
import { testStack } from '../../support/apps';

const vaultIn = (region: string) => `arn:aws:backup:${region}:111111111111:backup-vault:Copies`;

function synthesised(props: TradingBackupProps = {}) {
  const stack = testStack();
  new TradingBackup(stack, 'Backup', props);
  return Template.fromStack(stack);
}

test('keeps daily backups for 35 days in a vault that nobody deletes from', () => {
  const template = synthesised();
  template.hasResourceProperties('AWS::Backup::BackupPlan', {
    BackupPlan: {
      BackupPlanRule: [Match.objectLike({
        ScheduleExpression: 'cron(0 5 * * ? *)', Lifecycle: { DeleteAfterDays: 35 }, StartWindowMinutes: 60, CopyActions: Match.absent(),
      })],
    },
  });
  template.hasResource('AWS::Backup::BackupVault', {
    DeletionPolicy: 'Retain',
    Properties: { AccessPolicy: { Statement: [Match.objectLike({ Effect: 'Deny', Principal: { AWS: '*' }, Action: ['backup:DeleteRecoveryPoint', 'backup:UpdateRecoveryPointLifecycle'] })] }, LockConfiguration: Match.absent() },
  });
});

test('backs up what it is given, with one role', () => {
  const stack = testStack();
  const trades = new TradesTable(stack, 'Trades');
  const backups = new TradingBackup(stack, 'Backup', { resources: [backup.BackupResource.fromDynamoDbTable(trades.table)] });
  backups.select('More', [backup.BackupResource.fromTag('backup', 'daily')]);
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Backup::BackupSelection', { BackupSelection: { Resources: [Match.anyValue()], IamRoleArn: stack.resolve(backups.role.roleArn) } });
  template.hasResourceProperties('AWS::Backup::BackupSelection', { BackupSelection: { ListOfTags: [Match.objectLike({ ConditionKey: 'backup' })] } });
  template.resourceCountIs('AWS::IAM::Role', 1);
});

test('leaves a given role as it is', () => {
  const stack = testStack();
  const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/Backup');
  new TradingBackup(stack, 'Backup', { role, resources: [backup.BackupResource.fromTag('backup', 'daily')] });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::IAM::Role', 0);
  template.resourceCountIs('AWS::IAM::Policy', 0);
});

test('copies to another region, and says when a copy fails', () => {
  const stack = testStack();
  const copyTo = backup.BackupVault.fromBackupVaultArn(stack, 'Copies', vaultIn('us-west-2'));
  new TradingBackup(stack, 'Backup', { copyTo, retention: BackupRetention.of(Duration.days(90)) });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Backup::BackupPlan', {
    BackupPlan: {
      BackupPlanRule: [Match.objectLike({
        CopyActions: [{ DestinationBackupVaultArn: vaultIn('us-west-2'), Lifecycle: { DeleteAfterDays: 90 } }], Lifecycle: { DeleteAfterDays: 90 },
      })],
    },
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'NumberOfCopyJobsFailed', Namespace: 'AWS/Backup' });
});

test('alarms when a backup is missing: silence is an alarm here', () => {
  synthesised({ overdueAfter: Duration.hours(30) }).hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'NumberOfBackupJobsCompleted', Period: 3600, EvaluationPeriods: 30, DatapointsToAlarm: 30, Threshold: 1,
    ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching',
  });
});

test('can be locked for good', () => {
  synthesised({ lock: { minRetention: Duration.days(35), maxRetention: Duration.days(365), changeableFor: Duration.days(7) } })
    .hasResourceProperties('AWS::Backup::BackupVault', { LockConfiguration: { MinRetentionDays: 35, MaxRetentionDays: 365, ChangeableForDays: 7 } });
});

test('can be thrown away when that is said', () => {
  synthesised({ removalPolicy: RemovalPolicy.DESTROY }).hasResource('AWS::Backup::BackupVault', { DeletionPolicy: 'Delete' });
});

test('fails with a copy in the same region', () => {
  const stack = testStack();
  const copyTo = backup.BackupVault.fromBackupVaultArn(stack, 'Copies', vaultIn('us-east-1'));
  expect(() => new TradingBackup(stack, 'Backup', { copyTo })).toThrow(/`copyTo` must be a vault of another region, got one in us-east-1/);
});

test.each<[string, TradingBackupProps, RegExp]>([
  ['a shorter retention than the lock demands', { lock: { minRetention: Duration.days(60) } }, /at least `lock.minRetention` of 60 days.*got: 35 days/],
  ['a longer retention than the lock allows', { retention: BackupRetention.of(Duration.days(90)), lock: { minRetention: Duration.days(1), maxRetention: Duration.days(60) } }, /at most `lock.maxRetention`/],
  ['more than a week without a backup', { overdueAfter: Duration.days(8) }, /`overdueAfter` must be whole hours from 2 to 168/],
])('fails with %s', (_, props, message) => {
  expect(() => synthesised(props)).toThrow(message);
});
