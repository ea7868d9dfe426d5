import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** Properties of `LeaseTable`. */
export interface LeaseTableProps {
  /**
   * Key that encrypts the table.
   *
   * @default - the key of DynamoDB in this account: a lease says who leads, and no trader's data
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the table when it leaves the stack. DESTROY also turns its deletion protection off. A lost table is a lost
   * epoch: old leaders are no longer fenced.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Who leads each partition of the journal, and under which epoch: one item per partition, by conditional writes. */
export class LeaseTable extends Construct {
  /** The table; its key is the string attribute `partition`. */
  public readonly table: dynamodb.Table;

  public constructor(scope: Construct, id: string, props: LeaseTableProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.table = new dynamodb.Table(this, 'Resource', {
      partitionKey: { name: 'partition', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      ...(props.encryptionKey === undefined
        ? { encryption: dynamodb.TableEncryption.AWS_MANAGED }
        : { encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED, encryptionKey: props.encryptionKey }),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
    });
  }
}
