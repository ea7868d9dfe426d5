import { CfnResource, Stack } from 'aws-cdk-lib';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { findingsOf } from './finding';
import { AWS_SOLUTIONS, NIST_R4, REGULATED, SERVERLESS, WITHOUT_PCI, WITHOUT_R4 } from './packs';
import { AccessLogBucket } from '../../constructs/observability/access-log-bucket';
import { AlarmTopic } from '../../constructs/observability/alarm-topic';
import { SloAlarms } from '../../constructs/observability/slo-alarms';

const LAST_STOP = {
  at: 'Undelivered/Resource',
  reason: 'The queue is itself where messages end that could not be delivered; nobody consumes it, so nothing can fail there.',
  control: 'messages stay for two weeks; the topic counts failed deliveries',
};

const HALF = {
  rule: 'CloudWatchAlarmAction',
  packs: WITHOUT_PCI,
  reason: 'The alarm is one half of a pair; the composite alarms act for it when both halves agree.',
  control: 'both composite alarms have actions',
  when: ({ pageAlarm }: SloAlarms) => acts(pageAlarm.node.defaultChild as CfnResource),
};

const LOGS = { at: 'Resource/Resource' };
const NO_LOGS_ABOUT_LOGS = {
  ...LOGS,
  // The packs know a bucket that another one of the stack logs to for what it is.
  foundIn: (bucket: IConstruct) => !Stack.of(bucket).node.findAll()
    .some((other) => other instanceof CfnBucket && isLoggedTo(other, bucket as CfnBucket)),
  reason: 'The bucket is where access logs are delivered; logging access to it would write logs about logs without end.',
  control: 'no principal but the log delivery services may write, public access is blocked',
};
const WRITTEN_ONCE = {
  ...LOGS,
  reason: 'Every delivery of logs is an object with a name of its own, written once and deleted when its time is over.',
  control: 'only log delivery services may write, and the bucket outlives its stack',
};

/** What is accepted in constructs of observability. */
export const OBSERVABILITY = [
  findingsOf(AlarmTopic,
    { ...LAST_STOP, rule: 'SQS3', packs: AWS_SOLUTIONS },
    { ...LAST_STOP, rule: 'SQSRedrivePolicy', packs: SERVERLESS }),
  findingsOf(SloAlarms,
    { ...HALF, at: '*Long/Resource' },
    { ...HALF, at: '*Short/Resource' }),
  findingsOf(AccessLogBucket,
    { ...NO_LOGS_ABOUT_LOGS, rule: 'S1', packs: AWS_SOLUTIONS },
    { ...NO_LOGS_ABOUT_LOGS, rule: 'S3BucketLoggingEnabled', packs: REGULATED },
    { ...WRITTEN_ONCE, rule: 'S3BucketVersioningEnabled', packs: REGULATED },
    { ...WRITTEN_ONCE, rule: 'S3BucketReplicationEnabled', packs: REGULATED },
    { ...WRITTEN_ONCE, rule: 'S3BucketDefaultLockEnabled', packs: NIST_R4 },
    {
      ...LOGS, rule: 'S3DefaultEncryptionKMS', packs: WITHOUT_R4,
      reason: 'Load balancers, CloudFront and S3 itself cannot deliver access logs to a bucket that is encrypted with a customer key.',
      control: 'encrypted with S3\'s own keys; logs hold no tokens and no bodies',
    }),
];

function isLoggedTo(other: CfnBucket, bucket: CfnBucket): boolean {
  const stack = Stack.of(bucket);
  const text = JSON.stringify(stack.resolve(other.loggingConfiguration) ?? '');
  return text.includes(`"${stack.resolve(bucket.logicalId) as string}"`);
}

/** An alarm without an action tells nobody: then its halves must stay findings. */
function acts(alarm: CfnResource & IConstruct): boolean {
  const { alarmActions } = alarm as unknown as { alarmActions?: unknown };
  const actions = Stack.of(alarm).resolve(alarmActions) as unknown[] | undefined;
  return (actions ?? []).length > 0;
}
