import { Duration, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FunctionRollout } from './function-rollout';
import { alarm } from '../../private/alarms';
import { assetDirectory } from '../../private/assets';
import { checkEgress, connectivity } from '../../private/connectivity';
import { encryptedLogs } from '../../private/encrypted-logs';
import { Faults } from '../../private/faults';
import { functionDeployment } from '../../private/function-deployment';
import { ServiceDefinition } from '../../private/services.generated';

/** Properties of `TradingFunction`. */
export interface TradingFunctionProps {
  /**
   * VPC that the function runs in, which it needs to reach a database or a cache. Adding or removing it later replaces nothing.
   *
   * @default - none: Lambda's own network, from which it reaches the AWS APIs and the internet, and nobody reaches it
   */
  readonly vpc?: ec2.IVpc;

  /** The function and what it needs, for example `ServiceDefinition.settlement({ … })`. */
  readonly definition: ServiceDefinition;

  /**
   * Processor that the function runs on.
   *
   * @default lambda.Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * How a new version takes over. With it the function has a version per deployment and the alias `live`, which is what callers call.
   *
   * @default - the newest code is called at once; there is no alias
   */
  readonly rollout?: FunctionRollout;

  /**
   * Alarms that send a rollout back, besides the function's own `errorAlarm`.
   *
   * @default - none
   */
  readonly rollbackAlarms?: cloudwatch.IAlarm[];

  /**
   * Executions that are kept ready, so that none of them starts cold. Needs `rollout`, because only a version can be kept ready.
   *
   * @default - none
   */
  readonly provisionedConcurrency?: number;

  /**
   * Executions at once that the function may have, taken out of the account's. 0 stops it.
   *
   * @default - what the account has left
   */
  readonly reservedConcurrency?: number;

  /**
   * Queue for events that the function was given asynchronously (by SNS, S3, EventBridge) and failed on. Not for its event source, which
   * has a queue of its own.
   *
   * @default - failed events are dropped after the last attempt
   */
  readonly failureQueue?: sqs.IQueue;

  /**
   * How often an asynchronous event is tried again, from 0 to 2.
   *
   * @default 2
   */
  readonly retryAttempts?: number;

  /**
   * How long an asynchronous event may wait for an attempt, from one minute to six hours.
   *
   * @default Duration.hours(6)
   */
  readonly maxEventAge?: Duration;

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
   * Key that encrypts the logs.
   *
   * @default - a key is defined
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long logs are kept.
   *
   * @default Duration.days(90)
   */
  readonly logRetention?: Duration;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
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
 * A stream that starts a function is read from now on, and what nobody could handle within a minute is passed over: such functions tell
 * people what happens. Whoever must not miss anything reads the stream itself.
 */
const STREAM_READING: Pick<lambda.EventSourceMappingOptions, 'startingPosition' | 'maxRecordAge' | 'retryAttempts' | 'bisectBatchOnError'> = {
  startingPosition: lambda.StartingPosition.LATEST,
  maxRecordAge: Duration.minutes(1),
  retryAttempts: 3,
  bisectBatchOnError: true,
};

/**
 * Changes of a table are all handled: from the oldest that DynamoDB still has (a day), and one that fails comes again until it succeeds. What is
 * stuck shows in the age of the oldest change, which whoever defines such a function watches.
 */
const TABLE_READING: Pick<lambda.EventSourceMappingOptions, 'startingPosition' | 'bisectBatchOnError' | 'maxBatchingWindow'> = {
  startingPosition: lambda.StartingPosition.TRIM_HORIZON,
  bisectBatchOnError: true,
  // A file for each write would be many small files.
  maxBatchingWindow: Duration.seconds(20),
};

/**
 * A function of this package on Node.js 24. Its environment, permissions, network peers, time limit, memory and event source
 * follow from its manifest; its role is its own and has no managed policy. Messages of a batch that failed are reported one by
 * one, so that those that succeeded are not repeated.
 */
export class TradingFunction extends Construct implements ec2.IConnectable {
  /** The function. */
  public readonly function: lambda.Function;
  /** What callers call: the alias where there is one, the function otherwise. */
  public readonly target: lambda.IFunction;
  /** The alias `live`; undefined without `rollout`. */
  public readonly alias?: lambda.Alias;
  /** What moves calls to a new version; undefined without `rollout`. */
  public readonly deploymentGroup?: codedeploy.LambdaDeploymentGroup;
  /** Role with which CodeDeploy moves them; undefined without `rollout`. */
  public readonly deploymentRole?: iam.Role;
  /** Fires when one in a hundred calls fails; undefined without `rollout`. */
  public readonly errorAlarm?: cloudwatch.Alarm;
  /** Role of the function: what its manifest asks for, its log group, its traces and its network interfaces. */
  public readonly role: iam.Role;
  /** Logs of the function. */
  public readonly logGroup: logs.LogGroup;
  /** Security group of the function; undefined without a VPC. */
  public readonly securityGroup?: ec2.SecurityGroup;
  /** Network connections of the function; nothing can be allowed without a VPC. */
  public readonly connections: ec2.Connections;
  /** The queue, the stream or the table that starts the function, if its manifest names one. */
  public readonly eventSource?: lambda.EventSourceMapping;

