import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { PartitionMap } from './partition-map';
import { Faults } from '../../private/faults';
import { checkWhole } from '../../private/whole';

/** What a size consists of, in each of its regions unless said otherwise. */
export interface GatewayExchangeSizeOptions {
  /** Requests per second that the size is meant for, of all regions together. */
  readonly requestsPerSecond: number;

  /** Tasks of the API that run at least. */
  readonly apiTasks: number;

  /**
   * Tasks of the API that run at most.
   *
   * @default - twice `apiTasks`
   */
  readonly apiMaxTasks?: number;

  /**
   * Partitions and their ledgers, one map for each region.
   *
   * @default - one region with one partition in one ledger
   */
  readonly partitionMaps?: PartitionMap[];

  /**
   * Readers of each ledger besides its writer, from 1 to 15.
   *
   * @default 2
   */
  readonly ledgerReaders?: number;

  /**
   * Class of the instances of each ledger.
   *
   * @default - db.r7g.large
   */
  readonly ledgerInstanceType?: ec2.InstanceType;

  /**
   * Shards of the cache. With shards it is a cluster of another kind, to which clients speak differently.
   *
   * @default - none: a primary and its replicas
   */
  readonly cacheShards?: number;

  /**
   * Replicas of the cache's primary, or of each shard.
   *
   * @default 1
   */
  readonly cacheReplicas?: number;

  /**
   * Type of the cache's nodes.
   *
   * @default 'cache.r7g.large'
   */
  readonly cacheNodeType?: string;

  /**
   * Whether there is a Kafka cluster for what Kinesis and SQS carry otherwise.
   *
   * @default false
   */
  readonly kafka?: boolean;

  /**
   * Whether answers that are the same for everybody are kept at the edge.
   *
   * @default false
   */
  readonly apiCaching?: boolean;
}

const size = (options: GatewayExchangeSizeOptions) => GatewayExchangeSize.of(options);
const memory = (instanceSize: ec2.InstanceSize) => ec2.InstanceType.of(ec2.InstanceClass.R7G, instanceSize);

/** How large an exchange is, so that its parts fit each other. */
export class GatewayExchangeSize {
  /** 500 requests/s: ten tasks, a writer with two readers, a primary with a replica, one queue. */
  public static requests500(): GatewayExchangeSize {
    return size({ requestsPerSecond: 500, apiTasks: 10, apiMaxTasks: 30 });
  }

  /** 5,000 requests/s: a hundred tasks, a writer with five readers, a cache of three nodes, five queues. */
  public static requests5000(): GatewayExchangeSize {
    return size({
      requestsPerSecond: 5_000,
      apiTasks: 100,
      apiMaxTasks: 200,
      partitionMaps: [PartitionMap.oneLedger(5)],
      ledgerReaders: 5,
      ledgerInstanceType: memory(ec2.InstanceSize.XLARGE2),
      cacheReplicas: 2,
    });
  }

  /** 50,000 requests/s: three regions that carry on when one of them is lost, ten ledgers, a sharded cache, Kafka, answers kept at the edge. */
  public static requests50000(): GatewayExchangeSize {
    return size({
      requestsPerSecond: 50_000,
      apiTasks: 300,
      apiMaxTasks: 450,
      partitionMaps: [PartitionMap.ledgerEach(4), PartitionMap.ledgerEach(3), PartitionMap.ledgerEach(3)],
      ledgerInstanceType: memory(ec2.InstanceSize.XLARGE8),
      cacheShards: 6,
      kafka: true,
      apiCaching: true,
    });
  }

  /**
   * A size of your own.
   *
   * @throws Error that lists everything that is wrong
   */
  public static of(options: GatewayExchangeSizeOptions): GatewayExchangeSize {
    return new GatewayExchangeSize(options);
  }

  /** Requests per second of all regions together. */
  public readonly requestsPerSecond: number;
  /** Tasks of the API that run at least, in each region. */
  public readonly apiTasks: number;
  /** Tasks of the API that run at most, in each region. */
  public readonly apiMaxTasks: number;
  /** Partitions and their ledgers by region. */
  public readonly partitionMaps: PartitionMap[];
  /** Readers of each ledger. */
  public readonly ledgerReaders: number;
  /** Class of the instances of each ledger. */
  public readonly ledgerInstanceType: ec2.InstanceType;
  /** Shards of the cache; undefined for a primary and its replicas. */
  public readonly cacheShards?: number;
  /** Replicas of the cache's primary, or of each shard. */
  public readonly cacheReplicas: number;
  /** Type of the cache's nodes. */
  public readonly cacheNodeType: string;
  /** Whether there is a Kafka cluster. */
  public readonly kafka: boolean;
  /** Whether answers that are the same for everybody are kept at the edge. */
  public readonly apiCaching: boolean;

  private constructor(options: GatewayExchangeSizeOptions) {
    this.requestsPerSecond = options.requestsPerSecond;
    this.apiTasks = options.apiTasks;
    this.apiMaxTasks = options.apiMaxTasks ?? 2 * options.apiTasks;
    this.partitionMaps = options.partitionMaps ?? [PartitionMap.oneLedger(1)];
    this.ledgerReaders = options.ledgerReaders ?? 2;
    this.ledgerInstanceType = options.ledgerInstanceType ?? memory(ec2.InstanceSize.LARGE);
    this.cacheShards = options.cacheShards;
    this.cacheReplicas = options.cacheReplicas ?? 1;
    this.cacheNodeType = options.cacheNodeType ?? 'cache.r7g.large';
    this.kafka = options.kafka ?? false;
    this.apiCaching = options.apiCaching ?? false;
    const faults = new Faults('GatewayExchangeSize');
    checkWhole(faults, 'requestsPerSecond', this.requestsPerSecond, 1, 1_000_000);
    checkWhole(faults, 'apiTasks', this.apiTasks, 3, 1_000, 'so that a zone can be lost');
    checkWhole(faults, 'apiMaxTasks', this.apiMaxTasks, 3, 1_000);
    faults.check(!(this.apiMaxTasks < this.apiTasks), `\`apiMaxTasks\` must not be below \`apiTasks\` of ${this.apiTasks}, got: ${this.apiMaxTasks}`);
    faults.check(this.partitionMaps.length >= 1, '`partitionMaps` must hold one map for each region, got none');
    checkWhole(faults, 'ledgerReaders', this.ledgerReaders, 1, 15, 'so that a zone can be lost');
    faults.throwIfAny();
  }

  /** Regions of the size. */
  public get regionCount(): number {
    return this.partitionMaps.length;
  }

  /** Requests per second that one region must carry: its share, and that of a region that was lost. */
  public get requestsPerSecondPerRegion(): number {
    return Math.ceil(this.requestsPerSecond / Math.max(1, this.regionCount - 1));
  }
}
