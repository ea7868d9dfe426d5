import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { LedgerCapacity } from './ledger-capacity';
import { LedgerCluster } from './ledger-cluster';
import type { LedgerOptions } from './ledger-options';

/** A ledger that services can connect to. */
export interface ILedgerDatabase extends ec2.IConnectable {
  /** Identifier of the cluster in IAM policies, `cluster-…`; IAM authentication must be on. */
  readonly clusterResourceIdentifier: string;

  /** Endpoint that takes writes. */
  readonly writerEndpoint: rds.Endpoint;

  /** Endpoint of the readers. */
  readonly readerEndpoint: rds.Endpoint;

  /** Name of the database. */
  readonly databaseName: string;
}

/** Properties of `LedgerDatabase`. */
export interface LedgerDatabaseProps extends LedgerOptions {
  /**
   * Class of the writer and of the reader. They are equal, so that a failover does not lose capacity.
   *
   * @default - db.r7g.large
   */
  readonly instanceType?: ec2.InstanceType;
}

/**
 * The ledger as most systems want it: a `LedgerCluster` of Aurora PostgreSQL 17 with a writer and a reader of one class in different
 * zones. Whoever wants more of it takes `LedgerCluster` under the same id: everything that keeps data stays what it is.
 */
export class LedgerDatabase extends LedgerCluster {
  /**
   * A ledger in a cluster that the program has already.
   *
   * @param cluster a cluster with IAM authentication and the users of the services
   * @param databaseName name of the database
   */
  public static fromDatabaseCluster(cluster: rds.IDatabaseCluster, databaseName: string): ILedgerDatabase {
    return {
      clusterResourceIdentifier: cluster.clusterResourceIdentifier,
      writerEndpoint: cluster.clusterEndpoint,
      readerEndpoint: cluster.clusterReadEndpoint,
      connections: cluster.connections,
      databaseName,
    };
  }

  public constructor(scope: Construct, id: string, props: LedgerDatabaseProps) {
    super(scope, id, { ...props, capacity: LedgerCapacity.provisioned(props.instanceType) });
  }
}
