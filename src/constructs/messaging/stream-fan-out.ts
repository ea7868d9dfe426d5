import { Duration, Names } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { Construct } from 'constructs';
import { ACTIONS, KEY_ACTIONS } from '../../private/access';
import { alarm } from '../../private/alarms';
import { Faults } from '../../private/faults';
import { granted } from '../../private/granted';

/** Properties of `StreamFanOut`. */
export interface StreamFanOutProps {
  /** Stream to read. It may have twenty such readers. */
  readonly stream: kinesis.IStream;

  /**
   * How far the reader may lag behind the end of the stream before its alarm fires.
   *
   * @default Duration.seconds(10)
   */
  readonly lagThreshold?: Duration;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/** What others may do with a reader of a stream. */
export class StreamFanOutGrants {
  /**
   * @param stream the stream
   * @param consumer the reader
   */
  public constructor(private readonly stream: kinesis.IStream, private readonly consumer: kinesis.IStreamConsumer) {}

  /**
   * Lets `grantee` read the stream as this reader, from any position that the stream still has.
   *
   * @param grantee who may read
   */
  public subscribe(grantee: iam.IGrantable): iam.Grant {
    return granted(grantee, {
      actions: ['kinesis:DescribeStreamSummary', 'kinesis:ListShards'],
      resourceArns: [this.stream.streamArn],
      service: 'kinesis',
      key: this.stream.encryptionKey,
      keyActions: KEY_ACTIONS.stream.read,
    }).combine(iam.Grant.addToPrincipal({ grantee, actions: ACTIONS.streamConsumer, resourceArns: [this.consumer.streamConsumerArn] }));
  }
}

/**
 * A reader with 2 MB/s of every shard to itself: records are pushed to it some 70 milliseconds after they were written, however
 * many others read. One reader belongs to one program; two that share it drive each other out.
 */
export class StreamFanOut extends Construct {
  /** The reader. */
  public readonly consumer: kinesis.StreamConsumer;
  /** Fires when the reader lags, or does not read at all. */
  public readonly lagAlarm: cloudwatch.Alarm;
  /** What others may do. */
  public readonly grants: StreamFanOutGrants;
  private readonly dimensions: Record<string, string>;

  public constructor(scope: Construct, id: string, props: StreamFanOutProps) {
    super(scope, id);
    const lag = props.lagThreshold ?? Duration.seconds(10);
    const faults = new Faults(this.node.path);
    faults.check(lag.isUnresolved() || lag.toMilliseconds() >= 1000, `\`lagThreshold\` must be a second or more, got: ${lag.toHumanString()}`);
    faults.throwIfAny();
    // Kinesis asks for a name; this one is unique to the construct.
    const streamConsumerName = Names.uniqueResourceName(this, { maxLength: 128, separator: '-' });
    this.consumer = new kinesis.StreamConsumer(this, 'Resource', { stream: props.stream, streamConsumerName });
    this.dimensions = { StreamName: props.stream.streamName, ConsumerName: streamConsumerName };
    this.grants = new StreamFanOutGrants(props.stream, this.consumer);
    this.lagAlarm = alarm(this, 'LagAlarm', {
      metric: this.metricLag(),
      description: `A reader of the stream is more than ${lag.toHumanString()} behind, or gone.`,
      threshold: lag.toMilliseconds(),
      periods: 3,
      missing: cloudwatch.TreatMissingData.BREACHING,
      actions: props.alarmActions,
    });
  }

  /**
   * How far the reader is behind the end of the stream, in milliseconds. Maximum of one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricLag(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('SubscribeToShardEvent.MillisBehindLatest', { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /**
   * Bytes that were pushed to the reader. Sum over one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricBytes(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('SubscribeToShardEvent.Bytes', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  private metric(metricName: string, options: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({ namespace: 'AWS/Kinesis', metricName, dimensionsMap: this.dimensions, period: Duration.minutes(1), ...options }).attachTo(this);
  }
}
