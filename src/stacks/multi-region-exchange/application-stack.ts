import { Duration, Fn } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as triggers from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { acceptMatcherCapacity, acceptPublicIngress, acceptUserApi, acceptWaiting } from './acknowledgements';
import type { ExchangeApplicationStackProps } from './application-stack-props';
import { AuditArchiving } from './audit-archiving';
import { originName, usersName } from './names';
import { UserApi } from './user-api';
import { DedicatedCapacity } from '../../constructs/compute/dedicated-capacity';
import { MatchingService } from '../../constructs/compute/matching-service';
import { TradingCluster } from '../../constructs/compute/trading-cluster';
import { TradingFunction } from '../../constructs/compute/trading-function';
import { TradingService } from '../../constructs/compute/trading-service';
import { ProgressiveDelivery } from '../../constructs/delivery/progressive-delivery';
import { LoadBalancerExposure } from '../../constructs/ingress/load-balancer-exposure';
import { TradingLoadBalancer } from '../../constructs/ingress/trading-load-balancer';
import { StreamFanOut } from '../../constructs/messaging/stream-fan-out';
import { alarm } from '../../private/alarms';
import { ServiceDefinition } from '../../private/services.generated';
import { ServiceAlarms } from '../service-alarms';
import { TradingStack } from '../trading-stack';

const MQTT = ec2.Port.tcp(8883);

/** The services of the exchange in one region; keeps no state. */
export class ExchangeApplicationStack extends TradingStack {
  /** Cluster of all tasks. */
  public readonly cluster: TradingCluster;
  /** Instances that only matchers run on. */
  public readonly matcherCapacity: DedicatedCapacity;
  /** The trading service: orders, queries and WebSockets. */
  public readonly api: TradingService;
  /** The order service: the matcher, twice; without tasks in a region that waits. */
  public readonly matching: MatchingService;
  /** Ticks from the exchange. */
  public readonly streamer: TradingService;
  /** Reader of the ticks with a throughput of its own. */
  public readonly tickReader: StreamFanOut;
  /** Ticks and fills to the message broker. */
  public readonly mirror: TradingService;
  /** Events into the ledger. */
  public readonly settlement: TradingFunction;
  /** Schema of the ledger and instruments of the journal. */
  public readonly setup: TradingFunction;
  /** Runs the setup on each deployment that changes it; undefined in a region that waits. */
  public readonly setupTrigger?: triggers.Trigger;
  /** The user service. */
  public readonly users: TradingFunction;
  /** Copies the audit trail into its archive; undefined in a region that waits. */
  public readonly auditArchiver?: TradingFunction;
  /** API in front of the user service. */
  public readonly userApi: UserApi;
  /** Way in from CloudFront. */
  public readonly ingress: TradingLoadBalancer;
  /** Blue/green deployments of the API. */
  public readonly delivery: ProgressiveDelivery;
  /** Fires when one in a hundred requests fails on our side; sends a deployment back. */
  public readonly errorAlarm: cloudwatch.Alarm;
  /** One per part that must answer for the region to be healthy: API, matcher A, matcher B. Fires when it does not. */
  public readonly healthAlarms: cloudwatch.Alarm[];

