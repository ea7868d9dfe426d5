import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { Faults } from '../../private/faults';

/** Properties of `OrderJournal`. */
export interface OrderJournalProps {
  /**
   * Partitions of the journal, one shard each. A partition is addressed by its share of the hash range.
   *
   * @default 1
   */
  readonly partitions?: number;

  /**
   * How long records can be read again: at least seven days, at most a year.
   *
   * @default Duration.days(7)
   */
  readonly retention?: Duration;

  /**
   * Key that encrypts the records.
   *
   * @default - the key of Kinesis in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the stream when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The journal of orders: a Kinesis stream, synchronously kept in three zones, that every order is appended to before anyone
 * says yes. Everything behind it can be rebuilt from it, so it keeps its records for a week at least.
 */
export class OrderJournal extends Construct {
  /** The stream. */
  public readonly stream: kinesis.Stream;
  /** Number of partitions. */
  public readonly partitions: number;

  public constructor(scope: Construct, id: string, props: OrderJournalProps = {}) {
    super(scope, id);
    this.partitions = props.partitions ?? 1;
    const retention = props.retention ?? Duration.days(7);
    const faults = new Faults(`${this.node.path}`);
    faults.check(Token.isUnresolved(this.partitions) || (Number.isInteger(this.partitions) && this.partitions >= 1),
      `\`partitions\` must be a whole number, at least 1, got: ${this.partitions}`);
    faults.check(retention.isUnresolved() || (retention.toHours() >= 168 && retention.toHours() <= 8760),
      `\`retention\` must be from 7 to 365 days, so that a reader that was down over a weekend finds everything, got: ${retention.toHumanString()}`);
    faults.throwIfAny();
    this.stream = new kinesis.Stream(this, 'Resource', {
      // Provisioned: on-demand streams split shards by themselves, and a partition is a shard.
      streamMode: kinesis.StreamMode.PROVISIONED,
      shardCount: this.partitions,
      retentionPeriod: retention,
      ...(props.encryptionKey === undefined
        ? { encryption: kinesis.StreamEncryption.MANAGED }
        : { encryption: kinesis.StreamEncryption.KMS, encryptionKey: props.encryptionKey }),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
  }
}
