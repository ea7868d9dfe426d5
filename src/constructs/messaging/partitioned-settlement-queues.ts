import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { QueueGrants } from './queue-grants';
import { ISettlementQueue, SettlementQueue } from './settlement-queue';
import type { SettlementQueueOptions } from './settlement-queue-options';
import { Faults } from '../../private/faults';
import { checkWhole } from '../../private/whole';

/** Properties of `PartitionedSettlementQueues`. */
export interface PartitionedSettlementQueuesProps extends SettlementQueueOptions {
  /**
   * Partitions of the journal, each with a queue of its own. More of them leave the queues that are there alone; fewer take the last
   * ones out of the stack, where they stay in the account with whatever they still hold.
   */
  readonly partitions: number;
}

/** A partition is a core's worth of orders: a venue with a hundred of them has other questions. */
const MOST_PARTITIONS = 100;

/**
 * Settlement for more than one queue takes: a FIFO queue for each partition of the journal, each with its own dead-letter queue and
 * alarms, so that a partition that is halted or slow never stands in the way of another one.
 */
export class PartitionedSettlementQueues extends Construct {
  /** Queues by partition, from 0. */
  public readonly queues: SettlementQueue[];
  /** Gives principals access to the queues of every partition. */
  public readonly grants: QueueGrants;

  public constructor(scope: Construct, id: string, props: PartitionedSettlementQueuesProps) {
    super(scope, id);
    const { partitions, ...options } = props;
    const faults = new Faults(this.node.path);
    checkWhole(faults, 'partitions', partitions, 1, MOST_PARTITIONS);
    faults.throwIfAny();
    this.queues = Array.from({ length: partitions }, (_, partition) => new SettlementQueue(this, `Partition${partition}`, options));
    this.grants = new QueueGrants(this.queues);
  }

  /**
   * The queue of one partition, to hand to its matcher and to its settlement.
   *
   * @param partition number of the partition, from 0
   * @throws Error when there is no such partition
   */
  public forPartition(partition: number): ISettlementQueue {
    const faults = new Faults(this.node.path);
    checkWhole(faults, 'partition', partition, 0, this.queues.length - 1);
    faults.throwIfAny();
    return this.queues[partition];
  }

  /**
   * Age of the oldest message of any partition, in seconds. Maximum of one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricAgeOfOldestMessage(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.over('MAX', 'Oldest message', (queue) => queue.metricAgeOfOldestMessage(), options);
  }

  /**
   * Messages that wait, of all partitions. Maximum of one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricWaitingMessages(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.over('SUM', 'Waiting messages', (queue) => queue.metricWaitingMessages(), options);
  }

  private over(
    fold: 'MAX' | 'SUM', label: string, of: (queue: SettlementQueue) => cloudwatch.Metric, options?: cloudwatch.MathExpressionOptions,
  ): cloudwatch.MathExpression {
    return new cloudwatch.MathExpression({
      expression: `${fold}(METRICS())`,
      usingMetrics: Object.fromEntries(this.queues.map((queue, partition) => [`p${partition}`, of(queue)])),
      label,
      period: Duration.minutes(1),
      ...options,
    });
  }
}
