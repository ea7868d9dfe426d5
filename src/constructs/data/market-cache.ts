import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { CacheClients, CacheOptions } from './cache-options';
import { TradingCache } from './trading-cache';
import { Faults } from '../../private/faults';
import { checkWhole } from '../../private/whole';

/** A Redis-compatible cache that services can connect to over TLS. */
export interface IMarketCache extends ec2.IConnectable {
  /** Host name of the endpoint that takes writes. */
  readonly endpointAddress: string;

  /** TCP port of the endpoint. */
  readonly endpointPort: string;
}

/** Properties of `MarketCache`. */
export interface MarketCacheProps extends CacheOptions {
  /**
   * Type of the nodes.
   *
   * @default 'cache.t4g.medium'
   */
  readonly nodeType?: string;

  /**
   * Nodes, each in another zone while there are zones left: one takes the writes, the others stand by. From 2 to 6.
   *
   * @default 2
   */
  readonly nodes?: number;

  /**
   * Clients that are known beforehand; `addClients` adds others. Together they must fit into the connections of a node.
   *
   * @default - none
   */
  readonly clients?: CacheClients[];

  /**
   * What happens to the token when it leaves the stack. The cache itself is deleted: it is a projection of the journal.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Live prices, books and fan-out: a `TradingCache` of Valkey for projections, without shards, over several zones, that fails over by
 * itself. What it holds can be lost: every key is filled again by its writer.
 */
export class MarketCache extends TradingCache {
  public constructor(scope: Construct, id: string, props: MarketCacheProps) {
    const { nodes = 2, nodeType = 'cache.t4g.medium', ...options } = props;
    const faults = new Faults(`${scope.node.path}/${id}`);
    checkWhole(faults, 'nodes', nodes, 2, 6, 'because one node has nothing to fail over to');
    faults.throwIfAny();
    super(scope, id, { ...options, nodeType, replicas: nodes - 1, description: 'Live prices, books and fan-out' });
    this.replicationGroup.applyRemovalPolicy(RemovalPolicy.DESTROY);
    // Another description would replace the group and its rules while services are connected.
    (this.securityGroup.node.defaultChild as ec2.CfnSecurityGroup).groupDescription = 'Market cache';
  }
}
