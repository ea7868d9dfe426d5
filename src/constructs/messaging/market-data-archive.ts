import { Duration, Size, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { alarm } from '../../private/alarms';
import { encryptedLogs } from '../../private/encrypted-logs';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';
import { serviceRole } from '../../private/service-role';

/** Properties of `MarketDataArchive`. */
export interface MarketDataArchiveProps {
  /** Stream of ticks: records of JSON documents, one or more of them, each with its symbol. */
  readonly stream: kinesis.IStream;

  /** Bucket that takes the files, for example that of `ColdStore`. */
  readonly bucket: s3.IBucket;

  /**
   * Where the keys begin: files are put to `{prefix}/{symbol}/{year}/{month}/{day}/`, by the time of arrival in UTC.
   *
   * @default 'ticks'
   */
  readonly prefix?: string;

  /**
   * Field of a document that holds the symbol.
   *
   * @default 'symbol'
   */
  readonly symbolField?: string;

  /**
   * How long documents are gathered before a file is written, from one to fifteen minutes; sooner when there is enough of them.
   *
   * @default Duration.minutes(5)
   */
  readonly bufferInterval?: Duration;

  /**
   * How much is gathered before a file is written, from 64 to 128 MiB.
   *
   * @default Size.mebibytes(64)
   */
  readonly bufferSize?: Size;

  /**
   * Key that encrypts the files and the logs.
   *
   * @default - the bucket's own encryption for the files; a key for the logs is defined
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long logs of failed deliveries are kept.
   *
   * @default Duration.days(90)
   */
  readonly logRetention?: Duration;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/**
 * Every tick as a file: a Firehose stream that reads the market-data stream and writes compressed lines of JSON, one folder per
 * symbol and day. What cannot be delivered or has no symbol goes below `{prefix}-errors/`.
 */
export class MarketDataArchive extends Construct {
  /** The delivery stream. */
  public readonly deliveryStream: firehose.CfnDeliveryStream;
  /** Role of the delivery stream: this stream, these two prefixes. */
  public readonly role: iam.Role;
  /** Why deliveries failed. */
  public readonly logGroup: logs.LogGroup;
  /** Where keys of ticks begin, without a slash. */
  public readonly prefix: string;
  /** Where keys of what failed begin, without a slash. */
  public readonly errorPrefix: string;
  /** Fires when the oldest document that is not in S3 is too old. */
  public readonly freshnessAlarm: cloudwatch.Alarm;
  /** Fires when Firehose reads the stream too late. */
  public readonly lagAlarm: cloudwatch.Alarm;
  /** Fires when there are more symbols at a time than Firehose has folders open. */
  public readonly partitionsAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: MarketDataArchiveProps) {
    super(scope, id);
    const interval = props.bufferInterval ?? Duration.minutes(5);
    const size = props.bufferSize ?? Size.mebibytes(64);
    const field = props.symbolField ?? 'symbol';
    this.prefix = props.prefix ?? 'ticks';
    this.errorPrefix = `${this.prefix}-errors`;
    const faults = new Faults(this.node.path);
    checkPlain(faults, { bufferInterval: interval });
    faults.check(Token.isUnresolved(this.prefix) || /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/.test(this.prefix),
      `\`prefix\` must be names of letters, digits, '-' and '_' with slashes between them only, got: '${this.prefix}'`);
    faults.check(/^[A-Za-z_][A-Za-z0-9_]*$/.test(field), `\`symbolField\` must be the name of a field, got: '${field}'`);
    faults.check(interval.isUnresolved() || (interval.toSeconds() >= 60 && interval.toSeconds() <= 900), `\`bufferInterval\` must be from 1 to 15 minutes, got: ${interval.toHumanString()}`);
    faults.check(size.isUnresolved() || (size.toMebibytes() >= 64 && size.toMebibytes() <= 128),
      `\`bufferSize\` must be from 64 to 128 MiB, because Firehose divides files by symbol, got: ${size.toMebibytes()} MiB`);
    faults.throwIfAny();

    this.logGroup = encryptedLogs(this, 'Logs', { encryptionKey: props.encryptionKey, retention: props.logRetention });
    const logStream = this.logGroup.addStream('Delivery');
    this.role = this.createRole(props);
    this.deliveryStream = new firehose.CfnDeliveryStream(this, 'Resource', {
      deliveryStreamType: 'KinesisStreamAsSource',
      kinesisStreamSourceConfiguration: { kinesisStreamArn: props.stream.streamArn, roleArn: this.role.roleArn },
      extendedS3DestinationConfiguration: {
        bucketArn: props.bucket.bucketArn,
        roleArn: this.role.roleArn,
        prefix: `${this.prefix}/!{partitionKeyFromQuery:symbol}/!{timestamp:yyyy/MM/dd}/`,
        errorOutputPrefix: `${this.errorPrefix}/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/`,
        fileExtension: '.jsonl.gz',
        compressionFormat: 'GZIP',
        bufferingHints: { intervalInSeconds: interval.toSeconds(), sizeInMBs: size.toMebibytes() },
        dynamicPartitioningConfiguration: { enabled: true, retryOptions: { durationInSeconds: 300 } },
        encryptionConfiguration: props.encryptionKey && { kmsEncryptionConfig: { awskmsKeyArn: props.encryptionKey.keyArn } },
        cloudWatchLoggingOptions: { enabled: true, logGroupName: this.logGroup.logGroupName, logStreamName: logStream.logStreamName },
        processingConfiguration: {
          enabled: true,
          processors: [
            // A record of the streamer is a run of documents of one symbol.
            processor('RecordDeAggregation', { SubRecordType: 'JSON' }),
            processor('MetadataExtraction', { MetadataExtractionQuery: `{symbol: .${field}}`, JsonParsingEngine: 'JQ-1.6' }),
            processor('AppendDelimiterToRecord', { Delimiter: '\\n' }),
          ],
        },
      },
    });
    this.deliveryStream.node.addDependency(this.role);
    const actions = props.alarmActions;
    const limit = Math.max(900, 3 * interval.toSeconds());
    this.freshnessAlarm = alarm(this, 'FreshnessAlarm', {
      metric: this.metricFreshness(),
      description: `Market data has waited more than ${limit / 60} minutes for S3. The stream keeps it for its retention only.`,
      threshold: limit,
      actions,
    });
    this.lagAlarm = alarm(this, 'LagAlarm', {
      metric: this.metricLag(),
      description: 'Firehose reads the market-data stream more than five minutes behind its end.',
      threshold: Duration.minutes(5).toMilliseconds(),
      actions,
    });
    this.partitionsAlarm = alarm(this, 'PartitionsAlarm', {
      metric: this.metric('PartitionCountExceeded', { statistic: cloudwatch.Stats.MAXIMUM }),
      description: 'More symbols arrive at a time than Firehose has folders open; the others go to the error prefix.',
      threshold: 0,
      actions,
    });
  }

  /**
   * Age of the oldest document that is not in S3, in seconds. Maximum of five minutes unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricFreshness(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('DeliveryToS3.DataFreshness', { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /**
   * How far Firehose reads behind the end of the stream, in milliseconds. Maximum of five minutes unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricLag(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('KinesisMillisBehindLatest', { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /**
   * Bytes that were delivered. Sum over five minutes unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricDeliveredBytes(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('DeliveryToS3.Bytes', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  private metric(metricName: string, options: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Firehose', metricName, dimensionsMap: { DeliveryStreamName: this.deliveryStream.ref }, period: Duration.minutes(5), ...options,
    }).attachTo(this);
  }

  private createRole({ stream, bucket, encryptionKey }: MarketDataArchiveProps): iam.Role {
    const { region, account } = Stack.of(this);
    const via = (service: string) => ({ StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` } });
    const key = encryptionKey ?? bucket.encryptionKey;
    return serviceRole(this, 'Role', {
      description: 'Firehose archives market data',
      assumedBy: new iam.ServicePrincipal('firehose.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': account } } }),
      statements: [
        new iam.PolicyStatement({ actions: ['kinesis:DescribeStream', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'], resources: [stream.streamArn] }),
        new iam.PolicyStatement({ actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], resources: [bucket.bucketArn] }),
        new iam.PolicyStatement({
          actions: ['s3:AbortMultipartUpload', 's3:PutObject'],
          resources: [bucket.arnForObjects(`${this.prefix}/*`), bucket.arnForObjects(`${this.errorPrefix}/*`)],
        }),
        new iam.PolicyStatement({ actions: ['logs:PutLogEvents'], resources: [this.logGroup.logGroupArn] }),
        ...(stream.encryptionKey === undefined ? [] : [
          new iam.PolicyStatement({ actions: ['kms:Decrypt'], resources: [stream.encryptionKey.keyArn], conditions: via('kinesis') }),
        ]),
        ...(key === undefined ? [] : [
          new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn], conditions: via('s3') }),
        ]),
      ],
    });
  }
}

function processor(type: string, parameters: Record<string, string>): firehose.CfnDeliveryStream.ProcessorProperty {
  return { type, parameters: Object.entries(parameters).map(([parameterName, parameterValue]) => ({ parameterName, parameterValue })) };
}
