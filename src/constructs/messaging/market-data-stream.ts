import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { StreamCapacity } from './stream-capacity';
import { StreamGrants } from './stream-grants';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';
import { streamMetric, throttledWrites } from '../../private/stream-watch';

/** Properties of `MarketDataStream`. */
export interface MarketDataStreamProps {
  /**
   * How much the stream carries. It can be changed while the stream runs, between fixed and by load twice a day.
   *
   * @default StreamCapacity.onDemand()
   */
  readonly capacity?: StreamCapacity;

  /**
   * Key that encrypts the records. Records that are there keep the key they were written with.
   *
   * @default - the key of Kinesis in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long ticks can be read again: from a day to a year.
   *
   * @default Duration.hours(24)
   */
  readonly retention?: Duration;

  /**
   * Who is told when an alarm of the stream changes its state.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * What happens to the stream when it leaves the stack. Its records are a copy of what the exchange published.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Every normalised tick, for readers that must not miss one: `StreamFanOut` reads it with a throughput of its own, `StreamReplay`
 * from a moment in the past, `MarketDataArchive` into files.
 */
export class MarketDataStream extends Construct {
  /**
   * A stream that exists already, as every construct and service of this library takes it. Its settings and alarms are its owner's.
   *
   * @param scope scope of the import
   * @param id id of the import
   * @param attributes ARN and key of the stream
   */
  public static fromMarketDataStreamAttributes(scope: Construct, id: string, attributes: kinesis.StreamAttributes): kinesis.IStream {
    return kinesis.Stream.fromStreamAttributes(scope, id, attributes);
  }

  /** The stream. */
  public readonly stream: kinesis.Stream;
  /** Gives principals access to the stream. */
  public readonly grants: StreamGrants;
  /** Fires when the stream refuses ticks. */
  public readonly writeThrottleAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: MarketDataStreamProps = {}) {
    super(scope, id);
    const retention = props.retention ?? Duration.hours(24);
    const { shardCount } = props.capacity ?? StreamCapacity.onDemand();
    const faults = new Faults(this.node.path);
    checkPlain(faults, { retention });
    const hours = retention.isUnresolved() ? 24 : retention.toHours({ integral: false });
    faults.check(Number.isInteger(hours) && hours >= 24 && hours <= 8760, `\`retention\` must be whole hours from 24 hours to 365 days, got: ${retention.toHumanString()}`);
    faults.throwIfAny();
    this.stream = new kinesis.Stream(this, 'Resource', {
      ...(shardCount === undefined ? { streamMode: kinesis.StreamMode.ON_DEMAND } : { streamMode: kinesis.StreamMode.PROVISIONED, shardCount }),
      retentionPeriod: retention,
      ...(props.encryptionKey === undefined
        ? { encryption: kinesis.StreamEncryption.MANAGED }
        : { encryption: kinesis.StreamEncryption.KMS, encryptionKey: props.encryptionKey }),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    this.grants = new StreamGrants(this.stream);
    this.writeThrottleAlarm = throttledWrites(this, this.stream, 'The market-data stream', props.alarmActions);
  }

  /**
   * Bytes that were written. Sum over one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricIncomingBytes(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return streamMetric(this.stream, 'IncomingBytes', cloudwatch.Stats.SUM, options);
  }

  /**
   * Records that were written, each a run of ticks of one symbol. Sum over one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricIncomingRecords(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return streamMetric(this.stream, 'IncomingRecords', cloudwatch.Stats.SUM, options);
  }

  /**
   * Records that were refused for want of capacity. Sum over one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricThrottledWrites(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return streamMetric(this.stream, 'WriteProvisionedThroughputExceeded', cloudwatch.Stats.SUM, options);
  }
}
