import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';
import { checkReplication, forgetting, securedBucket } from '../../private/secured-bucket';

/** Properties of `ColdStore`. */
export interface ColdStoreProps {
  /**
   * Key that encrypts the objects. Objects that are there keep the key they were written with.
   *
   * @default - S3's own keys
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Bucket that takes the access logs; its policy must let S3 deliver them, as that of `AccessLogBucket` does.
   *
   * @default - access is not logged
   */
  readonly accessLogs?: s3.IBucket;

  /**
   * Bucket of another region, with versioning, that every object is copied to.
   *
   * @default - no copies
   */
  readonly replicateTo?: s3.IBucket;

  /**
   * Key of the other region that encrypts the copies.
   *
   * @default - the key that the other bucket has as its default
   */
  readonly replicationKey?: kms.IKey;

  /**
   * Origins of pages that may upload files by presigned forms, such as `https://trade.example.com`, each with up to one `*` in its host. What a
   * page may write is said by the signature of its form, not here: browsers ask for this permission besides.
   *
   * @default - no page may
   */
  readonly uploadOrigins?: string[];

  /**
   * How long a snapshot of the core is kept. A new one is written every few minutes, and the journal keeps a week.
   *
   * @default Duration.days(30)
   */
  readonly snapshotRetention?: Duration;

  /**
   * What happens to the bucket when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** What is read less and less but never forgotten: candles, ticks, reports of backtests, screenshots of charts. */
const COLD = ['data/', 'ticks/', 'reports/', 'screenshots/'];

/** An origin as browsers send it; S3 takes one asterisk. */
const UPLOAD_ORIGIN = /^(https:\/\/[a-z0-9.-]*\*?[a-z0-9.-]*\.[a-z0-9-]+(:\d+)?|http:\/\/(localhost|127\.0\.0\.1)(:\d+)?)$/;

/**
 * Versioned bucket for what is written once and read seldom: candles below `data/{symbol}/{year}/{month}/`, ticks below `ticks/`,
 * reports of backtests below `reports/`, screenshots of charts below `screenshots/`, snapshots of the core below `matcher-snapshots/`.
 */
export class ColdStore extends Construct {
  /**
   * A bucket that exists already, as every construct and service of this library takes it. Its settings are its owner's.
   *
   * @param scope scope of the import
   * @param id id of the import
   * @param attributes name or ARN, and key of the bucket
   */
  public static fromColdStoreAttributes(scope: Construct, id: string, attributes: s3.BucketAttributes): s3.IBucket {
    return s3.Bucket.fromBucketAttributes(scope, id, attributes);
  }

  /** The bucket. */
  public readonly bucket: s3.Bucket;

  public constructor(scope: Construct, id: string, props: ColdStoreProps = {}) {
    super(scope, id);
    const snapshots = props.snapshotRetention ?? Duration.days(30);
    const faults = new Faults(this.node.path);
    checkPlain(faults, { snapshotRetention: snapshots });
    faults.check(snapshots.isUnresolved() || (Number.isInteger(snapshots.toDays({ integral: false })) && snapshots.toDays() >= 1),
      `\`snapshotRetention\` must be a whole number of days, at least 1, got: ${snapshots.toHumanString()}`);
    checkReplication(faults, props);
    for (const origin of props.uploadOrigins ?? []) {
      faults.check(Token.isUnresolved(origin) || UPLOAD_ORIGIN.test(origin),
        `\`uploadOrigins\` must be origins of pages such as 'https://trade.example.com' or 'https://*.example.com', got: '${origin}'`);
    }
    faults.throwIfAny();
    this.bucket = securedBucket(this, 'Resource', {
      ...props,
      logPrefix: 'cold-store',
      formsFrom: props.uploadOrigins,
      lifecycleRules: [
        { prefix: 'matcher-snapshots/', expiration: snapshots },
        forgetting(Duration.days(30)),
        ...COLD.map((prefix) => ({
          prefix, transitions: [{ storageClass: s3.StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(1) }],
        })),
      ],
    });
  }

  /**
   * Bytes in the bucket, of one storage class. S3 counts once a day.
   *
   * @param storageType as CloudWatch names it, such as 'IntelligentTieringFAStorage'; 'StandardStorage' unless given
   * @param options what to change about the metric
   */
  public metricSize(storageType?: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/S3',
      metricName: 'BucketSizeBytes',
      dimensionsMap: { BucketName: this.bucket.bucketName, StorageType: storageType ?? 'StandardStorage' },
      statistic: cloudwatch.Stats.AVERAGE,
      period: Duration.days(1),
      ...options,
    });
  }
}
