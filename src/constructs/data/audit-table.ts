import { Stack } from 'aws-cdk-lib';
import { AttributeType, type ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { TradingTable, type TradingTableOptions } from './trading-table';

/** Properties of `AuditTable`. */
export interface AuditTableProps extends TradingTableOptions {}

/** Calls that change or remove what is written. A `BatchWriteItem` may hold deletes, so it is among them. */
const CHANGES = ['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:PartiQLDelete', 'dynamodb:PartiQLUpdate', 'dynamodb:UpdateItem'];

/** Gives principals what an append-only table allows. */
export class AuditTableGrants {
  /** @param table table to give access to */
  public constructor(private readonly table: ITableV2) {}

  /**
   * Adding entries. Writers add `attribute_not_exists(entity)` as condition: PutItem would otherwise replace an entry of the same
   * key, which IAM cannot forbid; the stream shows it as MODIFY.
   *
   * @param grantee who may add
   */
  public append(grantee: iam.IGrantable): iam.Grant {
    this.onKey(grantee, 'kms:Decrypt', 'kms:DescribeKey');
    return this.table.grants.actions(grantee, 'dynamodb:PutItem');
  }

  /**
   * Reading entries.
   *
   * @param grantee who may read
   */
  public read(grantee: iam.IGrantable): iam.Grant {
    this.onKey(grantee, 'kms:Decrypt', 'kms:DescribeKey');
    return this.table.grants.actions(grantee, 'dynamodb:GetItem', 'dynamodb:Query');
  }

  private onKey(grantee: iam.IGrantable, ...actions: string[]): void {
    this.table.encryptionKey?.grant(grantee, ...actions);
  }
}

/**
 * Who did what to which entity, when and with what outcome. Entries are added and read; a policy of the table refuses every change
 * and deletion by anyone, administrators included. An entry with the attribute `expiresAt` is deleted some time after that second.
 */
export class AuditTable extends TradingTable {
  /** Index that finds entries by who acted. */
  public readonly actorIndexName: string = 'byActor';
  /** Gives principals access; the write grants of `grants` would be refused by the policy of the table. */
  public readonly auditGrants: AuditTableGrants;

  public constructor(scope: Construct, id: string, props: AuditTableProps = {}) {
    super(scope, id, {
      ...props,
      partitionKey: { name: 'entity', type: AttributeType.STRING },
      sortKey: { name: 'timestampEventId', type: AttributeType.STRING },
      globalSecondaryIndexes: [{
        indexName: 'byActor',
        partitionKey: { name: 'actor', type: AttributeType.STRING },
        sortKey: { name: 'timestampEventId', type: AttributeType.STRING },
      }],
      timeToLiveAttribute: 'expiresAt',
      stream: true,
      resourcePolicy: new iam.PolicyDocument({ statements: [appendOnly(Stack.of(scope))] }),
    });
    this.auditGrants = new AuditTableGrants(this.table);
  }
}

/** Everyone is refused, but for DynamoDB itself: it removes expired entries and carries changes to the replicas. */
function appendOnly(stack: Stack): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'AppendOnly',
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: CHANGES,
    // Stands for the table that the policy belongs to: its own ARN would make the table depend on itself.
    resources: ['*'],
    conditions: {
      BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
      ArnNotLike: {
        'aws:PrincipalArn': stack.formatArn({
          service: 'iam', region: '', resource: 'role',
          resourceName: 'aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication',
        }),
      },
    },
  });
}
