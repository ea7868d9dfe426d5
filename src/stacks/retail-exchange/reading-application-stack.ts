import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { ReadingDataStack } from './reading-data-stack';
import type { RetailDataStack } from './retail-data-stack';
import { createIngress, healthAlarm } from './retail-ingress';
import type { RetailExchangeProps } from './retail-options';
import { ServiceCapacity } from '../../constructs/compute/service-capacity';
import { TradingCluster } from '../../constructs/compute/trading-cluster';
import { TradingService } from '../../constructs/compute/trading-service';
import { TradingLoadBalancer } from '../../constructs/ingress/trading-load-balancer';
import { ManagedPrefixListIds } from '../../constructs/network/managed-prefix-lists';
import { TradingNetwork } from '../../constructs/network/trading-network';
import { ServiceDefinition } from '../../private/services.generated';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** Properties of `ReadingApplicationStack`. */
export interface ReadingApplicationStackProps extends TradingStackProps {
  /** Network that the tasks run in. */
  readonly network: TradingNetwork;

  /** What the region reads. */
  readonly data: ReadingDataStack;

  /** Data of the home region, with its accounts. */
  readonly home: RetailDataStack;

  /** Properties of the system. */
  readonly system: RetailExchangeProps;

  /** API tasks that run at least, on Fargate. */
  readonly apiMinCapacity: number;

  /** API tasks that run at most; those above the minimum run on Fargate Spot. */
  readonly apiMaxCapacity: number;

  /**
   * Ids of AWS's own prefix lists in the region.
   *
   * @default - known for us-east-1 and us-west-2
   */
  readonly prefixListIds?: ManagedPrefixListIds;
}

/** The API in another region: it answers what only reads, and its load balancer refuses everything else. Keeps no state. */
export class ReadingApplicationStack extends TradingStack {
  /** Cluster of all tasks. */
  public readonly cluster: TradingCluster;
  /** The API. */
  public readonly api: TradingService;
  /** Way in from CloudFront. */
  public readonly ingress: TradingLoadBalancer;
  /** Fires while no task of the API answers. */
  public readonly healthAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: ReadingApplicationStackProps) {
    super(scope, id, { description: 'API that only reads', ...props });
    const { network, data, home, system } = props;
    const alarmActions = [data.alarms];
    this.cluster = new TradingCluster(this, 'Cluster', { vpc: network.vpc });
    this.api = new TradingService(this, 'Api', {
      cluster: this.cluster.cluster,
      // The keys of the accounts are in the home region, and no endpoint of this one leads there.
      vpcSubnets: network.egressSubnets,
      awsApiPeers: [...network.awsApiPeers, ec2.Peer.anyIpv4()],
      encryptionKey: data.keys.orders,
      minCapacity: props.apiMinCapacity,
      maxCapacity: props.apiMaxCapacity,
      capacity: ServiceCapacity.fargateWithSpot(),
      collector: system.collector,
      definition: ServiceDefinition.referenceApi({
        cache: data.cache,
        cacheAuthToken: data.cache.authToken,
        journalStream: data.journal.stream,
        ledger: data.ledger,
        userPool: home.identity.userPool,
        userPoolClient: home.identity.client,
        federatedClient: home.federation?.client,
        operatorsGroup: home.identity.operatorsGroup,
        // CloudFront and the load balancer: the address before theirs is the client's.
        admission: JSON.stringify({ trustedProxies: 2 }),
      }),
    });
    this.ingress = createIngress(this, {
      network,
      system,
      service: this.api,
      prefixListIds: props.prefixListIds,
      isHome: false,
      accessLogs: data.accessLogs.bucket,
      originSecret: home.originSecret?.valueIn(this),
      alarmActions,
    });
    this.healthAlarm = healthAlarm(this, this.ingress, alarmActions);
  }
}
