import { Size } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';

/** What instances of a cluster have in common, whoever owns the hardware and whoever may take them back. */
export interface InstanceOptions {
  /**
   * Cluster that gets the capacity. It must be defined in this app: ECS keeps one list of capacity providers per cluster, so an imported
   * cluster would lose those that it has.
   */
  readonly cluster: ecs.Cluster;

  /**
   * Disk of an instance.
   *
   * @default Size.gibibytes(50)
   */
  readonly volumeSize?: Size;

  /**
   * Key that encrypts the disks. The service-linked role of EC2 Auto Scaling must be allowed to use it.
   *
   * @default - the key of EBS in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Subnets of the instances, in two zones at least.
   *
   * @default - the isolated subnets, or the private ones of a VPC without isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * What the instances reach the AWS APIs through, on TCP 443: ecs, ecs-agent, ecs-telemetry, ecr and logs.
   *
   * @default - any IPv4 address, which in an isolated subnet means what its endpoints offer
   */
  readonly awsApiPeers?: ec2.IConnectable[];

  /**
   * Topic that hears of every instance that starts or stops.
   *
   * @default - none
   */
  readonly notifications?: sns.ITopic;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}
