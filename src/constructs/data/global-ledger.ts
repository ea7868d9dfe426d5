import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';

/** A ledger that other regions can take part in. */
export interface IGlobalLedger {
  /** Name of the global cluster. */
  readonly globalClusterIdentifier: string;

  /** Region that takes the writes. */
  readonly primaryRegion: string;

  /** Name of the database. */
  readonly databaseName: string;
}

/** Properties of `GlobalLedger`. */
export interface GlobalLedgerProps {
  /** Cluster that takes the writes, for example `ledger.cluster`. It stays as it is; only its storage is copied from now on. */
  readonly primary: rds.IDatabaseCluster;

  /**
   * Name of the database.
   *
   * @default 'trading'
   */
  readonly databaseName?: string;

  /**
   * Name of the global cluster. Give one if the other regions belong to an app that cannot refer to this stack.
   *
   * @default - a name that CloudFormation makes
   */
  readonly globalClusterIdentifier?: string;

  /**
   * What happens to the global cluster when it leaves the stack; its members stay. DESTROY also turns its deletion protection off.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Makes a ledger the primary of an Aurora global database: its storage is copied to the regions of each `GlobalLedgerReplica`,
 * usually within a second. The cluster is not replaced and not interrupted.
 */
export class GlobalLedger extends Construct implements IGlobalLedger {
  /**
   * A global database that exists already.
   *
   * @param globalClusterIdentifier name of the global cluster
   * @param primaryRegion region that takes the writes
   * @param databaseName name of the database
   */
  public static fromGlobalClusterIdentifier(globalClusterIdentifier: string, primaryRegion: string, databaseName: string): IGlobalLedger {
    return { globalClusterIdentifier, primaryRegion, databaseName };
  }

  /** The global cluster. */
  public readonly globalCluster: rds.CfnGlobalCluster;
  /** Name of the global cluster. */
  public readonly globalClusterIdentifier: string;
  /** Region that takes the writes. */
  public readonly primaryRegion: string;
  /** Name of the database. */
  public readonly databaseName: string;

  public constructor(scope: Construct, id: string, props: GlobalLedgerProps) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.databaseName = props.databaseName ?? 'trading';
    this.primaryRegion = Stack.of(this).region;
    // Engine, version and encryption are those of the primary; naming them beside it is refused.
    this.globalCluster = new rds.CfnGlobalCluster(this, 'Resource', {
      globalClusterIdentifier: props.globalClusterIdentifier,
      sourceDbClusterIdentifier: Stack.of(this).formatArn({
        service: 'rds', resource: 'cluster', resourceName: props.primary.clusterIdentifier, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    });
    this.globalCluster.applyRemovalPolicy(removalPolicy);
    this.globalClusterIdentifier = this.globalCluster.ref;
  }
}