  public constructor(scope: Construct, id: string, props: ExchangeApplicationStackProps) {
    super(scope, id, { description: `Services and load balancer${props.isStandby === true ? ', ready to take over' : ''}`, ...props });
    const { network, data } = props;
    const { vpc, awsApiPeers } = network;
    const alarmActions = [data.alarms];
    const cacheNeeds = { cache: data.cache, cacheAuthToken: data.cache.authToken };
    const journalStream = data.journal.stream;
    const { encryptionKey } = data;
    const common = { awsApiPeers, encryptionKey };

    this.setup = new TradingFunction(this, 'Setup', {
      vpc,
      ...common,
      definition: ServiceDefinition.setup({ ledgerAdminSecret: data.ledgerAdminSecret, journalStream, instruments: props.instruments }),
    });
    this.setup.connections.allowToDefaultPort(data.ledger, 'setup migrates the ledger');
    this.settlement = new TradingFunction(this, 'Settlement', {
      vpc,
      ...common,
      definition: ServiceDefinition.settlement({
        settlementQueue: data.settlement.queue,
        deadLetterQueue: data.settlement.deadLetterQueue,
        ledger: data.ledger,
        ordersTable: data.orderHistory,
      }),
    });

    this.cluster = new TradingCluster(this, 'Cluster', { vpc });
    const { cluster } = this.cluster;
    // Two zones: one for each matcher, so that no instance waits for nothing.
    const vpcSubnets = { subnets: vpc.selectSubnets(network.isolatedSubnets).subnets.slice(0, 2) };
    this.matcherCapacity = new DedicatedCapacity(this, 'MatcherCapacity', {
      cluster, vpcSubnets, awsApiPeers, alarmActions, instanceType: props.matcherInstanceType, dedicatedHardware: props.dedicatedHardware,
    });
    acceptMatcherCapacity(this.matcherCapacity);
    this.matching = new MatchingService(this, 'Matching', {
      ...cacheNeeds,
      ...common,
      cluster,
      vpcSubnets,
      dedicatedCapacity: this.matcherCapacity,
      journalStream,
      settlementQueue: data.settlement.queue,
      leaseTable: data.leases.table,
      snapshotBucket: data.coldStore.bucket,
      // Here the venue goes on, it never begins: the core comes out of the ledger.
      snapshotRequired: props.isStandby === true ? true : undefined,
    });
    this.streamer = new TradingService(this, 'Streamer', {
      cluster,
      ...common,
      definition: ServiceDefinition.streamer({
        ...cacheNeeds, marketDataStream: data.marketData.stream, symbols: props.symbols, feedUrl: props.feedUrl,
      }),
    });
    this.api = new TradingService(this, 'Api', {
      cluster,
      ...common,
      minCapacity: props.apiMinCapacity,
      maxCapacity: props.apiMaxCapacity,
      definition: ServiceDefinition.referenceApi({
        ...cacheNeeds,
        journalStream,
        ledger: data.ledger,
        userPool: data.identity.userPool,
        userPoolClient: data.identity.client,
        operatorsGroup: data.identity.operatorsGroup,
        apiKeysDatabase: data.ledger,
        apiKeysSecret: data.apiKeysSecret,
        ordersTable: data.orderHistory,
        auditTable: data.audit,
        sessionsTable: data.sessions,
        // CloudFront and the load balancer: the address before theirs is the client's.
        admission: JSON.stringify({ trustedProxies: 2 }),
      }),
    });
    this.tickReader = new StreamFanOut(this, 'TickReader', { stream: data.marketData.stream, alarmActions });
    this.mirror = this.createMirror(props);
    this.ingress = new TradingLoadBalancer(this, 'Ingress', {
      vpc,
      service: this.api,
      ...this.exposure(props),
      accessLogs: data.accessLogs.bucket,
      deletionProtection: props.deletionProtection,
      alarmActions,
    });
    if (this.ingress.exposure.isPublic) acceptPublicIngress(this.ingress);
    this.healthAlarms = this.createHealthAlarms(props);
    this.errorAlarm = this.createErrorAlarm(alarmActions);
    new ServiceAlarms(this, 'Alarms', {
      api: this.api, matching: [this.matching], streamer: this.streamer, settlement: [this.settlement], actions: alarmActions,
    });
    this.delivery = new ProgressiveDelivery(this, 'Delivery', {
      service: this.api, ingress: this.ingress, plan: props.deploymentPlan, rollbackAlarms: [this.errorAlarm],
    });

    this.users = new TradingFunction(this, 'Users', {
      vpc,
      ...common,
      definition: ServiceDefinition.userService({
        sessionsTable: data.sessions, auditTable: data.audit, accessControl: props.accessControl, accessRulesDatabase: data.ledger,
      }),
    });
    if (data.auditArchive !== undefined) {
      this.auditArchiver = new AuditArchiving(this, 'Audit', {
        vpc, ...common, alarmActions, table: data.audit, archive: data.auditArchive.bucket,
      }).archiver;
    }
    const { endpoint } = props;
    this.userApi = new UserApi(this, 'UserApi', {
      handler: this.users,
      userPool: data.identity.userPool,
      encryptionKey,
      domainName: usersName(endpoint),
      hostedZone: endpoint?.hostedZone,
      alarmActions,
    });

    acceptUserApi(this.userApi);
    if (props.isStandby === true) this.holdBack();
    else this.setupTrigger = this.runSetup();
  }

