import { Names, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as bcm from 'aws-cdk-lib/aws-bcmdataexports';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { Faults } from '../../private/faults';

/** Properties of `UsageExport`. */
export interface UsageExportProps {
  /**
   * Bucket that takes the export. Its policy is extended; one that only is referred to must already let the export in.
   *
   * @default - a bucket is defined
   */
  readonly bucket?: s3.IBucket;

  /**
   * Region of a given bucket.
   *
   * @default - the region of the stack
   */
  readonly bucketRegion?: string;

  /**
   * Key that encrypts the bucket that is defined here. Its policy is extended.
   *
   * @default - S3's own keys
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Bucket that takes the access logs of the bucket that is defined here.
   *
   * @default - access is not logged
   */
  readonly accessLogs?: s3.IBucket;

  /**
   * Prefix of the objects.
   *
   * @default 'usage'
   */
  readonly prefix?: string;

  /**
   * Columns of the export, as the Cost and Usage Report 2.0 names them.
   *
   * @default - who used what, when and for how much, with tags
   */
  readonly columns?: string[];

  /**
   * What happens to the bucket that is defined here when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

const COLUMNS = [
  'bill_billing_period_start_date', 'bill_payer_account_id', 'line_item_usage_account_id', 'line_item_usage_start_date', 'line_item_usage_end_date',
  'line_item_line_item_type', 'line_item_product_code', 'line_item_usage_type', 'line_item_operation', 'line_item_resource_id',
  'line_item_usage_amount', 'line_item_unblended_cost', 'line_item_currency_code', 'pricing_unit', 'pricing_public_on_demand_cost',
  'product_region_code', 'reservation_effective_cost', 'savings_plan_savings_plan_effective_cost', 'resource_tags',
];

const DELIVERY = ['bcm-data-exports.amazonaws.com', 'billingreports.amazonaws.com'];

/**
 * Every line of the bill, hour by hour and resource by resource, as Parquet files in a bucket: what an analysis of costs per
 * order or per service starts from. AWS rewrites the current month up to three times a day.
 *
 * Data exports exist in us-east-1 only; the stack must be there.
 */
export class UsageExport extends Construct {
  /** The export. */
  public readonly resource: bcm.CfnExport;
  /** Where the files are. */
  public readonly bucket: s3.IBucket;

  public constructor(scope: Construct, id: string, props: UsageExportProps = {}) {
    super(scope, id);
    const prefix = props.prefix ?? 'usage';
    const columns = props.columns ?? COLUMNS;
    this.validate(props, prefix, columns);
    const stack = Stack.of(this);
    this.bucket = props.bucket ?? this.createBucket(props);
    this.resource = new bcm.CfnExport(this, 'Resource', {
      export: {
        name: Names.uniqueResourceName(this, { maxLength: 64, separator: '-' }),
        description: 'Lines of the bill by hour and resource',
        dataQuery: {
          queryStatement: `SELECT ${columns.join(', ')} FROM COST_AND_USAGE_REPORT`,
          tableConfigurations: {
            COST_AND_USAGE_REPORT: {
              TIME_GRANULARITY: 'HOURLY',
              INCLUDE_RESOURCES: 'TRUE',
              INCLUDE_SPLIT_COST_ALLOCATION_DATA: 'FALSE',
              INCLUDE_MANUAL_DISCOUNT_COMPATIBILITY: 'FALSE',
            },
          },
        },
        destinationConfigurations: {
          s3Destination: {
            s3Bucket: this.bucket.bucketName,
            s3Prefix: prefix,
            s3Region: props.bucketRegion ?? stack.region,
            s3OutputConfigurations: { outputType: 'CUSTOM', format: 'PARQUET', compression: 'PARQUET', overwrite: 'OVERWRITE_REPORT' },
          },
        },
        refreshCadence: { frequency: 'SYNCHRONOUS' },
      },
    });
    this.allowDelivery(props.encryptionKey);
  }

  private createBucket(props: UsageExportProps): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Bucket', {
      ...(props.encryptionKey === undefined
        ? { encryption: s3.BucketEncryption.S3_MANAGED }
        : { encryption: s3.BucketEncryption.KMS, encryptionKey: props.encryptionKey, bucketKeyEnabled: true }),
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    if (props.accessLogs !== undefined) {
      // Set on the resource itself: the prop of the L2 gives the log bucket an access control list unless a feature flag is on.
      (bucket.node.defaultChild as s3.CfnBucket).loggingConfiguration = { destinationBucketName: props.accessLogs.bucketName, logFilePrefix: 'usage-export/' };
    }
    return bucket;
  }

  /** AWS looks for these permissions when the export is made. Only exports of this account are let in. */
  private allowDelivery(key?: kms.IKey): void {
    const stack = Stack.of(this);
    const arnOf = (service: string, resource: string) => stack.formatArn({ service, region: 'us-east-1', resource, resourceName: '*' });
    const principals = DELIVERY.map((service) => new iam.ServicePrincipal(service));
    const conditions = {
      StringEquals: { 'aws:SourceAccount': stack.account },
      ArnLike: { 'aws:SourceArn': [arnOf('cur', 'definition'), arnOf('bcm-data-exports', 'export')] },
    };
    const { policyDependable } = this.bucket.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'DeliverUsageExport',
      principals,
      actions: ['s3:PutObject', 's3:GetBucketPolicy'],
      resources: [this.bucket.bucketArn, this.bucket.arnForObjects('*')],
      conditions,
    }));
    if (policyDependable !== undefined) this.resource.node.addDependency(policyDependable);
    key?.addToResourcePolicy(new iam.PolicyStatement({ principals, actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: ['*'], conditions }));
  }

  private validate(props: UsageExportProps, prefix: string, columns: string[]): void {
    const faults = new Faults(this.node.path);
    const { region } = Stack.of(this);
    faults.check(Token.isUnresolved(region) || region === 'us-east-1', `the stack must be in us-east-1, where data exports are, got: ${region}`);
    faults.check(Token.isUnresolved(prefix) || /^[A-Za-z0-9_.\-/]+$/.test(prefix), `\`prefix\` must hold letters, digits or _.-/ and not be empty, got: '${prefix}'`);
    faults.check(columns.length > 0, '`columns` must not be empty');
    for (const column of columns) {
      faults.check(Token.isUnresolved(column) || /^[a-z][a-z0-9_]*$/.test(column), `\`columns\` must hold names such as line_item_usage_amount, got: '${column}'`);
    }
    for (const prop of ['encryptionKey', 'accessLogs', 'removalPolicy'] as const) {
      faults.check(props.bucket === undefined || props[prop] === undefined, `\`${prop}\` belongs to a bucket that is defined here and cannot be given with \`bucket\``);
    }
    faults.check(props.bucket !== undefined || props.bucketRegion === undefined, '`bucketRegion` belongs to a given `bucket`; one that is defined here is in the region of the stack');
    faults.throwIfAny();
  }
}
