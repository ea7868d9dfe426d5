import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ManagedPrefixListIds, ManagedPrefixLists } from './managed-prefix-lists';
import { RegionalNatProvider } from './regional-nat-provider';
import { retentionDays } from '../../private/retention';

/** Properties of `TradingNetwork`. */
export interface TradingNetworkProps {
  /**
   * VPC to use. Nothing is added to it: it needs private subnets in three zones and a way from them to the AWS APIs.
   *
   * @default - a VPC over three zones is defined
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Address range of the VPC, at least a /20. Must not overlap with networks that it is peered with.
   *
   * @default '10.0.0.0/16'
   */
  readonly cidr?: string;

  /**
   * AWS services that are reached through interface endpoints in the isolated subnets, by the part of the endpoint's name
   * after the region. Each costs an hourly price per zone.
   *
   * @default - what the services of this package call: ecr.api, ecr.dkr, logs, secretsmanager, kinesis-streams, sqs, cognito-idp
   */
  readonly interfaceEndpoints?: string[];

  /**
   * How long flow logs are kept.
   *
   * @default Duration.days(90)
   */
  readonly flowLogRetention?: Duration;

  /**
   * Ids of AWS's own prefix lists.
   *
   * @default - known for us-east-1 and us-west-2; must be given in other regions
   */
  readonly prefixListIds?: ManagedPrefixListIds;
}

const ENDPOINTS = ['ecr.api', 'ecr.dkr', 'logs', 'secretsmanager', 'kinesis-streams', 'sqs', 'cognito-idp'];

/**
 * Network over three zones: public subnets, private subnets whose way out is one regional NAT gateway, and isolated subnets
 * that have no route to the internet. Services without internet egress and all data live in the isolated subnets and reach
 * AWS through endpoints; only what its manifest allows runs in the private ones.
 */
export class TradingNetwork extends Construct {
  /** The VPC. */
  public readonly vpc: ec2.IVpc;
  /** Subnets of services without internet egress, of the load balancer and of the data stores. */
  public readonly isolatedSubnets: ec2.SubnetSelection;
  /** Subnets of services with internet egress. */
  public readonly egressSubnets: ec2.SubnetSelection;
  /** What tasks reach the AWS APIs through, on TCP 443. */
  public readonly awsApiPeers: ec2.IConnectable[];
  /** Addresses of CloudFront on its way to an origin. */
  public readonly cloudFrontOriginFacing: ec2.IPeer;
  /** Security group of the interface endpoints; undefined in a given VPC. */
  public readonly endpointSecurityGroup?: ec2.SecurityGroup;
  /** Flow logs of the VPC; undefined in a given VPC. */
  public readonly flowLogGroup?: logs.LogGroup;

  public constructor(scope: Construct, id: string, props: TradingNetworkProps = {}) {
    super(scope, id);
    const prefixLists = ManagedPrefixLists.of(props.vpc ?? this, props.prefixListIds);
    this.cloudFrontOriginFacing = prefixLists.cloudFrontOriginFacing;
    this.egressSubnets = { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS };
    if (props.vpc !== undefined) {
      this.vpc = props.vpc;
      // A given VPC may have NAT only; its tasks then reach the AWS APIs on their public addresses.
      this.isolatedSubnets = props.vpc.isolatedSubnets.length > 0 ? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } : this.egressSubnets;
      this.awsApiPeers = [ec2.Peer.anyIpv4()];
      return;
    }
    this.isolatedSubnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
    this.flowLogGroup = new logs.LogGroup(this, 'FlowLogs', {
      retention: retentionDays(props.flowLogRetention ?? Duration.days(90), 'flowLogRetention'),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const vpc = this.createVpc(props.cidr ?? '10.0.0.0/16', this.flowLogGroup);
    this.endpointSecurityGroup = new ec2.SecurityGroup(this, 'EndpointSecurityGroup', {
      vpc,
      description: 'Interface endpoints of AWS services',
      allowAllOutbound: false,
    });
    this.vpc = vpc;
    for (const name of props.interfaceEndpoints ?? ENDPOINTS) this.addInterfaceEndpoint(vpc, name, this.endpointSecurityGroup);
    this.awsApiPeers = [this.endpointSecurityGroup, prefixLists.s3, prefixLists.dynamoDb];
  }

  private createVpc(cidr: string, flowLogGroup: logs.ILogGroup): ec2.Vpc {
    return new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(cidr),
      maxAzs: 3,
      natGatewayProvider: new RegionalNatProvider(),
      // Emptying the default group takes a custom resource; nothing here uses that group.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'private', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 22 },
        { name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 22 },
      ],
      gatewayEndpoints: {
        S3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
      },
      flowLogs: {
        All: { destination: ec2.FlowLogDestination.toCloudWatchLogs(flowLogGroup), trafficType: ec2.FlowLogTrafficType.ALL },
      },
    });
  }

  private addInterfaceEndpoint(vpc: ec2.Vpc, name: string, securityGroup: ec2.ISecurityGroup): void {
    vpc.addInterfaceEndpoint(`Endpoint-${name.replace(/\W+/g, '-')}`, {
      service: new ec2.InterfaceVpcEndpointAwsService(name),
      subnets: this.isolatedSubnets,
      securityGroups: [securityGroup],
      // Who may call is said by reference, service by service, never by the VPC's address range.
      open: false,
      privateDnsEnabled: true,
    });
  }
}
