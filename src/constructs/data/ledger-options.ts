import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { BackupRetention } from './backup-retention';
import type { PlacedStoreOptions } from './placed-store-options';

/** What can be chosen for every ledger. */
export interface LedgerOptions extends PlacedStoreOptions {
  /**
   * Key that encrypts the data and the backups. Another one replaces the database.
   *
   * @default - the key of RDS in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Key that encrypts the administrator's secret.
   *
   * @default - the key of Secrets Manager in this account
   */
  readonly credentialsKey?: kms.IKey;

  /**
   * How far back the ledger can be restored to any second.
   *
   * @default BackupRetention.FULL
   */
  readonly backupRetention?: BackupRetention;

  /**
   * What the rotation of the administrator's password reaches Secrets Manager through, on TCP 443.
   *
   * @default - any IPv4 address, which in an isolated subnet means what its endpoints offer
   */
  readonly awsApiPeers?: ec2.IConnectable[];

  /**
   * What happens to the database and its secret when they leave the stack. DESTROY also turns deletion protection off.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
