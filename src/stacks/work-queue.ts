import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { alarm } from '../private/alarms';

/** Properties of `WorkQueue`. */
export interface WorkQueueProps {
  /** What waits in the queue, for the alarm, such as 'light backtests'. */
  readonly work: string;

  /** How long a piece of work stays hidden from others after somebody took it. */
  readonly visibilityTimeout: Duration;

  /**
   * Key that encrypts both queues.
   *
   * @default - SQS's own encryption
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * What happens to the queues when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Attempts before a piece of work is a dead letter; the services count with the same number. */
const MAX_ATTEMPTS = 3;

/** Pieces of work for whoever comes first, with a dead-letter queue and an alarm on the first dead letter. */
export class WorkQueue extends Construct {
  /** The queue. */
  public readonly queue: sqs.Queue;
  /** What failed three times. */
  public readonly deadLetterQueue: sqs.Queue;
  /** Fires when something failed three times. */
  public readonly deadLetterAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    const common = {
      enforceSSL: true,
      ...(props.encryptionKey === undefined
        ? { encryption: sqs.QueueEncryption.SQS_MANAGED }
        : { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: props.encryptionKey, dataKeyReuse: Duration.minutes(5) }),
      retentionPeriod: Duration.days(14),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    };
    this.deadLetterQueue = new sqs.Queue(this, 'DeadLetterQueue', common);
    this.queue = new sqs.Queue(this, 'Resource', {
      ...common,
      visibilityTimeout: props.visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_ATTEMPTS },
    });
    this.deadLetterAlarm = alarm(this, 'DeadLetterAlarm', {
      metric: this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: cloudwatch.Stats.MAXIMUM }),
      description: `One of the ${props.work} failed three times. Look at the logs of who runs them, then move the message back.`,
      threshold: 0,
      actions: props.alarmActions,
    });
  }
}
