import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as cognito from 'aws-cdk-lib/aws-cognito';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';

/** What the stacks of one region use of each other. */
export interface Shared {
  vpc?: ec2.Vpc;
  readonly tables: dynamodb.ITable[];
  readonly streams: kinesis.IStream[];
  readonly buckets: s3.IBucket[];
  readonly queues: sqs.Queue[];
  readonly secrets: secretsmanager.ISecret[];
  topic?: sns.Topic;
  userPool?: cognito.UserPool;
  loadBalancer?: elbv2.ApplicationLoadBalancer;
  restApi?: apigateway.RestApi;
}

export function emptyShared(): Shared {
  return { tables: [], streams: [], buckets: [], queues: [], secrets: [] };
}

/** Where everything is: nothing has a way out but through the endpoints. */
export const SUBNETS: ec2.SubnetSelection = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };

/** The list's item at an index, round and round. */
export function around<T>(list: readonly T[], index: number): T {
  return list[index % list.length];
}
