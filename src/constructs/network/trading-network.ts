import { Annotations, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CidrPlan } from './cidr-plan';
import { ManagedPrefixListIds, ManagedPrefixLists } from './managed-prefix-lists';
import { NetworkEgress, NetworkProfile } from './network-profile';
import { RegionalNatProvider } from './regional-nat-provider';
import { encryptedLogs } from '../../private/encrypted-logs';
import { dynamoDbStatements, interfaceEndpointStatements, s3Statements } from '../../private/endpoint-policies';
import { Faults } from '../../private/faults';
import { usesManagedPolicy } from '../../private/flow-log-policy';
import { checkNetwork, isPublicRange } from '../../private/network-checks';
import { PlannedAddresses } from '../../private/planned-addresses';

/** Properties of `TradingNetwork`. */
export interface TradingNetworkProps {
  /**
   * VPC to use. Nothing is added to it: it needs isolated or private subnets in three zones and a way from them to the AWS APIs. Of the
   * other props only `endpointSecurityGroup` and `prefixListIds` go with it.
   *
   * @default - a VPC over three zones is defined
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Security group of the interface endpoints of a given VPC that has them; services then connect to it alone.
   *
   * @default - services in a given VPC may connect to any address on TCP 443
   */
  readonly endpointSecurityGroup?: ec2.ISecurityGroup;

  /**
   * Addresses of the VPC and its subnets.
   *
   * @default CidrPlan.of('10.0.0.0/16')
   */
  readonly cidrPlan?: CidrPlan;

  /**
   * Ranges of the networks that this one is or will be connected to; an overlap is an error.
   *
   * @default - none
   */
  readonly peeredCidrs?: string[];

  /**
   * Which doors the network has.
   *
   * @default NetworkProfile.publicIngress()
   */
  readonly profile?: NetworkProfile;

  /**
   * Names of the three zones.
   *
   * @default - CloudFormation takes the first three that the account has in the region
   */
  readonly availabilityZones?: string[];

  /**
   * AWS services that are reached through interface endpoints in the isolated subnets, by the part of the endpoint's name
   * after the region. Each costs an hourly price per zone.
   *
   * @default - what the services of this package call: ecr.api, ecr.dkr, logs, secretsmanager, kinesis-streams, sqs, cognito-idp
   */
  readonly interfaceEndpoints?: string[];

  /**
   * Whether containers run on EC2 instances of ours, as dedicated matchers do. Adds the endpoints of the ECS agent (ecs, ecs-agent,
   * ecs-telemetry) and lets instances read the packages of Amazon Linux.
   *
   * @default false
   */
  readonly containerInstances?: boolean;

  /**
   * Buckets of other accounts that services may read through the endpoint of S3, such as a vendor's market data.
   *
   * @default - our own account's buckets only
   */
  readonly externalBuckets?: s3.IBucket[];

  /**
   * How long flow logs are kept.
   *
   * @default Duration.days(90)
   */
  readonly flowLogRetention?: Duration;

  /**
   * Key that encrypts the flow logs.
   *
   * @default - a key is defined
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the flow logs and their key when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Ids of AWS's own prefix lists.
   *
   * @default - known for us-east-1 and us-west-2; must be given in other regions
   */
  readonly prefixListIds?: ManagedPrefixListIds;
}

const ENDPOINTS = ['ecr.api', 'ecr.dkr', 'logs', 'secretsmanager', 'kinesis-streams', 'sqs', 'cognito-idp'];
const AGENT_ENDPOINTS = ['ecs', 'ecs-agent', 'ecs-telemetry'];

/**
 * Network over three zones: isolated subnets that have no route to the internet, private subnets whose way out is one regional NAT
 * gateway, and public subnets, the last two only where the profile has them. Services without internet egress and all data live in the
 * isolated subnets and reach AWS through endpoints; only what its manifest allows runs in the private ones.
 */
