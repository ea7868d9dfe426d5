import * as ec2 from 'aws-cdk-lib/aws-ec2';

/** A cache that exists already. It demands TLS. */
export interface CacheAttributes {
  /** Host name of the endpoint that takes writes; with shards the one that tells clients where they are. */
  readonly endpointAddress: string;

  /**
   * TCP port of the endpoint.
   *
   * @default 6379
   */
  readonly port?: number;

  /** Security groups of the nodes. Services are let in here, unless a group was imported as immutable. */
  readonly securityGroups: ec2.ISecurityGroup[];
}
