import * as ec2 from 'aws-cdk-lib/aws-ec2';

/** A PostgreSQL database that exists already and holds the ledger. */
export interface LedgerAttributes {
  /**
   * Identifier in IAM policies: `cluster-…` of a cluster, `db-…` of an instance, `prx-…` of a proxy. IAM authentication must be on,
   * and the users of the services must exist.
   */
  readonly clusterResourceIdentifier: string;

  /** Host name of the endpoint that takes writes. */
  readonly writerAddress: string;

  /**
   * Host name of the endpoint of the readers.
   *
   * @default - that of the writer
   */
  readonly readerAddress?: string;

  /**
   * TCP port of both endpoints.
   *
   * @default 5432
   */
  readonly port?: number;

  /**
   * Name of the database.
   *
   * @default 'trading'
   */
  readonly databaseName?: string;

  /** Security groups of the database. Services are let in here, unless a group was imported as immutable. */
  readonly securityGroups: ec2.ISecurityGroup[];
}
