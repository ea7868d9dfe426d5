import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { BackupRetention } from './backup-retention';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';
import { checkReplication, forgetting, securedBucket } from '../../private/secured-bucket';

/** A bucket that databases are exported to. It must send its events to EventBridge. */
export interface IBackupBucket {
  /** The bucket. */
  readonly bucket: s3.IBucket;

  /** Key that encrypts its objects. */
  readonly encryptionKey: kms.IKey;

  /** Where exports that are complete are written down; its resource policy must let EventBridge write. */
  readonly completionLog: logs.ILogGroup;
}

/** A bucket of backups that exists already. */
export interface BackupBucketAttributes {
  /** The bucket. It must send its events to EventBridge, or no export is seen to be complete. */
  readonly bucket: s3.IBucket;

  /** Key that encrypts its objects. */
  readonly encryptionKey: kms.IKey;

  /** Where exports that are complete are written down; its resource policy must let EventBridge write. */
  readonly completionLog: logs.ILogGroup;
}

/** Properties of `BackupBucket`. */
export interface BackupBucketProps {
  /**
   * Key that encrypts the objects.
   *
   * @default - a key of its own, so that the loss of a database's key does not take its exports along
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Bucket that takes the access logs; its policy must let S3 deliver them, as that of `AccessLogBucket` does.
   *
   * @default - access is not logged
   */
  readonly accessLogs?: s3.IBucket;

  /**
   * For how long nobody can delete or replace a version. COMPLIANCE binds the root user too; GOVERNANCE can be lifted by those who
   * hold `s3:BypassGovernanceRetention`.
   *
   * @default s3.ObjectLockRetention.governance(Duration.days(35))
   */
  readonly objectLock?: s3.ObjectLockRetention;

  /**
   * After how long an export is deleted. Not before its lock ends.
   *
   * @default BackupRetention.of(Duration.days(365))
   */
  readonly retention?: BackupRetention;

  /**
   * Bucket of another region, with versioning and object lock, that every object is copied to.
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
   * Key that encrypts the log of complete exports; its policy must let CloudWatch Logs use it.
   *
   * @default - CloudWatch Logs' own encryption: the log holds names of objects
   */
  readonly logKey?: kms.IKey;

  /**
   * What happens to the bucket, its key and its log when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Exports of databases that outlive the databases: versioned, locked for 35 days, encrypted with a key of their own, moved to cheaper
 * storage after 30 days and deleted after a year.
 */
export class BackupBucket extends Construct implements IBackupBucket {
  /**
   * A bucket of backups that exists already. Its settings are its owner's.
   *
   * @param attributes the bucket and what belongs to it
   */
  public static fromBackupBucketAttributes(attributes: BackupBucketAttributes): IBackupBucket {
    return { ...attributes };
  }

  /** The bucket. */
  public readonly bucket: s3.IBucket;
  /** Key that encrypts the objects. */
  public readonly encryptionKey: kms.IKey;
  /** Where exports that are complete are written down. */
  public readonly completionLog: logs.ILogGroup;

  public constructor(scope: Construct, id: string, props: BackupBucketProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const objectLock = props.objectLock ?? s3.ObjectLockRetention.governance(Duration.days(35));
    const retention = props.retention ?? BackupRetention.of(Duration.days(365));
    const days = retention.duration.toDays();
    const faults = new Faults(this.node.path);
    checkPlain(faults, { objectLock: objectLock.duration });
    faults.check(objectLock.duration.isUnresolved() || days >= objectLock.duration.toDays(),
      `\`retention\` must not be shorter than \`objectLock\` of ${objectLock.duration.toHumanString()}, got: ${retention.duration.toHumanString()}`);
    checkReplication(faults, props);
    faults.throwIfAny();
    this.encryptionKey = props.encryptionKey ?? new kms.Key(this, 'Key', { description: 'Exports of databases', enableKeyRotation: true, removalPolicy });
    this.bucket = securedBucket(this, 'Resource', {
      ...props,
      encryptionKey: this.encryptionKey,
      logPrefix: 'backups',
      objectLock,
      lifecycleRules: [{
        ...forgetting(objectLock.duration),
        expiration: retention.duration,
        transitions: days > 120 ? [{ storageClass: s3.StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(30) }] : undefined,
      }],
    });
    const resource = this.bucket.node.defaultChild as s3.CfnBucket;
    retention._explain(resource);
    // Set on the resource itself: the prop of the L2 brings a function with a role that may change every bucket's notifications.
    resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    this.completionLog = this.createLog(props.logKey, removalPolicy);
  }

  private createLog(encryptionKey: kms.IKey | undefined, removalPolicy: RemovalPolicy): logs.LogGroup {
    const log = new logs.LogGroup(this, 'CompletionLog', { encryptionKey, retention: logs.RetentionDays.ONE_YEAR, removalPolicy });
    log.addToResourcePolicy(new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('events.amazonaws.com'), new iam.ServicePrincipal('delivery.logs.amazonaws.com')],
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [log.logGroupArn],
    }));
    return log;
  }
}
