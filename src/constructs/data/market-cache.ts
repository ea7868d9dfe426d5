import { RemovalPolicy, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { Faults } from '../../private/faults';

/** A Redis-compatible cache that services can connect to over TLS. */
export interface IMarketCache extends ec2.IConnectable {
  /** Host name of the endpoint that takes writes. */
  readonly endpointAddress: string;

  /** TCP port of the endpoint. */
  readonly endpointPort: string;
}

/** Properties of `MarketCache`. */
export interface MarketCacheProps {
  /** VPC to place the nodes in. */
  readonly vpc: ec2.IVpc;

  /**
   * Subnets of the nodes.
   *
   * @default - the isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

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
   * Key that encrypts what is written to disk.
   *
   * @default - the key of ElastiCache in this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Key that encrypts the token in Secrets Manager.
   *
   * @default - the key of Secrets Manager in this account
   */
  readonly credentialsKey?: kms.IKey;

  /**
   * What happens to the token when it leaves the stack. The cache itself is deleted: it is a projection of the journal.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A port of our own; the well-known one is what scanners try first. */
const PORT = 6380;

/**
 * Live prices, books and fan-out: a Valkey replication group over several zones that fails over by itself, with TLS and a token.
 * What it holds can be lost: every key is a projection that its writer fills again.
 */
export class MarketCache extends Construct implements IMarketCache {
  /** The replication group. */
  public readonly replicationGroup: elasticache.CfnReplicationGroup;
  /** Subnets that the nodes are placed in. */
  public readonly subnetGroup: elasticache.CfnSubnetGroup;
  /** Token that clients present. */
  public readonly authToken: secretsmanager.Secret;
  /** Security group of the nodes. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Network connections of the nodes. */
  public readonly connections: ec2.Connections;
  /** Host name of the endpoint that takes writes. */
  public readonly endpointAddress: string;
  /** TCP port of the endpoint. */
  public readonly endpointPort: string;

  public constructor(scope: Construct, id: string, props: MarketCacheProps) {
    super(scope, id);
    const nodes = props.nodes ?? 2;
    const faults = new Faults(this.node.path);
    faults.check(Token.isUnresolved(nodes) || (Number.isInteger(nodes) && nodes >= 2 && nodes <= 6),
      `\`nodes\` must be a whole number from 2 to 6, because one node has nothing to fail over to, got: ${nodes}`);
    faults.throwIfAny();
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc: props.vpc, description: 'Market cache', allowAllOutbound: false });
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup], defaultPort: ec2.Port.tcp(PORT) });
    this.authToken = new secretsmanager.Secret(this, 'AuthToken', {
      description: 'Token that clients of the market cache present',
      encryptionKey: props.credentialsKey,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    this.subnetGroup = new elasticache.CfnSubnetGroup(this, 'SubnetGroup', {
      description: 'Subnets of the market cache',
      subnetIds: props.vpc.selectSubnets(props.vpcSubnets ?? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }).subnetIds,
    });
    this.replicationGroup = new elasticache.CfnReplicationGroup(this, 'Resource', {
      replicationGroupDescription: 'Live prices, books and fan-out',
      engine: 'valkey',
      engineVersion: '8.0',
      cacheNodeType: props.nodeType ?? 'cache.t4g.medium',
      numCacheClusters: nodes,
      port: PORT,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      atRestEncryptionEnabled: true,
      kmsKeyId: props.encryptionKey?.keyArn,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      // Unwrapped as a dynamic reference: the template names the secret, CloudFormation reads it.
      authToken: this.authToken.secretValue.unsafeUnwrap(),
      autoMinorVersionUpgrade: true,
      cacheSubnetGroupName: this.subnetGroup.ref,
      securityGroupIds: [this.securityGroup.securityGroupId],
    });
    this.endpointAddress = this.replicationGroup.attrPrimaryEndPointAddress;
    this.endpointPort = this.replicationGroup.attrPrimaryEndPointPort;
  }
}
