import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Properties of `SettlementQueue`. */
export interface SettlementQueueProps {
  /**
   * Key that encrypts the messages.
   *
   * @default - SQS's own encryption
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long a message that is being settled stays invisible. Above the settlement function's timeout of 30 seconds, and below a
   * minute: it is how long a partition stands still when the function's environment dies with a message in its hands. A second
   * delivery is harmless, so there is no reason to wait longer; the service itself sets the time of a message that it keeps.
   *
   * @default Duration.seconds(45)
   */
  readonly visibilityTimeout?: Duration;

  /**
   * What happens to the queues when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * SQS allows at most 1,000. The queue itself must never move a message away: an undeleted FIFO message is what stops its
 * partition. The service copies a message that it cannot settle to the dead-letter queue and leaves the original in place.
 */
const MAX_RECEIVES = 1000;

/**
 * Runs of events on their way to the ledger: a FIFO queue with one message group per partition, in high-throughput mode, and
 * the dead-letter queue for copies of messages that halted their partition, with an alarm on the first of them.
 */
export class SettlementQueue extends Construct {
  /** The queue that settlement consumes. */
  public readonly queue: sqs.Queue;
  /** Copies of messages that halted their partition. */
  public readonly deadLetterQueue: sqs.Queue;
  /** Fires as soon as the dead-letter queue holds a message: a partition has stopped. */
  public readonly haltedAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: SettlementQueueProps = {}) {
    super(scope, id);
    const common: sqs.QueueProps = {
      fifo: true,
      fifoThroughputLimit: sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      deduplicationScope: sqs.DeduplicationScope.MESSAGE_GROUP,
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
      ...(props.encryptionKey === undefined
        ? { encryption: sqs.QueueEncryption.SQS_MANAGED }
        : { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: props.encryptionKey, dataKeyReuse: Duration.minutes(5) }),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    };
    this.deadLetterQueue = new sqs.Queue(this, 'DeadLetterQueue', common);
    this.queue = new sqs.Queue(this, 'Resource', {
      ...common,
      visibilityTimeout: props.visibilityTimeout ?? Duration.seconds(45),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
    });
    this.haltedAlarm = this.deadLetterQueue
      .metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: cloudwatch.Stats.MAXIMUM })
      .createAlarm(this, 'HaltedAlarm', {
        alarmDescription: 'A settlement message could not be applied: its partition is halted until an operator releases it.',
        threshold: 1,
        evaluationPeriods: 1,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      });
  }
}
