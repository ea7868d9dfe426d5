import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ACTIONS, KEY_ACTIONS } from '../../private/access';
import { alarm } from '../../private/alarms';
import { Faults } from '../../private/faults';
import { checkWhole } from '../../private/whole';

/** Properties of `StreamReplay`. */
export interface StreamReplayProps {
  /** Stream to read again, for example that of `MarketDataStream`. */
  readonly stream: kinesis.IStream;

  /** Function that gets the records, in the order of their shards and at least once. An imported one needs its role. */
  readonly handler: lambda.IFunction;

  /**
   * Moment from which records are read, by the time of their arrival. What is older than the retention of the stream is gone. Another
   * moment is another replay, from its beginning.
   */
  readonly startAt: Date;

  /**
   * Whether records are read. A replay that has caught up goes on with new records until it is switched off or taken out.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Records of one call, from 1 to 10,000.
   *
   * @default 100
   */
  readonly batchSize?: number;

  /**
   * Calls of one shard at a time, from 1 to 10; with more than one only records of the same key keep their order.
   *
   * @default 1
   */
  readonly parallelCalls?: number;

  /**
   * Who is told about the alarm.
   *
   * @default - nobody; the alarm exists
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/**
 * Feeds a function with a stream from a moment in the past: to fill a store again, to try a new version with yesterday's market, or to
 * find out what happened. The readers of the present are not disturbed; records that fail five times are set aside by their position.
 */
export class StreamReplay extends Construct {
  /** What calls the function. */
  public readonly mapping: lambda.EventSourceMapping;
  /** What the function may do on behalf of the replay: read this stream and set aside. */
  public readonly policy: iam.ManagedPolicy;
  /** Positions of the records that were set aside. */
  public readonly failedQueue: sqs.Queue;
  /** Fires when records were set aside. */
  public readonly failedAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: StreamReplayProps) {
    super(scope, id);
    const batchSize = props.batchSize ?? 100;
    const parallelCalls = props.parallelCalls ?? 1;
    const startAt = props.startAt.getTime();
    const faults = new Faults(this.node.path);
    faults.check(Number.isFinite(startAt) && startAt > 0, `\`startAt\` must be a moment such as new Date('2025-12-10T00:00:00Z'), got: ${String(props.startAt)}`);
    faults.check(props.handler.role !== undefined, '`handler` must have a role, which gets leave to read the stream; import the function with its role');
    checkWhole(faults, 'batchSize', batchSize, 1, 10_000);
    checkWhole(faults, 'parallelCalls', parallelCalls, 1, 10);
    faults.throwIfAny();
    this.failedQueue = new sqs.Queue(this, 'Failed', {
      encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: Duration.days(14), removalPolicy: RemovalPolicy.RETAIN,
    });
    this.policy = this.createPolicy(props);
    this.mapping = new lambda.EventSourceMapping(this, 'Resource', {
      target: props.handler,
      eventSourceArn: props.stream.streamArn,
      startingPosition: lambda.StartingPosition.AT_TIMESTAMP,
      startingPositionTimestamp: Math.floor(startAt / 1000),
      enabled: props.enabled ?? true,
      batchSize,
      parallelizationFactor: parallelCalls,
      bisectBatchOnError: true,
      retryAttempts: 5,
      reportBatchItemFailures: true,
      // The destination of the library would write into the role of the function; the policy says it already.
      onFailure: { bind: () => ({ destination: this.failedQueue.queueArn }) },
    });
    this.mapping.node.addDependency(this.policy);
    this.failedAlarm = alarm(this, 'FailedAlarm', {
      metric: this.metricFailedBatches(),
      description: 'A replay set records aside that its function could not take: their positions wait in the queue.',
      threshold: 0,
      actions: props.alarmActions,
    });
  }

  /**
   * Runs of records that were set aside. Maximum of one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricFailedBatches(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.failedQueue.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(1), statistic: cloudwatch.Stats.MAXIMUM, ...options,
    });
  }

  private createPolicy({ stream, handler }: StreamReplayProps): iam.ManagedPolicy {
    const key = stream.encryptionKey;
    return new iam.ManagedPolicy(this, 'Policy', {
      description: 'A replay reads a stream',
      roles: handler.role === undefined ? [] : [handler.role],
      statements: [
        // Lambda itself also describes the stream in the older way.
        new iam.PolicyStatement({ actions: ['kinesis:DescribeStream', ...ACTIONS.stream.read], resources: [stream.streamArn] }),
        new iam.PolicyStatement({ actions: ACTIONS.queue.send, resources: [this.failedQueue.queueArn] }),
        ...(key === undefined ? [] : [new iam.PolicyStatement({ actions: KEY_ACTIONS.stream.read, resources: [key.keyArn] })]),
      ],
    });
  }
}