  public constructor(scope: Construct, id: string, props: TradingFunctionProps) {
    super(scope, id);
    const rendering = props.definition._rendering();
    const { manifest } = rendering;
    this.check(props);
    this.logGroup = encryptedLogs(this, 'Logs', { retention: props.logRetention, encryptionKey: props.encryptionKey });
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
    if (props.vpc !== undefined) this.role.addToPolicy(new iam.PolicyStatement({ actions: NETWORK_INTERFACE_ACTIONS, resources: ['*'] }));

    const network = props.vpc && connectivity(this, props.vpc, rendering, props);
    this.securityGroup = network?.securityGroup;
    this.connections = new ec2.Connections({ securityGroups: network && [network.securityGroup] });
    this.function = new lambda.Function(this, 'Resource', {
      description: `Service ${manifest.serviceName}`,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: props.architecture ?? lambda.Architecture.ARM_64,
      handler: `main.${manifest.handler ?? 'handler'}`,
      code: lambda.Code.fromAsset(assetDirectory(manifest.serviceName), { exclude: ['Dockerfile'] }),
      environment: { ...rendering.environment },
      timeout: Duration.seconds(manifest.timeoutSeconds ?? 30),
      memorySize: manifest.memoryMiB ?? 512,
      // Lambda sends the traces itself, so the VPC needs no way to X-Ray.
      tracing: lambda.Tracing.ACTIVE,
      reservedConcurrentExecutions: props.reservedConcurrency,
      role: this.role,
      ...(network === undefined ? {} : { vpc: props.vpc, vpcSubnets: network.vpcSubnets, securityGroups: [network.securityGroup] }),
      logGroup: this.logGroup,
    });
    if (props.rollout !== undefined) {
      this.alias = new lambda.Alias(this, 'Alias', {
        aliasName: 'live', version: this.function.currentVersion, provisionedConcurrentExecutions: props.provisionedConcurrency,
      });
      this.errorAlarm = alarm(this, 'ErrorAlarm', {
        metric: errorRate(this.alias),
        description: `More than 1 % of the calls of ${manifest.serviceName} fail. A rollout that is under way goes back.`,
        threshold: 1,
        periods: 3,
        breaching: 2,
        actions: props.alarmActions,
      });
      const { deploymentGroup, role } = functionDeployment(this, this.alias, props.rollout, [this.errorAlarm, ...(props.rollbackAlarms ?? [])]);
      this.deploymentGroup = deploymentGroup;
      this.deploymentRole = role;
    }
    this.target = this.alias ?? this.function;
    if (props.failureQueue !== undefined || props.retryAttempts !== undefined || props.maxEventAge !== undefined) {
      // On what is called: Lambda keeps this per alias, and falls back to nothing.
      (this.alias ?? this.function).configureAsyncInvoke({
        retryAttempts: props.retryAttempts ?? 2,
        maxEventAge: props.maxEventAge ?? Duration.hours(6),
        ...(props.failureQueue === undefined ? {} : { onFailure: new destinations.SqsDestination(props.failureQueue) }),
      });
    }
    if (manifest.eventSource !== undefined) {
      const { queue, stream, table, batchSize } = manifest.eventSource;
      this.eventSource = this.target.addEventSourceMapping('EventSource', {
        ...(queue === undefined ? {} : { eventSourceArn: queue.queueArn }),
        ...(stream === undefined ? {} : { eventSourceArn: stream.streamArn, ...STREAM_READING }),
        ...(table === undefined ? {} : { eventSourceArn: table.tableStreamArn, ...TABLE_READING }),
        batchSize,
        reportBatchItemFailures: true,
      });
    }
  }