export class TradingNetwork extends Construct {
  /** The VPC. */
  public readonly vpc: ec2.IVpc;
  /** Subnets of services without internet egress, of the load balancer and of the data stores. */
  public readonly isolatedSubnets: ec2.SubnetSelection;
  /** Subnets of services with internet egress; they hold nothing where the profile has no egress. */
  public readonly egressSubnets: ec2.SubnetSelection;
  /** Subnets of a public load balancer; undefined where there are none. */
  public readonly publicSubnets?: ec2.SubnetSelection;
  /** Whether a service may be placed where it reaches the internet. */
  public readonly hasInternetEgress: boolean;
  /** What tasks reach the AWS APIs through, on TCP 443. */
  public readonly awsApiPeers: ec2.IConnectable[];
  /** Addresses of CloudFront on its way to an origin. */
  public readonly cloudFrontOriginFacing: ec2.IPeer;
  /** The addresses; undefined in a given VPC. */
  public readonly cidrPlan?: CidrPlan;
  /** Security group of the interface endpoints; undefined in a given VPC that said none. */
  public readonly endpointSecurityGroup?: ec2.ISecurityGroup;
  /** The interface endpoints by the names of their services; empty in a given VPC. */
  public readonly interfaceEndpoints: { [service: string]: ec2.InterfaceVpcEndpoint } = {};
  /** Way to S3; undefined in a given VPC. */
  public readonly s3Endpoint?: ec2.GatewayVpcEndpoint;
  /** Way to DynamoDB; undefined in a given VPC. */
  public readonly dynamoDbEndpoint?: ec2.GatewayVpcEndpoint;
  /** Flow logs of the VPC; undefined in a given VPC. */
  public readonly flowLogGroup?: logs.LogGroup;

