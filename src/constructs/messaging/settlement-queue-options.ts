import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';

/** What can be chosen for every settlement queue. */
export interface SettlementQueueOptions {
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
   * How old the oldest message may get before the alarm fires: what the loss of the region would cost beyond the ledger's own lag.
   * Whole minutes.
   *
   * @default Duration.minutes(1)
   */
  readonly maxAge?: Duration;

  /**
   * Who is told when an alarm of the queue changes its state.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * What happens to the queues when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
