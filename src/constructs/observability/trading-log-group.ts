import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { encryptedLogs } from '../../private/encrypted-logs';
import { retentionDays } from '../../private/retention';

/** Properties of `TradingLogGroup`. */
export interface TradingLogGroupProps {
  /**
   * How long logs are kept: a number of days that CloudWatch Logs offers.
   *
   * @default Duration.days(90)
   */
  readonly retention?: Duration;

  /**
   * Key that encrypts the logs. CloudWatch Logs is let use it for log groups of this account and region.
   *
   * @default - a key is defined
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Name of the group, where a service asks for one: that of WAF must begin with `aws-waf-logs-`.
   *
   * @default - CloudFormation makes one
   */
  readonly logGroupName?: string;

  /**
   * What happens to the group, and to a key that is defined here, when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** What may be allowed on a `TradingLogGroup`. */
export class TradingLogGroupGrants {
  /** @param logGroup the group */
  public constructor(private readonly logGroup: logs.ILogGroup) {}

  /** Lets somebody open streams and write to them. */
  public write(grantee: iam.IGrantable): iam.Grant {
    return this.logGroup.grantWrite(grantee);
  }

  /** Lets somebody read. */
  public read(grantee: iam.IGrantable): iam.Grant {
    return this.logGroup.grantRead(grantee);
  }
}

/** A log group that forgets after a while and is encrypted with a customer key. */
export class TradingLogGroup extends Construct {
  /** The group. */
  public readonly logGroup: logs.LogGroup;
  /** What may be allowed on the group. */
  public readonly grants: TradingLogGroupGrants;

  public constructor(scope: Construct, id: string, props: TradingLogGroupProps = {}) {
    super(scope, id);
    if (props.retention !== undefined) retentionDays(props.retention, 'retention');
    this.logGroup = encryptedLogs(this, 'Resource', props);
    this.grants = new TradingLogGroupGrants(this.logGroup);
  }

  /** Bytes that were written, as a sum over five minutes: what the group costs. */
  public metricIncomingBytes(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.logGroup.metricIncomingBytes(props);
  }
}
