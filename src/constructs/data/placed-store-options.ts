import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';

/** What can be chosen for every store that lives in a VPC. */
export interface PlacedStoreOptions {
  /** VPC of the store. Another one replaces the store. */
  readonly vpc: ec2.IVpc;

  /**
   * Subnets of the store, in at least two zones.
   *
   * @default - the isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Who is told when an alarm of the store changes its state.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}