  public constructor(scope: Construct, id: string, props: TradingNetworkProps = {}) {
    super(scope, id);
    const plan = props.cidrPlan ?? CidrPlan.of('10.0.0.0/16');
    const profile = props.profile ?? NetworkProfile.publicIngress();
    const faults = new Faults(this.node.path);
    // A given VPC needs no stack of ours around the network.
    checkNetwork(faults, props, plan, Stack.of(props.vpc ?? this).region);
    faults.throwIfAny();
    const prefixLists = ManagedPrefixLists.of(props.vpc ?? this, props.prefixListIds);
    this.cloudFrontOriginFacing = prefixLists.cloudFrontOriginFacing;
    this.egressSubnets = { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS };
    if (props.vpc !== undefined) {
      this.vpc = props.vpc;
      this.hasInternetEgress = props.vpc.privateSubnets.length > 0;
      if (props.vpc.publicSubnets.length > 0) this.publicSubnets = { subnetType: ec2.SubnetType.PUBLIC };
      this.isolatedSubnets = props.vpc.isolatedSubnets.length > 0 ? { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } : this.egressSubnets;
      this.endpointSecurityGroup = props.endpointSecurityGroup;
      // A given VPC may have NAT only; its tasks then reach the AWS APIs on their public addresses.
      const endpoints = props.endpointSecurityGroup;
      this.awsApiPeers = endpoints === undefined ? [ec2.Peer.anyIpv4()] : [endpoints, prefixLists.s3, prefixLists.dynamoDb];
      return;
    }
    if (isPublicRange(plan)) {
      Annotations.of(this).addWarningV2('cdk-trading-platform:networkOnPublicRange',
        `\`cidrPlan\` takes ${plan.cidr}, addresses that others have on the internet and that this network can then not reach; choose a private range such as 10.0.0.0/16`);
    }
    this.cidrPlan = plan;
    this.hasInternetEgress = profile.egress === NetworkEgress.REGIONAL_NAT;
    if (profile.hasPublicSubnets) this.publicSubnets = { subnetType: ec2.SubnetType.PUBLIC };
    this.isolatedSubnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.flowLogGroup = encryptedLogs(this, 'FlowLogs', { retention: props.flowLogRetention, encryptionKey: props.encryptionKey, removalPolicy });
    const vpc = this.createVpc(plan, profile, props.availabilityZones, this.flowLogGroup);
    this.vpc = vpc;
    this.endpointSecurityGroup = new ec2.SecurityGroup(this, 'EndpointSecurityGroup', {
      vpc,
      description: 'Interface endpoints of AWS services',
      allowAllOutbound: false,
    });
    this.s3Endpoint = vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });
    this.dynamoDbEndpoint = vpc.addGatewayEndpoint('DynamoDb', { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB });
    const containerInstances = props.containerInstances ?? false;
    const toS3 = s3Statements(this, { containerInstances, externalBuckets: props.externalBuckets ?? [] });
    for (const statement of toS3) this.s3Endpoint.addToPolicy(statement);
    for (const statement of dynamoDbStatements(this)) this.dynamoDbEndpoint.addToPolicy(statement);
    const names = [...props.interfaceEndpoints ?? ENDPOINTS, ...(containerInstances ? AGENT_ENDPOINTS : [])];
    for (const name of new Set(names)) this.interfaceEndpoints[name] = this.addInterfaceEndpoint(vpc, name, this.endpointSecurityGroup);
    this.awsApiPeers = [this.endpointSecurityGroup, prefixLists.s3, prefixLists.dynamoDb];
  }

  private createVpc(plan: CidrPlan, profile: NetworkProfile, zones: string[] | undefined, flowLogGroup: logs.ILogGroup): ec2.Vpc {
    const { hasPublicSubnets } = profile;
    const egress = profile.egress === NetworkEgress.REGIONAL_NAT;
    const vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: new PlannedAddresses(plan),
      // Chosen by CloudFormation, so that a stack without an account has three as well.
      availabilityZones: zones ?? [0, 1, 2].map((index) => Fn.select(index, Fn.getAzs())),
      natGatewayProvider: new RegionalNatProvider(),
      // CDK would want public subnets for a NAT gateway; a regional one needs none and is added below.
      ...(egress && hasPublicSubnets ? {} : { natGateways: 0 }),
      // Emptying the default group takes a custom resource; nothing here uses that group.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        ...(hasPublicSubnets ? [{ name: 'public', subnetType: ec2.SubnetType.PUBLIC, mapPublicIpOnLaunch: false }] : []),
        ...(egress ? [{ name: 'private', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }] : []),
        { name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      ],
      flowLogs: {
        All: { destination: ec2.FlowLogDestination.toCloudWatchLogs(flowLogGroup), trafficType: ec2.FlowLogTrafficType.ALL },
      },
    });
    usesManagedPolicy(vpc.node.findChild('All') as ec2.FlowLog, flowLogGroup);
    if (egress && !hasPublicSubnets) {
      new RegionalNatProvider().configureNat({ vpc, natSubnets: [], privateSubnets: vpc.privateSubnets as ec2.PrivateSubnet[] });
    }
    if (vpc.internetGatewayId === undefined) {
      // CloudFront takes a VPC origin only in a VPC with an internet gateway. No route leads to it.
      const gateway = new ec2.CfnInternetGateway(vpc, 'IGW');
      new ec2.CfnVPCGatewayAttachment(vpc, 'VPCGW', { vpcId: vpc.vpcId, internetGatewayId: gateway.ref });
    }
    return vpc;
  }

  private addInterfaceEndpoint(vpc: ec2.Vpc, name: string, securityGroup: ec2.ISecurityGroup): ec2.InterfaceVpcEndpoint {
    const endpoint = vpc.addInterfaceEndpoint(`Endpoint-${name.replace(/\W+/g, '-')}`, {
      service: new ec2.InterfaceVpcEndpointAwsService(name),
      subnets: this.isolatedSubnets,
      securityGroups: [securityGroup],
      // Who may call is said by reference, service by service, never by the VPC's address range.
      open: false,
      privateDnsEnabled: true,
    });
    for (const statement of interfaceEndpointStatements(this, name)) endpoint.addToPolicy(statement);
    return endpoint;
  }
}
