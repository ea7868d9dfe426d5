import * as kms from 'aws-cdk-lib/aws-kms';
import type { PlacedStoreOptions } from './placed-store-options';

/** What can be chosen for every cache. */
export interface CacheOptions extends PlacedStoreOptions {
  /**
   * Key that encrypts what is written to disk. Another one replaces the cache.
   *
   * @default - the key of ElastiCache in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Key that encrypts the token in Secrets Manager.
   *
   * @default - the key of Secrets Manager in this account
   */
  readonly credentialsKey?: kms.IKey;
}

/** Connections that one kind of client opens to a cache. */
export interface CacheClients {
  /** What the clients are, such as 'streamer'; an error names them by it. */
  readonly name: string;

  /** How many of them there are at most, those that a deployment starts beside the old ones included. */
  readonly instances: number;

  /** Connections that each of them opens to one node at most, after a failover too. */
  readonly connectionsEach: number;
}
