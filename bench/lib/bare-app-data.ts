import { RemovalPolicy } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as msk from 'aws-cdk-lib/aws-msk';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Budget } from './bare-app-budget';
import { around, type Shared, SUBNETS } from './bare-app-shared';

/** Keys, buckets, queues and the like, in any stack that has them. */
export function buildStores(scope: Construct, budget: Budget, shared: Shared): void {
  const keys = budget.each('KMS::Key', (id) => new kms.Key(scope, id, { enableKeyRotation: true }));
  const buckets = budget.each('S3::Bucket', (id) => {
    budget.take('S3::BucketPolicy');
    const encryption = s3.BucketEncryption.S3_MANAGED;
    return new s3.Bucket(scope, id, { enforceSSL: true, versioned: true, encryption, removalPolicy: RemovalPolicy.RETAIN });
  });
  shared.buckets.push(...buckets);
  shared.queues.push(...budget.each('SQS::Queue', (id) => {
    budget.take('SQS::QueuePolicy');
    return new sqs.Queue(scope, id, { fifo: true, enforceSSL: true, encryptionMasterKey: around(keys, 0) });
  }));
  shared.streams.push(...budget.each('Kinesis::Stream', (id) => new kinesis.Stream(scope, id, { shardCount: 4, encryptionKey: around(keys, 0) })));
  const partitionKey = { name: 'id', type: dynamodb.AttributeType.STRING };
  shared.tables.push(
    ...budget.each('DynamoDB::GlobalTable', (id) => new dynamodb.TableV2(scope, id, { partitionKey, deletionProtection: true })),
    ...budget.each('DynamoDB::Table', (id) => new dynamodb.Table(scope, id, { partitionKey, billingMode: dynamodb.BillingMode.PAY_PER_REQUEST })));
  budget.each('SNS::Topic', (id) => {
    budget.take('SNS::TopicPolicy');
    shared.topic = new sns.Topic(scope, id, { enforceSSL: true, masterKey: around(keys, 0) });
  });
  budget.each('Cognito::UserPool', (id) => {
    shared.userPool = new cognito.UserPool(scope, id, { selfSignUpEnabled: true, mfa: cognito.Mfa.OPTIONAL });
  });
  budget.each('Cognito::UserPoolClient', (id) => shared.userPool!.addClient(id, { authFlows: { userSrp: true } }));
  budget.each('Cognito::UserPoolGroup', (id) => shared.userPool!.addGroup(id, { groupName: 'admin' }));
  buildFirehose(scope, budget, buckets);
}

function buildFirehose(scope: Construct, budget: Budget, buckets: readonly s3.Bucket[]): void {
  budget.each('KinesisFirehose::DeliveryStream', (id) => {
    budget.take('IAM::Role');
    budget.take('IAM::ManagedPolicy');
    budget.take('Logs::LogGroup');
    budget.take('Logs::LogStream');
    const role = new iam.Role(scope, `${id}Role`, { assumedBy: new iam.ServicePrincipal('firehose.amazonaws.com') });
    const logGroup = new logs.LogGroup(scope, `${id}Logs`);
    new iam.ManagedPolicy(scope, `${id}Policy`, {
      roles: [role], statements: [new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [buckets[0].arnForObjects('*')] })],
    });
    return new firehose.DeliveryStream(scope, id, {
      destination: new firehose.S3Bucket(buckets[0], { role: role.withoutPolicyUpdates(), loggingConfig: new firehose.EnableLogging(logGroup) }),
    });
  });
}

const MADE_BY_A_CLUSTER = ['RDS::DBSubnetGroup', 'RDS::DBClusterParameterGroup', 'SecretsManager::Secret', 'SecretsManager::SecretTargetAttachment'];

/** Databases with their secrets. Groups and roles are those of the stack. */
export function buildDatabases(scope: Construct, budget: Budget, shared: Shared, groups: readonly ec2.SecurityGroup[]): void {
  const { vpc } = shared;
  const vpcSubnets = SUBNETS;
  const engine = rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_17_5 });
  const clusters = budget.count('RDS::DBCluster');
  budget.each('RDS::DBCluster', (id, index) => {
    const instances = budget.take('RDS::DBInstance', Math.ceil(budget.count('RDS::DBInstance') / (clusters - index)));
    for (const type of MADE_BY_A_CLUSTER) budget.take(type);
    const instanceType = ec2.InstanceType.of(ec2.InstanceClass.R7G, ec2.InstanceSize.LARGE);
    const cluster = new rds.DatabaseCluster(scope, id, {
      engine,
      vpc: vpc!,
      vpcSubnets,
      securityGroups: [around(groups, index)],
      writer: rds.ClusterInstance.provisioned('Writer', { instanceType }),
      readers: Array.from({ length: instances - 1 }, (_, n) => rds.ClusterInstance.provisioned(`Reader${n}`, { instanceType })),
      parameterGroup: new rds.ParameterGroup(scope, `${id}Parameters`, { engine, parameters: { 'rds.force_ssl': '1' } }),
      storageEncrypted: true,
      deletionProtection: true,
    });
    if (budget.take('SecretsManager::RotationSchedule') > 0) {
      budget.take('SecretsManager::ResourcePolicy');
      cluster.secret!.addRotationSchedule('Rotation', {
        hostedRotation: secretsmanager.HostedRotation.postgreSqlSingleUser({ vpc, vpcSubnets, securityGroups: [around(groups, index)] }),
      });
    }
    shared.secrets.push(cluster.secret!);
  });
  shared.secrets.push(...budget.each('SecretsManager::Secret', (id) => new secretsmanager.Secret(scope, id)));
  // No L2 classes: cache and Kafka.
  const subnetIds = vpc?.selectSubnets(vpcSubnets).subnetIds ?? [];
  budget.each('ElastiCache::SubnetGroup', (id) => new elasticache.CfnSubnetGroup(scope, id, { description: 'cache', subnetIds }));
  budget.each('ElastiCache::ParameterGroup', (id) => (
    new elasticache.CfnParameterGroup(scope, id, { description: 'cache', cacheParameterGroupFamily: 'redis7' })));
  budget.each('ElastiCache::ReplicationGroup', (id) => new elasticache.CfnReplicationGroup(scope, id, {
    replicationGroupDescription: 'cache', cacheNodeType: 'cache.r7g.large', engine: 'redis', numNodeGroups: 6, replicasPerNodeGroup: 1,
    automaticFailoverEnabled: true, multiAzEnabled: true, transitEncryptionEnabled: true, atRestEncryptionEnabled: true,
    securityGroupIds: [groups[0].securityGroupId],
  }));
  budget.each('MSK::Configuration', (id) => (
    new msk.CfnConfiguration(scope, id, { name: 'kafka', serverProperties: 'auto.create.topics.enable=false' })));
  budget.each('MSK::Cluster', (id) => new msk.CfnCluster(scope, id, {
    clusterName: 'kafka', kafkaVersion: '3.9.x', numberOfBrokerNodes: 3,
    brokerNodeGroupInfo: { clientSubnets: subnetIds, instanceType: 'express.m7g.large', securityGroups: [groups[0].securityGroupId] },
  }));
}
