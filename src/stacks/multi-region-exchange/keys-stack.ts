import { RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ColdStore } from '../../constructs/data/cold-store';
import { AccessLogBucket } from '../../constructs/observability/access-log-bucket';
import { DataKeys } from '../../constructs/security/data-keys';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** Properties of `ExchangeKeysStack`. */
export interface ExchangeKeysStackProps extends TradingStackProps {
  /**
   * Keys of the primary region.
   *
   * @default - this is the primary region
   */
  readonly primary?: ExchangeKeysStack;

  /**
   * What happens to keys, files and logs when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * What must be there in both regions before data is: the keys, and in the region that takes over the bucket that files are copied to. The
 * key of credentials is one key in two regions, because a secret and its copy are one secret; orders, ledger and market data have a key of
 * their own in each region, since AWS encrypts their copies anew.
 */
export class ExchangeKeysStack extends TradingStack {
  /** Keys by class of data. */
  public readonly keys: DataKeys;
  /** The key of credentials in the primary region, or its replica in the other one. */
  public readonly credentials: kms.IKey;
  /** Access logs of the region that takes over; undefined in the primary, which has them beside its data. */
  public readonly accessLogs?: AccessLogBucket;
  /** Candles and snapshots of the region that takes over; undefined in the primary, which has them beside its data. */
  public readonly coldStore?: ColdStore;

  public constructor(scope: Construct, id: string, props: ExchangeKeysStackProps = {}) {
    super(scope, id, { description: 'Keys and files', ...props });
    const { primary, removalPolicy } = props;
    this.credentials = primary === undefined ? this.credentialsKey(removalPolicy) : this.credentialsReplica(primary, removalPolicy);
    this.keys = new DataKeys(this, 'Keys', { credentials: this.credentials, removalPolicy });
    if (primary === undefined) return;
    this.accessLogs = new AccessLogBucket(this, 'AccessLogs', { removalPolicy });
    this.coldStore = new ColdStore(this, 'ColdStore', { encryptionKey: this.keys.orders, accessLogs: this.accessLogs.bucket, removalPolicy });
  }

  private credentialsKey(removalPolicy?: RemovalPolicy): kms.Key {
    return new kms.Key(this, 'Credentials', {
      description: 'Credentials in Secrets Manager, in both regions', multiRegion: true, enableKeyRotation: true, removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN,
    });
  }

  private credentialsReplica(primary: ExchangeKeysStack, removalPolicy?: RemovalPolicy): kms.IKey {
    // The L2 has no replicas. Its policy is this region's own: the account decides by IAM, as for a key of CDK.
    const replica = new kms.CfnReplicaKey(this, 'CredentialsReplica', {
      description: 'Credentials in Secrets Manager, replica',
      primaryKeyArn: primary.credentials.keyArn,
      keyPolicy: {
        Version: '2012-10-17',
        Statement: [{
          Effect: 'Allow',
          Action: 'kms:*',
          Principal: { AWS: this.formatArn({ service: 'iam', region: '', resource: 'root' }) },
          Resource: '*',
        }],
      },
    });
    replica.applyRemovalPolicy(removalPolicy ?? RemovalPolicy.RETAIN);
    return kms.Key.fromKeyArn(this, 'CredentialsKey', replica.attrArn);
  }
}
