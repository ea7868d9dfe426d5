import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { StreamGrants } from './stream-grants';
import { alarm } from '../../private/alarms';
import { Faults } from '../../private/faults';
import { checkJournalRetention, MAX_SNAPSHOT_AGE } from '../../private/journal-retention';
import { streamMetric, throttledWrites } from '../../private/stream-watch';
import { checkWhole } from '../../private/whole';

/** A journal that orders are appended to. */
export interface IOrderJournal {
  /** The stream, as every construct and service of this library takes it. */
  readonly stream: kinesis.IStream;

  /** Number of partitions, one shard each. */
  readonly partitions: number;
}

/** A journal that exists already: a provisioned stream of at least seven days. */
export interface OrderJournalAttributes {
  /** ARN of the stream. */
  readonly streamArn: string;

  /**
   * Number of its shards, none of them ever split or merged.
   *
   * @default 1
   */
  readonly partitions?: number;

  /**
   * Key that encrypts its records.
   *
   * @default - the key of Kinesis in this account
   */
  readonly encryptionKey?: kms.IKey;
}

/** Properties of `OrderJournal`. */
export interface OrderJournalProps {
  /**
   * Partitions of the journal, one shard each. A partition is addressed by its share of the hash range. Another number moves the
   * shares, so it is changed while no matcher runs.
   *
   * @default 1
   */
  readonly partitions?: number;

  /**
   * How long records can be read again: at least seven days, at most a year.
   *
   * @default Duration.days(7)
   */
  readonly retention?: Duration;

  /**
   * How old the newest snapshot of the core may be when a matcher starts from it. The retention must be longer: the records between
   * the two would otherwise be gone.
   *
   * @default Duration.days(1)
   */
  readonly maxSnapshotAge?: Duration;

  /**
   * Key that encrypts the records. Records that are there keep the key they were written with.
   *
   * @default - the key of Kinesis in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Who is told when an alarm of the journal changes its state.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * What happens to the stream when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Shards that a stream has at most without a word to AWS, in the larger regions. */
const MOST_PARTITIONS = 20_000;

/** Bytes that a shard takes in a minute. */
const BYTES_PER_MINUTE = 60 * 1024 * 1024;

/**
 * The journal of orders: a Kinesis stream, synchronously kept in three zones, that every order is appended to before anyone
 * says yes. Everything behind it can be rebuilt from it, so it keeps its records for a week at least.
 */
export class OrderJournal extends Construct implements IOrderJournal {
  /**
   * A journal that exists already. Its settings and alarms are its owner's.
   *
   * @param scope scope of the import
   * @param id id of the import
   * @param attributes where it is, and how many partitions it has
   */
  public static fromOrderJournalAttributes(scope: Construct, id: string, attributes: OrderJournalAttributes): IOrderJournal {
    const { streamArn, encryptionKey, partitions = 1 } = attributes;
    const faults = new Faults(`${scope.node.path}/${id}`);
    checkWhole(faults, 'partitions', partitions, 1, MOST_PARTITIONS);
    faults.throwIfAny();
    return { stream: kinesis.Stream.fromStreamAttributes(scope, id, { streamArn, encryptionKey }), partitions };
  }

  /** The stream. */
  public readonly stream: kinesis.IStream;
  /** Number of partitions. */
  public readonly partitions: number;
  /** Gives principals access to the stream. */
  public readonly grants: StreamGrants;
  /** Fires when the journal refuses orders, because a partition takes more than its shard can. */
  public readonly writeThrottleAlarm: cloudwatch.Alarm;
  /** Fires when the journal takes 70 % of the bytes that its shards can, all of them together. */
  public readonly capacityAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: OrderJournalProps = {}) {
    super(scope, id);
    this.partitions = props.partitions ?? 1;
    const retention = props.retention ?? Duration.days(7);
    this.validate(retention, props.maxSnapshotAge ?? MAX_SNAPSHOT_AGE);
    this.stream = new kinesis.Stream(this, 'Resource', {
      // Provisioned: on-demand streams split shards by themselves, and a partition is a shard.
      streamMode: kinesis.StreamMode.PROVISIONED,
      shardCount: this.partitions,
      retentionPeriod: retention,
      ...(props.encryptionKey === undefined
        ? { encryption: kinesis.StreamEncryption.MANAGED }
        : { encryption: kinesis.StreamEncryption.KMS, encryptionKey: props.encryptionKey }),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    this.grants = new StreamGrants(this.stream);
    this.writeThrottleAlarm = throttledWrites(this, this.stream, 'The journal of orders', props.alarmActions);
    this.capacityAlarm = alarm(this, 'CapacityAlarm', {
      metric: this.metricIncomingBytes(),
      description: 'The journal takes 70 % of what its shards can: plan more partitions before orders are refused.',
      threshold: 0.7 * this.partitions * BYTES_PER_MINUTE,
      periods: 5,
      breaching: 3,
      actions: props.alarmActions,
    });
  }

  /**
   * Bytes that were appended. Sum over one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricIncomingBytes(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return streamMetric(this.stream, 'IncomingBytes', cloudwatch.Stats.SUM, options);
  }

  /**
   * Records that were appended, each a batch of commands. Sum over one minute unless said otherwise.
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

  /**
   * Milliseconds that an append takes. Average of one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricAppendLatency(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return streamMetric(this.stream, 'PutRecord.Latency', cloudwatch.Stats.AVERAGE, options);
  }

  private validate(retention: Duration, maxSnapshotAge: Duration): void {
    const faults = new Faults(this.node.path);
    checkWhole(faults, 'partitions', this.partitions, 1, MOST_PARTITIONS);
    checkJournalRetention(faults, retention, maxSnapshotAge);
    faults.throwIfAny();
  }
}
