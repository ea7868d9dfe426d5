import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { findingsOf, has } from './finding';
import { AWS_SOLUTIONS, HIPAA_AND_R5, SERVERLESS } from './packs';
import { wildcardResources } from './wildcards';
import { MarketDataArchive } from '../../constructs/messaging/market-data-archive';
import { MarketDataStream } from '../../constructs/messaging/market-data-stream';
import { MessageBroker } from '../../constructs/messaging/message-broker';
import { OrderJournal } from '../../constructs/messaging/order-journal';
import { SettlementQueue } from '../../constructs/messaging/settlement-queue';
import { StreamReplay } from '../../constructs/messaging/stream-replay';

const OWN_KEY = {
  at: 'Resource/Resource',
  rule: 'KDS3',
  packs: AWS_SOLUTIONS,
  reason: 'A key of our own per class of data is intended: who may read the stream is then said in one key policy. Its calls are few, since batches share them.',
  control: 'KMS calls are per shard and five minutes, not per record',
  when: ({ stream }: { readonly stream: kinesis.IStream }) => stream.encryptionKey !== undefined,
};

const REBOOT = {
  at: 'Credentials/Resource',
  when: has('Credentials'),
  reason: 'ActiveMQ takes a new password only with a reboot of both instances, which a rotation by Secrets Manager must not start at noon.',
  control: 'reachable from the security groups of its clients only; changed in a maintenance window',
};

const SET_ASIDE = {
  at: 'Failed/Resource',
  reason: 'The queue is itself where a replay sets aside what its function could not take; it is read by a person.',
  control: 'an alarm on the first message; messages stay for two weeks, and the records themselves are in the stream',
};

/** What is accepted in constructs of messaging. */
export const MESSAGING = [
  findingsOf(OrderJournal, OWN_KEY),
  findingsOf(MarketDataStream, OWN_KEY),
  findingsOf(SettlementQueue, {
    at: 'DeadLetterQueue/Resource', rule: 'SQSRedrivePolicy', packs: SERVERLESS,
    reason: 'The queue is itself the dead-letter queue; what is in it waits for a person.',
    control: 'an alarm on the first message, and the partition of the message stands still meanwhile',
  }),
  findingsOf(StreamReplay,
    { ...SET_ASIDE, rule: 'SQS3', packs: AWS_SOLUTIONS },
    { ...SET_ASIDE, rule: 'SQSRedrivePolicy', packs: SERVERLESS }),
  findingsOf(MarketDataArchive,
    {
      at: 'Role/Policy/Resource', rule: 'IAM5', packs: AWS_SOLUTIONS,
      findings: wildcardResources({ resource: /.+\/[^*]+\/\*/, actions: /s3:(AbortMultipartUpload|PutObject)/ }),
      reason: 'Firehose names its files by symbol, day and time, so their keys are open below a prefix of its own.',
      control: 'two prefixes that belong to the archive alone',
    },
    {
      at: 'Resource', rule: 'KDF1', packs: AWS_SOLUTIONS,
      reason: 'A delivery stream that reads a Kinesis stream keeps nothing itself: Firehose refuses encryption of its own on it.',
      control: 'the Kinesis stream and the bucket are encrypted',
    }),
  findingsOf(MessageBroker,
    { ...REBOOT, rule: 'SMG4', packs: AWS_SOLUTIONS },
    { ...REBOOT, rule: 'SecretsManagerRotationEnabled', packs: HIPAA_AND_R5 }),
];