  private createMirror({ network: { awsApiPeers }, data }: ExchangeApplicationStackProps): TradingService {
    const mirror = new TradingService(this, 'Mirror', {
      cluster: this.cluster.cluster,
      awsApiPeers,
      encryptionKey: data.encryptionKey,
      cpu: 256,
      definition: ServiceDefinition.marketMirror({
        marketDataStream: data.marketData.stream,
        marketDataConsumer: this.tickReader.consumer,
        ledger: data.ledger,
        amqpEndpoints: Fn.join(',', data.broker.amqpEndpoints),
        mqttEndpoints: Fn.join(',', data.broker.mqttEndpoints),
        brokerCredentials: data.brokerCredentials,
      }),
    });
    // Said from here, so that the rules stand here: the data know nothing of their clients.
    mirror.connections.allowToDefaultPort(data.broker, 'AMQP clients of the broker');
    mirror.connections.allowTo(data.broker, MQTT, 'MQTT clients of the broker');
    return mirror;
  }

  private runSetup(): triggers.Trigger {
    return new triggers.Trigger(this, 'RunSetup', {
      handler: this.setup.function,
      timeout: Duration.minutes(2),
      executeAfter: [this.setup],
      executeBefore: [this.settlement, this.matching, this.api, this.mirror],
    });
  }

  /**
   * A region that waits has the instances of its matchers and not their tasks: nobody may match before the ledger is this region's, and a
   * plan of ARC starts them then.
   */
  private holdBack(): void {
    acceptWaiting(this.healthAlarms.slice(1));
    for (const { service } of [this.matching.serviceA, this.matching.serviceB]) (service.node.defaultChild as ecs.CfnService).desiredCount = 0;
  }

  private exposure({ network, data, endpoint, prefixListIds, certificate }: ExchangeApplicationStackProps) {
    if (endpoint?.domainName === undefined) return { allowFrom: [network.cloudFrontOriginFacing] };
    return {
      exposure: LoadBalancerExposure.cloudFrontOnly({ prefixListIds, originSecrets: [data.originSecret!.valueIn(this)] }),
      certificate: certificate ?? new acm.Certificate(this, 'Certificate', {
        domainName: originName(endpoint)!, validation: acm.CertificateValidation.fromDns(endpoint.hostedZone),
      }),
    };
  }

  /** Route 53 takes alarms of one metric alone, without expressions; so each part that must answer has one. */
  private createHealthAlarms({ isStandby, data }: ExchangeApplicationStackProps): cloudwatch.Alarm[] {
    const silent = (id: string, metric: cloudwatch.IMetric, description: string, actions: cloudwatch.IAlarmAction[]) => alarm(this, id, {
      metric,
      description,
      threshold: 1,
      periods: 2,
      comparison: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: cloudwatch.TreatMissingData.BREACHING,
      actions,
    });
    // Matchers of a region that waits are meant to be away.
    const matcherActions = isStandby === true ? [] : [data.alarms];
    const { serviceA, serviceB } = this.matching;
    const minute = { period: Duration.minutes(1), statistic: cloudwatch.Stats.MINIMUM };
    return [
      silent('ApiHealth', this.ingress.targetGroup.metrics.healthyHostCount(minute), 'No task of the API answers its health check.', [data.alarms]),
      silent('MatcherAHealth', serviceA.metricRunningTasks(), 'The first matcher does not run.', matcherActions),
      silent('MatcherBHealth', serviceB.metricRunningTasks(), 'The second matcher does not run.', matcherActions),
    ];
  }

  /** What sends a deployment back. */
  private createErrorAlarm(actions: cloudwatch.IAlarmAction[]): cloudwatch.Alarm {
    return alarm(this, 'ErrorAlarm', {
      metric: new cloudwatch.MathExpression({
        expression: '100 * errors / requests',
        label: 'Server errors, %',
        period: Duration.minutes(1),
        usingMetrics: { errors: this.ingress.metricServerErrors(), requests: this.ingress.metricRequests() },
      }),
      description: 'More than 1 % of the requests to the API fail on our side.',
      threshold: 1,
      periods: 2,
      actions,
    });
  }
}
