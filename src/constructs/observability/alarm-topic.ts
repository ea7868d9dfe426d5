import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { checkEmails } from '../../private/billing-notices';
import { Faults } from '../../private/faults';

/** Properties of `AlarmTopic`. */
export interface AlarmTopicProps {
  /**
   * Addresses that get every alarm. Each must confirm once.
   *
   * @default - nobody gets mail
   */
  readonly emails?: string[];

  /**
   * Addresses of a paging service, beginning with `https://`. Each must confirm once.
   *
   * @default - nothing is called
   */
  readonly httpsEndpoints?: string[];

  /**
   * Key that encrypts the messages. CloudWatch, AWS Budgets and cost anomaly detection are let use it: its policy is extended.
   *
   * @default - a key is defined
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the queue, and to a key that is defined here, when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** AWS services that publish on behalf of the account. */
const PUBLISHERS = ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com', 'costalerts.amazonaws.com'];
/** What moves messages that could not be delivered to the queue. */
const SNS = 'sns.amazonaws.com';

/**
 * Where alarms go: an encrypted topic that alarms, budgets and cost anomalies of this account may publish to. It is an alarm
 * action itself: `alarmActions: [alarmTopic]`. What cannot be delivered is kept for two weeks.
 */
export class AlarmTopic extends Construct implements cloudwatch.IAlarmAction {
  /** The topic. */
  public readonly topic: sns.Topic;
  /** Messages that could not be delivered. */
  public readonly undelivered: sqs.Queue;
  /** Key of the messages. */
  public readonly encryptionKey: kms.IKey;

  public constructor(scope: Construct, id: string, props: AlarmTopicProps = {}) {
    super(scope, id);
    const emails = props.emails ?? [];
    const endpoints = props.httpsEndpoints ?? [];
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.validate(emails, endpoints);
    this.encryptionKey = props.encryptionKey ?? new kms.Key(this, 'Key', {
      description: `Alarms of ${this.node.path}`,
      enableKeyRotation: true,
      removalPolicy,
    });
    this.topic = new sns.Topic(this, 'Resource', { masterKey: this.encryptionKey, enforceSSL: true });
    this.undelivered = new sqs.Queue(this, 'Undelivered', {
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: this.encryptionKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy,
    });
    this.allowPublishing();
    const deadLetterQueue = this.undelivered;
    for (const email of emails) this.topic.addSubscription(new subscriptions.EmailSubscription(email, { deadLetterQueue }));
    for (const endpoint of endpoints) {
      this.topic.addSubscription(new subscriptions.UrlSubscription(endpoint, { protocol: sns.SubscriptionProtocol.HTTPS, deadLetterQueue }));
    }
  }

  /** Lets an alarm publish here. */
  public bind(_scope: Construct, _alarm: cloudwatch.IAlarm): cloudwatch.AlarmActionConfig {
    return { alarmActionArn: this.topic.topicArn };
  }

  /** Messages that could not be delivered, as a sum over five minutes: somebody was not told. */
  public metricFailedDeliveries(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.topic.metricNumberOfNotificationsFailed({ statistic: cloudwatch.Stats.SUM, period: Duration.minutes(5), ...props });
  }

  private allowPublishing(): void {
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.topic.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'AlarmsPublish',
      principals: [new iam.ServicePrincipal(PUBLISHERS[0])],
      actions: ['sns:Publish'],
      resources: [this.topic.topicArn],
      conditions,
    }));
    // What else publishes brings its own statement for the topic; the key has to serve all of them.
    this.encryptionKey.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'AlarmsEncrypt',
      principals: [...PUBLISHERS, SNS].map((service) => new iam.ServicePrincipal(service)),
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      resources: ['*'],
      conditions,
    }));
  }

  private validate(emails: string[], endpoints: string[]): void {
    const faults = new Faults(this.node.path);
    checkEmails(faults, 'emails', emails, 100);
    for (const endpoint of endpoints) {
      faults.check(Token.isUnresolved(endpoint) || /^https:\/\/[^\s@/]+(\/\S*)?$/.test(endpoint),
        `\`httpsEndpoints\` must begin with https:// and hold no password, got: '${endpoint.replace(/\/\/[^/]*@/, '//…@')}'`);
    }
    faults.throwIfAny();
  }
}
