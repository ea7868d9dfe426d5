import { CfnOutput, Environment, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { ApplicationStack } from './application-stack';
import { DataStack } from './data-stack';
import { EdgeStack } from './edge-stack';
import { InstrumentOptions, instrumentsJson } from './instruments';
import { NetworkStack } from './network-stack';
import { PublicEndpoint } from '../constructs/edge/public-endpoint';
import { ManagedPrefixListIds } from '../constructs/network/managed-prefix-lists';
import { TradingNetwork } from '../constructs/network/trading-network';

/** Properties of `RealtimeSimulator`. */
export interface RealtimeSimulatorProps {
  /**
   * Where the system is deployed. Its edge is always in us-east-1.
   *
   * @default - us-east-1 in the account of the deployment
   */
  readonly env?: Environment;

  /**
   * How users reach the system.
   *
   * @default PublicEndpoint.cloudFrontDomain()
   */
  readonly endpoint?: PublicEndpoint;

  /**
   * VPC to use.
   *
   * @default - a VPC over three zones is defined
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Ids of AWS's own prefix lists.
   *
   * @default - known for us-east-1 and us-west-2; must be given in other regions
   */
  readonly prefixListIds?: ManagedPrefixListIds;

  /**
   * Instruments that are traded.
   *
   * @default - BTCUSDT and ETHUSDT
   */
  readonly instruments?: InstrumentOptions[];

  /**
   * Symbols whose live prices are streamed.
   *
   * @default - the symbols of the instruments
   */
  readonly symbols?: string[];

  /**
   * WebSocket of the exchange that prices come from, in Bybit's public protocol.
   *
   * @default - Bybit's spot market
   */
  readonly feedUrl?: string;

  /**
   * API tasks that run at least: three keep their service when a zone is lost.
   *
   * @default 3
   */
  readonly apiMinCapacity?: number;

  /**
   * API tasks that run at most.
   *
   * @default 12
   */
  readonly apiMaxCapacity?: number;

  /**
   * Class of the ledger's writer and reader.
   *
   * @default - db.r7g.large
   */
  readonly ledgerInstanceType?: ec2.InstanceType;

  /**
   * Type of the cache's nodes.
   *
   * @default 'cache.t4g.medium'
   */
  readonly cacheNodeType?: string;

  /**
   * Whether people may create an account by themselves.
   *
   * @default true
   */
  readonly selfSignUp?: boolean;

  /**
   * What happens to everything that keeps state when it leaves the system. DESTROY also turns deletion protection off: for
   * environments that are thrown away.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A trading simulator with live prices: sticky WebSockets behind CloudFront, an API on Fargate, a matcher that reads a durable
 * journal, a PostgreSQL ledger, a cache for fan-out and a streamer for the market. Four stacks below this construct: network,
 * data, application and edge. Deploy them with `cdk deploy --all`.
 */
export class RealtimeSimulator extends Construct {
  /** The network. */
  public readonly network: TradingNetwork;
  /** Stack of the network; undefined with a VPC of your own. */
  public readonly networkStack?: NetworkStack;
  /** Everything that keeps state. */
  public readonly data: DataStack;
  /** The services. */
  public readonly application: ApplicationStack;
  /** CloudFront and its web ACL. */
  public readonly edge: EdgeStack;

  public constructor(scope: Construct, id: string, props: RealtimeSimulatorProps = {}) {
    super(scope, id);
    const { env, endpoint, removalPolicy } = props;
    const { json, symbols } = instrumentsJson(props.instruments);
    const { prefixListIds, vpc } = props;
    // A VPC of your own needs no stack: an empty one could not be deployed.
    this.networkStack = vpc === undefined ? new NetworkStack(this, 'Network', { env, network: { prefixListIds } }) : undefined;
    this.network = this.networkStack?.network ?? new TradingNetwork(this, 'GivenNetwork', { vpc, prefixListIds });
    const { network } = this;
    this.data = new DataStack(this, 'Data', {
      env,
      network,
      ledgerInstanceType: props.ledgerInstanceType,
      cacheNodeType: props.cacheNodeType,
      selfSignUp: props.selfSignUp,
      removalPolicy,
    });
    this.application = new ApplicationStack(this, 'Application', {
      env,
      network,
      data: this.data,
      endpoint,
      instruments: json,
      symbols: props.symbols ?? symbols,
      feedUrl: props.feedUrl,
      apiMinCapacity: props.apiMinCapacity,
      apiMaxCapacity: props.apiMaxCapacity,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    });
    this.edge = new EdgeStack(this, 'Edge', { env, endpoint, loadBalancer: this.application.ingress.loadBalancer, removalPolicy });
    new CfnOutput(this.edge, 'SiteUrl', { value: this.edge.edge.url, description: 'URL of the simulator' });
    new CfnOutput(this.data, 'UserPoolId', { value: this.data.identity.userPool.userPoolId, description: 'User pool of traders and operators' });
    new CfnOutput(this.data, 'UserPoolClientId', { value: this.data.identity.client.userPoolClientId, description: 'Client that signs them in' });
  }
}
