import { ArnComponents, Fn, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { Faults } from '../../private/faults';

/** What others may do with an MSK cluster, by IAM. */
export class JournalClusterGrants {
  /**
   * @param scope a construct of the cluster's stack
   * @param clusterArn ARN of the cluster
   */
  public constructor(private readonly scope: Construct, private readonly clusterArn: string) {}

  /**
   * Lets `grantee` append to a topic, idempotently, and in transactions whose id is the topic's name.
   *
   * @param grantee who may
   * @param topic name of the topic
   */
  public produce(grantee: iam.IGrantable, topic: string): iam.Grant {
    return this.connect(grantee)
      .combine(this.allow(grantee, ['kafka-cluster:WriteDataIdempotently'], [this.clusterArn]))
      .combine(this.allow(grantee, ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], [this.arn('topic', topic)]))
      .combine(this.allow(grantee, ['kafka-cluster:AlterTransactionalId', 'kafka-cluster:DescribeTransactionalId'], [this.arn('transactional-id', topic)]));
  }

  /**
   * Lets `grantee` read a topic.
   *
   * @param grantee who may
   * @param topic name of the topic
   * @param group consumer group in which positions are kept
   */
  public consume(grantee: iam.IGrantable, topic: string, group: string): iam.Grant {
    return this.connect(grantee)
      .combine(this.allow(grantee, ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], [this.arn('topic', topic)]))
      .combine(this.allow(grantee, ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'], [this.arn('group', group)]));
  }

  /**
   * Lets `grantee`, usually a setup function, make a topic and change its settings.
   *
   * @param grantee who may
   * @param topic name of the topic
   */
  public administer(grantee: iam.IGrantable, topic: string): iam.Grant {
    return this.connect(grantee)
      .combine(this.allow(grantee, ['kafka-cluster:AlterTopic', 'kafka-cluster:AlterTopicDynamicConfiguration', 'kafka-cluster:CreateTopic',
        'kafka-cluster:DescribeTopic', 'kafka-cluster:DescribeTopicDynamicConfiguration'], [this.arn('topic', topic)]));
  }

  private connect(grantee: iam.IGrantable): iam.Grant {
    return this.allow(grantee, ['kafka:GetBootstrapBrokers', 'kafka-cluster:Connect', 'kafka-cluster:DescribeCluster'], [this.clusterArn]);
  }

  private allow(grantee: iam.IGrantable, actions: string[], resourceArns: string[]): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
  }

  /** ARNs below a cluster repeat its name and its id: `…:topic/name/id/topic`. */
  private arn(kind: string, name: string): string {
    const faults = new Faults(this.scope.node.path);
    faults.check(Token.isUnresolved(name) || /^[A-Za-z0-9._-]{1,249}$/.test(name), `the name of a ${kind} must consist of letters, digits, '.', '-' and '_', got: '${name}'`);
    faults.throwIfAny();
    const parts = Fn.split('/', this.clusterArn);
    const components: ArnComponents = { service: 'kafka', resource: kind, resourceName: `${Fn.select(1, parts)}/${Fn.select(2, parts)}/${name}` };
    return Stack.of(this.scope).formatArn(components);
  }
}
