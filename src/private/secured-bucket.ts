import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Faults } from './faults';

/** What buckets of data may vary in. */
export interface SecuredBucketOptions {
  readonly encryptionKey?: kms.IKey;
  readonly accessLogs?: s3.IBucket;
  /** Where the keys of the access logs begin, without a slash. */
  readonly logPrefix: string;
  readonly lifecycleRules: s3.LifecycleRule[];
  /** Origins of pages that may send presigned forms. */
  readonly formsFrom?: string[];
  readonly objectLock?: s3.ObjectLockRetention;
  readonly replicateTo?: s3.IBucket;
  readonly replicationKey?: kms.IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/** Adds what is wrong with the copies of a bucket. */
export function checkReplication(faults: Faults, { replicateTo, replicationKey }: Pick<SecuredBucketOptions, 'replicateTo' | 'replicationKey'>): void {
  faults.check(replicationKey === undefined || replicateTo !== undefined,
    '`replicationKey` encrypts copies, and there are none; set `replicateTo`, or take the key away');
}

/** A bucket that is private, versioned and encrypted, refuses calls without TLS, and leaves no half of an upload behind. */
export function securedBucket(scope: Construct, id: string, options: SecuredBucketOptions): s3.Bucket {
  const { encryptionKey, objectLock, replicateTo } = options;
  const bucket = new s3.Bucket(scope, id, {
    ...(encryptionKey === undefined
      ? { encryption: s3.BucketEncryption.S3_MANAGED }
      : { encryption: s3.BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }),
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    ...(objectLock === undefined ? {} : { objectLockEnabled: true, objectLockDefaultRetention: objectLock }),
    lifecycleRules: options.lifecycleRules,
    // Pictures are shown without asking, and nothing else is read by pages.
    cors: options.formsFrom?.length ? [{ allowedOrigins: options.formsFrom, allowedMethods: [s3.HttpMethods.POST], maxAge: 3_600 }] : undefined,
    replicationRules: replicateTo === undefined ? undefined : [{
      destination: replicateTo,
      kmsKey: options.replicationKey,
      sseKmsEncryptedObjects: encryptionKey !== undefined,
      priority: 1,
      deleteMarkerReplication: false,
    }],
    removalPolicy: options.removalPolicy ?? RemovalPolicy.RETAIN,
  });
  if (options.accessLogs !== undefined) {
    // Set on the resource itself: the prop of the L2 gives the log bucket an access control list unless a feature flag is on.
    (bucket.node.defaultChild as s3.CfnBucket).loggingConfiguration = {
      destinationBucketName: options.accessLogs.bucketName, logFilePrefix: `${options.logPrefix}/`,
    };
  }
  return bucket;
}

/** What a bucket of data forgets in any case. */
export function forgetting(noncurrent: Duration): s3.LifecycleRule {
  return { noncurrentVersionExpiration: noncurrent, abortIncompleteMultipartUploadAfter: Duration.days(1) };
}
