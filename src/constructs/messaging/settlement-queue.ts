import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QueueGrants } from './queue-grants';
import type { SettlementQueueOptions } from './settlement-queue-options';
import { alarm } from '../../private/alarms';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';

/** A queue between a matcher and the settlement of its events. */
export interface ISettlementQueue {
  /** The queue that settlement consumes, as every construct and service of this library takes it. */
  readonly queue: sqs.IQueue;

  /** Copies of messages that halted their partition. */
  readonly deadLetterQueue: sqs.IQueue;
}

/** Two FIFO queues that exist already. */
export interface SettlementQueueAttributes {
  /** ARN of the queue that settlement consumes; it ends in `.fifo`. */
  readonly queueArn: string;

  /** ARN of the queue for copies of messages that halted their partition; it ends in `.fifo`. */
  readonly deadLetterQueueArn: string;

  /**
   * Key that encrypts both.
   *
   * @default - SQS's own encryption
   */
  readonly encryptionKey?: kms.IKey;
}

/** Properties of `SettlementQueue`. */
export interface SettlementQueueProps extends SettlementQueueOptions {
  /**
   * Name of the queue, ending in `.fifo`; that of its dead-letter queue has `-dead` before the ending. Another name is another queue:
   * the messages of the old one stay there.
   *
   * @default - CloudFormation makes both names
   */
  readonly queueName?: string;
}

/**
 * SQS allows at most 1,000. The queue itself must never move a message away: an undeleted FIFO message is what stops its
 * partition. The service copies a message that it cannot settle to the dead-letter queue and leaves the original in place.
 */
const MAX_RECEIVES = 1000;

const FIFO = '.fifo';
const DEAD = `-dead${FIFO}`;

/** What the longer of the two names may have before its ending. */
const NAME = new RegExp(`^[A-Za-z0-9_-]{1,${80 - DEAD.length}}\\${FIFO}$`);

/**
 * Runs of events on their way to the ledger: a FIFO queue with one message group per partition, in high-throughput mode, and
 * the dead-letter queue for copies of messages that halted their partition, with an alarm on the first of them.
 */
export class SettlementQueue extends Construct implements ISettlementQueue {
  /**
   * Queues that exist already. Their settings and alarms are their owner's.
   *
   * @param scope scope of the import
   * @param id id of the import
   * @param attributes where they are
   * @throws Error when one of them is not a FIFO queue
   */
  public static fromSettlementQueueAttributes(scope: Construct, id: string, attributes: SettlementQueueAttributes): ISettlementQueue {
    const { queueArn, deadLetterQueueArn, encryptionKey } = attributes;
    const faults = new Faults(`${scope.node.path}/${id}`);
    for (const [name, arn] of Object.entries({ queueArn, deadLetterQueueArn })) {
      faults.check(Token.isUnresolved(arn) || arn.endsWith(FIFO), `\`${name}\` must be that of a FIFO queue, which ends in '${FIFO}', got: '${arn}'`);
    }
    faults.throwIfAny();
    const within = new Construct(scope, id);
    const given = (name: string, arn: string) => sqs.Queue.fromQueueAttributes(within, name, {
      queueArn: arn, fifo: true, keyArn: encryptionKey?.keyArn,
    });
    return { queue: given('Queue', queueArn), deadLetterQueue: given('DeadLetterQueue', deadLetterQueueArn) };
  }

  /** The queue that settlement consumes. */
  public readonly queue: sqs.IQueue;
  /** Copies of messages that halted their partition. */
  public readonly deadLetterQueue: sqs.IQueue;
  /** Gives principals access to the queues. */
  public readonly grants: QueueGrants;
  /** Fires as soon as the dead-letter queue holds a message: a partition has stopped. */
  public readonly haltedAlarm: cloudwatch.Alarm;
  /** Fires when the oldest message is older than `maxAge`: settlement has stopped or is too slow. */
  public readonly ageAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: SettlementQueueProps = {}) {
    super(scope, id);
    const { queueName, alarmActions: actions } = props;
    const visibilityTimeout = props.visibilityTimeout ?? Duration.seconds(45);
    const maxAge = props.maxAge ?? Duration.minutes(1);
    this.validate(queueName, visibilityTimeout, maxAge);
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
    this.deadLetterQueue = new sqs.Queue(this, 'DeadLetterQueue', { ...common, queueName: queueName?.replace(FIFO, DEAD) });
    this.queue = new sqs.Queue(this, 'Resource', {
      ...common,
      queueName,
      visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
    });
    this.grants = new QueueGrants([this]);
    this.haltedAlarm = alarm(this, 'HaltedAlarm', {
      metric: this.metricHaltedMessages(),
      description: 'A settlement message could not be applied: its partition is halted until an operator releases it.',
      threshold: 1,
      comparison: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      actions,
    });
    this.ageAlarm = alarm(this, 'AgeAlarm', {
      metric: this.metricAgeOfOldestMessage(),
      description: `A run of events has waited more than ${maxAge.toHumanString()} for the ledger: settlement has stopped, or is too slow for the load.`,
      threshold: maxAge.toSeconds(),
      periods: 3,
      breaching: 2,
      actions,
    });
  }

  /**
   * Age of the oldest message that is not settled, in seconds. Maximum of one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricAgeOfOldestMessage(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /**
   * Messages that wait. Maximum of one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricWaitingMessages(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /**
   * Copies of messages that halted their partition. Maximum of one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricHaltedMessages(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(1), statistic: cloudwatch.Stats.MAXIMUM, ...options,
    });
  }

  private validate(queueName: string | undefined, visibilityTimeout: Duration, maxAge: Duration): void {
    const faults = new Faults(this.node.path);
    checkPlain(faults, { visibilityTimeout, maxAge });
    const token = Token.isUnresolved(queueName);
    faults.check(queueName === undefined || (!token && NAME.test(queueName)),
      `\`queueName\` must be at most ${80 - DEAD.length} letters, digits, '-' and '_' with '${FIFO}' at the end, got: ${token ? 'an unresolved token; write the name in the program' : `'${queueName}'`}`);
    faults.check(visibilityTimeout.isUnresolved() || (visibilityTimeout.toSeconds() >= 31 && visibilityTimeout.toHours({ integral: false }) <= 12),
      `\`visibilityTimeout\` must be above the 30 seconds that settlement may take, and at most 12 hours, got: ${visibilityTimeout.toHumanString()}`);
    faults.check(maxAge.isUnresolved() || (Number.isInteger(maxAge.toMinutes({ integral: false })) && maxAge.toMinutes() >= 1),
      `\`maxAge\` must be whole minutes, at least 1, got: ${maxAge.toHumanString()}`);
    faults.throwIfAny();
  }
}
