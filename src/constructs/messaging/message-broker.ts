import { Duration, Names, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as amazonmq from 'aws-cdk-lib/aws-amazonmq';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { BrokerQueue, BrokerRoute } from './broker-queue';
import { alarm } from '../../private/alarms';
import { brokerConfiguration, checkQueues, DEAD_LETTER_PREFIX } from '../../private/broker-configuration';
import { Faults } from '../../private/faults';

/** Protocols that clients speak to a broker, all of them over TLS. */
export enum BrokerProtocol {
  /** AMQP 1.0, TCP 5671. */
  AMQP = 'AMQP',
  /** MQTT 3.1.1, TCP 8883. */
  MQTT = 'MQTT',
  /** ActiveMQ's own, TCP 61617. */
  OPENWIRE = 'OPENWIRE',
}

const PORTS: Record<BrokerProtocol, number> = { [BrokerProtocol.AMQP]: 5671, [BrokerProtocol.MQTT]: 8883, [BrokerProtocol.OPENWIRE]: 61617 };

/** Someone who may sign in to a broker. */
export interface BrokerUser {
  /** Secret with the fields `username` and `password`: 12 to 250 characters without comma, colon and equals sign. */
  readonly secret: secretsmanager.ISecret;

  /**
   * Groups of the user, as queues name them. Members of `admins` may do everything.
   *
   * @default - none
   */
  readonly groups?: string[];
}

/** Properties of `MessageBroker`. */
export interface MessageBrokerProps {
  /** VPC of the broker. */
  readonly vpc: ec2.IVpc;

  /** Queues that are watched; messages to other queues work unless a queue names groups. */
  readonly queues: BrokerQueue[];

  /**
   * What is copied from queue to queue.
   *
   * @default - nothing
   */
  readonly routes?: BrokerRoute[];

  /**
   * Who may sign in.
   *
   * @default - one user, `services`, whose password is generated
   */
  readonly users?: BrokerUser[];

  /**
   * Subnets to choose from; the two instances get two of them, in different zones.
   *
   * @default - the isolated subnets, or the private ones of a VPC without isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Type of the two instances.
   *
   * @default 'mq.m5.large'
   */
  readonly instanceType?: string;

  /**
   * Version of ActiveMQ, major and minor; patches come by themselves.
   *
   * @default '5.18'
   */
  readonly engineVersion?: string;

  /**
   * Share of the disk, in percent, above which the storage alarm fires. A full disk stops producers.
   *
   * @default 70
   */
  readonly storageThreshold?: number;

  /**
   * Key that encrypts the messages.
   *
   * @default - the key of Amazon MQ in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Key that encrypts the generated password.
   *
   * @default - the key of Secrets Manager in this account
   */
  readonly credentialsKey?: kms.IKey;

  /**
   * What happens to the broker with its messages, and to the generated password, when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/**
 * ActiveMQ on Amazon MQ: an active instance and a standby in another zone over one replicated disk, reachable inside the VPC only. For
 * clients that speak AMQP or MQTT; orders between our own services go through the journal.
 */
export class MessageBroker extends Construct implements ec2.IConnectable {
  /** The broker. */
  public readonly broker: amazonmq.CfnBroker;
  /** Its configuration. */
  public readonly configuration: amazonmq.CfnConfiguration;
  /** Generated credentials; undefined when users are given. */
  public readonly credentials?: secretsmanager.Secret;
  /** Security group of the broker. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Network connections of the broker; the default port is AMQP's. */
  public readonly connections: ec2.Connections;
  /** AMQP endpoints of both instances, `amqp+ssl://…:5671`; the standby's does not answer. */
  public readonly amqpEndpoints: string[];
  /** MQTT endpoints of both instances, `mqtt+ssl://…:8883`. */
  public readonly mqttEndpoints: string[];
  /** Fires when the disk fills up. */
  public readonly storageAlarm: cloudwatch.Alarm;
  /** One per queue, in their order: too many messages wait. */
  public readonly depthAlarms: cloudwatch.Alarm[];
  /** One per queue, in their order: a message could not be delivered. */
  public readonly deadLetterAlarms: cloudwatch.Alarm[];
  private readonly brokerName: string;

  public constructor(scope: Construct, id: string, props: MessageBrokerProps) {
    super(scope, id);
    const { vpc, queues, alarmActions: actions } = props;
    const routes = props.routes ?? [];
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const storageThreshold = props.storageThreshold ?? 70;
    const engineVersion = props.engineVersion ?? '5.18';
    const subnetType = vpc.isolatedSubnets.length > 0 ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS;
    const { subnets } = vpc.selectSubnets(props.vpcSubnets ?? { subnetType });
    const second = subnets.find(({ availabilityZone }) => availabilityZone !== subnets[0]?.availabilityZone);
    const faults = new Faults(this.node.path);
    checkQueues(queues, routes, faults);
    faults.check(second !== undefined, `\`vpcSubnets\` must span two zones, one for the standby, got ${subnets.length} subnet(s) of one zone`);
    faults.check(Token.isUnresolved(storageThreshold) || (storageThreshold >= 1 && storageThreshold <= 100), `\`storageThreshold\` must be from 1 to 100 percent, got: ${storageThreshold}`);
    faults.check(Token.isUnresolved(engineVersion) || /^\d+\.\d+$/.test(engineVersion), `\`engineVersion\` must be major and minor such as '5.18', because patches come by themselves, got: '${engineVersion}'`);
    faults.check(props.users === undefined || props.users.length > 0, '`users` must name at least one user; leave it out to have one generated');
    faults.throwIfAny();

    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, description: 'Message broker', allowAllOutbound: false });
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(PORTS[BrokerProtocol.AMQP]) });
    this.brokerName = Names.uniqueResourceName(this, { maxLength: 50, separator: '-' });
    if (props.users === undefined) this.credentials = this.generate(props.credentialsKey, removalPolicy);
    this.configuration = new amazonmq.CfnConfiguration(this, 'Configuration', {
      name: this.brokerName,
      engineType: 'ACTIVEMQ',
      engineVersion,
      data: Buffer.from(brokerConfiguration(queues, routes)).toString('base64'),
    });
    this.broker = new amazonmq.CfnBroker(this, 'Resource', {
      brokerName: this.brokerName,
      engineType: 'ACTIVEMQ',
      engineVersion,
      hostInstanceType: props.instanceType ?? 'mq.m5.large',
      deploymentMode: 'ACTIVE_STANDBY_MULTI_AZ',
      storageType: 'EFS',
      publiclyAccessible: false,
      autoMinorVersionUpgrade: true,
      authenticationStrategy: 'SIMPLE',
      configuration: { id: this.configuration.ref, revision: this.configuration.attrRevision },
      encryptionOptions: { useAwsOwnedKey: false, kmsKeyId: props.encryptionKey?.keyArn },
      logs: { general: true, audit: true },
      subnetIds: [subnets[0], second!].map(({ subnetId }) => subnetId),
      securityGroups: [this.securityGroup.securityGroupId],
      users: (props.users ?? [{ secret: this.credentials!, groups: ['services'] }]).map(({ secret, groups }) => ({
        // Unwrapped as dynamic references: the template names the secret, CloudFormation reads it.
        username: secret.secretValueFromJson('username').unsafeUnwrap(),
        password: secret.secretValueFromJson('password').unsafeUnwrap(),
        groups,
        consoleAccess: false,
      })),
    });
    this.broker.applyRemovalPolicy(removalPolicy);
    this.broker.node.addDependency(this.allowLogs());
    this.amqpEndpoints = this.broker.attrAmqpEndpoints;
    this.mqttEndpoints = this.broker.attrMqttEndpoints;

    this.storageAlarm = alarm(this, 'StorageAlarm', {
      metric: this.metricStorage(),
      description: `The broker's disk is more than ${storageThreshold} % full. When it is full, producers stand still.`,
      threshold: storageThreshold,
      periods: 3,
      actions,
    });
    this.depthAlarms = queues.map(({ name, depthThreshold }) => alarm(this, `DepthAlarm-${name}`, {
      metric: this.metricDepth(name),
      description: `More messages wait in ${name} than its consumers should let happen.`,
      threshold: depthThreshold ?? 1000,
      periods: 3,
      actions,
    }));
    this.deadLetterAlarms = queues.map(({ name }) => alarm(this, `DeadLetterAlarm-${name}`, {
      metric: this.metricDepth(`${DEAD_LETTER_PREFIX}${name}`),
      description: `A message of ${name} could not be delivered and waits in ${DEAD_LETTER_PREFIX}${name}.`,
      threshold: 0,
      actions,
    }));
  }

  /**
   * Lets `peer` connect with a protocol.
   *
   * @param peer who may connect
   * @param protocol what they speak
   */
  public allowFrom(peer: ec2.IConnectable, protocol: BrokerProtocol): void {
    this.connections.allowFrom(peer, ec2.Port.tcp(PORTS[protocol]), `${protocol} clients of the broker`);
  }

  /**
   * Messages that wait in a queue, of whichever instance is active. Maximum of one minute.
   *
   * @param queueName name of the queue
   */
  public metricDepth(queueName: string): cloudwatch.IMetric {
    return this.ofBoth('QueueSize', { Queue: queueName });
  }

  /** Used share of the disk, in percent, as the active instance sees it. Maximum of one minute. */
  public metricStorage(): cloudwatch.IMetric {
    return this.ofBoth('StorePercentUsage', {});
  }

  /** Only the active instance publishes, and which one that is changes. */
  private ofBoth(metricName: string, dimensions: Record<string, string>): cloudwatch.IMetric {
    const of = (instance: number) => new cloudwatch.Metric({
      namespace: 'AWS/AmazonMQ',
      metricName,
      dimensionsMap: { Broker: `${this.brokerName}-${instance}`, ...dimensions },
      period: Duration.minutes(1),
      statistic: cloudwatch.Stats.MAXIMUM,
    });
    return new cloudwatch.MathExpression({ expression: 'MAX([FILL(a, 0), FILL(b, 0)])', label: metricName, period: Duration.minutes(1), usingMetrics: { a: of(1), b: of(2) } });
  }

  private generate(encryptionKey: kms.IKey | undefined, removalPolicy: RemovalPolicy): secretsmanager.Secret {
    return new secretsmanager.Secret(this, 'Credentials', {
      description: 'User of the message broker',
      encryptionKey,
      removalPolicy,
      generateSecretString: { secretStringTemplate: JSON.stringify({ username: 'services' }), generateStringKey: 'password', passwordLength: 64, excludePunctuation: true },
    });
  }

  /** Amazon MQ writes its logs with no role but needs leave of the log groups, whose names begin like this. */
  private allowLogs(): logs.ResourcePolicy {
    const stack = Stack.of(this);
    return new logs.ResourcePolicy(this, 'LogPolicy', {
      policyStatements: [new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('mq.amazonaws.com')],
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [stack.formatArn({ service: 'logs', resource: 'log-group:/aws/amazonmq/*' })],
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      })],
    });
  }
}
