import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** Properties of `ColdStore`. */
export interface ColdStoreProps {
  /**
   * Key that encrypts the objects.
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

/**
 * Versioned bucket for what is written once and read seldom: candles below `data/`, snapshots of the core below
 * `matcher-snapshots/`.
 */
export class ColdStore extends Construct {
  /** The bucket. */
  public readonly bucket: s3.Bucket;

  public constructor(scope: Construct, id: string, props: ColdStoreProps = {}) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Resource', {
      ...(props.encryptionKey === undefined
        ? { encryption: s3.BucketEncryption.S3_MANAGED }
        : { encryption: s3.BucketEncryption.KMS, encryptionKey: props.encryptionKey, bucketKeyEnabled: true }),
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      lifecycleRules: [
        { prefix: 'matcher-snapshots/', expiration: props.snapshotRetention ?? Duration.days(30) },
        { noncurrentVersionExpiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(1) },
        { prefix: 'data/', transitions: [{ storageClass: s3.StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(1) }] },
      ],
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    if (props.accessLogs !== undefined) {
      // Set on the resource itself: the prop of the L2 gives the log bucket an access control list unless a feature flag is on.
      const resource = this.bucket.node.defaultChild as s3.CfnBucket;
      resource.loggingConfiguration = { destinationBucketName: props.accessLogs.bucketName, logFilePrefix: 'cold-store/' };
    }
  }
}
