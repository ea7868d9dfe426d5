import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** Properties of `MarketDataStream`. */
export interface MarketDataStreamProps {
  /**
   * Key that encrypts the records.
   *
   * @default - the key of Kinesis in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long ticks can be read again.
   *
   * @default Duration.hours(24)
   */
  readonly retention?: Duration;

  /**
   * What happens to the stream when it leaves the stack. Its records are a copy of what the exchange published.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Every normalised tick, for readers that must not miss one. Grows and shrinks with the load. */
export class MarketDataStream extends Construct {
  /** The stream. */
  public readonly stream: kinesis.Stream;

  public constructor(scope: Construct, id: string, props: MarketDataStreamProps = {}) {
    super(scope, id);
    this.stream = new kinesis.Stream(this, 'Resource', {
      streamMode: kinesis.StreamMode.ON_DEMAND,
      retentionPeriod: props.retention ?? Duration.hours(24),
      ...(props.encryptionKey === undefined
        ? { encryption: kinesis.StreamEncryption.MANAGED }
        : { encryption: kinesis.StreamEncryption.KMS, encryptionKey: props.encryptionKey }),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
  }
}
