import { Duration, Names, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as msk from 'aws-cdk-lib/aws-msk';
import { Construct, IConstruct } from 'constructs';
import { JournalClusterGrants } from './journal-cluster-grants';
import { alarm } from '../../private/alarms';
import { encryptedLogs } from '../../private/encrypted-logs';
import { Faults } from '../../private/faults';
import { checkJournalRetention, MAX_SNAPSHOT_AGE } from '../../private/journal-retention';
import { checkWhole } from '../../private/whole';

/** A Kafka cluster that services connect to with IAM over TLS. */
export interface IJournalCluster extends ec2.IConnectable, IConstruct {
  /** ARN of the cluster; clients ask MSK for the brokers' addresses with it. */
  readonly clusterArn: string;

  /** What others may do. */
  readonly grants: JournalClusterGrants;
}

/** A cluster that exists already. */
export interface JournalClusterAttributes {
  /** ARN of the cluster. */
  readonly clusterArn: string;

  /** Security groups of its brokers. */
  readonly securityGroups: ec2.ISecurityGroup[];
}

/** Properties of `JournalCluster`. */
export interface JournalClusterProps {
  /** VPC of the brokers. */
  readonly vpc: ec2.IVpc;

  /**
   * Subnets of the brokers, one in each of three zones.
   *
   * @default - the isolated subnets, or the private ones of a VPC without isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Brokers in each zone.
   *
   * @default 1
   */
  readonly brokersPerZone?: number;

  /**
   * Type of the brokers.
   *
   * @default 'kafka.m7g.large'
   */
  readonly instanceType?: string;

  /**
   * Disk of each broker, from 1 GiB to 16 TiB. It can grow and not shrink.
   *
   * @default Size.gibibytes(100)
   */
  readonly volumeSize?: Size;

  /**
   * Version of Kafka.
   *
   * @default '3.8.x'
   */
  readonly kafkaVersion?: string;

  /**
   * How long records can be read again: at least seven days, because everything is rebuilt from them.
   *
   * @default Duration.days(7)
   */
  readonly retention?: Duration;

  /**
   * How old the newest snapshot of the core may be when a matcher starts from it. The retention must be longer: the records between
   * the two would otherwise be gone.
   *
   * @default Duration.days(1)
   */
  readonly maxSnapshotAge?: Duration;

  /**
   * Used share of a disk, in percent, above which the disk alarm fires.
   *
   * @default 70
   */
  readonly diskThreshold?: number;

  /**
   * Key that encrypts the disks and the brokers' logs.
   *
   * @default - the key of MSK in this account for the disks; a key for the logs is defined
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long the brokers' logs are kept.
   *
   * @default Duration.days(90)
   */
  readonly logRetention?: Duration;

  /**
   * What happens to the cluster with its records when it leaves the stack.
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

/** Port of clients that sign in with IAM, over TLS. */
const PORT = 9098;
const ZONES = 3;

/**
 * The journal at the largest size: Kafka on MSK, brokers in three zones, every record on two of them at least before it is acknowledged.
 * Losing a zone loses nothing and stops nothing; losing two stops writing rather than losing.
 */
export class JournalCluster extends Construct implements IJournalCluster {
  /**
   * A cluster that exists already. Its alarms and settings are its owner's.
   *
   * @param scope scope of the import
   * @param id id of the import
   * @param attributes where it is
   */
  public static fromJournalClusterAttributes(scope: Construct, id: string, attributes: JournalClusterAttributes): IJournalCluster {
    return new ImportedCluster(scope, id, attributes);
  }

  /** The cluster. */
  public readonly cluster: msk.CfnCluster;
  /** Settings of its brokers. */
  public readonly configuration: msk.CfnConfiguration;
  /** Logs of its brokers. */
  public readonly logGroup: logs.LogGroup;
  /** Security group of the brokers. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Network connections of the brokers. */
  public readonly connections: ec2.Connections;
  /** ARN of the cluster; clients ask MSK for the brokers' addresses with it. */
  public readonly clusterArn: string;
  /** What others may do. */
  public readonly grants: JournalClusterGrants;
  /** Number of brokers. */
  public readonly brokers: number;
  /** Fires when a partition has no leader: it can neither be read nor written. */
  public readonly offlineAlarm: cloudwatch.Alarm;
  /** Fires when a partition has fewer copies in step than writing needs. */
  public readonly underMinIsrAlarm: cloudwatch.Alarm;
  /** Fires when nobody controls the cluster. */
  public readonly controllerAlarm: cloudwatch.Alarm;
  /** One per broker: its disk fills up. */
  public readonly diskAlarms: cloudwatch.Alarm[];
  private readonly clusterName: string;

  public constructor(scope: Construct, id: string, props: JournalClusterProps) {
    super(scope, id);
    const { vpc, alarmActions: actions } = props;
    const perZone = props.brokersPerZone ?? 1;
    const retention = props.retention ?? Duration.days(7);
    const volume = props.volumeSize ?? Size.gibibytes(100);
    const diskThreshold = props.diskThreshold ?? 70;
    const subnetType = vpc.isolatedSubnets.length > 0 ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS;
    const { subnets } = vpc.selectSubnets(props.vpcSubnets ?? { subnetType });
    const oneByZone = [...new Map(subnets.map((subnet) => [subnet.availabilityZone, subnet])).values()];
    const faults = new Faults(this.node.path);
    checkWhole(faults, 'brokersPerZone', perZone, 1, 10);
    faults.check(oneByZone.length === ZONES, `\`vpcSubnets\` must span exactly three zones, so that two copies survive the loss of one, got ${oneByZone.length}`);
    checkJournalRetention(faults, retention, props.maxSnapshotAge ?? MAX_SNAPSHOT_AGE);
    faults.check(volume.isUnresolved() || (volume.toGibibytes() >= 1 && volume.toGibibytes() <= 16_384), `\`volumeSize\` must be from 1 to 16384 GiB, got: ${volume.toGibibytes()}`);
    checkWhole(faults, 'diskThreshold', diskThreshold, 1, 100);
    faults.throwIfAny();

    this.brokers = perZone * ZONES;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, description: 'Journal cluster', allowAllOutbound: false });
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(PORT) });
    this.logGroup = encryptedLogs(this, 'Logs', { encryptionKey: props.encryptionKey, retention: props.logRetention });
    this.clusterName = Names.uniqueResourceName(this, { maxLength: 64, separator: '-' });
    this.configuration = new msk.CfnConfiguration(this, 'Configuration', { name: this.clusterName, serverProperties: serverProperties(retention) });
    this.cluster = new msk.CfnCluster(this, 'Resource', {
      clusterName: this.clusterName,
      kafkaVersion: props.kafkaVersion ?? '3.8.x',
      numberOfBrokerNodes: this.brokers,
      brokerNodeGroupInfo: {
        clientSubnets: oneByZone.map(({ subnetId }) => subnetId),
        instanceType: props.instanceType ?? 'kafka.m7g.large',
        securityGroups: [this.securityGroup.securityGroupId],
        storageInfo: { ebsStorageInfo: { volumeSize: volume.toGibibytes() } },
        connectivityInfo: { publicAccess: { type: 'DISABLED' } },
      },
      clientAuthentication: { sasl: { iam: { enabled: true } }, unauthenticated: { enabled: false } },
      encryptionInfo: {
        encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
        ...(props.encryptionKey === undefined ? {} : { encryptionAtRest: { dataVolumeKmsKeyId: props.encryptionKey.keyArn } }),
      },
      configurationInfo: { arn: this.configuration.attrArn, revision: this.configuration.attrLatestRevisionRevision },
      enhancedMonitoring: 'PER_BROKER',
      loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: this.logGroup.logGroupName } } },
    });
    this.cluster.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);
    this.clusterArn = this.cluster.attrArn;
    this.grants = new JournalClusterGrants(this, this.clusterArn);

    this.offlineAlarm = alarm(this, 'OfflineAlarm', {
      metric: this.metric('OfflinePartitionsCount'), description: 'A partition of the journal has no leader: orders of it are refused.', threshold: 0, actions,
    });
    this.underMinIsrAlarm = alarm(this, 'UnderMinIsrAlarm', {
      metric: this.metricUnderMinIsr(), description: 'A partition of the journal has fewer than two copies in step: orders of it are refused.', threshold: 0, actions,
    });
    this.controllerAlarm = alarm(this, 'ControllerAlarm', {
      metric: this.metric('ActiveControllerCount'),
      description: 'Nobody controls the journal cluster: no new leaders are chosen.',
      threshold: 1,
      periods: 5,
      comparison: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: cloudwatch.TreatMissingData.BREACHING,
      actions,
    });
    this.diskAlarms = Array.from({ length: this.brokers }, (_, index) => alarm(this, `DiskAlarm${index + 1}`, {
      metric: this.metricDiskUsed(index + 1),
      description: `The disk of broker ${index + 1} of the journal cluster is more than ${diskThreshold} % full. Enlarge it or shorten the retention.`,
      threshold: diskThreshold,
      actions,
    }));
  }

  /**
   * Partitions with fewer copies in step than writing needs, of all brokers. Maximum of one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricUnderMinIsr(options: cloudwatch.MetricOptions = {}): cloudwatch.IMetric {
    const usingMetrics = Object.fromEntries(Array.from({ length: this.brokers }, (_, index) => [
      `b${index + 1}`,
      this.metric('UnderMinIsrPartitionCount', { dimensionsMap: this.broker(index + 1), ...options }),
    ]));
    return new cloudwatch.MathExpression({ expression: 'SUM(METRICS())', label: 'Partitions below min.insync.replicas', period: Duration.minutes(1), usingMetrics });
  }

  /**
   * Used share of the disk of a broker, numbered from 1, in percent. Maximum of five minutes unless said otherwise.
   *
   * @param broker number of the broker, from 1
   * @param options what to change about the metric
   */
  public metricDiskUsed(broker: number, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('KafkaDataLogsDiskUsed', { dimensionsMap: this.broker(broker), period: Duration.minutes(5), ...options });
  }

  private broker(id: number): Record<string, string> {
    return { 'Cluster Name': this.clusterName, 'Broker ID': String(id) };
  }

  private metric(metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Kafka',
      metricName,
      dimensionsMap: { 'Cluster Name': this.clusterName },
      period: Duration.minutes(1),
      statistic: cloudwatch.Stats.MAXIMUM,
      ...options,
    }).attachTo(this);
  }
}

class ImportedCluster extends Construct implements IJournalCluster {
  public readonly clusterArn: string;
  public readonly connections: ec2.Connections;
  public readonly grants: JournalClusterGrants;

  public constructor(scope: Construct, id: string, attributes: JournalClusterAttributes) {
    super(scope, id);
    this.clusterArn = attributes.clusterArn;
    this.connections = new ec2.Connections({ securityGroups: attributes.securityGroups, defaultPort: ec2.Port.tcp(PORT) });
    this.grants = new JournalClusterGrants(this, attributes.clusterArn);
  }
}

function serverProperties(retention: Duration): string {
  return Object.entries({
    'auto.create.topics.enable': false,
    'default.replication.factor': 3,
    'min.insync.replicas': 2,
    // A copy that is behind never becomes leader: rather no writing than lost orders.
    'unclean.leader.election.enable': false,
    'log.retention.ms': retention.toMilliseconds(),
    // One record is one batch of commands, at most 1 MiB.
    'message.max.bytes': 1_048_588,
    'offsets.topic.replication.factor': 3,
    'transaction.state.log.replication.factor': 3,
    'transaction.state.log.min.isr': 2,
  }).map(([name, value]) => `${name}=${value}`).join('\n');
}
