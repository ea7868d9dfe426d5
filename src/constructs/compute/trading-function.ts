import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { assetDirectory } from '../../private/assets';
import { connectivity } from '../../private/connectivity';
import { Faults } from '../../private/faults';
import { retentionDays } from '../../private/retention';
import { ServiceDefinition } from '../../private/services.generated';

/** Properties of `TradingFunction`. */
export interface TradingFunctionProps {
  /** VPC that the function runs in. */
  readonly vpc: ec2.IVpc;

  /** The function and what it needs, for example `ServiceDefinition.settlement({ … })`. */
  readonly definition: ServiceDefinition;

  /**
   * Processor that the function runs on.
   *
   * @default lambda.Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * Subnets of the function.
   *
   * @default - private subnets when the function's manifest asks for internet egress, isolated ones otherwise
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * What the function reaches the AWS APIs through, on TCP 443.
   *
   * @default - any IPv4 address, which in an isolated subnet means what its endpoints offer
   */
  readonly awsApiPeers?: ec2.IConnectable[];

  /**
   * How long logs are kept.
   *
   * @default Duration.days(90)
   */
  readonly logRetention?: Duration;
}

/**
 * What Lambda itself does with the function's role to connect it to a VPC. The network interfaces have no name before Lambda
 * makes them, and EC2 knows no narrower resource for describing them.
 */
const NETWORK_INTERFACE_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * A function of this package on Node.js 24. Its environment, permissions, network peers, time limit, memory and event source
 * follow from its manifest; its role is its own and has no managed policy. Messages of a batch that failed are reported one by
 * one, so that those that succeeded are not repeated.
 */
export class TradingFunction extends Construct implements ec2.IConnectable {
  /** The function. */
  public readonly function: lambda.Function;
  /** Role of the function: what its manifest asks for, its log group and its network interfaces. */
  public readonly role: iam.Role;
  /** Logs of the function. */
  public readonly logGroup: logs.LogGroup;
  /** Security group of the function. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Network connections of the function. */
  public readonly connections: ec2.Connections;
  /** The queue that starts the function, if its manifest names one. */
  public readonly eventSource?: lambda.EventSourceMapping;

  public constructor(scope: Construct, id: string, props: TradingFunctionProps) {
    super(scope, id);
    const rendering = props.definition._rendering();
    const { manifest } = rendering;
    const faults = new Faults(this.node.path);
    faults.check(manifest.kind === 'function', `\`definition\` must be a function, got the container '${manifest.serviceName}'; use TradingService`);
    faults.throwIfAny();
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: retentionDays(props.logRetention ?? Duration.days(90), 'logRetention'),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.role = new iam.Role(this, 'Role', {
      description: `Code of the function ${manifest.serviceName}`,
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    for (const statement of rendering.statements) this.role.addToPolicy(new iam.PolicyStatement(statement));
    this.role.addToPolicy(new iam.PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      // The ARN of a log group ends in `:*`, which stands for its streams: Lambda names them.
      resources: [this.logGroup.logGroupArn],
    }));
    this.role.addToPolicy(new iam.PolicyStatement({ actions: NETWORK_INTERFACE_ACTIONS, resources: ['*'] }));

    const network = connectivity(this, props.vpc, rendering, props);
    this.securityGroup = network.securityGroup;
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup] });
    this.function = new lambda.Function(this, 'Resource', {
      description: `Service ${manifest.serviceName}`,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: props.architecture ?? lambda.Architecture.ARM_64,
      handler: `main.${manifest.handler ?? 'handler'}`,
      code: lambda.Code.fromAsset(assetDirectory(manifest.serviceName), { exclude: ['Dockerfile'] }),
      environment: { ...rendering.environment },
      timeout: Duration.seconds(manifest.timeoutSeconds ?? 30),
      memorySize: manifest.memoryMiB ?? 512,
      role: this.role,
      vpc: props.vpc,
      vpcSubnets: network.vpcSubnets,
      securityGroups: [this.securityGroup],
      logGroup: this.logGroup,
    });
    if (manifest.eventSource !== undefined) {
      this.eventSource = this.function.addEventSourceMapping('EventSource', {
        eventSourceArn: manifest.eventSource.queue.queueArn,
        batchSize: manifest.eventSource.batchSize,
        reportBatchItemFailures: true,
      });
    }
  }
}