  /** Calls that failed. Sum of five minutes unless said otherwise. */
  public metricErrors(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.target.metricErrors(options);
  }

  /** Time that calls take, in milliseconds. p99 of five minutes unless said otherwise. */
  public metricDuration(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.target.metricDuration({ statistic: 'p99', ...options });
  }

  private check(props: TradingFunctionProps): void {
    const { manifest, peers } = props.definition._rendering();
    const { reservedConcurrency: reserved, provisionedConcurrency: provisioned, retryAttempts, maxEventAge } = props;
    const faults = new Faults(this.node.path);
    const whole = (value: number, from: number, to = Number.MAX_SAFE_INTEGER) =>
      Token.isUnresolved(value) || (Number.isInteger(value) && value >= from && value <= to);
    faults.check(manifest.kind === 'function', `\`definition\` must be a function, got the container '${manifest.serviceName}'; use TradingService`);
    if (props.vpc !== undefined) checkEgress(faults, props.vpc, manifest, props.vpcSubnets);
    faults.check(props.vpc !== undefined || peers.length === 0, `\`vpc\` must be given: '${manifest.serviceName}' connects to a database or a cache, which is reached from a VPC only`);
    faults.check(props.vpc !== undefined || (props.vpcSubnets === undefined && props.awsApiPeers === undefined), '`vpcSubnets` and `awsApiPeers` need `vpc`');
    faults.check(provisioned === undefined || whole(provisioned, 1), `\`provisionedConcurrency\` must be a whole number above 0, got: ${provisioned}`);
    faults.check(provisioned === undefined || props.rollout !== undefined, '`provisionedConcurrency` needs `rollout`: only a version can be kept ready');
    faults.check(props.rollbackAlarms === undefined || props.rollout !== undefined, '`rollbackAlarms` need `rollout`, which they send back');
    faults.check(reserved === undefined || whole(reserved, 0), `\`reservedConcurrency\` must be a whole number, 0 or more, got: ${reserved}`);
    const either = [reserved, provisioned];
    faults.check(reserved === undefined || provisioned === undefined || either.some(Token.isUnresolved) || provisioned <= reserved,
      `\`provisionedConcurrency\` must not be above \`reservedConcurrency\`, got: ${provisioned} and ${reserved}`);
    faults.check(retryAttempts === undefined || whole(retryAttempts, 0, 2), `\`retryAttempts\` must be from 0 to 2, got: ${retryAttempts}`);
    faults.check(maxEventAge === undefined || maxEventAge.isUnresolved() || (maxEventAge.toSeconds() >= 60 && maxEventAge.toSeconds() <= 21_600),
      `\`maxEventAge\` must be from one minute to six hours, got: ${maxEventAge?.toHumanString()}`);
    faults.throwIfAny();
  }
}

function errorRate(target: lambda.IFunction): cloudwatch.MathExpression {
  const options = { period: Duration.minutes(1), statistic: cloudwatch.Stats.SUM };
  return new cloudwatch.MathExpression({
    expression: '100 * errors / calls',
    label: 'Failed calls, %',
    period: Duration.minutes(1),
    usingMetrics: { errors: target.metricErrors(options), calls: target.metricInvocations(options) },
  });
}
