import { RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** Properties of `DataKeys`. A key that is given is used as it is. */
export interface DataKeysProps {
  /**
   * Key of orders on their way: journal, settlement queue, snapshots of the core.
   *
   * @default - a key is defined
   */
  readonly orders?: kms.IKey;

  /**
   * Key of the ledger: database, its backups and its logs of queries.
   *
   * @default - a key is defined
   */
  readonly ledger?: kms.IKey;

  /**
   * Key of market data: ticks and the cache.
   *
   * @default - a key is defined
   */
  readonly market?: kms.IKey;

  /**
   * Key of credentials in Secrets Manager.
   *
   * @default - a key is defined
   */
  readonly credentials?: kms.IKey;

  /**
   * What happens to the keys that are defined here when they leave the stack. Data that a deleted key encrypts is lost.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** One customer key per class of data, rotated every year, so that access to one class says nothing about another. */
export class DataKeys extends Construct {
  /** Key of orders on their way. */
  public readonly orders: kms.IKey;
  /** Key of the ledger. */
  public readonly ledger: kms.IKey;
  /** Key of market data. */
  public readonly market: kms.IKey;
  /** Key of credentials. */
  public readonly credentials: kms.IKey;

  public constructor(scope: Construct, id: string, props: DataKeysProps = {}) {
    super(scope, id);
    const key = (name: string, description: string) => new kms.Key(this, name, {
      description,
      enableKeyRotation: true,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    this.orders = props.orders ?? key('Orders', 'Orders on their way: journal, settlement queue, snapshots');
    this.ledger = props.ledger ?? key('Ledger', 'Ledger database and its backups');
    this.market = props.market ?? key('Market', 'Market data and the cache');
    this.credentials = props.credentials ?? key('Credentials', 'Credentials in Secrets Manager');
  }
}
