import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';

/** Properties of `TradingCluster`. */
export interface TradingClusterProps {
  /** VPC that the tasks run in. */
  readonly vpc: ec2.IVpc;
}

/**
 * ECS cluster with Fargate and Fargate Spot capacity and with Container Insights per task. EC2 capacity is added to it: `DedicatedCapacity`
 * for matchers, `SpotCapacity` for work that can be interrupted.
 */
export class TradingCluster extends Construct {
  /** The cluster. */
  public readonly cluster: ecs.Cluster;

  public constructor(scope: Construct, id: string, props: TradingClusterProps) {
    super(scope, id);
    this.cluster = new ecs.Cluster(this, 'Cluster', {
      vpc: props.vpc,
      enableFargateCapacityProviders: true,
      containerInsightsV2: ecs.ContainerInsights.ENHANCED,
    });
  }
}
